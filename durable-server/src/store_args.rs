//! The subcommand `durable store`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use durable_view::visible_lines;

use crate::store::{Store, StoreError};

/// Exit code of a command that failed.
const FAILED: u8 = 1;

/// Arguments of `durable store`.
///
/// They say what to do with the file of a [`Store`].
#[derive(Debug, Args)]
pub struct StoreArgs {
    #[command(subcommand)]
    command: StoreCommand,
}

#[derive(Debug, Subcommand)]
enum StoreCommand {
    /// Make the file of a store as small as it can be
    ///
    /// A server gives the room of deleted executions back by itself, a part at a time. This writes the file
    /// anew, which needs as much free room again, and no server may have the store open.
    Compact {
        /// The file of the store
        file: PathBuf,
    },
}

impl StoreArgs {
    /// Runs the command.
    #[must_use]
    pub fn run(self) -> ExitCode {
        let StoreCommand::Compact { file } = self.command;
        let bytes = || file.metadata().map_or(0, |it| it.len());
        let before = bytes();
        match Store::compact(&file) {
            Ok(()) => {
                let name = file.display().to_string();
                let said = format!("{name}: {before} bytes before, {} bytes now", bytes());
                println!("{}", visible_lines(&said));
                ExitCode::SUCCESS
            }
            Err(error) => failed(&error),
        }
    }
}

fn failed(error: &StoreError) -> ExitCode {
    eprintln!("error: {}", visible_lines(&error.to_string()));
    ExitCode::from(FAILED)
}
