//! `durable serve` in a process of its own.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// A running server; dropping it ends the server.
pub(crate) struct Serving {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    /// The file of its functions, which is deleted with it.
    functions_file: Option<tempfile::NamedTempFile>,
}

impl Serving {
    /// A quiet server of functions on a free port, with further arguments.
    pub(crate) fn start(functions: &Value, arguments: &[&str]) -> Self {
        let durable = Command::new(assert_cmd::cargo::cargo_bin!("durable"));
        Self::start_as(durable, functions, &[&["--quiet"], arguments].concat())
    }

    /// A server that another command runs with the arguments appended; it is quiet only if they say so.
    pub(crate) fn start_as(command: Command, functions: &Value, arguments: &[&str]) -> Self {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), functions.to_string()).unwrap();
        let path = file.path().to_str().unwrap();
        let arguments = [&["--functions", path], arguments].concat();
        let mut serving = Self::run(command, &arguments);
        serving.functions_file = Some(file);
        serving
    }

    /// A server that another command runs with these arguments appended.
    pub(crate) fn run(mut command: Command, arguments: &[&str]) -> Self {
        let mut child = command
            .args(["serve", "--addr", "127.0.0.1:0", "--region", "us-west-2"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on http://");
        Self {
            child,
            address: address.unwrap_or_else(|| panic!("{line}")).parse().unwrap(),
            functions_file: None,
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
