//! A golden history that has changed, as `cargo insta` meets it: in a target with `harness = false`, and in an ordinary
//! one, which is this.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot run its binary is to panic"
)]

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::path::{Path, PathBuf};

use durable_test::prelude::*;
use durable_workflow_tests::order::order_workflow;
use program::{Ran, run_file};
use tempfile::TempDir;

#[durable_test(handler = order_workflow, lambda_function_name = "order_workflow")]
#[ignore = "its snapshot is made by the tests below"]
async fn keeps_a_history(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"order_id": "order-123"})).await?;
    assert_history!(result);
    Ok(())
}

/// A test with a golden history in a workspace of its own.
struct Home {
    workspace: TempDir,
    program: PathBuf,
    snapshot: &'static str,
}

impl Home {
    /// A target with `harness = false`.
    fn of_its_own() -> Self {
        Self::new(
            program::program("golden"),
            "tests/examples/snapshots/golden__keeps_a_history.snap",
        )
    }

    /// A target of libtest.
    fn of_libtest() -> Self {
        Self::new(
            std::env::current_exe().unwrap(),
            "tests/tests/snapshots/review__keeps_a_history.snap",
        )
    }

    /// Accepts the history, and has it differ from that in one line.
    fn new(program: PathBuf, snapshot: &'static str) -> Self {
        let workspace = tempfile::tempdir().unwrap();
        let home = Self {
            workspace,
            program,
            snapshot,
        };
        let accepted = home.run(&[("INSTA_UPDATE", "always")]);
        assert_eq!(accepted.code, Some(0), "{}{}", accepted.out, accepted.err);
        let changed = read(&home.snapshot()).replace("payment (Step)", "pay (Step)");
        fs::write(home.snapshot(), changed).unwrap();
        home
    }

    fn run(&self, variables: &[(&str, &str)]) -> Ran {
        let root = self.workspace.path().to_str().unwrap();
        let mut variables = variables.to_vec();
        variables.push(("INSTA_WORKSPACE_ROOT", root));
        let test = ["keeps_a_history", "--exact", "--include-ignored"];
        run_file(&self.program, &test, &variables)
    }

    fn snapshot(&self) -> PathBuf {
        self.workspace.path().join(self.snapshot)
    }

    /// Where a change waits for its review.
    fn pending(&self) -> PathBuf {
        self.snapshot().with_extension("snap.new")
    }
}

fn read(path: &Path) -> String {
    let text = fs::read_to_string(path);
    text.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The history of a snapshot, behind what `insta` writes about it.
fn history(path: &Path) -> Vec<String> {
    let text = read(path);
    let (_, history) = text.split_once("\n---\n").unwrap();
    history.lines().map(str::to_owned).collect()
}

fn is_kept_for_review(home: &Home) {
    let ran = home.run(&[("INSTA_UPDATE", "new"), ("INSTA_FORCE_PASS", "1")]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);

    let (before, after) = (history(&home.snapshot()), history(&home.pending()));
    assert_eq!(before.len(), after.len());
    let changed = before
        .iter()
        .zip(&after)
        .filter(|(one, other)| one != other);
    let changed: Vec<(&str, &str)> = changed
        .map(|(one, other)| (one.as_str(), other.as_str()))
        .collect();
    assert_eq!(
        changed,
        [("+0s      pay (Step)", "+0s      payment (Step)")]
    );
}

fn fails_with_the_lines_that_changed(home: &Home) {
    let ran = home.run(&[("INSTA_UPDATE", "no")]);
    assert_eq!(ran.code, Some(101));
    let shown = ran.out + &ran.err;
    assert!(shown.contains("+0s      pay (Step)"), "{shown}");
    assert!(shown.contains("+0s      payment (Step)"), "{shown}");
    assert!(shown.contains("cargo insta"), "{shown}");
    assert!(!home.pending().exists());
}

fn waits_in_a_folder_of_its_own(home: &Home) {
    let pending = tempfile::tempdir().unwrap();
    let folder = pending.path().to_str().unwrap();
    home.run(&[("INSTA_UPDATE", "new"), ("INSTA_PENDING_DIR", folder)]);
    let waits = pending.path().join(home.snapshot);
    assert_eq!(
        history(&waits.with_extension("snap.new")).len(),
        history(&home.snapshot()).len()
    );
    assert!(!home.pending().exists());
}

#[test]
fn a_changed_history_is_kept_for_review() {
    is_kept_for_review(&Home::of_its_own());
    is_kept_for_review(&Home::of_libtest());
}

#[test]
fn a_changed_history_fails_with_the_lines_that_changed() {
    fails_with_the_lines_that_changed(&Home::of_its_own());
    fails_with_the_lines_that_changed(&Home::of_libtest());
}

#[test]
fn a_changed_history_waits_in_a_folder_of_its_own() {
    waits_in_a_folder_of_its_own(&Home::of_its_own());
    waits_in_a_folder_of_its_own(&Home::of_libtest());
}
