//! The command `durable`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use durable_server::{LaunchArgs, ServeArgs};

/// AWS Lambda durable functions on this machine.
#[derive(Debug, Parser)]
#[command(name = "durable", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a local server of durable functions.
    Serve(ServeArgs),
    /// Run a program that does not outlive the server.
    #[command(hide = true)]
    Launch(LaunchArgs),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Serve(arguments) => arguments.run(),
        Command::Launch(arguments) => arguments.run(),
    }
}
