//! What a test prints and logs, in a target with `harness = false`; and libtest's flags about it.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot run its binary is to panic"
)]

#[path = "support/program.rs"]
mod program;

use program::Ran;

impl Ran {
    /// The report of a failed or shown test.
    fn report(&self, test: &str) -> &str {
        let start = format!("---- {test} ----\n");
        let report = self.out.split(&start).nth(1);
        let report = report.unwrap_or_else(|| panic!("no report of {test}: {}", self.out));
        let end = report.find("\n---- ").or(report.find("\nfailures:"));
        let end = end.or(report.find("\n\ntest result"));
        report[..end.unwrap_or(report.len())].trim()
    }

    /// The tests that ran, in their order, with their outcome.
    fn outcomes(&self) -> Vec<(&str, &str)> {
        let tests = self
            .out
            .lines()
            .filter_map(|line| line.strip_prefix("test "));
        let outcomes = tests.filter_map(|test| test.split_once(" ... "));
        outcomes
            .map(|(test, outcome)| (test.trim(), outcome))
            .collect()
    }
}

fn chatty(arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    program::run("chatty", arguments, variables)
}

#[test]
fn what_a_passing_test_prints_is_hidden() {
    let ran = chatty(&["--exact", "prints_and_passes"], &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    assert_eq!(ran.outcomes(), [("prints_and_passes", "ok")]);
    assert!(!ran.out.contains("charging"), "{}", ran.out);
    assert_eq!(ran.err, "");
}

#[test]
fn what_a_failing_test_prints_and_logs_is_shown_once_in_its_order() {
    let ran = chatty(&["--exact", "prints_and_fails", "prints_and_passes"], &[]);
    assert_eq!(ran.code, Some(101));
    assert_eq!(ran.err, "");
    assert!(!ran.out.contains("charging 100"), "{}", ran.out);
    let report = ran.report("prints_and_fails");
    assert_eq!(report.matches("other steps").count(), 1, "{report}");
    let (_, printed) = report.split_once("what the test printed:\n").unwrap();
    let place = "execution=order-of-a-shop/1";
    let expected = format!(
        "+0s  INFO chatty: started {place}\n\
         charging 200\n\
         +0s  INFO chatty: charging cents=200 {place} operation=charge attempt=1\n\
         charging 200\n\
         +1s  INFO chatty: charging cents=200 {place} operation=charge attempt=2\n\
         cooled off\n\
         +1h 1s  WARN chatty: cooled off {place}"
    );
    assert!(
        printed.starts_with(&expected),
        "{printed}\n\nexpected:\n{expected}"
    );
}

#[test]
fn what_the_check_at_the_end_makes_the_sdk_log_is_left_out() {
    let ran = chatty(&["--exact", "is_throttled_and_fails"], &[]);
    let report = ran.report("is_throttled_and_fails");
    assert!(report.contains("Rate exceeded"), "{report}");
    assert!(!report.contains("replay"), "{report}");
    assert_eq!(report.matches(" ERROR ").count(), 1, "{report}");
}

#[test]
fn levels_are_set_by_the_variable() {
    let variables = [("RUST_LOG", "off,chatty=debug")];
    let ran = chatty(&["--exact", "prints_and_fails"], &variables);
    assert!(
        ran.out
            .contains("DEBUG chatty: for people who look closely"),
        "{}",
        ran.out
    );
    let ran = chatty(&["--exact", "prints_and_fails"], &[("RUST_LOG", "warn")]);
    assert!(!ran.out.contains("INFO"), "{}", ran.out);
    assert!(ran.out.contains("WARN chatty: cooled off"), "{}", ran.out);
}

#[test]
fn worker_threads_log_too() {
    let test = "prints_on_several_threads_and_fails";
    let ran = chatty(&["--exact", test], &[]);
    let report = ran.report(test);
    assert!(
        report.contains("INFO chatty: from another thread"),
        "{report}"
    );
    assert!(report.contains("no step named \"refund\""), "{report}");
}

#[test]
fn a_test_that_ends_its_process_fails_alone() {
    let ran = chatty(&["ends_the_process", "prints_and_passes"], &[]);
    assert_eq!(ran.code, Some(101), "{}", ran.out);
    assert!(ran.outcomes().contains(&("prints_and_passes", "ok")));
    let report = ran.report("ends_the_process");
    assert!(
        report.starts_with("the test's process ended before the test did (exit status: 0)"),
        "{report}"
    );
    assert!(
        report.ends_with("what the test printed:\ngood bye"),
        "{report}"
    );
    // nextest runs each test in a process of its own, uncaptured.
    let ran = chatty(
        &["--exact", "ends_the_process", "--nocapture"],
        &[("NEXTEST", "1")],
    );
    assert_eq!(ran.code, Some(101), "{}", ran.out);
    assert!(ran.out.contains("good bye"), "{}", ran.out);
}

#[test]
fn a_test_that_ends_the_process_of_all_tests_aborts_it() {
    let ran = chatty(&["--exact", "ends_the_process", "--nocapture"], &[]);
    assert_ne!(ran.code, Some(0), "{}", ran.out);
    let expected = "durable-test: the test ends_the_process ended its process";
    assert!(ran.err.contains(expected), "{}", ran.err);
}

#[test]
fn both_spellings_print_at_once() {
    for flag in ["--nocapture", "--no-capture"] {
        let ran = chatty(&["--exact", "prints_and_passes", flag], &[]);
        assert_eq!(ran.code, Some(0));
        assert!(ran.out.contains("charging 100"), "{}", ran.out);
        assert!(ran.err.contains("cooled off"), "{}", ran.err);
    }
    let ran = chatty(&["prints_and_passes"], &[("RUST_TEST_NOCAPTURE", "1")]);
    assert!(ran.out.contains("charging 100"), "{}", ran.out);
}

#[test]
fn what_passing_tests_print_is_shown_on_demand() {
    let ran = chatty(&["--show-output", "pays"], &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    assert!(
        ran.report("pays::small").contains("small: 1"),
        "{}",
        ran.out
    );
    assert!(
        ran.report("pays::very_large")
            .contains("very large: 1000000")
    );
}

#[test]
fn several_filters_select_what_any_of_them_matches() {
    let ran = chatty(&["pays", "runs_nothing", "--skip", "large"], &[]);
    let tests: Vec<&str> = ran.outcomes().iter().map(|(test, _)| *test).collect();
    assert_eq!(tests.len(), 2, "{tests:?}");
    assert!(tests.contains(&"pays::small") && tests.contains(&"runs_nothing"));
    assert!(ran.out.contains("17 filtered out"), "{}", ran.out);
}

#[test]
fn a_seed_makes_an_order() {
    let order = |seed: &str| {
        let flags = ["--shuffle-seed", seed, "--test-threads", "1"];
        let ran = chatty(&flags, &[]);
        assert!(
            ran.out.contains(&format!("shuffle seed: {seed}")),
            "{}",
            ran.out
        );
        let outcomes = ran.outcomes();
        outcomes
            .iter()
            .map(|(test, _)| (*test).to_owned())
            .collect::<Vec<_>>()
    };
    let sorted = order("0");
    assert_eq!(order("0"), sorted);
    assert!((1..10).any(|seed| order(&seed.to_string()) != sorted));
}

#[test]
fn a_test_that_runs_nothing_fails() {
    for test in ["runs_nothing", "only_configures"] {
        let ran = chatty(&["--exact", test], &[]);
        assert_eq!(ran.code, Some(101), "{}", ran.out);
        let report = ran.report(test);
        assert!(report.starts_with("the test ran nothing: "), "{report}");
        assert!(report.contains("name the argument `_runner`"), "{report}");
    }
}

#[test]
fn a_test_that_runs_in_the_other_mode_alone_is_ignored_with_its_reason() {
    let ran = chatty(&["--exact", "runs_in_the_cloud_only"], &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    assert!(
        ran.out
            .contains("ignored (the test asked for the runner's mode"),
        "{}",
        ran.out
    );
}

#[test]
fn an_execution_that_is_started_and_left_fails_its_test() {
    let ran = chatty(&["starts_and", "starts_what"], &[]);
    assert_eq!(ran.code, Some(101), "{}", ran.out);
    let mut outcomes = ran.outcomes();
    outcomes.sort_unstable();
    assert_eq!(
        outcomes,
        [
            ("starts_and_drives_nothing", "FAILED"),
            ("starts_and_fails_otherwise", "FAILED"),
            ("starts_and_looks", "ok"),
            ("starts_what_another_call_drives", "ok"),
        ]
    );
    let source = include_str!("../examples/chatty.rs");
    let line = source
        .lines()
        .position(|line| line.contains("let _ = runner.start(1)"));
    let place = format!("tests/examples/chatty.rs:{}:", line.unwrap() + 1);
    let report = ran.report("starts_and_drives_nothing");
    assert!(
        report.starts_with("the execution that was started at "),
        "{report}"
    );
    assert!(
        report.contains(&place) && report.contains("`result()`"),
        "{report}"
    );
    // A failure of the test's own is the reason why an execution was left.
    let report = ran.report("starts_and_fails_otherwise");
    assert!(report.contains("invalid digit"), "{report}");
    assert!(!report.contains("was left"), "{report}");
}

#[test]
fn a_mock_that_ran_less_often_than_expected_fails_its_test_with_its_calls() {
    let test = "is_called_less_often_than_expected";
    let ran = chatty(&["--exact", test], &[]);
    assert_eq!(ran.code, Some(101), "{}", ran.out);
    let report = ran.report(test);
    let expected = "the mock of `charge` expects 2 runs, but saw one run (`expects(2)` at tests/examples/chatty.rs:";
    assert!(report.starts_with(expected), "{report}");
    assert!(report.contains("\n  1. (7,)\n"), "{report}");
}

#[test]
fn tests_with_the_same_handler_and_input_have_arns_of_their_own_that_repeat() {
    let arns = || {
        let ran = chatty(&["--show-output", "shows_its_arn"], &[]);
        assert_eq!(ran.code, Some(0), "{}", ran.out);
        let arn = |test: &str| {
            let report = ran.report(test);
            let arn = report.lines().find(|line| line.starts_with("arn:aws:"));
            arn.unwrap_or_else(|| panic!("no ARN: {report}")).to_owned()
        };
        [arn("shows_its_arn"), arn("shows_its_arn_too")]
    };
    let [one, other] = arns();
    assert_ne!(one, other);
    assert_eq!(arns(), [one, other]);
}

#[test]
fn real_input_on_a_paused_clock_is_told_apart_from_a_slow_function() {
    let test = "reads_on_a_paused_clock";
    let ran = chatty(&["--exact", test], &[]);
    assert_eq!(ran.code, Some(101), "{}", ran.out);
    let report = ran.report(test);
    let told = "durable-test: an invocation ran into the function's timeout of 900s on tokio's paused clock. That \
                clock jumps to the next timer as soon as no task can run, even while real I/O is under way.";
    assert_eq!(report.matches(told).count(), 1, "{report}");
    assert!(report.contains("take `start_paused` away"), "{report}");
}

#[test]
fn an_instrumented_step_names_its_span_after_its_operation() {
    let ran = chatty(&["--exact", "names_spans"], &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
}

#[test]
fn plain_tests_that_never_run_are_named() {
    let ran = chatty(&["--test-threads", "2"], &[]);
    let source = include_str!("../examples/chatty.rs");
    let line = source.lines().position(|line| line == "#[test]").unwrap() + 1;
    let expected = format!(
        "warning: tests/examples/chatty.rs has plain tests, which never run in a target with `harness = false`: \
         line {line}."
    );
    assert!(ran.err.contains(&expected), "{}", ran.err);
    assert!(!chatty(&["--list"], &[]).err.contains("warning"));
}

#[test]
fn a_deployed_function_that_no_test_is_for_is_named() {
    let variables = [
        ("DURABLE_RUNNER_MODE", "cloud"),
        ("DURABLE_FUNCTION_NAME_MAP", r#"{"order": "Order:1"}"#),
    ];
    let ran = chatty(&[], &variables);
    assert!(
        ran.err.contains(
            "warning: no test of this binary has the lambda_function_name \"order\"; its tests have \"exits\", \
             \"order-of-a-shop\""
        ),
        "{}",
        ran.err
    );
}

#[test]
fn wrong_flags_are_errors() {
    let ran = chatty(&["--test-threads", "0"], &[]);
    assert_eq!(ran.code, Some(101));
    assert_eq!(ran.err, "error: `--test-threads` is at least 1\n");
}
