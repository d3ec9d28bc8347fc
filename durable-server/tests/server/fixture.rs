//! Servers with the functions of `examples/function.rs`.

use std::path::PathBuf;
use std::time::Duration;

use durable_server::config::Functions;
use durable_server::{Running, Server, ServerSettings, TimeMode};
use serde_json::{Value, json};

use crate::client::Client;

/// The program of the functions, which cargo builds with the tests.
pub(crate) fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join("examples/function");
    assert!(
        program.is_file(),
        "{} is missing: cargo build -p durable-server --examples",
        program.display()
    );
    program
}

/// A durable function in the form of `functions.json`, short enough for synchronous invokes.
pub(crate) fn durable(handler: &str) -> Value {
    let mut function = plain(handler);
    function["DurableConfig"] = json!({"ExecutionTimeout": 900});
    function
}

/// A durable function whose executions may last a year.
pub(crate) fn long(handler: &str) -> Value {
    let mut function = plain(handler);
    function["DurableConfig"] = json!({});
    function
}

/// A plain function of a handler.
pub(crate) fn plain(handler: &str) -> Value {
    json!({"Command": [program()], "Handler": handler})
}

/// Settings of a server with functions: a free port, and virtual time.
pub(crate) fn settings(functions: &Value) -> ServerSettings {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), functions.to_string()).unwrap();
    ServerSettings {
        address: ([127, 0, 0, 1], 0).into(),
        functions: Functions::read_json(file.path()).unwrap().functions,
        time: TimeMode::Virtual {
            grace: Duration::from_millis(500),
        },
        quiet: true,
        ..ServerSettings::default()
    }
}

/// A server with functions, and a client of it.
pub(crate) async fn serve(functions: &Value) -> (Running, Client) {
    serve_with(settings(functions)).await
}

pub(crate) async fn serve_with(settings: ServerSettings) -> (Running, Client) {
    let running = Server::start(settings).await.unwrap();
    let client = Client(running.addr());
    (running, client)
}
