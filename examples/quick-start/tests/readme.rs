//! The Rust code of the README is that of this project.

const README: &str = include_str!("../../../README.md");

const FILES: [&str; 4] = [
    include_str!("../src/lib.rs"),
    include_str!("../src/main.rs"),
    include_str!("orders.rs"),
    include_str!("purchase.rs"),
];

#[test]
fn the_code_of_the_readme_is_tested_here() {
    let blocks: Vec<&str> = README
        .split("\n```rust\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(blocks.len() >= 5, "{blocks:?}");
    for block in blocks {
        let is_tested = FILES.iter().any(|file| file.contains(block.trim_end()));
        assert!(is_tested, "no file of this project has this code:\n{block}");
    }
    assert!(!README.contains("```rust,"), "code that is not tested");
}
