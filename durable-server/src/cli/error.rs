//! Why a command failed, in the words that its user reads.

use std::io;
use std::path::PathBuf;

use durable_client::UnreadableEvent;
use durable_service::recording::RecordingError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    /// No server answers at the endpoint.
    #[error(
        "no server answers at {endpoint}: {reason}. Is `durable serve` running? Set another address \
         with --endpoint or AWS_ENDPOINT_URL_LAMBDA, or call AWS with --aws"
    )]
    Unreachable { endpoint: String, reason: String },
    /// The call could not be made, or its answer did not arrive.
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
    /// The answer is not the API's JSON.
    #[error("the answer to {call} is not the API's JSON: {reason}")]
    Answer { call: &'static str, reason: String },
    /// The history contains a value that is not an event.
    #[error(transparent)]
    Event(#[from] UnreadableEvent),
    /// The history is not complete.
    #[error("the history cannot be saved: {0}")]
    Recording(#[from] RecordingError),
    /// The value of an option is not JSON.
    #[error(
        "the value of --{option} is not JSON: {source}. It must be JSON, @FILE for a file, or - for standard \
         input; a text needs its own quotes, as in --{option} '\"text\"'{help}"
    )]
    NotJson {
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
    /// AWS does not replay.
    #[error(
        "only a local server replays executions: leave out --aws, --region and --profile, or name the server with \
         --endpoint. An execution on AWS is saved by `durable history ARN --save FILE`, and replayed by a test"
    )]
    NoReplayCheck,
    /// Executions of a file could not be replayed.
    #[error("{0}")]
    ReplayCheck(String),
    /// Nothing was replayed, so it is not known whether something breaks.
    #[error(transparent)]
    NotReplayed(Box<CliError>),
    /// AWS has no page.
    #[error(
        "only a local server has this page: leave out --aws, --region and --profile, or name the server with \
         --endpoint"
    )]
    NoPage,
    /// AWS keeps logs elsewhere.
    #[error(
        "only a local server keeps logs of executions: leave out --aws, --region and --profile, or name the server \
         with --endpoint. On AWS they are in CloudWatch: `aws logs tail /aws/lambda/FUNCTION`"
    )]
    NoLogs,
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
            Self::NotJson { .. } => 2,
            Self::NotReplayed(_) => 3,
            Self::Interrupted => 130,
            _ => 1,
        }
    }
}
