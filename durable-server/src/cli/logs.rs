//! `durable logs`

use std::fmt::Write as _;

use clap::Args;
use durable_service::model::Timestamp;
use serde::Deserialize;

use super::api::Api;
use super::connection::Connection;
use super::error::CliError;
use super::{EXIT_CODES, Report};

const EXAMPLES: &str = "\
Examples:
  durable logs ARN
  durable logs ARN --source stdout --source stderr
  durable logs ARN --json";

/// Show what the invocations of an execution wrote, as far as the server keeps it
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub struct Logs {
    /// ARN of the execution
    arn: String,
    /// Show only lines of this source: stdout, stderr, runtime or server. Repeat it for more
    #[arg(long, value_name = "SOURCE", value_parser = ["stdout", "stderr", "runtime", "server"])]
    source: Vec<String>,
    /// Print the server's JSON
    #[arg(long, conflicts_with = "source")]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

/// The answer of the server.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    invocations: Vec<Invocation>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Invocation {
    request_id: String,
    lines: Vec<Line>,
    #[serde(default)]
    lines_left_out: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Line {
    /// In seconds since the epoch.
    timestamp: f64,
    source: String,
    message: String,
}

impl Logs {
    pub(super) async fn run(self) -> Result<Report, CliError> {
        let api = Api::of(&self.connection);
        let json = api.logs(&self.arn).await?;
        if self.json {
            return Ok(Report::json(&json));
        }
        let answer: Answer = serde_json::from_value(json).map_err(|error| CliError::Answer {
            call: "GetDurableExecutionLogs",
            reason: error.to_string(),
        })?;
        let text = self.text(&answer.invocations);
        if text.is_empty() {
            let others: usize = answer.invocations.iter().map(|it| it.lines.len()).sum();
            let note = match others {
                0 => "the server keeps no lines of this execution".to_owned(),
                _ => {
                    format!("no lines of that source; leave out --source to see all {others} lines")
                }
            };
            return Ok(Report::of("").with_note(&note));
        }
        Ok(Report::of(text))
    }

    /// The lines below the request ids of their invocations.
    fn text(&self, invocations: &[Invocation]) -> String {
        let mut text = String::new();
        for invocation in invocations {
            let lines = invocation.lines.iter();
            let shown: Vec<&Line> = lines.filter(|line| self.shows(&line.source)).collect();
            if shown.is_empty() && invocation.lines_left_out == 0 {
                continue;
            }
            let _ = writeln!(text, "invocation {}", invocation.request_id);
            if invocation.lines_left_out > 0 {
                let left_out = invocation.lines_left_out;
                let _ = writeln!(text, "  … {left_out} earlier lines are not kept");
            }
            for line in shown {
                let time = Timestamp::from_seconds(line.timestamp);
                let time = time.unwrap_or(Timestamp::from_millis(0));
                let source = &line.source;
                for message in line.message.split('\n') {
                    let _ = writeln!(text, "  {time} {source:<7} {message}");
                }
            }
        }
        text
    }

    fn shows(&self, source: &str) -> bool {
        self.source.is_empty() || self.source.iter().any(|it| it == source)
    }
}
