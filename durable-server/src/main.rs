//! The command `durable`.

use std::process::ExitCode;

use clap::Parser;
use durable_server::cli::{self, ApiCommand};

/// AWS Lambda durable functions on this machine: a local server, and commands that work with it and
/// with AWS alike.
#[derive(Debug, Parser)]
#[command(name = "durable", version)]
struct Durable {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    #[command(flatten)]
    Api(ApiCommand),
}

fn main() -> ExitCode {
    match Durable::parse().command {
        Command::Api(command) => cli::run(command),
    }
}
