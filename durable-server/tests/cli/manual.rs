//! `durable completions` and `durable man`

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::{Outcome, run_at};

fn durable(arguments: &[&str]) -> Outcome {
    run_at("http://127.0.0.1:1", arguments)
}

/// Every visible command, as its help lists them.
const COMMANDS: [&str; 15] = [
    "serve",
    "invoke",
    "executions",
    "history",
    "logs",
    "callback",
    "stop",
    "replay-check",
    "ui",
    "coverage",
    "lint",
    "new",
    "store",
    "completions",
    "man",
];

#[test]
fn each_shell_has_completions_of_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let outcome = durable(&["completions", shell]);

        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{shell}");
        for command in COMMANDS {
            assert!(outcome.stdout.contains(command), "{shell}: {command}");
        }
        assert!(!outcome.stdout.contains("launch"), "{shell}: hidden");
    }
    let outcome = durable(&["completions", "cmd"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("bash"), "{}", outcome.stderr);
}

#[test]
fn bash_reads_its_completions_and_completes() {
    let script = durable(&["completions", "bash"]).stdout;
    // What bash does for `durable cov<Tab>`.
    let asked = "COMP_WORDS=(durable cov); COMP_CWORD=1; _durable durable cov durable; echo \"${COMPREPLY[@]}\"";
    let bash = Command::new("bash")
        .arg("--norc")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut bash) = bash else { return };
    let mut stdin = bash.stdin.take().unwrap();
    write!(stdin, "{script}\n{asked}\n").unwrap();
    drop(stdin);
    let output = bash.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), "coverage");
}

#[test]
fn a_command_has_its_manual_page() {
    let outcome = durable(&["man"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert!(
        outcome.stdout.contains(".TH durable 1"),
        "{}",
        outcome.stdout
    );
    // A manual page writes a hyphen so that it is not one of a broken line.
    let page = outcome.stdout.replace("\\-", "-");
    for command in COMMANDS {
        assert!(page.contains(command), "{command}");
    }
    assert!(!page.contains("launch"), "hidden");

    let outcome = durable(&["man", "callback", "succeed"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let page = outcome.stdout;
    assert!(page.contains(".TH durable-callback-succeed 1"), "{page}");
    assert!(page.contains("\\-\\-result"), "{page}");
}

#[test]
fn a_page_of_no_command_is_refused_with_those_that_there_are() {
    let outcome = durable(&["man", "callback", "suceed"]);

    assert_eq!(outcome.code, 1);
    assert_eq!(
        outcome.stderr,
        "error: `durable callback` has no command suceed; it has succeed, fail, heartbeat\n"
    );
    assert_eq!(outcome.stdout, "");
}

#[test]
fn all_pages_go_to_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");

    let outcome = durable(&["man", "--dir", pages.to_str().unwrap()]);

    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    for (page, names) in [
        ("durable.1", &["man"][..]),
        ("durable-serve.1", &["man", "serve"]),
        (
            "durable-callback-succeed.1",
            &["man", "callback", "succeed"],
        ),
    ] {
        let text = fs::read_to_string(pages.join(page)).unwrap();
        assert!(text.contains(".TH"), "{page}: {text}");
        assert_eq!(text, durable(names).stdout, "{page}");
    }
    assert!(!pages.join("durable-launch.1").exists(), "hidden");

    let outcome = durable(&["man", "--dir", pages.join("durable.1").to_str().unwrap()]);
    assert_eq!(outcome.code, 1);
    assert!(
        outcome.stderr.contains("cannot write pages to"),
        "{}",
        outcome.stderr
    );
}
