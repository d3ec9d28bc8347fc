//! Explores small workflows: one handler does what a description says, and every workflow of so many operations is run
//! under crashes, in other orders and on variants of the service. None of them may be blamed.
//!
//! ```console
//! cargo run -p durable-workflow-tests --example generator -- --operations 3
//! cargo run -p durable-workflow-tests --example generator -- --operations 4 --from 1000 --limit 500
//! cargo run -p durable-workflow-tests --example generator -- --program '["step", {"race": [["wait"], ["callback"]]}]'
//! ```
#![allow(clippy::panic, reason = "a check of a run fails by panicking")]

#[path = "../tests/generator/mod.rs"]
mod generator;

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use generator::enumerate::programs;
use generator::program::{Op, Program};
use generator::survey::{Effort, Tally};

/// Explores all workflows of so many operations.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many operations a workflow has, those within others included.
    #[arg(long, default_value_t = 2)]
    operations: usize,
    /// How deep operations are nested.
    #[arg(long, default_value_t = 2)]
    depth: usize,
    /// Position of the first workflow.
    #[arg(long, default_value_t = 0)]
    from: usize,
    /// How many workflows.
    #[arg(long, default_value_t = usize::MAX)]
    limit: usize,
    /// Takes one workflow of so many.
    #[arg(long, default_value_t = 1)]
    every: usize,
    /// Budget of each workflow's exploration of everything.
    #[arg(long, default_value_t = 150)]
    plans: usize,
    /// Budget of its explorations of crashes and of orders.
    #[arg(long, default_value_t = 60)]
    runs: usize,
    /// Explores this workflow alone, described as JSON.
    #[arg(long)]
    program: Option<String>,
    /// Prints the workflows, and explores none.
    #[arg(long)]
    list: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let all: Vec<(usize, Vec<Op>)> = match &arguments.program {
        Some(json) => vec![(0, serde_json::from_str(json)?)],
        None => programs(arguments.operations, arguments.depth)
            .into_iter()
            .enumerate()
            .skip(arguments.from)
            .step_by(arguments.every.max(1))
            .take(arguments.limit)
            .collect(),
    };
    let effort = Effort {
        plans: arguments.plans,
        runs: arguments.runs,
    };
    let started = Instant::now();
    let mut tally = Tally::default();
    for (position, program) in &all {
        if arguments.list {
            println!("{position:6}  {}", Program(program));
            continue;
        }
        if let Some(finding) = tally.add(program, effort).await {
            println!("{position}: {finding}\n");
        }
    }
    if !arguments.list {
        println!("{tally}, in {:.1?}", started.elapsed());
    }
    let is_clean = tally.findings.is_empty();
    Ok(if is_clean {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
