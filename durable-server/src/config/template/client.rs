//! Runtime interface clients, which run the handlers of interpreted languages.

use crate::config::is_on_path;

/// A runtime interface client, which takes the handler as its last argument.
pub(super) struct Client {
    pub(super) command: Vec<String>,
    pub(super) warning: Option<String>,
}

/// Python's client.
pub(super) fn python() -> Client {
    let command = ["python3", "-m", "awslambdaric"]
        .map(str::to_owned)
        .to_vec();
    let warning = (!is_on_path("python3")).then(|| missing("python3"));
    Client { command, warning }
}

/// What is said of a program that is not there.
pub(super) fn missing(program: &str) -> String {
    format!(
        "no folder of PATH has a program \"{program}\"; until one has, invocations fail with \
         Runtime.InvalidEntrypoint"
    )
}
