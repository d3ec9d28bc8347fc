//! `durable invoke`

use std::io::{self, Write};
use std::time::{Duration, Instant};

use clap::Args;
use durable_client::{Answer, Description, InvocationType, Invoked};
use durable_service::model::{ErrorObject, ExecutionStatus, FunctionReference};
use durable_service::wire::api::read_function_error;
use durable_view::visible;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::api::Api;
use super::connection::Connection;
use super::error::CliError;
use super::{EXIT_CODES, Report, payload, waits};

/// Pause before the first look for the execution that a caller waits for. It doubles with each look.
const ANNOUNCE_AFTER: Duration = Duration::from_millis(300);

/// Limit on that pause.
const MAX_ANNOUNCE_PAUSE: Duration = Duration::from_secs(5);

/// How long `--wait` waits for a server that does not answer.
const RESTART_LIMIT: Duration = Duration::from_secs(15);

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
        let waits = invocation_type == InvocationType::RequestResponse;
        // By its name the execution is found while the caller waits.
        let name = self
            .name
            .clone()
            .or_else(|| (waits && api.is_local()).then(|| Uuid::new_v4().to_string()));
        let request = durable_client::Invoke {
            function: &self.function,
            qualifier: self.qualifier(),
            execution_name: name.as_deref(),
            invocation_type,
            payload,
        };
        let mut announced = false;
        let answer = match &name {
            Some(name) if waits => {
                let announce = async {
                    self.announce(&api, name).await;
                    announced = true;
                    std::future::pending::<()>().await;
                };
                tokio::select! {
                    answer = api.invoke(request) => answer?,
                    () = announce => return Err(CliError::Interrupted),
                }
            }
            _ => api.invoke(request).await?,
        };
        if self.wait
            && let Some(arn) = answer.durable_execution_arn.as_deref()
        {
            // Printed before the wait, which Ctrl-C may end.
            let _ = writeln!(io::stderr(), "{}", started(arn));
            let end = end_of(&api, arn).await?;
            return Ok(self.report_end(arn, &end));
        }
        Ok(self.report_answer(&answer, announced))
    }

    /// Prints the ARN of an execution as soon as it has started: Ctrl-C may end the wait for it.
    async fn announce(&self, api: &Api, name: &str) {
        let mut pause = ANNOUNCE_AFTER;
        loop {
            tokio::time::sleep(pause).await;
            if let Some(arn) = api.arn_of(&self.function, self.qualifier(), name).await {
                let _ = writeln!(io::stderr(), "{}", visible(&started(&arn)));
                return;
            }
            pause = (pause * 2).min(MAX_ANNOUNCE_PAUSE);
        }
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

    fn report_answer(&self, answer: &Invoked, announced: bool) -> Report {
        let payload = answer.payload.as_slice();
        let failed = answer.function_error.is_some();
        let arn = answer.durable_execution_arn.as_deref();
        let report = if self.json {
            Report::json(&invoke_json(answer))
        } else if failed {
            Report::of("").with_note(failure("failed", &read_function_error(payload), arn))
        } else if self.event {
            Report::data(arn.unwrap_or_default())
        } else {
            let report = Report::data(String::from_utf8_lossy(payload));
            match arn.filter(|_| !announced) {
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
            Report::data(execution.result.clone().unwrap_or_default())
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

/// Looks at an execution before its first wait is told: a short one needs no word.
const QUIET_LOOKS: usize = 6;

/// What the person who waits has been told.
#[derive(Default)]
struct Told {
    looks: usize,
    lines: Vec<String>,
}

impl Told {
    /// Tells what the execution waits for, and how to end that, once for each wait.
    async fn tell(&mut self, api: &Api, arn: &str) {
        self.looks += 1;
        if self.looks <= QUIET_LOOKS {
            return;
        }
        // The next look tells what this one could not read.
        let Ok(events) = api.events(arn).await else {
            return;
        };
        let Ok(events) = durable_client::events(&events) else {
            return;
        };
        for line in waits::lines(&events, api.is_local()) {
            if !self.lines.contains(&line) {
                let _ = writeln!(io::stderr(), "{}", visible(&line));
                self.lines.push(line);
            }
        }
    }
}

/// Polls until the execution ends. A server that is restarted meanwhile is waited for.
async fn end_of(api: &Api, arn: &str) -> Result<Answer<Description>, CliError> {
    const MAX_PAUSE: Duration = Duration::from_secs(2);
    let mut pause = Duration::from_millis(50);
    let mut away_since: Option<Instant> = None;
    let mut told = Told::default();
    loop {
        let answer = match away_since {
            Some(since) if since.elapsed() > RESTART_LIMIT => Some(api.execution(arn).await?),
            _ => api.execution_unless_away(arn).await?,
        };
        match answer {
            Some(answer) if answer.value.ended_at.is_some() => return Ok(answer),
            Some(_) => {
                away_since = None;
                told.tell(api, arn).await;
            }
            None if away_since.is_none() => {
                away_since = Some(Instant::now());
                let limit = RESTART_LIMIT.as_secs();
                let note = format!("the server does not answer; waiting {limit} s for its restart");
                let _ = writeln!(io::stderr(), "{note}");
            }
            None => {}
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(MAX_PAUSE);
    }
}
