//! The commands of `durable` that read executions and act on them, on the local server or on AWS.
//!
//! # Exit codes
//!
//! | Code | Meaning |
//! |---|---|
//! | 0 | success |
//! | 1 | the execution failed, or the call was refused |
//! | 2 | the command line was wrong |
//! | 3 | `replay-check` could not replay, so it does not know whether something breaks |
//! | 130 | Ctrl-C |
//!
//! # Example
//!
//! A program with some of the commands:
//!
//! ```
//! use std::process::ExitCode;
//!
//! use clap::{Parser, Subcommand};
//! use durable_server::cli::{self, ApiCommand, CoverageArgs};
//!
//! #[derive(Parser)]
//! struct Arguments {
//!     #[command(subcommand)]
//!     command: Command,
//! }
//!
//! #[derive(Subcommand)]
//! enum Command {
//!     #[command(flatten)]
//!     Api(ApiCommand),
//!     Coverage(CoverageArgs),
//! }
//!
//! fn run(command: Command) -> ExitCode {
//!     match command {
//!         Command::Api(command) => cli::run(command),
//!         Command::Coverage(arguments) => arguments.run(),
//!     }
//! }
//!
//! let arguments = Arguments::try_parse_from(["program", "executions", "order_workflow"])?;
//! assert!(matches!(arguments.command, Command::Api(ApiCommand::Executions(_))));
//! let arguments = Arguments::try_parse_from(["program", "coverage", "target/coverage"])?;
//! assert!(matches!(arguments.command, Command::Coverage(_)));
//! # Ok::<(), clap::Error>(())
//! ```

mod api;
mod callback;
mod connection;
mod coverage;
mod error;
mod executions;
mod history;
mod invoke;
mod lint;
mod local_server;
mod logs;
mod manual;
mod new;
mod payload;
mod replay_check;
mod stop;
mod table;
mod ui;
mod waits;

use std::io::{self, IsTerminal as _, Write};
use std::process::ExitCode;

use clap::Subcommand;
use durable_view::visible_lines;

pub use coverage::CoverageArgs;
use error::CliError;
pub use lint::LintArgs;
pub use manual::{CompletionsArgs, ManArgs};
pub use new::NewArgs;

/// The end of every command's help.
const EXIT_CODES: &str = "Exit codes: 0 success, 1 the execution failed or the call was refused, \
                          2 the command line was wrong, 130 Ctrl-C.";

/// The commands that call the AWS API.
///
/// The [module](crate::cli#example) has an example.
#[derive(Debug, Subcommand)]
pub enum ApiCommand {
    /// Invoke a function, and print what it returns
    ///
    /// Invoking a durable function starts an execution, whose ARN is printed on standard error.
    Invoke(invoke::Invoke),
    /// List the executions of a function
    Executions(executions::Executions),
    /// Show what an execution did, or save it to a file
    History(history::History),
    /// Show what the invocations of an execution wrote
    Logs(logs::Logs),
    /// Complete a callback, fail it, or keep it alive
    #[command(subcommand)]
    Callback(callback::Callback),
    /// Stop an execution
    Stop(stop::Stop),
    /// Replay stored executions on the present program of their function
    ReplayCheck(replay_check::ReplayCheck),
    /// Open the page of the local server in a browser
    Ui(ui::Ui),
}

/// The output of a command.
struct Report {
    /// The answer, for standard output.
    answer: String,
    /// Whether the answer is data, which a program that reads it gets unchanged.
    is_data: bool,
    /// A note, for standard error.
    note: Option<String>,
    /// Whether the function or the execution failed.
    failed: bool,
}

impl Report {
    fn of(answer: impl Into<String>) -> Self {
        Self {
            answer: answer.into(),
            is_data: false,
            note: None,
            failed: false,
        }
    }

    /// An answer that is data: unlike a text, it reaches a program unchanged.
    fn data(answer: impl Into<String>) -> Self {
        Self {
            is_data: true,
            ..Self::of(answer)
        }
    }

    /// The API's answer as indented JSON.
    fn json(answer: &serde_json::Value) -> Self {
        Self::data(format!("{answer:#}"))
    }

    fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

/// Runs a command and prints its output.
///
/// The [module](crate::cli#example) has an example.
#[must_use]
pub fn run(command: ApiCommand) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(async {
            tokio::select! {
                // A command reads standard input before its first await. The handler of Ctrl-C is not yet
                // installed then, so the signal ends the process.
                biased;
                outcome = execute(command) => outcome,
                _ = tokio::signal::ctrl_c() => Err(CliError::Interrupted),
            }
        }),
        Err(error) => Err(CliError::Runtime(error)),
    };
    let (code, printed) = match outcome {
        Ok(report) => (u8::from(report.failed), print(&report)),
        Err(error) => (error.exit_code(), print_error(&error)),
    };
    match printed {
        // The reader closed the pipe early, as `head` does: no error.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(code),
        Err(_) => ExitCode::from(1),
        Ok(()) => ExitCode::from(code),
    }
}

async fn execute(command: ApiCommand) -> Result<Report, CliError> {
    match command {
        ApiCommand::Invoke(invoke) => Box::pin(invoke.run()).await,
        ApiCommand::Executions(executions) => executions.run().await,
        ApiCommand::History(history) => history.run().await,
        ApiCommand::Logs(logs) => logs.run().await,
        ApiCommand::Callback(callback) => callback.run().await,
        ApiCommand::Stop(stop) => stop.run().await,
        ApiCommand::ReplayCheck(check) => Box::pin(check.run()).await,
        ApiCommand::Ui(ui) => ui.run(),
    }
}

fn print(report: &Report) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if !report.answer.is_empty() {
        let answer = report.answer.trim_end_matches('\n');
        if report.is_data && !out.is_terminal() {
            writeln!(out, "{answer}")?;
        } else {
            writeln!(out, "{}", visible_lines(answer))?;
        }
    }
    out.flush()?;
    match &report.note {
        Some(note) => writeln!(io::stderr(), "{}", visible_lines(note)),
        None => Ok(()),
    }
}

/// Prints an error. Parts of it may come from a server, or from a file.
fn print_error(error: &CliError) -> io::Result<()> {
    let text = format!("error: {error}");
    writeln!(io::stderr(), "{}", visible_lines(&text))
}
