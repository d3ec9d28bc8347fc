//! Why a command did not do what it was asked to, in the words that its user reads.

use std::io;
use std::path::PathBuf;

use durable_client::UnreadableEvent;
use durable_service::recording::RecordingError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    /// Nothing answers at the endpoint.
    #[error(
        "nobody answers at {endpoint}: {reason}. Is `durable serve` running? Another address is given \
         with --endpoint or AWS_ENDPOINT_URL_LAMBDA, and --aws talks to AWS"
    )]
    Unreachable { endpoint: String, reason: String },
    /// The call could not be made or its answer not be had.
    #[error("{call} failed: {reason}")]
    Call { call: &'static str, reason: String },
    /// The service refused.
    #[error("{call} was refused: {code}: {message}{help}")]
    Refused {
        call: &'static str,
        code: String,
        message: String,
        help: &'static str,
    },
    /// The service answered something else than the API does.
    #[error("{call} was answered with something else than the API's JSON: {reason}")]
    Answer { call: &'static str, reason: String },
    /// The history has something in it that is no event.
    #[error(transparent)]
    Event(#[from] UnreadableEvent),
    /// The history is not whole.
    #[error("the history cannot be saved: {0}")]
    Recording(#[from] RecordingError),
    /// What an option gives is not JSON.
    #[error(
        "what --{option} gives is not JSON: {source}. It must be JSON, @FILE for a file, or - for standard \
         input; a text needs its own quotes, as in --{option} '\"text\"'{help}"
    )]
    NoJson {
        option: &'static str,
        help: &'static str,
        source: serde_json::Error,
    },
    /// A file or a stream could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    /// The command's own runtime did not start.
    #[error("the command could not start: {0}")]
    Runtime(io::Error),
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

impl CliError {
    /// The exit code of the command.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::NoJson { .. } => 2,
            Self::Interrupted => 130,
            _ => 1,
        }
    }
}
