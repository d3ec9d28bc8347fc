//! Runs the orders of a JSON file through the workflow, in this process and on a virtual clock.

mod arguments;
mod input;
mod report;

use std::io::{self, ErrorKind};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use arguments::{Arguments, HELP};
use durable_test::DurableRunner;
use order_workflow::{Order, order_workflow};
use report::Report;

/// Some order could not be run to its end.
const INCOMPLETE: u8 = 1;
/// The command line, the file or the output cannot be used.
const UNUSABLE: u8 = 2;

/// A runner keeps every execution in its host. Nothing reads them here, so the runner is replaced now and
/// then, and a long file does not fill the memory.
const ORDERS_PER_RUNNER: usize = 500;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match simulate().await {
        Ok(code) => code,
        // The reader has seen enough, as in `simulate orders.json | head`.
        Err(Failure::Output(error)) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            report::complain(&failure);
            ExitCode::from(UNUSABLE)
        }
    }
}

/// Why the simulation ended early.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Usage(#[from] arguments::UsageError),
    #[error(transparent)]
    Input(#[from] input::InputError),
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
    #[error("cannot set up the local service: {0}")]
    Runner(durable_test::Error),
}

async fn simulate() -> Result<ExitCode, Failure> {
    match arguments::read(std::env::args_os().skip(1))? {
        Arguments::Help => {
            report::print(HELP)?;
            Ok(ExitCode::SUCCESS)
        }
        Arguments::Run { file, trees } => {
            let orders = input::read(Path::new(&file))?;
            run(&orders, trees).await
        }
    }
}

async fn run(orders: &[Order], trees: bool) -> Result<ExitCode, Failure> {
    let started = Instant::now();
    let mut report = Report::new(orders.len(), trees);
    for chunk in orders.chunks(ORDERS_PER_RUNNER) {
        let runner = DurableRunner::builder(order_workflow)
            .function_name("order_workflow")
            .build()
            .map_err(Failure::Runner)?;
        for order in chunk {
            report.order(order, &runner.run(order).await)?;
        }
    }
    let complete = report.finish(started.elapsed())?;
    Ok(if complete {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(INCOMPLETE)
    })
}
