//! `durable callback`

use clap::{Args, Subcommand};
use durable_service::model::ErrorObject;

use super::api::Api;
use super::connection::Connection;
use super::error::CliError;
use super::{EXIT_CODES, Report, payload};

const EXAMPLES: &str = "\
Examples:
  durable callback succeed ID --result '\"granted\"'
  durable callback fail ID --type Rejected --message 'too expensive'
  durable callback heartbeat ID

`durable history ARN` shows the ids of the callbacks that an execution waits for.";

/// Complete a callback, fail it, or keep it alive
#[derive(Debug, Subcommand)]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub enum Callback {
    /// Complete a callback with a result
    #[command(after_help = EXAMPLES)]
    Succeed(Succeed),
    /// Fail a callback with an error
    #[command(after_help = EXAMPLES)]
    Fail(Fail),
    /// Send a heartbeat, which restarts the heartbeat timeout of a callback
    #[command(after_help = EXAMPLES)]
    Heartbeat(Heartbeat),
}

/// Advice on a result that is not JSON on purpose.
const RAW: &str = "; --raw sends it as it is";

/// The arguments of all calls about a callback.
#[derive(Debug, Args)]
struct Target {
    /// Id of the callback
    id: String,
    /// Print the API's JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

/// Complete a callback with a result
#[derive(Debug, Args)]
pub struct Succeed {
    /// The result: JSON, @FILE, or - for standard input
    #[arg(long, value_name = "JSON", allow_hyphen_values = true)]
    result: Option<String>,
    /// Send the result as it is, for a function that reads something other than JSON
    #[arg(long)]
    raw: bool,
    #[command(flatten)]
    target: Target,
}

/// Fail a callback with an error
#[derive(Debug, Args)]
pub struct Fail {
    #[command(flatten)]
    error: ErrorArgs,
    #[command(flatten)]
    target: Target,
}

/// Send a heartbeat, which restarts the heartbeat timeout of a callback
#[derive(Debug, Args)]
pub struct Heartbeat {
    #[command(flatten)]
    target: Target,
}

/// An error, as callbacks and stopped executions take it.
#[derive(Debug, Args)]
pub(super) struct ErrorArgs {
    /// Type of the error
    #[arg(long = "type", value_name = "TYPE")]
    error_type: Option<String>,
    /// What went wrong
    #[arg(long)]
    message: Option<String>,
    /// Machine-readable data of the error
    #[arg(long)]
    data: Option<String>,
}

impl ErrorArgs {
    /// The error; none without any of the options.
    pub(super) fn into_error(self) -> Option<ErrorObject> {
        let error = ErrorObject {
            error_type: self.error_type,
            error_message: self.message,
            error_data: self.data,
            ..ErrorObject::default()
        };
        (error != ErrorObject::default()).then_some(error)
    }
}

impl Callback {
    pub(super) async fn run(self) -> Result<Report, CliError> {
        match self {
            Self::Succeed(Succeed {
                target,
                result,
                raw,
            }) => {
                let read = |result| {
                    if raw {
                        payload::text(result)
                    } else {
                        payload::json(result, "result", RAW)
                    }
                };
                let result = result.as_deref().map(read).transpose()?;
                let answer = target.api().succeed_callback(&target.id, result).await?;
                Ok(target.report("the callback succeeded", &answer))
            }
            Self::Fail(Fail { target, error }) => {
                let error = error.into_error().unwrap_or_default();
                let answer = target.api().fail_callback(&target.id, error).await?;
                Ok(target.report("the callback failed, as asked", &answer))
            }
            Self::Heartbeat(Heartbeat { target }) => {
                let answer = target.api().heartbeat(&target.id).await?;
                Ok(target.report("heartbeat sent", &answer))
            }
        }
    }
}

impl Target {
    fn api(&self) -> Api {
        Api::of(&self.connection)
    }

    fn report(&self, done: &str, answer: &serde_json::Value) -> Report {
        if self.json {
            Report::json(answer)
        } else {
            Report::of(done)
        }
    }
}
