//! `durable stop`

use clap::Args;

use super::api::Api;
use super::callback::ErrorArgs;
use super::connection::Connection;
use super::error::CliError;
use super::{EXIT_CODES, Report};

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
        Ok(Report::of(format!("stopped at {}", answer.value)))
    }
}
