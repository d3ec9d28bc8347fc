//! The README and its picture are those of this project: its code is in these files, and what it shows is what
//! runs.

mod order;

use std::fs;
use std::path::Path;

use durable_test::prelude::*;
use quick_start::order_workflow;

const README: &str = include_str!("../../../../README.md");

/// The README of the package `durable-test`.
const PACKAGE: &str = include_str!("../../../../durable-test/README.md");

/// The page with a project by hand.
const FIRST_TEST: &str = include_str!("../../../../docs/first-test.md");

/// Files that are copied whole, which therefore need nothing that is not in them.
const WHOLE: &str = include_str!("order.rs");

const FILES: [&str; 2] = [include_str!("../orders.rs"), include_str!("../purchase.rs")];

fn blocks(text: &str) -> Vec<&str> {
    text.split("\n```rust\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect()
}

#[test]
fn the_code_of_the_readme_is_a_tested_file_to_copy() {
    assert_eq!(blocks(README), [WHOLE]);
    assert!(!README.contains("```rust,"), "code that is not tested");
}

#[test]
fn the_code_of_the_package_is_tested_here() {
    let blocks = blocks(PACKAGE);
    assert!(!blocks.is_empty());
    for block in blocks {
        let is_tested = FILES.iter().any(|file| file.contains(block.trim_end()));
        assert!(is_tested, "no file of this project has this code:\n{block}");
    }
    assert!(!PACKAGE.contains("```rust,"), "code that is not tested");
}

#[test]
fn the_readme_is_read_in_five_minutes() {
    let lines = README.lines().count();
    assert!(lines <= 165, "{lines} lines: move something into the book");
}

#[durable_test(handler = order::order)]
async fn the_picture_of_the_readme_is_of_its_code(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(4990).await?;

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/timeline.svg");
    let picture = result.timeline().to_svg() + "\n";
    if std::env::var_os("UPDATE_PICTURES").is_some() {
        fs::write(&path, &picture)?;
    }
    assert!(
        fs::read_to_string(&path)? == picture,
        "docs/timeline.svg is of another version; UPDATE_PICTURES=1 cargo test -p quick-start --test readme writes it"
    );
    Ok(())
}

#[durable_test(handler = order_workflow)]
async fn the_tree_of_the_first_test_is_of_its_run(runner: DurableRunner) -> TestOutcome {
    let order = json!({"order_id": "order-123", "cents": 4990});
    let result = runner.run(order).await?;

    assert!(FIRST_TEST.contains(&result.to_string()), "{result}");
    Ok(())
}
