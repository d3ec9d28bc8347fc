//! The same workflows on the SDK's `LocalRunner` and on ours, in one process.
//!
//! ```console
//! cargo bench -p durable-test --bench compare                  # criterion's statistics
//! cargo bench -p durable-test --bench compare -- --table       # the table of ratios
//! cargo bench -p durable-test --bench compare -- --table map   # of the rows with that in their names
//! cargo bench -p durable-test --bench compare -- --rounds 100 ours "1 step"   # for a profiler
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    reason = "a benchmark that fails is to panic"
)]

mod contenders;
mod memory;
mod rows;
mod table;
mod workflows;

use std::env;

use criterion::Criterion;
use rows::{Contender, Row, rows};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|one| one != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["--table"] => table::print(&rows(), ""),
        ["--table", filter] => table::print(&rows(), filter),
        ["--rounds", rounds, contender, name] => {
            make_rounds(rounds.parse().unwrap(), contender, name);
        }
        [memory::ARGUMENT, case] => memory::measure(case),
        _ => measure(&rows()),
    }
}

/// Makes rounds of one contender for one row, and nothing else.
fn make_rounds(rounds: u64, contender: &str, name: &str) {
    let mut contenders = Contender::ALL.into_iter();
    let contender = contenders.find(|one| one.name() == contender).unwrap();
    let rows = rows();
    let row = rows.iter().find(|row| row.name.starts_with(name)).unwrap();
    let mut round = row.round(contender).unwrap();
    for _ in 0..rounds {
        round();
    }
}

/// Measures all rows with criterion.
fn measure(rows: &[Row]) {
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    for row in rows {
        let mut group = criterion.benchmark_group(row.name);
        for contender in Contender::ALL {
            if let Some(mut round) = row.round(contender) {
                group.bench_function(contender.name(), |bencher| bencher.iter(&mut round));
            }
        }
        group.finish();
    }
    criterion.final_summary();
}
