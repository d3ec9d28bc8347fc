//! A program of tests that another test runs and looks at.

#![allow(dead_code, reason = "each test target uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// What would reach the program from around the test: settings of the harness, of AWS and of test runners.
const VARIABLES: [&str; 27] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_LAMBDA",
    "AWS_PROFILE",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "DURABLE_FUNCTION_NAME_MAP",
    "DURABLE_RUNNER_MODE",
    "INSTA_CARGO_INSTA",
    "INSTA_FORCE_PASS",
    "INSTA_FORCE_UPDATE",
    "INSTA_OUTPUT",
    "INSTA_PENDING_DIR",
    "INSTA_UPDATE",
    "INSTA_WORKSPACE_ROOT",
    "LAMBDA_ENDPOINT",
    "LAMBDA_FUNCTION_TEST_NAME",
    "NEXTEST",
    "QUALIFIED_FUNCTION_NAME",
    "RUST_BACKTRACE",
    "RUST_LOG",
    "RUST_TEST_NOCAPTURE",
    "RUST_TEST_SHUFFLE",
    "RUST_TEST_SHUFFLE_SEED",
    "RUST_TEST_THREADS",
];

/// What a program came to.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The program of that name.
pub(crate) fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join("examples").join(name);
    assert!(
        program.exists(),
        "{} is missing: cargo build -p durable-workflow-tests --examples",
        program.display()
    );
    program
}

/// Runs the program of that name with arguments and variables, and no others that it looks at.
pub(crate) fn run(name: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    run_file(&program(name), arguments, variables)
}

/// The same for a program in a file.
pub(crate) fn run_file(program: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let mut command = Command::new(program);
    for name in VARIABLES {
        command.env_remove(name);
    }
    command.args(arguments).envs(variables.iter().copied());
    let output = command.output().unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
