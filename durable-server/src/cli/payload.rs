//! Payloads from the command line, a file, or standard input.

use std::io::Read;
use std::path::PathBuf;

use super::error::CliError;

/// Reads the text of an argument: itself, a file for `@FILE`, standard input for `-`.
pub(super) fn text(argument: &str) -> Result<String, CliError> {
    if argument == "-" {
        let mut text = String::new();
        return match std::io::stdin().read_to_string(&mut text) {
            Ok(_) => Ok(text),
            Err(source) => Err(CliError::File {
                action: "read",
                path: "standard input".into(),
                source,
            }),
        };
    }
    let Some(path) = argument.strip_prefix('@') else {
        return Ok(argument.to_owned());
    };
    std::fs::read_to_string(path).map_err(|source| CliError::File {
        action: "read",
        path: PathBuf::from(path),
        source,
    })
}

/// Reads a text that must be JSON, and returns it byte for byte.
pub(super) fn json(
    argument: &str,
    option: &'static str,
    help: &'static str,
) -> Result<String, CliError> {
    let text = text(argument)?;
    let read = serde_json::from_str::<serde::de::IgnoredAny>(&text);
    read.map(|_| text).map_err(|source| CliError::NotJson {
        option,
        help,
        source,
    })
}
