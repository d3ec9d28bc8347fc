//! The harness from outside: a test binary under libtest's flags and the settings of both modes.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot run its binary is to panic"
)]

#[path = "support/program.rs"]
mod program;

use program::Ran;

impl Ran {
    /// Whether a test was reported with this outcome.
    fn reports(&self, test: &str, outcome: &str) -> bool {
        self.out.lines().any(|line| {
            let mut words = line.split_whitespace();
            words.next() == Some("test")
                && words.next() == Some(test)
                && line.contains(&format!("... {outcome}"))
        })
    }

    fn lists(&self) -> Vec<&str> {
        self.out
            .lines()
            .filter_map(|line| line.strip_suffix(": test"))
            .collect()
    }
}

fn suite(arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    program::run("suite", arguments, variables)
}

#[test]
fn tests_are_listed_in_order_without_running() {
    let ran = suite(&["--list", "--format", "terse"], &[]);
    assert_eq!(ran.code, Some(0));
    assert_eq!(
        ran.lists(),
        [
            "blocks_forever",
            "counts_virtual_time",
            "does_not_panic_though_it_should",
            "fails_an_assertion",
            "is_ignored",
            "nested::passes",
            "panics_as_it_should",
            "passes",
            "returns_an_error",
            "runs_out_of_time",
        ]
    );
}

#[test]
fn ignored_tests_are_listed_apart_as_nextest_asks() {
    let ran = suite(&["--list", "--format", "terse", "--ignored"], &[]);
    assert_eq!(ran.lists(), ["blocks_forever", "is_ignored"]);
}

#[test]
fn a_filter_selects_by_part_and_exact_by_name() {
    let ran = suite(&["passes"], &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    assert!(ran.reports("passes", "ok") && ran.reports("nested::passes", "ok"));
    assert!(
        ran.out.contains("2 passed; 0 failed; 0 ignored"),
        "{}",
        ran.out
    );

    let ran = suite(&["passes", "--exact"], &[]);
    assert!(
        ran.out.contains("1 passed; 0 failed; 0 ignored"),
        "{}",
        ran.out
    );
}

#[test]
fn one_test_runs_as_nextest_runs_it() {
    let ran = suite(&["--exact", "nested::passes", "--nocapture"], &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    assert!(ran.reports("nested::passes", "ok"));
}

#[test]
fn an_ignored_test_runs_when_asked() {
    let ran = suite(&["is_ignored", "--exact"], &[]);
    assert!(ran.reports("is_ignored", "ignored"), "{}", ran.out);
    let ran = suite(&["is_ignored", "--exact", "--ignored"], &[]);
    assert!(ran.reports("is_ignored", "ok"), "{}", ran.out);
}

#[test]
fn a_failure_shows_what_happened_and_what_ran() {
    let ran = suite(&["fails_an_assertion"], &[]);
    assert_eq!(ran.code, Some(101));
    assert!(ran.reports("fails_an_assertion", "FAILED"));
    let report = ran
        .out
        .split("---- fails_an_assertion ----")
        .nth(1)
        .unwrap();
    let report = report.split("failures:").next().unwrap().trim();
    let (message, tree) = report.split_once("\n\n").unwrap();
    assert!(
        message.starts_with("panicked at tests/examples/suite.rs:"),
        "{message}"
    );
    assert!(message.contains("other steps"), "{message}");
    assert_eq!(
        tree,
        "hello-world: SUCCEEDED in 1m (2 invocations)\n\
         ├─ greet  step  SUCCEEDED  +0s for 0s\n\
         └─ pause  wait  SUCCEEDED  +0s for 1m"
    );
}

#[test]
fn a_returned_error_is_the_message() {
    let ran = suite(&["returns_an_error"], &[]);
    assert_eq!(ran.code, Some(101));
    assert!(
        ran.out.contains(
            "no step named \"wave\" in this execution; its steps are: \"greet\"\n\nhello-world:"
        ),
        "{}",
        ran.out
    );
}

#[test]
fn should_panic_requires_a_panic() {
    let ran = suite(&["panic"], &[]);
    assert!(ran.reports("panics_as_it_should", "ok"), "{}", ran.out);
    assert!(
        ran.reports("does_not_panic_though_it_should", "FAILED"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("the test did not panic as expected"),
        "{}",
        ran.out
    );
}

#[test]
fn a_run_past_its_timeout_reports_what_it_was_doing() {
    let ran = suite(&["runs_out_of_time"], &[]);
    assert_eq!(ran.code, Some(101));
    assert!(
        ran.out.contains(
            "the execution did not end within 0.05 s of real time; after 1 invocation and 0s of \
             virtual time no operation is open"
        ),
        "{}",
        ran.out
    );
}

#[test]
fn a_blocked_thread_ends_the_process_with_the_cause() {
    let ran = suite(&["blocks_forever", "--exact", "--ignored"], &[]);
    assert_eq!(ran.code, Some(101));
    assert!(ran.reports("blocks_forever", "FAILED"), "{}", ran.out);
    assert!(
        ran.out
            .contains("the handler of function \"hangs\" has blocked its thread"),
        "{}",
        ran.out
    );
}

const CLOUD: (&str, &str) = ("DURABLE_RUNNER_MODE", "cloud");

#[test]
fn cloud_mode_skips_tests_of_other_functions() {
    let other = [
        CLOUD,
        ("QUALIFIED_FUNCTION_NAME", "Other:$LATEST"),
        ("LAMBDA_FUNCTION_TEST_NAME", "other"),
    ];
    let ran = suite(&[], &other);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    assert!(ran.reports("passes", "ignored"), "{}", ran.out);
    assert!(
        ran.out.contains("0 passed; 0 failed; 10 ignored"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains(
            "lambda_function_name \"hello world\" does not match LAMBDA_FUNCTION_TEST_NAME \"other\""
        ),
        "{}",
        ran.out
    );
}

/// Hides all credentials of the machine.
const NO_CREDENTIALS: [(&str, &str); 3] = [
    ("AWS_CONFIG_FILE", "/nonexistent"),
    ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"),
    ("AWS_EC2_METADATA_DISABLED", "true"),
];

#[test]
fn cloud_mode_without_credentials_says_how_to_get_some() {
    let mut hello = vec![
        CLOUD,
        ("QUALIFIED_FUNCTION_NAME", "HelloWorld:$LATEST"),
        ("LAMBDA_FUNCTION_TEST_NAME", "Hello World"),
    ];
    hello.extend(NO_CREDENTIALS);
    let ran = suite(&["passes"], &hello);
    assert_eq!(ran.code, Some(101));
    assert!(ran.reports("passes", "FAILED") && ran.reports("nested::passes", "ignored"));
    assert!(
        ran.out
            .contains("Failed to invoke Lambda function HelloWorld:$LATEST: no AWS credentials: "),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("aws sts get-caller-identity") && ran.out.contains("aws configure"),
        "{}",
        ran.out
    );
}

#[test]
fn cloud_mode_skips_tests_for_local_mode_with_their_reason() {
    let mut hello = vec![
        CLOUD,
        ("DURABLE_FUNCTION_NAME_MAP", r#"{"hello world": "H:1"}"#),
    ];
    hello.extend(NO_CREDENTIALS);
    let ran = suite(&["--exact", "counts_virtual_time"], &hello);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    assert!(
        ran.out
            .contains("ignored (the test is for local mode: it counts virtual time)"),
        "{}",
        ran.out
    );
}

#[test]
fn a_name_map_covers_several_functions() {
    let map = r#"{"hello world": "HelloWorld:1", "hangs": "Hangs:2"}"#;
    let mut variables = vec![CLOUD, ("DURABLE_FUNCTION_NAME_MAP", map)];
    variables.extend(NO_CREDENTIALS);
    let ran = suite(&["passes"], &variables);
    assert!(ran.reports("passes", "FAILED") && ran.reports("nested::passes", "ignored"));
    assert!(ran.out.contains("HelloWorld:1"), "{}", ran.out);
    assert!(
        ran.out.contains(
            "lambda_function_name \"another function\" is not in DURABLE_FUNCTION_NAME_MAP"
        ),
        "{}",
        ran.out
    );
}

#[test]
fn missing_or_bad_settings_fail_each_test_with_their_message() {
    let ran = suite(&["passes"], &[CLOUD]);
    assert_eq!(ran.code, Some(101));
    assert!(
        ran.out.contains(
            "Cloud mode requires both QUALIFIED_FUNCTION_NAME and LAMBDA_FUNCTION_TEST_NAME \
             environment variables"
        ),
        "{}",
        ran.out
    );
    let ran = suite(&["passes"], &[("DURABLE_RUNNER_MODE", "clowd")]);
    assert_eq!(ran.code, Some(101));
    assert!(ran.out.contains("0 passed; 2 failed"), "{}", ran.out);
    assert!(
        ran.out
            .contains("must be \"local\" (the default) or \"cloud\", but it is \"clowd\""),
        "{}",
        ran.out
    );
}

#[test]
fn a_process_leaves_its_coverage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let ran = suite(&["passes", "--exact"], &[("DURABLE_COVERAGE", path)]);
    let ran_again = suite(&["passes", "--exact"], &[("DURABLE_COVERAGE", path)]);
    assert_eq!(
        (ran.code, ran_again.code),
        (Some(0), Some(0)),
        "{}",
        ran.out
    );

    let files = std::fs::read_dir(folder.path()).unwrap();
    let files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 2, "{files:?}");
    let mut coverage = durable_view::coverage::Coverage::default();
    for file in files {
        assert_eq!(file.extension().unwrap(), "json");
        let text = std::fs::read_to_string(file).unwrap();
        coverage
            .add_json(&serde_json::from_str(&text).unwrap())
            .unwrap();
    }
    assert!(coverage.registered() > coverage.ran());
    assert!(coverage.ran() > 0, "{coverage}");
}
