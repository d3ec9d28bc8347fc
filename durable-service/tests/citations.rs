//! What comments cite of docs/service.md is there, and what that page says of the code holds.
#![allow(
    clippy::unwrap_used,
    reason = "a file that cannot be read is to fail the test"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use durable_service::{Limits, Policy};

/// What a citation starts with; in two parts, for this is none.
const CITES: &str = concat!("service.md", ",");

/// The repository around the crate and its page about the service; none in a packaged crate.
fn repository() -> Option<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = root.join("docs/service.md");
    match fs::read_to_string(&page) {
        Ok(text) => Some((root, text)),
        Err(error) => {
            println!("skipped: {}: {error}", page.display());
            None
        }
    }
}

/// The numbers of the page's headings: `5` of `## 5. Invoke`, `5.4` of `### 5.4 Failed invocations`.
fn sections(page: &str) -> BTreeSet<&str> {
    page.lines()
        .filter(|line| line.starts_with("##"))
        .filter_map(|line| line.split_whitespace().nth(1))
        .map(|number| number.trim_end_matches('.'))
        .collect()
}

/// All sources under a folder, but for what is built or fetched.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name == "target" || name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The citations of a source: their lines, and the sections that they name.
fn citations(source: &str) -> Vec<(usize, Vec<String>)> {
    let lines: Vec<&str> = source.lines().collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        for (start, _) in line.match_indices(CITES) {
            // A citation may go on in the next line of its comment.
            let rest = line.split_at(start + CITES.len()).1;
            let next = lines
                .get(index + 1)
                .map_or("", |next| next.trim_start().trim_start_matches(['/', '!']));
            found.push((index + 1, named(&format!("{rest} {next}"))));
        }
    }
    found
}

/// The numbers that a text starts with: `1.1, 1.2 and 3.1`, `5.1 to 5.3`.
fn named(text: &str) -> Vec<String> {
    let mut numbers = Vec::new();
    for word in text.split([' ', ',']).filter(|word| !word.is_empty()) {
        if ["and", "to"].contains(&word) && !numbers.is_empty() {
            continue;
        }
        let number = word.trim_end_matches(|c: char| !c.is_ascii_digit());
        let is_number = number.chars().all(|c| c.is_ascii_digit() || c == '.');
        if number.is_empty() || !is_number {
            break;
        }
        numbers.push(number.to_owned());
        if number.len() < word.len() {
            break;
        }
    }
    numbers
}

#[test]
fn every_cited_section_exists() {
    let Some((root, page)) = repository() else {
        return;
    };
    let sections = sections(&page);
    let mut files = Vec::new();
    sources(&root, &mut files);
    files.sort();

    let mut cited = 0;
    let mut wrong = Vec::new();
    for file in files {
        for (line, numbers) in citations(&fs::read_to_string(&file).unwrap()) {
            cited += numbers.len();
            let unknown = |number: &String| !sections.contains(number.as_str());
            if numbers.is_empty() || numbers.iter().any(unknown) {
                let file = file.strip_prefix(&root).unwrap_or(&file);
                wrong.push(format!("{}:{line}: {numbers:?}", file.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "docs/service.md has no such section; it has {sections:?}:\n{}",
        wrong.join("\n")
    );
    assert!(cited > 0, "no source under {} cites it", root.display());
}

#[test]
fn a_citation_is_read_up_to_its_end() {
    let source =
        format!("/// One ({CITES} 1.1, 1.2 and 3.1), 7 times.\n//! ({CITES}\n//! 5.1 to 5.3).");
    let read = citations(&source);
    let of = |numbers: &[&str]| numbers.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        read,
        [(1, of(&["1.1", "1.2", "3.1"])), (2, of(&["5.1", "5.3"]))]
    );
}

/// The fields of settings with their values, as their `Debug` form has them.
fn fields(settings: &str) -> Vec<(&str, &str)> {
    settings
        .lines()
        .filter_map(|line| line.strip_prefix("    ")?.split_once(": "))
        .filter(|(name, _)| !name.starts_with(' '))
        .map(|(name, value)| (name, value.trim_end_matches(',')))
        .collect()
}

/// The names after a prefix in code font, as in `Policy::retention`.
fn mentioned<'a>(page: &'a str, prefix: &str) -> BTreeSet<&'a str> {
    page.split(prefix)
        .skip(1)
        .filter_map(|rest| rest.split('`').next())
        .collect()
}

/// A number as the page spells it: `1,048,576`.
fn grouped(number: &str) -> String {
    let mut text = String::new();
    for (index, digit) in number.chars().enumerate() {
        if index > 0 && (number.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[test]
fn every_setting_is_described_under_its_name() {
    let Some((_, page)) = repository() else {
        return;
    };
    for (prefix, settings) in [
        ("`Limits::", format!("{:#?}", Limits::default())),
        ("`Policy::", format!("{:#?}", Policy::default())),
    ] {
        let names: BTreeSet<&str> = fields(&settings).iter().map(|(name, _)| *name).collect();
        assert_eq!(mentioned(&page, prefix), names, "{prefix}");
    }
}

#[test]
fn the_table_of_limits_has_their_values() {
    let Some((_, page)) = repository() else {
        return;
    };
    let limits = format!("{:#?}", Limits::default());
    let table = |line: &&str| line.starts_with("| ") && line.contains(" | `Limits::");
    for (name, value) in fields(&limits) {
        let field = format!("| `Limits::{name}`");
        let row = page.lines().filter(table).find(|row| row.contains(&field));
        let row = row.unwrap_or_else(|| panic!("no row of {name}"));
        let value = grouped(value.trim_end_matches('s'));
        let words = |c: char| !(c.is_ascii_digit() || c == ',');
        assert!(
            row.split(words).any(|word| word.trim_matches(',') == value),
            "{name} is {value}, and the page says: {row}"
        );
    }
}
