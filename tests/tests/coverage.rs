//! What test processes leave for `durable coverage`: each end of each kind of function, counted where it came about.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot run its binary is to panic"
)]

#[path = "support/covered.rs"]
mod covered;
#[path = "support/program.rs"]
mod program;

use durable_view::coverage::Coverage;

use covered::{counts, coverage};

/// What the program of all ends leaves.
fn of_the_program() -> Coverage {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let ran = program::run("covered", &[], &[("DURABLE_COVERAGE", path)]);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    coverage(folder.path())
}

#[test]
fn each_end_is_counted_where_it_came_about() {
    let report = of_the_program().to_json();
    for (name, expected) in [
        ("succeeds", [1, 0, 0, 0, 0, 0]),
        ("block_that_succeeds", [1, 0, 0, 0, 0, 0]),
        ("fails", [0, 1, 0, 5, 0, 0]),
        ("block_that_fails", [0, 1, 0, 5, 0, 0]),
        // The SDK retries five times where a step says nothing.
        ("step_that_fails", [0, 6, 5, 0, 0, 0]),
        ("retries", [1, 0, 0, 1, 0, 0]),
        ("step_that_retries", [1, 1, 1, 0, 0, 0]),
        ("is_replayed", [1, 0, 0, 1, 0, 0]),
        ("block_that_is_replayed", [1, 0, 0, 1, 0, 0]),
        // Once in the handler, and once in the block, whose replay does not open it again.
        ("step_that_is_replayed", [2, 0, 0, 1, 0, 0]),
        ("is_cut_off", [1, 0, 1, 1, 1, 0]),
        ("block_that_is_cut_off", [1, 0, 0, 1, 1, 0]),
        ("step_that_is_cut_off", [1, 0, 0, 0, 1, 0]),
        // Cut off while they ran, and once more before they ran, which is no replay.
        ("spawns", [1, 0, 2, 2, 2, 0]),
        ("block_that_is_spawned", [1, 0, 0, 1, 1, 0]),
        ("step_of_a_spawned_block", [1, 0, 0, 0, 1, 0]),
        ("step_that_is_spawned", [1, 0, 0, 0, 1, 0]),
        ("times_out", [0, 0, 0, 0, 0, 1]),
        ("block_that_times_out", [0, 0, 0, 0, 0, 1]),
        // The body goes on after the end of its execution, to its own.
        ("step_that_times_out", [1, 0, 0, 0, 0, 1]),
        ("never_runs", [0; 6]),
        ("block_that_never_runs", [0; 6]),
        ("step_that_never_runs", [0; 6]),
    ] {
        assert_eq!(counts(&report, name), expected, "{name}");
    }
}

#[test]
fn the_table_begins_with_what_never_ran_and_its_place() {
    let table = of_the_program().to_string();
    let source = include_str!("../examples/covered.rs");
    let place = |function: &str| {
        let mut lines = source.lines();
        let line = lines.position(|line| line.starts_with(&format!("async fn {function}(")));
        format!("tests/examples/covered.rs:{}", line.unwrap() + 1)
    };
    let never = [
        "step_that_never_runs",
        "block_that_never_runs",
        "never_runs",
    ];
    let first: Vec<Vec<&str>> = table
        .lines()
        .skip(1)
        .take(never.len())
        .map(|row| row.split_whitespace().collect())
        .collect();
    for (row, function) in first.iter().zip(never) {
        assert_eq!(row[0], function, "{table}");
        assert_eq!(row[2..8], ["never"; 6], "{table}");
        assert_eq!(row[8], place(function), "{table}");
    }
    assert!(table.contains("21 of 24 functions ran (87 %)"), "{table}");
}
