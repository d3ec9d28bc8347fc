//! `durable executions`

use aws_sdk_lambda::primitives::DateTime;
use aws_sdk_lambda::types::{Execution, ExecutionStatus};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use durable_service::model::Timestamp;
use durable_view::human;

use super::api::{Api, ListRequest};
use super::connection::Connection;
use super::error::CliError;
use super::{EXIT_CODES, Report, table};

const EXAMPLES: &str = "\
Examples:
  durable executions order_workflow
  durable executions order_workflow --status FAILED --limit 5
  durable executions order_workflow --json | jq -r '.DurableExecutions[].DurableExecutionArn'";

/// List the executions of a function, the newest first
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub struct Executions {
    /// Name or ARN of the function
    #[arg(value_name = "NAME")]
    function: String,
    /// Only executions in this status
    #[arg(long, ignore_case = true, value_parser = PossibleValuesParser::new(
        ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "STOPPED", "PAUSED"]
    ).map(|status| ExecutionStatus::from(status.to_uppercase().as_str())))]
    status: Option<ExecutionStatus>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Only the execution of this name
    #[arg(long, value_name = "EXECUTION")]
    name: Option<String>,
    /// Only executions of this version or alias
    #[arg(long)]
    qualifier: Option<String>,
    /// The oldest first
    #[arg(long)]
    oldest_first: bool,
    /// Print the API's JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Executions {
    pub(super) async fn run(self) -> Result<Report, CliError> {
        let api = Api::connect(&self.connection).await;
        let request = ListRequest {
            function: &self.function,
            qualifier: self.qualifier.as_deref(),
            execution_name: self.name.as_deref(),
            status: self.status,
            oldest_first: self.oldest_first,
            most: usize::try_from(self.limit).unwrap_or(usize::MAX),
        };
        let answer = api.executions(request).await?;
        if self.json {
            return Ok(Report::json(&answer.json));
        }
        let executions = answer.output.durable_executions();
        if executions.is_empty() {
            return Ok(Report::of("").with_remark("no executions"));
        }
        let head = ["NAME", "STATUS", "STARTED", "TOOK", "ARN"].map(str::to_owned);
        let rows: Vec<_> = [head]
            .into_iter()
            .chain(executions.iter().map(row))
            .collect();
        Ok(Report::of(table::render(&rows)))
    }
}

fn row(execution: &Execution) -> [String; 5] {
    let started = timestamp(execution.start_timestamp());
    let took = execution
        .end_timestamp()
        .map(|ended| timestamp(ended).since(started));
    [
        execution.durable_execution_name().to_owned(),
        execution.status().as_str().to_owned(),
        started.to_string(),
        took.map(human).unwrap_or_default(),
        execution.durable_execution_arn().to_owned(),
    ]
}

/// The SDK's time as the service's.
pub(super) fn timestamp(time: &DateTime) -> Timestamp {
    Timestamp::from_millis(time.to_millis().unwrap_or_default())
}
