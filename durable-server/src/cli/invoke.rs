//! `durable invoke`

use std::io::{self, Write};
use std::time::Duration;

use clap::Args;
use durable_client::{Answer, Description, InvocationType, Invoked};
use durable_service::model::{ErrorObject, ExecutionStatus, FunctionReference};
use durable_service::wire::api::read_function_error;
use serde_json::{Map, Value};

use super::api::Api;
use super::connection::Connection;
use super::error::CliError;
use super::{EXIT_CODES, Report, payload};

const EXAMPLES: &str = "\
Examples:
  durable invoke order_workflow --payload '{\"order_id\": \"order-123\"}'
  durable invoke order_workflow --payload @order.json --name order-123 --event
  generate-order | durable invoke order_workflow --payload - --wait";

/// Invoke a function, and print what it returns
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub struct Invoke {
    /// Name or ARN of the function
    #[arg(value_name = "NAME")]
    function: String,
    /// The input: JSON, @FILE, or - for standard input
    #[arg(
        long,
        value_name = "JSON",
        default_value = "{}",
        allow_hyphen_values = true
    )]
    payload: String,
    /// Start the execution, and print its ARN at once
    #[arg(long)]
    event: bool,
    /// Name of the execution: a second start with the same name returns the first one
    #[arg(long, value_name = "EXECUTION")]
    name: Option<String>,
    /// Version or alias [default: $LATEST, unless NAME has one]
    #[arg(long)]
    qualifier: Option<String>,
    /// Start the execution as --event does, then wait for its end, however long it takes
    #[arg(long)]
    wait: bool,
    /// Print the API's JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Invoke {
    pub(super) async fn run(self) -> Result<Report, CliError> {
        let payload = payload::json(&self.payload, "payload", "")?;
        let api = Api::of(&self.connection);
        let invocation_type = if self.event || self.wait {
            InvocationType::Event
        } else {
            InvocationType::RequestResponse
        };
        let request = durable_client::Invoke {
            function: &self.function,
            qualifier: self.qualifier(),
            execution_name: self.name.as_deref(),
            invocation_type,
            payload,
        };
        let answer = api.invoke(request).await?;
        if self.wait
            && let Some(arn) = answer.durable_execution_arn.as_deref()
        {
            // Printed before the wait, which Ctrl-C may end.
            let _ = writeln!(io::stderr(), "{}", started(arn));
            let end = end_of(&api, arn).await?;
            return Ok(self.report_end(arn, &end));
        }
        Ok(self.report_answer(&answer))
    }

    /// The qualifier to send: AWS requires one to invoke a durable function.
    fn qualifier(&self) -> Option<&str> {
        let own = self
            .function
            .parse::<FunctionReference>()
            .is_ok_and(|reference| reference.qualifier.is_some());
        match &self.qualifier {
            Some(qualifier) => Some(qualifier),
            None if own => None,
            None => Some("$LATEST"),
        }
    }

    fn report_answer(&self, answer: &Invoked) -> Report {
        let payload = answer.payload.as_slice();
        let failed = answer.function_error.is_some();
        let arn = answer.durable_execution_arn.as_deref();
        let report = if self.json {
            Report::json(&invoke_json(answer))
        } else if failed {
            Report::of("").with_note(failure("failed", &read_function_error(payload), arn))
        } else if self.event {
            Report::of(arn.unwrap_or_default())
        } else {
            let report = Report::of(String::from_utf8_lossy(payload));
            match arn {
                Some(arn) => report.with_note(started(arn)),
                None => report,
            }
        };
        Report { failed, ..report }
    }

    fn report_end(&self, arn: &str, end: &Answer<Description>) -> Report {
        let execution = &end.value;
        let failed = execution.status != ExecutionStatus::Succeeded;
        let report = if self.json {
            Report::json(&end.json)
        } else if failed {
            let error = execution.error.clone().unwrap_or_default();
            let how = match execution.status {
                ExecutionStatus::TimedOut => "timed out",
                ExecutionStatus::Stopped => "was stopped",
                _ => "failed",
            };
            Report::of("").with_note(failure(how, &error, Some(arn)))
        } else {
            Report::of(execution.result.clone().unwrap_or_default())
        };
        Report { failed, ..report }
    }
}

/// The answer of `Invoke`, with its headers and its body, as one JSON object.
fn invoke_json(answer: &Invoked) -> Value {
    let payload = &answer.payload;
    let mut object = Map::new();
    object.insert("StatusCode".to_owned(), answer.status_code.into());
    for (member, text) in [
        ("FunctionError", &answer.function_error),
        ("ExecutedVersion", &answer.executed_version),
        ("DurableExecutionArn", &answer.durable_execution_arn),
    ] {
        if let Some(text) = text {
            object.insert(member.to_owned(), text.clone().into());
        }
    }
    if !payload.is_empty() {
        let value = serde_json::from_slice(payload)
            .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(payload)));
        object.insert("Payload".to_owned(), value);
    }
    object.into()
}

fn started(arn: &str) -> String {
    format!("execution {arn}")
}

fn failure(how: &str, error: &ErrorObject, arn: Option<&str>) -> String {
    match arn {
        Some(arn) => format!(
            "error: the execution {how}: {error}\n`durable history '{arn}'` shows what it did"
        ),
        None => format!("error: the function {how}: {error}"),
    }
}

/// Polls until the execution ends.
async fn end_of(api: &Api, arn: &str) -> Result<Answer<Description>, CliError> {
    const MAX_PAUSE: Duration = Duration::from_secs(2);
    let mut pause = Duration::from_millis(50);
    loop {
        let answer = api.execution(arn).await?;
        if answer.value.ended_at.is_some() {
            return Ok(answer);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(MAX_PAUSE);
    }
}
