//! The simulation as a user meets it: what it prints, and how it ends.

#![allow(
    clippy::unwrap_used,
    reason = "helpers outside of the test functions fail the test that calls them"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::{fs, io};

const ORDER: &str = r#"{
    "id": "T-1",
    "customer": "C-1",
    "items": [{ "sku": "MUG-BLUE", "quantity": 1, "price_cents": 1250 }],
    "payment": { "method": "card", "token": "tok_visa" }
}"#;

/// The example, which cargo builds before it runs the tests of the package.
fn simulate() -> Command {
    let test = std::env::current_exe().unwrap();
    let example = test
        .ancestors()
        .nth(2)
        .unwrap()
        .join("examples/simulate")
        .with_extension(std::env::consts::EXE_EXTENSION);
    assert!(
        example.is_file(),
        "{} is missing; build it with `cargo build -p order-workflow --example simulate`",
        example.display()
    );
    Command::new(example)
}

fn run(arguments: &[&str]) -> Output {
    simulate().args(arguments).output().unwrap()
}

/// Writes a file of that name for one test, and runs it.
fn run_file(name: &str, content: &[u8]) -> Output {
    run(&[file(name, content).to_str().unwrap()])
}

fn file(name: &str, content: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).unwrap();
    path
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The one line that a useless call leaves on stderr, and nothing on stdout.
fn complaint(output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(output.stdout.is_empty());
    text.trim_end().to_owned()
}

fn assert_complains(output: &Output, parts: &[&str]) {
    let complaint = complaint(output);
    for part in parts {
        assert!(complaint.contains(part), "no {part:?} in: {complaint}");
    }
}

/// The output without its last line, the one with the real time.
fn without_summary(output: &Output) -> String {
    let text = stdout(output);
    let end = text.trim_end().rfind('\n').unwrap();
    text[..end].to_owned()
}

fn orders(count: usize) -> Vec<u8> {
    format!("[{}]", vec![ORDER; count].join(",")).into_bytes()
}

#[test]
fn the_orders_of_the_example_all_run() {
    let output = run(&[concat!(env!("CARGO_MANIFEST_DIR"), "/orders.json")]);

    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
    let text = stdout(&output);
    assert!(text.contains("A-1001: SUCCEEDED {\"order_id\":\"A-1001\",\"outcome\":\"shipped\""));
    assert!(text.contains("A-1006: FAILED OrderError: "));
    assert!(text.contains("├─ cool-off"));
    let summary = text.lines().last().unwrap();
    assert!(
        summary.starts_with("12 orders, 7 succeeded, 5 failed, 6h 50m 22s of virtual time in "),
        "{summary}"
    );
}

#[test]
fn two_runs_print_the_same() {
    let orders = concat!(env!("CARGO_MANIFEST_DIR"), "/orders.json");
    assert_eq!(
        without_summary(&run(&[orders])),
        without_summary(&run(&[orders]))
    );
}

#[test]
fn trees_of_many_orders_are_printed_when_asked_for() {
    let many = file("many.json", &orders(51));
    let many = many.to_str().unwrap();
    assert_eq!(stdout(&run(&[many])).lines().count(), 52);
    assert_eq!(
        stdout(&run(&["--tree", many]))
            .matches("└─ write_receipt")
            .count(),
        51
    );
    let few = stdout(&run_file("few.json", &orders(50)));
    assert_eq!(few.matches("└─ write_receipt").count(), 50);
}

#[test]
fn an_empty_array_is_no_orders() {
    let output = run_file("none.json", b"[]");
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).starts_with("0 orders, 0 succeeded, 0 failed, 0h 00m 00s"));
}

#[test]
fn help_goes_to_stdout() {
    for flag in ["-h", "--help"] {
        let output = run(&[flag]);
        assert_eq!(output.status.code(), Some(0));
        assert!(stdout(&output).contains("Usage: simulate [--tree] FILE"));
        assert!(output.stderr.is_empty());
    }
}

#[test]
fn wrong_arguments_are_answered_with_the_usage() {
    assert_complains(&run(&[]), &["no file given", "usage: simulate"]);
    assert_complains(&run(&["--fast"]), &["unknown option \"--fast\"", "usage:"]);
    assert_complains(&run(&["a", "b"]), &["\"b\" is another", "usage:"]);
}

#[test]
fn an_unreadable_file_is_named() {
    assert_complains(
        &run(&["no/such/file.json"]),
        &["cannot read \"no/such/file.json\"", "No such file"],
    );
    assert_complains(&run(&[env!("CARGO_TARGET_TMPDIR")]), &["cannot read"]);
}

#[test]
fn a_file_that_is_no_array_of_json_says_what_it_is() {
    assert_complains(&run_file("empty.json", b" \n"), &["empty.json\" is empty"]);
    assert_complains(
        &run_file("broken.json", b"[\n  {\"id\": }\n]"),
        &["is not JSON", "line 2 column 10"],
    );
    assert_complains(
        &run_file("binary.json", &[b'"', 0xff, b'"']),
        &["is not JSON"],
    );
    assert_complains(
        &run_file("object.json", b"{}"),
        &["should hold a JSON array of orders, and holds an object"],
    );
}

#[test]
fn a_wrong_field_is_named_with_its_order() {
    let with = |from: &str, to: &str| {
        assert!(ORDER.contains(from));
        format!("[{ORDER}, {}]", ORDER.replace(from, to))
    };
    for (name, content, parts) in [
        (
            "missing",
            with("\"customer\": \"C-1\",", ""),
            ["order 2 (id \"T-1\")", "field \"customer\" is missing"],
        ),
        (
            "no_id",
            with("\"id\": \"T-1\",", ""),
            ["order 2: ", "field \"id\" is missing"],
        ),
        (
            "text_quantity",
            with("\"quantity\": 1", "\"quantity\": \"one\""),
            [
                "order 2 (id \"T-1\")",
                "field \"items[0].quantity\": invalid type",
            ],
        ),
        (
            "negative",
            with("\"quantity\": 1", "\"quantity\": -1"),
            ["field \"items[0].quantity\": invalid value", "-1"],
        ),
        (
            "no_token",
            with(", \"token\": \"tok_visa\"", ""),
            ["field \"payment\": missing field `token`", "order 2"],
        ),
        (
            "method",
            with("\"card\"", "\"cheque\""),
            ["field \"payment\": unknown variant `cheque`", "order 2"],
        ),
        (
            "not_an_object",
            format!("[{ORDER}, 7]"),
            ["order 2: ", "it should be an object, and is a number"],
        ),
    ] {
        let output = run_file(&format!("field_{name}.json"), content.as_bytes());
        assert_complains(&output, &parts);
    }
}

#[test]
fn an_order_that_the_service_rejects_is_distinguished_from_one_that_fails() {
    // An event may have 1 MiB.
    let huge = ORDER.replace("C-1", &"C".repeat(1 << 20));
    let output = run_file("huge.json", format!("[{huge}, {ORDER}]").as_bytes());

    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(text.starts_with("T-1: could not be run: "));
    assert!(text.contains("2 orders, 1 succeeded, 0 failed, 1 could not be run, 1h 00m 00s"));
}

#[test]
fn a_reader_that_leaves_early_ends_it_quietly() {
    let file = file("pipe.json", &orders(400));
    let mut child = simulate()
        .args(["--tree", file.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();

    assert_eq!(output.status.code(), Some(0));
    assert_eq!(io::read_to_string(&output.stderr[..]).unwrap(), "");
}
