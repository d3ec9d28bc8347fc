//! The `main` of a test target that is the deployed form of the workflows in it, too.
//!
//! Started as a test binary it runs its tests; started by the Lambda runtime it serves its handlers.
//! With `--handlers` it lists them, as `bootstrap` does.

use std::process::ExitCode;

use durable_runtime::sdk::lambda_runtime::Error;
use tokio::runtime::Builder;

/// The environment variable that holds the address of the Lambda Runtime API.
const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

/// Runs the tests, or serves the handlers. `tests` is `durable_test::harness::main`, which is an argument
/// so that `bootstrap`, which holds this crate as it is deployed, carries nothing of the harness.
pub fn main(tests: impl FnOnce() -> ExitCode) -> ExitCode {
    if std::env::var_os(RUNTIME_API).is_some() || lists_handlers() {
        return bootstrap();
    }
    tests()
}

/// Serves the handler that the function is configured with, or lists the handlers.
#[must_use]
pub fn bootstrap() -> ExitCode {
    if lists_handlers() {
        for entry in durable_runtime::handlers() {
            println!("{}", entry.name());
        }
        return ExitCode::SUCCESS;
    }
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn lists_handlers() -> bool {
    std::env::args().nth(1).as_deref() == Some("--handlers")
}

fn serve() -> Result<(), Error> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(durable_runtime::run_registered())
}
