//! The commands of `durable`: their requests, output and exit codes.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

#[path = "cli/actions.rs"]
mod actions;
#[path = "cli/coverage.rs"]
mod coverage;
#[path = "cli/errors.rs"]
mod errors;
#[path = "cli/executions.rs"]
mod executions;
#[path = "cli/history.rs"]
mod history;
#[path = "cli/invoke.rs"]
mod invoke;
#[path = "cli/lint.rs"]
mod lint;
#[path = "cli/logs.rs"]
mod logs;
#[path = "cli/server.rs"]
mod server;
#[path = "server/serving.rs"]
mod serving;
#[path = "cli/stub.rs"]
mod stub;

use std::process::Command;

use stub::Stub;

const ARN: &str = "arn:aws:lambda:us-west-2:123456789012:function:order_workflow:$LATEST/\
                   durable-execution/order-1/00000000-0000-4000-8000-000000000001";

/// A command for an endpoint, independent of the environment of the tests.
fn durable(endpoint: &str) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("durable"));
    command.env("AWS_ENDPOINT_URL_LAMBDA", endpoint);
    command.env_remove("AWS_REGION");
    command
}

/// Outcome of a command: exit code, standard output, standard error.
struct Outcome {
    code: i32,
    stdout: String,
    stderr: String,
}

fn run(service: &Stub, arguments: &[&str]) -> Outcome {
    run_at(service.endpoint(), arguments)
}

fn run_at(endpoint: &str, arguments: &[&str]) -> Outcome {
    let output = durable(endpoint).args(arguments).output().unwrap();
    Outcome {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
