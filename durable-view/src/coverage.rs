//! Step coverage: what tests saw of each registered handler, step and child-context block.
//!
//! Each test process leaves a file ([`Coverage::to_json`]); [`Coverage::add_json`] reads one and adds it up.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use crate::timeline::escape;
use crate::words::{padded, visible};

/// What can be seen of a function, with the member of the file and the heading of the table.
const OUTCOMES: [(&str, &str); 6] = [
    ("succeeded", "OK"),
    ("failed", "FAIL"),
    ("retried", "RETRY"),
    ("replayed", "REPLAY"),
    ("cut_off", "CRASH"),
    ("timed_out", "TIMEOUT"),
];

/// Position of "retried", which a block cannot be.
const RETRIED: usize = 2;

/// A registered function.
///
/// [`Coverage::add`] takes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Function {
    /// Source file.
    pub file: String,
    /// Line in the source file.
    pub line: u64,
    /// Its name: that of the registry for a handler, else the function's.
    pub name: String,
    /// `handler`, `step` or `block`.
    pub kind: String,
    /// Path of its module.
    pub module: String,
}

impl Function {
    fn place(&self) -> (&str, u64, &str, &str) {
        (&self.file, self.line, &self.name, &self.kind)
    }

    /// Its module without the crate.
    fn module_in_crate(&self) -> &str {
        self.module
            .split_once("::")
            .map_or("", |(_, inside)| inside)
    }
}

/// How often each outcome was seen: success, failure, retry, replay, crash, timeout.
///
/// [`Coverage::add`] takes them.
pub type Counts = [u64; 6];

/// What tests saw of the functions of one or several programs.
///
/// ```
/// use durable_view::coverage::Coverage;
///
/// let coverage = Coverage::default();
/// assert_eq!((coverage.registered(), coverage.percent()), (0, 100));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage(BTreeMap<Function, Counts>);

impl Coverage {
    /// Adds a function, or adds to its counts. A function that several programs compile from the same source file
    /// is one, whichever crate it belongs to in each: the module of the first one stays.
    pub fn add(&mut self, function: Function, counts: Counts) {
        let known = self.same(&function).cloned();
        let sums = self.0.entry(known.unwrap_or(function)).or_default();
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum = sum.saturating_add(count);
        }
    }

    /// The function that has been added from the same source.
    fn same(&self, function: &Function) -> Option<&Function> {
        let first = Function {
            module: String::new(),
            ..function.clone()
        };
        self.0
            .range(first..)
            .map(|(known, _)| known)
            .take_while(|known| known.place() == function.place())
            .find(|known| known.module_in_crate() == function.module_in_crate())
    }

    /// As the file of a process, or as the report's data.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let functions = self.0.iter().map(|(function, counts)| {
            let mut entry = json!({
                "kind": function.kind,
                "name": function.name,
                "module": function.module,
                "file": function.file,
                "line": function.line,
            });
            if let Value::Object(entry) = &mut entry {
                let counted = OUTCOMES.iter().zip(counts);
                entry.extend(
                    counted.map(|((member, _), count)| ((*member).to_owned(), json!(count))),
                );
            }
            entry
        });
        json!({
            "functions": functions.collect::<Vec<_>>(),
            "registered": self.registered(),
            "ran": self.ran(),
            "percent": self.percent(),
        })
    }

    /// Adds the file of a process.
    ///
    /// # Errors
    ///
    /// The member that is missing or of another type.
    pub fn add_json(&mut self, file: &Value) -> Result<(), String> {
        let functions = file.get("functions").and_then(Value::as_array);
        for entry in functions.ok_or("\"functions\" is not an array")? {
            let text = |member: &str| {
                let value = entry.get(member).and_then(Value::as_str);
                let value = value.ok_or_else(|| format!("\"{member}\" is not a text"));
                value.map(str::to_owned)
            };
            let number = |member: &str| {
                let value = entry.get(member).and_then(Value::as_u64);
                value.ok_or_else(|| format!("\"{member}\" is not a number"))
            };
            let function = Function {
                file: text("file")?,
                line: number("line")?,
                name: text("name")?,
                kind: text("kind")?,
                module: text("module")?,
            };
            let mut counts = Counts::default();
            for (count, (member, _)) in counts.iter_mut().zip(OUTCOMES) {
                *count = number(member)?;
            }
            self.add(function, counts);
        }
        Ok(())
    }

    /// Number of registered functions.
    #[must_use]
    pub fn registered(&self) -> usize {
        self.0.len()
    }

    /// Number of functions that ran.
    #[must_use]
    pub fn ran(&self) -> usize {
        self.0.values().filter(|counts| has_run(counts)).count()
    }

    /// The functions that ran, in percent of the registered ones, rounded down; 100 if none is registered.
    #[must_use]
    pub fn percent(&self) -> usize {
        (100 * self.ran())
            .checked_div(self.registered())
            .unwrap_or(100)
    }

    /// The functions, those that never ran first, then by place.
    fn rows(&self) -> impl Iterator<Item = (&Function, &Counts)> {
        let of = |ran: bool| {
            self.0
                .iter()
                .filter(move |(_, counts)| has_run(counts) == ran)
        };
        of(false).chain(of(true))
    }

    fn summary(&self) -> String {
        let (ran, registered, percent) = (self.ran(), self.registered(), self.percent());
        format!("{ran} of {registered} functions ran ({percent} %)")
    }

    /// The report as one self-contained page.
    #[must_use]
    pub fn to_html(&self) -> String {
        let rows: String = self.rows().map(html_row).collect();
        let heads = OUTCOMES.map(|(member, head)| {
            let meaning = meaning(member);
            format!("<th scope=\"col\" title=\"{meaning}\">{head}</th>")
        });
        let meanings =
            OUTCOMES.map(|(member, head)| format!("<dt>{head}</dt><dd>{}</dd>", meaning(member)));
        format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\">\
             <title>Step coverage</title>\n<style>{STYLE}</style></head>\n<body><h1>Step coverage</h1>\n\
             <p>{summary}</p>\n<meter max=\"100\" value=\"{percent}\" aria-label=\"{summary}\"></meter>\n\
             <table><thead><tr><th scope=\"col\">Function</th><th scope=\"col\">Kind</th>{}</tr></thead>\n\
             <tbody>\n{rows}</tbody></table>\n<dl>{}</dl></body></html>\n",
            heads.concat(),
            meanings.concat(),
            summary = self.summary(),
            percent = self.percent(),
        )
    }
}

/// A function as a row of the page.
fn html_row((function, counts): (&Function, &Counts)) -> String {
    let Function {
        name,
        kind,
        file,
        line,
        ..
    } = function;
    let name = format!(
        "<th scope=\"row\">{}<small>{}:{line}</small></th><td>{}</td>",
        escape(name),
        escape(file),
        escape(kind)
    );
    if !has_run(counts) {
        let width = OUTCOMES.len();
        return format!("<tr class=\"never\">{name}<td colspan=\"{width}\">never ran</td></tr>\n");
    }
    let cells = counts.iter().enumerate().map(|(index, count)| {
        let seen = if *count > 0 { "seen" } else { "unseen" };
        format!(
            "<td class=\"{seen}\">{}</td>",
            cell(function, index, *count)
        )
    });
    format!("<tr>{name}{}</tr>\n", cells.collect::<String>())
}

/// What is counted under a member of the file.
fn meaning(member: &str) -> &'static str {
    match member {
        "succeeded" => "it returned a value",
        "failed" => "it returned an error",
        "retried" => "an attempt after the first one ran",
        "replayed" => "a replay took its recorded result, or ran the handler or block again",
        "cut_off" => "a crash or a panic cut it off",
        "timed_out" => "the function or the execution timed out while it ran",
        _ => "",
    }
}

const STYLE: &str = "\
:root{color-scheme:light dark;--seen:#157f3b;--never:#b3261e;--faint:#6b6b6b;--line:#8883}\
body{font:15px/1.4 system-ui,sans-serif;margin:2rem auto;padding:0 1rem;max-width:64rem}\
h1{margin-bottom:.25rem}p{margin:.25rem 0}meter{width:16rem;max-width:100%}\
table{border-collapse:collapse;width:100%;margin-top:1rem;font-variant-numeric:tabular-nums}\
th,td{padding:.35rem .6rem;text-align:right;border-bottom:1px solid var(--line);vertical-align:top}\
th:first-child,th:nth-child(2),td:nth-child(2){text-align:left}\
thead th{position:sticky;top:0;background:Canvas;font-size:.8rem;vertical-align:bottom}\
tbody th{overflow-wrap:anywhere;min-width:12rem}\
small{display:block;font:.8rem ui-monospace,monospace;color:var(--faint);overflow-wrap:anywhere}\
td.seen{color:var(--seen);font-weight:600}td.unseen{color:var(--faint)}\
tr.never th,tr.never td{color:var(--never)}tr.never td[colspan]{text-align:left;font-weight:600}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem .8rem;color:var(--faint);font-size:.85rem}dd{margin:0}\
@media(prefers-color-scheme:dark){:root{--seen:#6fd08c;--never:#ff8a80;--faint:#a0a0a0}}";

fn has_run(counts: &Counts) -> bool {
    counts.iter().any(|count| *count > 0)
}

fn cell(function: &Function, outcome: usize, count: u64) -> String {
    if outcome == RETRIED && function.kind == "block" {
        "n/a".to_owned()
    } else if count == 0 {
        "-".to_owned()
    } else {
        count.to_string()
    }
}

/// A table, with the functions that never ran first, and a line that sums up.
impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = OUTCOMES.map(|(_, head)| head);
        let mut table: Vec<Vec<String>> = vec![
            ["FUNCTION", "KIND"]
                .into_iter()
                .chain(heads)
                .chain(["PLACE"])
                .map(str::to_owned)
                .collect(),
        ];
        for (function, counts) in self.rows() {
            let mut row = vec![visible(&function.name), visible(&function.kind)];
            if has_run(counts) {
                let cells = counts.iter().enumerate();
                row.extend(cells.map(|(outcome, count)| cell(function, outcome, *count)));
            } else {
                row.extend(OUTCOMES.map(|_| "never".to_owned()));
            }
            row.push(format!("{}:{}", visible(&function.file), function.line));
            table.push(row);
        }
        let columns = table.first().map_or(0, Vec::len);
        let width = |column: usize| {
            let cells = table.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.width()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &table {
            let cells = row.iter().zip(&widths);
            let cells: Vec<String> = cells.map(|(cell, width)| padded(cell, *width)).collect();
            writeln!(f, "{}", cells.join("  ").trim_end())?;
        }
        write!(f, "\n{}", self.summary())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(kind: &str, name: &str, line: u64) -> Function {
        Function {
            file: "src/shop.rs".to_owned(),
            line,
            name: name.to_owned(),
            kind: kind.to_owned(),
            module: "shop".to_owned(),
        }
    }

    fn coverage() -> Coverage {
        let mut coverage = Coverage::default();
        coverage.add(function("step", "charge", 10), [3, 1, 1, 0, 0, 0]);
        coverage.add(function("block", "item", 30), [1, 0, 0, 2, 0, 0]);
        coverage.add(function("step", "refund", 20), [0; 6]);
        coverage
    }

    #[test]
    fn what_never_ran_comes_first_with_its_place() {
        let expected = "\
FUNCTION  KIND   OK     FAIL   RETRY  REPLAY  CRASH  TIMEOUT  PLACE
refund    step   never  never  never  never   never  never    src/shop.rs:20
charge    step   3      1      1      -       -      -        src/shop.rs:10
item      block  1      -      n/a    2       -      -        src/shop.rs:30

2 of 3 functions ran (66 %)";
        assert_eq!(coverage().to_string(), expected);
    }

    #[test]
    fn files_add_up() {
        let mut sum = Coverage::default();
        sum.add_json(&coverage().to_json()).unwrap();
        sum.add_json(&coverage().to_json()).unwrap();
        assert_eq!(sum.registered(), 3);
        let charge = &sum.to_json()["functions"][0];
        assert_eq!(
            (&charge["name"], &charge["succeeded"]),
            (&json!("charge"), &json!(6))
        );
        let error = sum.add_json(&json!({"functions": [{}]})).unwrap_err();
        assert_eq!(error, "\"file\" is not a text");
    }

    #[test]
    fn a_source_file_in_several_programs_is_counted_once() {
        let of = |module: &str, name: &str| Function {
            module: module.to_owned(),
            ..function("step", name, 10)
        };
        let mut coverage = Coverage::default();
        coverage.add(of("orders::common", "charge"), [1, 0, 0, 0, 0, 0]);
        coverage.add(of("returns::common", "charge"), [2, 0, 0, 0, 0, 0]);
        coverage.add(of("returns", "main"), [0; 6]);
        coverage.add(of("orders", "main"), [1, 0, 0, 0, 0, 0]);
        // A macro may make one of the same name and line in each of two modules.
        coverage.add(of("orders::eu", "ship"), [1, 0, 0, 0, 0, 0]);
        coverage.add(of("orders::us", "ship"), [0; 6]);
        assert_eq!((coverage.registered(), coverage.ran()), (4, 3));
        let report = coverage.to_json();
        let charge = &report["functions"][0];
        assert_eq!(charge["module"], "orders::common");
        assert_eq!(charge["succeeded"], 3);
    }

    #[test]
    fn columns_stand_below_each_other_whatever_a_name_is_made_of() {
        let mut coverage = Coverage::default();
        for (name, line) in [
            ("注文", 1),
            ("e\u{301}", 2),
            ("a\u{1b}[31m\n", 3),
            ("❤\u{fe0f}", 4),
        ] {
            coverage.add(function("handler", name, line), [1, 0, 0, 0, 0, 0]);
        }
        let expected = "\
FUNCTION       KIND     OK  FAIL  RETRY  REPLAY  CRASH  TIMEOUT  PLACE
注文           handler  1   -     -      -       -      -        src/shop.rs:1
e\u{301}              handler  1   -     -      -       -      -        src/shop.rs:2
a\\u{1b}[31m\\n  handler  1   -     -      -       -      -        src/shop.rs:3
❤\u{fe0f}             handler  1   -     -      -       -      -        src/shop.rs:4

4 of 4 functions ran (100 %)";
        assert_eq!(coverage.to_string(), expected);
    }

    #[test]
    fn names_are_escaped_on_the_page() {
        let mut coverage = coverage();
        coverage.add(function("handler", "<b>", 40), [0; 6]);
        let page = coverage.to_html();
        assert!(page.contains("&#60;b&#62;"), "{page}");
        assert!(!page.contains("<b>"), "{page}");
    }
}
