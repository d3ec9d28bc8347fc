//! `durable history`

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::Args;
use durable_service::fold::Fold;
use durable_service::model::{
    Event, ExecutionArn, Operation, OperationDetails, OperationStatus, Timestamp,
};
use durable_service::recording::Recording;
use durable_view::{Drawing, Outline, Timeline, event_details, human, payload_line};
use serde_json::{Value, json};

use super::api::Api;
use super::connection::Connection;
use super::error::CliError;
use super::{EXIT_CODES, Report, table};

/// Limit on the characters of a result.
const MAX_RESULT_CHARS: usize = 200;

const EXAMPLES: &str = "\
Examples:
  durable history ARN
  durable history ARN --events
  durable history ARN --timeline
  durable history ARN --html order-123.html
  durable history ARN --save order-123.json";

/// Show what an execution did: its operations as a tree or over time, or its events
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct History {
    /// ARN of the execution
    arn: String,
    /// Show the events instead of the operations
    #[arg(long)]
    events: bool,
    /// Show the operations over time
    #[arg(long, conflicts_with = "events")]
    timeline: bool,
    /// Write the operations over time to a page, with all details
    #[arg(long, value_name = "FILE", conflicts_with_all = ["events", "timeline"])]
    html: Option<PathBuf>,
    /// Print the operations over time as a Gantt chart of Mermaid, for a Markdown text
    #[arg(long, conflicts_with_all = ["events", "timeline", "html"])]
    mermaid: bool,
    /// Write the history to a file that a test can replay
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["events", "json", "timeline", "html", "mermaid"]
    )]
    save: Option<PathBuf>,
    /// Print the API's JSON: all events with their payloads
    #[arg(long, conflicts_with_all = ["timeline", "html", "mermaid"])]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

impl History {
    pub(super) async fn run(self) -> Result<Report, CliError> {
        let api = Api::of(&self.connection);
        let events = api.events(&self.arn).await?;
        if self.json {
            return Ok(Report::json(&json!({"Events": events})));
        }
        if let Some(path) = &self.save {
            return self.save(&events, path);
        }
        let events = durable_client::events(&events)?;
        if self.events {
            return Ok(Report::of(list(&events)));
        }
        if let Some(path) = &self.html {
            let page = timeline(&self.arn, &events).to_html();
            write(path, &page)?;
            return Ok(Report::of("").with_note(format!("written to {}", path.display())));
        }
        Ok(Report::of(if self.mermaid {
            timeline(&self.arn, &events).to_mermaid()
        } else if self.timeline {
            format!("{:#}", timeline(&self.arn, &events))
        } else {
            draw(&self.arn, &events)
        }))
    }

    fn save(&self, events: &[Value], path: &Path) -> Result<Report, CliError> {
        let text = json!({"DurableExecutionArn": self.arn, "Events": events}).to_string();
        let recording = Recording::read(&text)?;
        write(path, &format!("{:#}\n", recording.to_json()))?;
        let count = recording.events().len();
        Ok(Report::of("").with_note(format!("{count} events saved to {}", path.display())))
    }
}

/// Writes a file, in a folder that is made if need be.
fn write(path: &Path, text: &str) -> Result<(), CliError> {
    let written = path
        .parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(path, text));
    written.map_err(|source| CliError::File {
        action: "write",
        path: path.to_owned(),
        source,
    })
}

/// Shows an execution, as its events describe it by now.
fn shown<T>(arn: &str, events: &[Event], show: impl FnOnce(&Drawing<'_>, &Fold) -> T) -> T {
    let parsed: Option<ExecutionArn> = arn.parse().ok();
    let mut fold = Fold::of(events);
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(Timestamp::from_millis(0), |age| {
            Timestamp::from_millis(0).after(age)
        });
    // A server whose clock skips time may be ahead of this machine's.
    let latest = events.last().map_or(now, |event| event.timestamp);
    let seen_at = latest.max(now);
    fold.elapse(seen_at);

    let outline = Outline::new(fold.operations().cloned().collect());
    let execution = fold.execution();
    let drawing = Drawing {
        // An emulator may have ARNs of another form, which are shown whole.
        function: parsed.as_ref().map_or(arn, ExecutionArn::function_name),
        status: fold.status(),
        error: fold.error(),
        started_at: execution.map_or(seen_at, |execution| execution.started_at),
        ended_at: execution.and_then(|execution| execution.ended_at),
        seen_at,
        invocations: fold.invocations().len(),
        outline: &outline,
    };
    show(&drawing, &fold)
}

/// The operations over time.
fn timeline(arn: &str, events: &[Event]) -> Timeline {
    shown(arn, events, |drawing, fold| {
        Timeline::new(drawing, events, fold.invocations())
    })
}

/// The operations as a tree, with the commands that complete open callbacks.
fn draw(arn: &str, events: &[Event]) -> String {
    shown(arn, events, |drawing, fold| {
        let mut text = format!("{drawing:#}\n");
        if let Some(result) = fold.result() {
            let _ = writeln!(text, "result: {}", payload_line(result, MAX_RESULT_CHARS));
        }
        if !fold.status().is_terminal() {
            for node in drawing.outline.nodes() {
                if let Some(id) = open_callback(&node.operation) {
                    let label = &node.label;
                    let _ = writeln!(text, "{label} waits for: durable callback succeed {id}");
                }
            }
        }
        text
    })
}

/// Id of a callback that can be completed.
fn open_callback(operation: &Operation) -> Option<&str> {
    match &operation.details {
        OperationDetails::Callback(callback) if operation.status == OperationStatus::Started => {
            Some(callback.callback_id.as_str())
        }
        _ => None,
    }
}

/// The events as a table.
fn list(events: &[Event]) -> String {
    let Some(first) = events.first() else {
        return "no events".to_owned();
    };
    let head = ["ID", "TIME", "EVENT", "NAME", "DETAILS"].map(str::to_owned);
    let rows = events.iter().map(|event| {
        [
            event.event_id.to_string(),
            format!("+{}", human(event.timestamp.since(first.timestamp))),
            event.event_type().to_owned(),
            event.name().unwrap_or_default().to_owned(),
            event_details(event),
        ]
    });
    table::render(&[head].into_iter().chain(rows).collect::<Vec<_>>())
}
