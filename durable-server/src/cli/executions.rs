//! `durable executions`

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use durable_client::{ExecutionSummary, ListExecutions};
use durable_service::model::ExecutionStatus;
use durable_view::human;

use super::api::Api;
use super::connection::Connection;
use super::error::CliError;
use super::{EXIT_CODES, Report, table};
use crate::ORPHANS;

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
    #[arg(
        value_name = "NAME",
        required_unless_present = "orphans",
        default_value = ""
    )]
    function: String,
    /// Instead, list the open executions whose functions the local server does not have
    #[arg(long, conflicts_with_all = ["function", "status", "name", "qualifier", "oldest_first"])]
    orphans: bool,
    /// Only executions in this status
    #[arg(long, ignore_case = true, value_parser = PossibleValuesParser::new(
        ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "STOPPED", "PAUSED"]
    ).try_map(|status| status.to_uppercase().parse::<ExecutionStatus>().map_err(|_| "no status")))]
    status: Option<ExecutionStatus>,
    /// Maximal number of executions
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Only the execution of this name
    #[arg(long, value_name = "EXECUTION")]
    name: Option<String>,
    /// Only executions of this version or alias
    #[arg(long)]
    qualifier: Option<String>,
    /// List the oldest first
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
        let api = Api::of(&self.connection);
        let request = ListExecutions {
            function: if self.orphans {
                ORPHANS
            } else {
                &self.function
            },
            qualifier: self.qualifier.as_deref(),
            execution_name: self.name.as_deref(),
            status: self.status,
            oldest_first: self.oldest_first,
            limit: usize::try_from(self.limit).unwrap_or(usize::MAX),
        };
        let answer = api.executions(request).await?;
        if self.json {
            return Ok(Report::json(&answer.json));
        }
        let executions = answer.value;
        if executions.is_empty() {
            return Ok(Report::of("").with_note("no executions"));
        }
        let head = ["NAME", "STATUS", "STARTED", "TOOK", "ARN"].map(str::to_owned);
        let rows: Vec<_> = [head]
            .into_iter()
            .chain(executions.iter().map(row))
            .collect();
        Ok(Report::of(table::render(&rows)))
    }
}

fn row(execution: &ExecutionSummary) -> [String; 5] {
    let took = execution
        .ended_at
        .map(|ended| ended.since(execution.started_at));
    [
        execution.name.clone(),
        execution.status.clone(),
        execution.started_at.to_string(),
        took.map(human).unwrap_or_default(),
        execution.arn.clone(),
    ]
}
