//! The README and its picture are those of this project: its code is in these files, and what it shows is what
//! runs.

use std::fs;
use std::path::Path;

use durable_test::prelude::*;
use quick_start::order_workflow;

const README: &str = include_str!("../../../README.md");

/// The README of the package `durable-test`.
const PACKAGE: &str = include_str!("../../../durable-test/README.md");

const FILES: [&str; 4] = [
    include_str!("../src/lib.rs"),
    include_str!("../src/main.rs"),
    include_str!("orders.rs"),
    include_str!("purchase.rs"),
];

#[test]
fn the_code_of_the_readme_is_tested_here() {
    for (readme, least) in [(README, 4), (PACKAGE, 1)] {
        let blocks: Vec<&str> = readme
            .split("\n```rust\n")
            .skip(1)
            .filter_map(|rest| rest.split("```").next())
            .collect();
        assert!(blocks.len() >= least, "{blocks:?}");
        for block in blocks {
            let is_tested = FILES.iter().any(|file| file.contains(block.trim_end()));
            assert!(is_tested, "no file of this project has this code:\n{block}");
        }
        assert!(!readme.contains("```rust,"), "code that is not tested");
    }
}

#[durable_test(handler = order_workflow)]
async fn the_tree_and_the_picture_of_the_readme_are_of_this_run(
    runner: DurableRunner,
) -> TestOutcome {
    let order = json!({"order_id": "order-123", "cents": 4990});
    let result = runner.run(order).await?;

    assert!(README.contains(&result.to_string()), "{result}");
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
