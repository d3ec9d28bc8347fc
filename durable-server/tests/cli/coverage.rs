//! `durable coverage`

use std::fs;
use std::path::Path;

use durable_view::coverage::{Counts, Coverage, Function};
use serde_json::Value;

use crate::{Outcome, run_at};

fn function(kind: &str, name: &str, line: u64) -> Function {
    Function {
        file: "src/shop.rs".to_owned(),
        line,
        name: name.to_owned(),
        kind: kind.to_owned(),
        module: "shop".to_owned(),
    }
}

/// A folder with the files of two test processes: neither saw a refund.
fn two_processes() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let process = |name: &str, functions: [(Function, Counts); 4]| {
        let mut coverage = Coverage::default();
        for (function, counts) in functions {
            coverage.add(function, counts);
        }
        fs::write(folder.path().join(name), coverage.to_json().to_string()).unwrap();
    };
    process(
        "orders-1.json",
        [
            (function("handler", "order", 40), [2, 1, 0, 3, 0, 0]),
            (function("step", "charge", 10), [2, 1, 1, 3, 1, 0]),
            (function("step", "refund", 20), [0; 6]),
            (function("block", "item", 30), [4, 0, 0, 0, 0, 1]),
        ],
    );
    process(
        "returns-2.json",
        [
            (function("handler", "order", 40), [0; 6]),
            (function("step", "charge", 10), [1, 0, 0, 0, 0, 0]),
            (function("step", "refund", 20), [0; 6]),
            (function("block", "item", 30), [0; 6]),
        ],
    );
    // What is no file of a process is left alone.
    fs::write(folder.path().join("notes.txt"), "not JSON").unwrap();
    folder
}

fn coverage(folder: &Path, arguments: &[&str]) -> Outcome {
    let folder = folder.to_str().unwrap();
    run_at(
        "http://127.0.0.1:1",
        &[&["coverage", folder], arguments].concat(),
    )
}

#[test]
fn the_table_adds_the_processes_up_and_starts_with_what_never_ran() {
    let folder = two_processes();
    let shown = coverage(folder.path(), &[]);
    assert_eq!((shown.code, shown.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(shown.stdout, @"
    FUNCTION  KIND     OK     FAIL   RETRY  REPLAY  CRASH  TIMEOUT  PLACE
    refund    step     never  never  never  never   never  never    src/shop.rs:20
    charge    step     3      1      1      3       1      -        src/shop.rs:10
    item      block    4      -      n/a    -       -      1        src/shop.rs:30
    order     handler  2      1      -      3       -      -        src/shop.rs:40

    3 of 4 functions ran (75 %)
    ");
}

#[test]
fn json_has_the_same_numbers() {
    let folder = two_processes();
    let shown = coverage(folder.path(), &["--json"]);
    assert_eq!(shown.code, 0);
    let report: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(
        (&report["registered"], &report["ran"], &report["percent"]),
        (&4.into(), &3.into(), &75.into())
    );
    let charge = report["functions"].as_array().unwrap();
    let charge = charge
        .iter()
        .find(|function| function["name"] == "charge")
        .unwrap();
    assert_eq!(
        (&charge["succeeded"], &charge["cut_off"], &charge["line"]),
        (&3.into(), &1.into(), &10.into())
    );
}

#[test]
fn too_little_fails() {
    let folder = two_processes();
    let enough = coverage(folder.path(), &["--fail-under", "75"]);
    assert_eq!((enough.code, enough.stderr.as_str()), (0, ""));
    let too_little = coverage(folder.path(), &["--fail-under", "76"]);
    assert_eq!(too_little.code, 1);
    // The report is printed all the same.
    assert_eq!(too_little.stdout, enough.stdout);
    assert_eq!(
        too_little.stderr,
        "error: 75 % of the registered functions ran, and `--fail-under` asks for 76 %\n"
    );
    let unread = coverage(folder.path(), &["--fail-under", "101"]);
    assert_eq!(unread.code, 2);
}

#[test]
fn nothing_registered_is_not_enough() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tests-1.json");
    fs::write(file, Coverage::default().to_json().to_string()).unwrap();
    assert_eq!(coverage(folder.path(), &[]).code, 0);
    assert_eq!(coverage(folder.path(), &["--fail-under", "0"]).code, 0);
    let nothing = coverage(folder.path(), &["--fail-under", "1"]);
    assert_eq!(nothing.code, 1);
    assert!(
        nothing
            .stderr
            .starts_with("error: no program that left a file in "),
        "{}",
        nothing.stderr
    );
}

#[test]
fn odd_names_are_shown_and_written_whole() {
    let folder = tempfile::tempdir().unwrap();
    let name = "<script>alert(1)</script> \"注文\" & 'x'\u{1b}[31m\u{202e}\n";
    let odd = Function {
        file: "src/a \"<b>\" & c.rs".to_owned(),
        ..function("handler", name, 7)
    };
    let mut process = Coverage::default();
    process.add(odd, [1, 0, 0, 0, 0, 0]);
    let file = folder.path().join("odd \"<i>\"-1.json");
    fs::write(file, process.to_json().to_string()).unwrap();

    let page = folder.path().join("coverage & <more>.html");
    let table = coverage(folder.path(), &["--html", page.to_str().unwrap()]);
    assert_eq!((table.code, table.stderr.as_str()), (0, ""));
    let row = "\"注文\" & 'x'\\u{1b}[31m\\u{202e}\\n  handler  1";
    assert!(table.stdout.contains(row), "{}", table.stdout);

    let json = coverage(folder.path(), &["--json"]);
    let report: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(report["functions"][0]["name"], name);

    let page = fs::read_to_string(page).unwrap();
    assert!(
        page.contains("&#60;script&#62;alert(1)&#60;/script&#62; &#34;注文&#34; &#38;"),
        "{page}"
    );
    assert!(
        page.contains("src/a &#34;&#60;b&#62;&#34; &#38; c.rs:7"),
        "{page}"
    );
    assert!(!page.contains("<script") && !page.contains('\u{1b}') && !page.contains('\u{202e}'));
}

#[test]
fn the_page_is_written_beside_the_table() {
    let folder = two_processes();
    let page = folder.path().join("report/coverage.html");
    fs::create_dir(page.parent().unwrap()).unwrap();
    let shown = coverage(folder.path(), &["--html", page.to_str().unwrap()]);
    assert_eq!(shown.code, 0);
    let page = fs::read_to_string(page).unwrap();
    assert!(page.starts_with("<!doctype html>"), "{page}");
    let place = |text: &str| {
        page.find(text)
            .unwrap_or_else(|| panic!("no {text} in {page}"))
    };
    assert!(place("refund") < place("charge"), "{page}");
    assert!(page.contains("3 of 4 functions ran (75 %)"), "{page}");
    let folder_of_page = folder.path().join("none/coverage.html");
    let unwritten = coverage(folder.path(), &["--html", folder_of_page.to_str().unwrap()]);
    assert_eq!(unwritten.code, 1);
    assert!(
        unwritten.stderr.starts_with("error: cannot write "),
        "{}",
        unwritten.stderr
    );
}

#[test]
fn what_cannot_be_used_is_named_with_its_reason() {
    let empty = tempfile::tempdir().unwrap();
    let shown = coverage(empty.path(), &[]);
    assert_eq!(shown.code, 1);
    let variable = format!("DURABLE_COVERAGE={}", empty.path().display());
    assert!(shown.stderr.contains(&variable), "{}", shown.stderr);

    let missing = coverage(&empty.path().join("none"), &[]);
    assert!(
        missing.stderr.contains("none: No such file"),
        "{}",
        missing.stderr
    );

    fs::write(empty.path().join("torn.json"), "{\"functions\": [").unwrap();
    let torn = coverage(empty.path(), &[]);
    assert_eq!(torn.code, 1);
    assert!(
        torn.stderr.contains("torn.json: EOF while parsing"),
        "{}",
        torn.stderr
    );
}
