//! The files of `docs/ci`, which users copy into their projects, are what GitHub and GitLab read, and the book shows
//! parts of them.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use durable_template::Value;

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

fn read(name: &str) -> String {
    fs::read_to_string(docs().join("ci").join(name)).unwrap()
}

fn document(name: &str) -> Value {
    let (value, notes) = durable_template::document(&read(name)).unwrap();
    assert_eq!(notes, [""; 0], "{name}");
    value
}

fn members(value: &Value) -> Vec<(&str, &Value)> {
    let Value::Map(members) = value else {
        panic!("no object: {value:?}")
    };
    members
        .iter()
        .map(|(name, value)| (name.as_str(), value))
        .collect()
}

fn names(value: &Value) -> BTreeSet<&str> {
    members(value).into_iter().map(|(name, _)| name).collect()
}

fn items(value: &Value) -> Vec<&Value> {
    match value {
        Value::List(items) => items.iter().collect(),
        one => vec![one],
    }
}

fn only(found: &BTreeSet<&str>, known: &[&str], place: &str) {
    let unknown: Vec<_> = found.iter().filter(|name| !known.contains(name)).collect();
    assert!(unknown.is_empty(), "{place}: {unknown:?}");
}

#[test]
fn github_reads_its_workflow() {
    let workflow = document("github-actions.yml");
    only(
        &names(&workflow),
        &["name", "on", "permissions", "jobs"],
        "workflow",
    );
    let jobs = workflow.get("jobs").unwrap();
    for (name, job) in members(jobs) {
        let known = [
            "if",
            "needs",
            "runs-on",
            "concurrency",
            "permissions",
            "env",
            "steps",
        ];
        only(&names(job), &known, name);
        assert_eq!(
            job.get("runs-on").unwrap().as_text(),
            Some("ubuntu-latest"),
            "{name}"
        );
        if let Some(needs) = job.get("needs") {
            assert!(
                jobs.get(needs.as_text().unwrap()).is_some(),
                "{name}: {needs:?}"
            );
        }
        for step in items(job.get("steps").unwrap()) {
            only(
                &names(step),
                &["if", "name", "uses", "with", "run", "env"],
                name,
            );
            let action = step.get("uses").map(|it| it.as_text().unwrap());
            assert_ne!(
                action.is_some(),
                step.get("run").is_some(),
                "{name}: {step:?}"
            );
            assert!(
                action.is_none_or(|action| action.contains("@v")),
                "{name}: {action:?}"
            );
            assert!(
                action.is_some() || step.get("with").is_none(),
                "{name}: {step:?}"
            );
        }
    }
}

#[test]
fn gitlab_reads_its_pipeline() {
    let pipeline = document("gitlab-ci.yml");
    let stages: Vec<_> = items(pipeline.get("stages").unwrap())
        .iter()
        .map(|it| it.as_text().unwrap())
        .collect();
    let mut jobs = 0;
    for (name, job) in members(&pipeline) {
        if ["stages", "default", "variables"].contains(&name) {
            continue;
        }
        let known = [
            "extends",
            "stage",
            "rules",
            "resource_group",
            "id_tokens",
            "variables",
            "before_script",
            "script",
            "artifacts",
        ];
        only(&names(job), &known, name);
        if let Some(base) = job.get("extends") {
            assert!(
                pipeline.get(base.as_text().unwrap()).is_some(),
                "{name}: {base:?}"
            );
        }
        // A name with a dot is a part of jobs.
        if !name.starts_with('.') {
            let stage = job.get("stage").unwrap().as_text().unwrap();
            assert!(stages.contains(&stage), "{name}: {stage}");
            assert!(!items(job.get("script").unwrap()).is_empty(), "{name}");
            jobs += 1;
        }
    }
    assert_eq!(jobs, 3);
}

#[test]
fn the_profile_of_nextest_is_named_as_the_jobs_name_it() {
    let profile = read("nextest.toml");
    assert!(profile.contains("[profile.ci.junit]"), "{profile}");
    for file in ["github-actions.yml", "gitlab-ci.yml"] {
        let text = read(file);
        assert!(text.contains("--profile ci"), "{file}");
        assert!(text.contains("target/nextest/ci/junit.xml"), "{file}");
    }
}

#[test]
fn bash_reads_the_script() {
    let script = docs().join("ci/save-histories");
    let Ok(status) = Command::new("bash").arg("-n").arg(script).status() else {
        return;
    };
    assert!(status.success());
}

#[test]
fn the_book_shows_parts_of_these_files() {
    let page = fs::read_to_string(docs().join("ci.md")).unwrap();
    let files = [read("github-actions.yml"), read("gitlab-ci.yml")];
    let blocks: Vec<&str> = page
        .split("\n```yaml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(blocks.len() >= 3, "{blocks:?}");
    for block in blocks {
        assert!(files.iter().any(|file| file.contains(block)), "{block}");
    }
}
