//! The server's pages in a browser: Chromium, driven by Playwright from Python.
//!
//! `.ci/install-peers` installs both. Without them, these tests are ignored; with `DURABLE_PEERS=required`, they
//! fail.

#![expect(clippy::panic, clippy::unwrap_used, reason = "tests")]

#[path = "server/serving.rs"]
mod serving;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Trial};
use serde_json::{Value, json};

use serving::Serving;

/// The tests: functions of `browser/pages.py`, and how time passes for them.
const TESTS: [(&str, &str); 23] = [
    ("starts_and_answers", "real"),
    ("fails_callbacks", "real"),
    ("refuses_what_is_not_json", "real"),
    ("draws_the_waterfall", "manual"),
    ("moves_time", "real"),
    ("holds_time", "manual"),
    ("stops_pauses_and_deletes", "real"),
    ("injects_faults", "real"),
    ("filters_in_the_address", "real"),
    ("pages_through_the_list", "real"),
    ("two_tabs_are_live", "real"),
    ("foreign_pages_are_refused", "real"),
    ("works_by_keyboard", "real"),
    ("tells_screen_readers", "manual"),
    ("stands_out", "manual"),
    ("nothing_is_markup", "virtual"),
    ("opens_a_saved_history", "virtual"),
    ("copies_are_whole", "virtual"),
    ("works_without_script", "real"),
    ("odd_addresses_are_answered", "real"),
    ("checks_replays", "real"),
    ("links_callers_and_children", "real"),
    ("large_executions_stay_usable", "real"),
];

/// Programs of which one must exist.
const BROWSERS: [&str; 2] = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let missing = missing();
    let required = std::env::var("DURABLE_PEERS").is_ok_and(|value| value == "required");
    if let Some(missing) = &missing {
        eprintln!("the tests with a browser are ignored: {missing}");
    }
    let trials = TESTS.map(|(name, time)| {
        let trial = Trial::test(name, move || run(name, time));
        trial.with_ignored_flag(missing.is_some() && !required)
    });
    libtest_mimic::run(&arguments, trials.into()).exit_code()
}

fn python() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    target.join("peers/bin/python")
}

fn browser() -> Option<&'static str> {
    BROWSERS.into_iter().find(|path| Path::new(path).exists())
}

/// What is missing to run the tests.
fn missing() -> Option<String> {
    let playwright = python().with_file_name("playwright");
    let missing = if browser().is_none() {
        "Chromium".to_owned()
    } else if !playwright.exists() {
        playwright.display().to_string()
    } else {
        return None;
    };
    Some(format!(
        "{missing} is missing; `bash .ci/install-peers` installs it"
    ))
}

/// Runs a test of `pages.py` against a server of its own.
fn run(name: &str, time: &str) -> Result<(), libtest_mimic::Failed> {
    let browser = browser().ok_or("no browser")?;
    let scratch = tempfile::tempdir()?;
    let serving = Serving::start(&functions(), &["--time", time]);
    let tested = Command::new(python())
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/pages.py"))
        .args([name, &format!("http://{}", serving.address)])
        .env("CHROMIUM", browser)
        .env("SCRATCH", scratch.path())
        .output()?;
    let said = String::from_utf8_lossy(&tested.stdout);
    if tested.status.success() {
        print!("{said}");
        return Ok(());
    }
    let error = String::from_utf8_lossy(&tested.stderr);
    Err(format!("{said}{error}").into())
}

fn functions() -> Value {
    let test = std::env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join("examples/function");
    let durable = |handler: &str| {
        json!({
            "Command": [program],
            "Handler": handler,
            "Timeout": 900,
            "DurableConfig": {"ExecutionTimeout": 31_622_400},
        })
    };
    let plain = json!({"Command": [program], "Handler": "plain"});
    json!({
        "OrderWorkflow": durable("orders"),
        "Approval": durable("approval"),
        "Caller": durable("caller"),
        "Fails": durable("fails"),
        "Saga": durable("saga"),
        "Lingers": durable("lingers"),
        "Batch": durable("batch"),
        "Large": {
            "Endpoint": "http://127.0.0.1:9/2015-03-31/functions/Large/invocations",
            "DurableConfig": {},
        },
        "Echo": durable("echoes"),
        "plain": plain,
    })
}
