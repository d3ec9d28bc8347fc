//! The command `durable`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use durable_server::cli::{self, ApiCommand};
use durable_server::{LaunchArgs, ServeArgs};

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
    /// Run a program that ends with the server
    #[command(hide = true)]
    Launch(LaunchArgs),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Serve(arguments) => arguments.run(),
        Command::Api(command) => cli::run(command),
        Command::Launch(arguments) => arguments.run(),
    }
}
