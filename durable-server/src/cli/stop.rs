//! `durable stop`

use std::time::{Duration, SystemTime};

use clap::Args;
use durable_service::model::{ExecutionStatus, Timestamp};

use super::api::Api;
use super::callback::ErrorArgs;
use super::connection::Connection;
use super::error::CliError;
use super::{EXIT_CODES, Report};

/// Time limit of the look at what was stopped, without which the answer says less.
const LOOK_LIMIT: Duration = Duration::from_secs(2);

/// What ended longer ago was not stopped by this call.
const RECENTLY: Duration = Duration::from_secs(10);

const EXAMPLES: &str = "\
Examples:
  durable stop ARN
  durable stop ARN --type Cancelled --message 'the customer changed their mind'";

/// Stop an execution; one that has ended stays as it is
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub struct Stop {
    /// ARN of the execution
    arn: String,
    #[command(flatten)]
    error: ErrorArgs,
    /// Print the API's JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Stop {
    pub(super) async fn run(self) -> Result<Report, CliError> {
        let api = Api::of(&self.connection);
        let answer = api.stop(&self.arn, self.error.into_error()).await?;
        if self.json {
            return Ok(Report::json(&answer.json));
        }
        let ended_at = answer.value;
        // The service answers alike whether the call stopped the execution or it had ended before.
        let over = match tokio::time::timeout(LOOK_LIMIT, api.execution(&self.arn)).await {
            Ok(Ok(execution)) => {
                let status = execution.value.status;
                let earlier = now().since(ended_at) > RECENTLY;
                (status.is_terminal() && (earlier || status != ExecutionStatus::Stopped))
                    .then_some(status)
            }
            Ok(Err(_)) | Err(_) => None,
        };
        Ok(match over {
            Some(status) => Report::of(format!(
                "nothing to stop: the execution is {status} since {ended_at}"
            )),
            None => Report::of(format!("stopped at {ended_at}")),
        })
    }
}

/// The time of this machine.
fn now() -> Timestamp {
    let age = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Timestamp::from_millis(0).after(age.unwrap_or_default())
}
