//! What a deployed function carries: the SDK and the runtime crate, and nothing of the harness.
//!
//! The example's bootstrap is built alone, as a user builds it for deployment; a build of the whole workspace
//! would unify features, and prove nothing.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot build or read a program is to panic"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The crates of this workspace that only tests and the server use.
const HARNESS: [&str; 8] = [
    "durable-client",
    "durable-host",
    "durable-replay",
    "durable-server",
    "durable-service",
    "durable-template",
    "durable-test",
    "durable-view",
];

/// How much larger the example's bootstrap may be than a bare function, as a fraction of its size. The
/// example holds a whole workflow, and each of its steps instantiates the SDK's generic code.
const ALLOWANCE: f64 = 0.1;

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

/// Builds the program of a package alone; returns the size of a copy without symbols.
fn stripped_size(package: &str) -> u64 {
    let messages = cargo(&[
        "build",
        "--locked",
        "--bins",
        "-p",
        package,
        "--message-format",
        "json",
    ]);
    let program: PathBuf = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find_map(|message| message.get("executable")?.as_str().map(PathBuf::from))
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join(package);
    let status = Command::new("strip")
        .arg("-o")
        .arg(&copy)
        .arg(&program)
        .status();
    assert!(status.unwrap().success());
    std::fs::metadata(copy).unwrap().len()
}

#[test]
fn nothing_of_the_harness_is_in_a_deployed_function() {
    let tree = cargo(&[
        "tree",
        "--locked",
        "-p",
        "order-workflow",
        "--edges",
        "normal",
        "--prefix",
        "none",
    ]);
    let crates: Vec<&str> = tree
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(crates.contains(&"durable-runtime"), "{tree}");
    let found: Vec<&str> = HARNESS
        .into_iter()
        .filter(|name| crates.contains(name))
        .collect();
    assert!(found.is_empty(), "a deployed function carries {found:?}");
}

#[test]
fn the_runtime_crate_has_no_features() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../durable-runtime/Cargo.toml");
    let manifest = std::fs::read_to_string(manifest).unwrap();
    assert!(!manifest.contains("[features]"), "{manifest}");
}

#[test]
fn a_deployed_function_is_little_larger_than_one_on_the_sdk_alone() {
    let (ours, bare) = (
        stripped_size("order-workflow"),
        stripped_size("bare-function"),
    );
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
    let more = (ours as f64 - bare as f64) / bare as f64;
    assert!(
        more <= ALLOWANCE,
        "the example's bootstrap has {ours} bytes, and a function on the SDK alone {bare}"
    );
}
