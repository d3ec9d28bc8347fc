//! Node's runtime interface client.
//!
//! The process of a function is the client itself: `npx` would stay beside it, with a shell between them.

use std::path::{Path, PathBuf};

use super::client::{Client, missing};
use crate::config::is_on_path;

/// The client in a folder of packages.
const PACKAGED: &str = "aws-lambda-ric/bin/index.mjs";

/// The client as a program.
const PROGRAM: &str = "aws-lambda-ric";

/// Asks `npx` where the client is, which it fetches if need be, and becomes it.
const ASK_NPX: &str =
    "exec \"$(npx --yes --package aws-lambda-ric -c 'command -v aws-lambda-ric')\" \"$@\"";

/// The client: of the code's packages, of `NODE_PATH`, of `PATH`, or else the one that `npx` finds.
pub(super) fn client(code: &Path) -> Client {
    if let Some(client) = installed(code) {
        return Client {
            command: vec!["node".to_owned(), client.to_string_lossy().into_owned()],
            warning: (!is_on_path("node")).then(|| missing("node")),
        };
    }
    if is_on_path(PROGRAM) {
        return Client {
            command: vec![PROGRAM.to_owned()],
            warning: None,
        };
    }
    let warning = if is_on_path("npx") {
        "its runtime interface client is not installed: `npm install aws-lambda-ric` in its folder, or npx \
         looks for it whenever a process starts"
            .to_owned()
    } else {
        missing("npx")
    };
    Client {
        command: ["sh", "-c", ASK_NPX, PROGRAM].map(str::to_owned).to_vec(),
        warning: Some(warning),
    }
}

fn installed(code: &Path) -> Option<PathBuf> {
    let beside = code.ancestors().map(|folder| folder.join("node_modules"));
    let shared = std::env::var_os("NODE_PATH").unwrap_or_default();
    let shared: Vec<PathBuf> = std::env::split_paths(&shared).collect();
    let mut clients = beside.chain(shared).map(|folder| folder.join(PACKAGED));
    clients.find(|client| client.is_file())
}
