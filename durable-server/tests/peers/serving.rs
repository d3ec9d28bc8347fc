//! `durable serve` in a process of its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::python;

/// A running server; it ends with the value.
pub(crate) struct Serving {
    child: Child,
    endpoint: String,
    _functions: tempfile::NamedTempFile,
}

impl Serving {
    /// A server of functions whose time passes as `--time` says.
    pub(crate) fn start(functions: &Value, time: &str) -> Self {
        Self::start_with(functions, &["--time", time])
    }

    /// A server of functions, with arguments of its own.
    pub(crate) fn start_with(functions: &Value, arguments: &[&str]) -> Self {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), functions.to_string()).unwrap();
        let mut child = Command::new(assert_cmd::cargo::cargo_bin!("durable"))
            .args(["serve", "--addr", "127.0.0.1:0", "--region", "us-west-2"])
            .args(arguments)
            .arg("--functions")
            .arg(file.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let endpoint = line.trim_end().strip_prefix("listening on ");
        Self {
            endpoint: endpoint
                .expect("the server says where it listens")
                .to_owned(),
            child,
            _functions: file,
        }
    }

    /// A server of the Python functions of these names, and of the plain function `price`.
    pub(crate) fn of(names: &[&str], time: &str) -> Self {
        let mut functions = json!({"price": function("price")});
        for name in names {
            functions[name] = durable(name, 900);
        }
        Self::start(&functions, time)
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.endpoint.trim_start_matches("http://").parse().unwrap()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A plain function of `functions.py`.
pub(crate) fn function(handler: &str) -> Value {
    json!({
        "Command": [python::program("python"), "-m", "awslambdaric", format!("functions.{handler}")],
        "WorkingDirectory": python::folder(),
        "Timeout": 60,
    })
}

/// A durable function of `functions.py` whose executions may take so many seconds.
pub(crate) fn durable(handler: &str, seconds: u64) -> Value {
    let mut function = function(handler);
    function["DurableConfig"] = json!({"ExecutionTimeout": seconds});
    function
}
