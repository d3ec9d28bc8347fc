//! The crates that are published: what registries and docs.rs show of them, and what their packages hold.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// The categories of <https://crates.io/category_slugs> that fit a crate of this project.
const CATEGORIES: [&str; 9] = [
    "api-bindings",
    "asynchronous",
    "command-line-utilities",
    "config",
    "development-tools",
    "development-tools::procedural-macro-helpers",
    "development-tools::testing",
    "parser-implementations",
    "simulation",
];

/// A crate is published after those that it depends on.
const ORDER: [&str; 10] = [
    "durable-macros",
    "durable-runtime",
    "durable-service",
    "durable-replay",
    "durable-template",
    "durable-client",
    "durable-view",
    "durable-host",
    "durable-test",
    "durable-server",
];

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo {}", arguments.join(" "));
    String::from_utf8(output.stdout).unwrap()
}

/// The crates that are published, as cargo sees them.
fn published() -> Vec<Value> {
    let metadata = cargo(&[
        "metadata",
        "--no-deps",
        "--format-version",
        "1",
        "--offline",
    ]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter().cloned();
    packages.filter(|it| it["publish"].is_null()).collect()
}

fn texts(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect()
}

#[test]
fn the_crates_of_the_harness_are_published_and_nothing_else() {
    let names: BTreeSet<String> = published()
        .iter()
        .map(|it| it["name"].as_str().unwrap().to_owned())
        .collect();

    assert_eq!(names, ORDER.iter().map(|&name| name.to_owned()).collect());
}

#[test]
fn each_says_what_it_is() {
    for package in published() {
        let name = package["name"].as_str().unwrap();
        let description = package["description"].as_str().unwrap();
        assert!(
            (20..140).contains(&description.len()),
            "{name}: {description}"
        );
        assert!(!description.ends_with('.'), "{name}: {description}");
        assert_eq!(package["documentation"], format!("https://docs.rs/{name}"));
        assert_eq!(package["license"], "Apache-2.0", "{name}");
        assert_eq!(package["readme"], "README.md", "{name}");
        assert_eq!(package["rust_version"], "1.94.1", "{name}");
        assert_eq!(
            package["metadata"]["docs"]["rs"]["all-features"], true,
            "{name}"
        );
        let categories = texts(&package["categories"]);
        let is_known =
            |category: &&str| CATEGORIES.contains(category) || *category == "visualization";
        assert!(
            (1..=5).contains(&categories.len()) && categories.iter().all(is_known),
            "{name}: {categories:?}"
        );
        let keywords = texts(&package["keywords"]);
        assert!((1..=5).contains(&keywords.len()), "{name}: {keywords:?}");
        assert!(
            keywords.iter().all(|keyword| keyword.len() <= 20),
            "{name}: {keywords:?}"
        );
    }
}

#[test]
fn each_depends_only_on_what_is_published_before_it() {
    for package in published() {
        let name = package["name"].as_str().unwrap();
        let place = ORDER.iter().position(|it| *it == name).unwrap();
        for dependency in package["dependencies"].as_array().unwrap() {
            // The published manifest leaves out what only tests use, if it has no version.
            let is_left_out = dependency["kind"] == "dev" && dependency["req"] == "*";
            if dependency["path"].is_null() || is_left_out {
                continue;
            }
            let other = dependency["name"].as_str().unwrap();
            assert_eq!(
                dependency["req"],
                format!("^{}", package["version"].as_str().unwrap()),
                "{name}: {other}"
            );
            let before = ORDER.iter().position(|it| *it == other);
            assert!(
                before.is_some_and(|before| before < place),
                "{name} needs {other}"
            );
        }
    }
}

#[test]
fn a_package_holds_what_it_needs_and_no_more() {
    for name in ORDER {
        let list = cargo(&[
            "package",
            "--list",
            "--allow-dirty",
            "--locked",
            "--offline",
            "-p",
            name,
        ]);
        let files: BTreeSet<&str> = list.lines().collect();
        for needed in ["Cargo.toml", "LICENSE", "README.md", "src/lib.rs"] {
            assert!(files.contains(needed), "{name} has no {needed}");
        }
        for file in files {
            let belongs = match file.split_once('/') {
                // A build needs no tests, and nothing that they compare with.
                Some(("src", file)) => !file.contains(".snap"),
                Some(("template", _)) => name == "durable-server",
                Some(_) => false,
                None => matches!(
                    file,
                    ".cargo_vcs_info.json"
                        | "Cargo.lock"
                        | "Cargo.toml"
                        | "Cargo.toml.orig"
                        | "LICENSE"
                        | "README.md"
                ),
            };
            assert!(belongs, "{name} has {file}");
        }
    }
    // What `durable new` copies, hidden files included.
    let server = cargo(&[
        "package",
        "--list",
        "--allow-dirty",
        "--locked",
        "--offline",
        "-p",
        "durable-server",
    ]);
    for file in [
        "template/Cargo.toml.liquid",
        "template/.gitignore",
        "template/src/lib.rs",
        "template/tests/workflow.rs",
    ] {
        assert!(server.lines().any(|line| line == file), "{file}: {server}");
    }
}
