//! The report that `DURABLE_REPORT` asks for, and what a failing test prints.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot run its binary is to panic"
)]

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use durable_runtime::prelude::*;
use durable_test::prelude::*;

#[durable_step]
fn count(number: u64) -> u64 {
    number
}

#[durable_execution]
async fn counts(to: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    for number in 0..to {
        count(&ctx, number).name(format!("count-{number}")).await?;
    }
    ctx.wait(Duration::from_hours(24)).name("a-day").await?;
    Ok(to)
}

/// Run by the tests below, in processes of their own.
#[durable_test(handler = counts)]
#[ignore = "another test runs it"]
async fn fails_after_many_steps(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(600).await?;
    assert_eq!(result.result::<String>()?, "<b>\u{1b}");
    Ok(())
}

#[durable_test(handler = counts)]
#[ignore = "another test runs it"]
async fn passes_in_the_plain_home(runner: DurableRunner) -> TestOutcome {
    runner.run(3).await?.ensure_succeeded()?;
    Ok(())
}

fn start(program: &Path, arguments: &[&str], report: Option<&Path>) -> Child {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    match report {
        Some(folder) => command.env("DURABLE_REPORT", folder),
        None => command.env_remove("DURABLE_REPORT"),
    };
    command.env_remove("DURABLE_RUNNER_MODE").spawn().unwrap()
}

fn output(child: Child) -> String {
    let Output { stdout, stderr, .. } = child.wait_with_output().unwrap();
    String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap()
}

fn plain(test: &str, report: Option<&Path>) -> String {
    let program = std::env::current_exe().unwrap();
    output(start(&program, &["--exact", test, "--ignored"], report))
}

/// The pages that an index links to.
fn pages(folder: &Path) -> Vec<String> {
    let index = fs::read_to_string(folder.join("index.html")).unwrap();
    let links = index.split("href=\"").skip(1);
    let mut pages: Vec<String> = links
        .map(|link| link.split('"').next().unwrap().to_owned())
        .collect();
    pages.sort();
    pages
}

#[test]
fn each_test_of_both_homes_has_a_page_and_a_line_in_the_index() {
    let folder = tempfile::tempdir().unwrap();
    output(start(&program::program("suite"), &[], Some(folder.path())));
    plain("passes_in_the_plain_home", Some(folder.path()));

    let index = fs::read_to_string(folder.path().join("index.html")).unwrap();
    for name in [
        "suite::nested::passes",
        "suite::fails_an_assertion",
        "report::passes_in_the_plain_home",
    ] {
        assert_eq!(
            index.matches(&format!(">{name}</a>")).count(),
            1,
            "{name}: {index}"
        );
    }
    let line = index
        .lines()
        .find(|line| line.contains("report::passes_in_the_plain_home"));
    // Virtual time and invocations.
    let line = line.unwrap();
    assert!(
        line.contains("passed</td><td class=\"n\">1d</td>"),
        "{line}"
    );
    assert!(
        line.contains(
            "<td class=\"n\">2</td><td class=\"n wide\">1</td><td class=\"wide\">local</td>"
        ),
        "{line}"
    );
    for page in pages(folder.path()) {
        let html = fs::read_to_string(folder.path().join(&page)).unwrap();
        assert!(html.contains("<h1>") && !html.contains("<script"), "{page}");
    }
}

#[test]
fn processes_that_write_at_once_lose_nothing_and_a_second_run_replaces_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let tests = [
        "passes",
        "panics_as_it_should",
        "returns_an_error",
        "counts_virtual_time",
        "fails_an_assertion",
    ];
    let mut seen = Vec::new();
    for _ in 0..2 {
        let children: Vec<Child> = tests
            .iter()
            .map(|test| {
                start(
                    &program::program("suite"),
                    &["--exact", test],
                    Some(folder.path()),
                )
            })
            .collect();
        for child in children {
            output(child);
        }
        seen.push(pages(folder.path()));
    }
    assert_eq!(seen[0].len(), tests.len(), "{seen:?}");
    assert_eq!(seen[0], seen[1]);
    let files = fs::read_dir(folder.path())
        .unwrap()
        .map(|file| file.unwrap().file_name());
    let pages = files.filter(|name| name.to_string_lossy().ends_with(".html"));
    assert_eq!(pages.count(), tests.len() + 1);
}

#[test]
fn a_failure_of_a_large_execution_stays_on_a_screen_and_names_the_whole() {
    let printed = plain("fails_after_many_steps", None);

    assert!(printed.contains("… 596 more steps succeeded"), "{printed}");
    assert!(printed.lines().count() < 60, "{printed}");
    let path = printed
        .lines()
        .find_map(|line| line.strip_prefix("all of it: "))
        .unwrap();
    assert!(
        path.ends_with("tmp/durable-test/report/fails_after_many_steps.txt"),
        "{path}"
    );
    let whole = fs::read_to_string(path).unwrap();
    assert!(whole.contains("count-345"), "{whole}");
}

#[test]
fn a_report_that_cannot_be_written_is_told_and_fails_no_test() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let printed = output(start(
        &program::program("suite"),
        &["--exact", "passes"],
        Some(file.path()),
    ));
    assert!(
        printed.contains("DURABLE_REPORT: the report in "),
        "{printed}"
    );
    assert!(printed.contains("1 passed"), "{printed}");
}
