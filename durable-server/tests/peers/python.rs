//! The Python environment of the peers, and the functions in it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::serving::Serving;

/// A variable whose value `required` makes missing peers an error.
const VARIABLE: &str = "DURABLE_PEERS";

/// A program of the environment, which must exist.
pub(crate) fn program(name: &str) -> PathBuf {
    let path = path(name);
    assert!(path.exists(), "{}", missing(&path));
    path
}

fn path(name: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    target.join("peers/bin").join(name)
}

fn missing(path: &Path) -> String {
    format!(
        "{} is missing; `bash .ci/install-peers` installs it",
        path.display()
    )
}

/// A file beside these tests.
pub(crate) fn file(name: &str) -> PathBuf {
    folder().join(name)
}

/// The folder of the Python side.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers")
}

/// Why the tests are ignored; none if they can run, or must.
pub(crate) fn reason_to_skip() -> Option<String> {
    let python = path("python");
    let required = std::env::var(VARIABLE).is_ok_and(|value| value == "required");
    (!required && !python.exists()).then(|| missing(&python))
}

/// A plain function of `functions.py`.
pub(crate) fn function(handler: &str) -> Value {
    json!({
        "Command": [program("python"), "-m", "awslambdaric", format!("functions.{handler}")],
        "WorkingDirectory": folder(),
        "Timeout": 60,
    })
}

/// A durable function of `functions.py` with an execution timeout in seconds.
pub(crate) fn durable(handler: &str, seconds: u64) -> Value {
    let mut function = function(handler);
    function["DurableConfig"] = json!({"ExecutionTimeout": seconds});
    function
}

/// A server of durable functions of these names, whose executions may take 15 minutes, and of the plain
/// function `price`.
pub(crate) fn serve(names: &[&str], time: &str) -> Serving {
    let mut functions = json!({"price": function("price")});
    for name in names {
        functions[name] = durable(name, 900);
    }
    Serving::start(&functions, &["--time", time])
}
