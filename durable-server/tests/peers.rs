//! The server as AWS's own clients and SDKs see it: the AWS CLI, SAM CLI, boto3, and functions on the
//! official Python SDK.
//!
//! `.ci/install-peers` installs them from `peers/*requirements.txt` into `target/peers`. Without them, these
//! tests are ignored; with `DURABLE_PEERS=required`, they fail.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

#[path = "peers/aws_cli.rs"]
mod aws_cli;
#[path = "peers/boto.rs"]
mod boto;
#[path = "peers/python.rs"]
mod python;
#[path = "peers/python_sdk.rs"]
mod python_sdk;
#[path = "peers/refusals.rs"]
mod refusals;
#[path = "peers/replay_check.rs"]
mod replay_check;
#[path = "peers/sam.rs"]
mod sam;
#[path = "server/serving.rs"]
mod serving;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let missing = python::reason_to_skip();
    if let Some(reason) = &missing {
        eprintln!("the tests with peers are ignored: {reason}");
    }
    let tests = [
        boto::TESTS,
        refusals::TESTS,
        aws_cli::TESTS,
        python_sdk::TESTS,
        sam::TESTS,
        replay_check::TESTS,
    ]
    .concat();
    let trials = tests
        .into_iter()
        .map(|(name, test)| {
            let trial = Trial::test(name, move || {
                test();
                Ok(())
            });
            trial.with_ignored_flag(missing.is_some())
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}
