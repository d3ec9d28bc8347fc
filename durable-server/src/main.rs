//! The command `durable`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use durable_server::cli::{self, ApiCommand, CoverageArgs, LintArgs};
use durable_server::{GuardArgs, LaunchArgs, ServeArgs, StoreArgs};

/// AWS Lambda durable functions on this machine: a local server, and commands that work with it and
/// with AWS alike.
#[derive(Debug, Parser)]
#[command(name = "durable", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a local server of durable functions
    Serve(ServeArgs),
    #[command(flatten)]
    Api(ApiCommand),
    Coverage(CoverageArgs),
    Lint(LintArgs),
    /// Look after the file that a server keeps executions in
    Store(StoreArgs),
    /// Run a program that ends with the server
    #[command(hide = true)]
    Launch(LaunchArgs),
    /// End what functions started once the server is gone
    #[command(hide = true)]
    Guard(GuardArgs),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Serve(arguments) => arguments.run(),
        Command::Api(command) => cli::run(command),
        Command::Coverage(arguments) => arguments.run(),
        Command::Lint(arguments) => arguments.run(),
        Command::Store(arguments) => arguments.run(),
        Command::Launch(arguments) => arguments.run(),
        Command::Guard(arguments) => arguments.run(),
    }
}
