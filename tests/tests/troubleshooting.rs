//! The page of messages has each one that the crates can say, and none that they do not.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/files.rs"]
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use support::{files, root};

/// The Rust sources of the published crates.
fn sources() -> Vec<String> {
    sources_of(|_| true)
}

/// The sources of those whose folder is asked for.
fn sources_of(is_asked_for: impl Fn(&str) -> bool) -> Vec<String> {
    let folders = fs::read_dir(root()).unwrap();
    let folders = folders.map(|entry| entry.unwrap().path().join("src"));
    let ours = |path: &PathBuf| {
        let name = path.to_string_lossy();
        name.contains("/durable-") && path.is_dir() && is_asked_for(&name)
    };
    let mut folders: Vec<PathBuf> = folders.filter(ours).collect();
    folders.sort();
    assert!(folders.len() >= 8, "{folders:?}");
    let files = folders.iter().flat_map(|folder| files(folder, "rs"));
    files
        .map(|file| fs::read_to_string(file).unwrap())
        .collect()
}

/// The literal at the start of a text, as it is printed, and without what is different each time.
fn literal(text: &str) -> Option<String> {
    let mut chars = text.trim_start().strip_prefix('"')?.chars().peekable();
    let mut found = String::new();
    while let Some(char) = chars.next() {
        match char {
            '"' => return Some(found),
            '\\' => match chars.next()? {
                'n' => found.push(' '),
                // The text goes on after the indentation of the next line.
                '\n' => while chars.next_if(|next| next.is_whitespace()).is_some() {},
                other => found.push(other),
            },
            '{' if chars.next_if_eq(&'{').is_none() => {
                for inside in chars.by_ref() {
                    if inside == '}' {
                        break;
                    }
                }
                found.push_str("..");
            }
            '}' => {
                chars.next_if_eq(&'}');
                found.push('}');
            }
            other => found.push(other),
        }
    }
    None
}

/// The messages of error types, without those that only pass another one on.
fn errors(sources: &[String]) -> Vec<String> {
    let attributes = sources
        .iter()
        .flat_map(|text| text.split("#[error(").skip(1));
    let literals = attributes.filter_map(literal);
    let is_own = |text: &String| text.chars().any(char::is_alphabetic);
    literals.filter(is_own).collect()
}

/// The messages that are put together where they arise, without those of the service, which are AWS's own.
fn plain(sources: &[String]) -> Vec<String> {
    const SAID_BY: [&str; 5] = [
        "panic!(",
        "tell(format!(",
        "Err(format!(",
        "Err(\"",
        "ok_or(\"",
    ];
    let code = sources.iter().map(|text| {
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let lines = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        lines.collect::<Vec<_>>().join("\n")
    });
    let code = code.filter(|text| !text.contains("#[test]") && !text.contains("::test]"));
    let mut found = Vec::new();
    for text in code {
        for form in SAID_BY {
            for (at, _) in text.match_indices(form) {
                let start = at + form.trim_end_matches('"').len();
                found.extend(literal(&text[start..]));
            }
        }
    }
    // A text of few words is a part of a message.
    found.retain(|text| {
        text.split_whitespace()
            .filter(|word| word.starts_with(char::is_alphabetic))
            .count()
            > 2
    });
    found
}

/// What the attributes say of code that is wrong.
fn refusals() -> BTreeSet<String> {
    let cases = files(&root().join("durable-macros/tests/misuse"), "stderr");
    let texts = cases.iter().map(|file| fs::read_to_string(file).unwrap());
    let mut found = BTreeSet::new();
    for text in texts {
        let lines = text.lines().filter_map(|line| line.strip_prefix("error: "));
        // What the compiler adds about the parser's own words.
        let ours = lines.filter(|line| !line.starts_with("expected `,`"));
        found.extend(ours.map(str::to_owned));
    }
    found
}

/// The messages of the page: the code in the first column of its tables.
fn listed() -> Vec<String> {
    let page = fs::read_to_string(root().join("docs/troubleshooting.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| "));
    let mut found = Vec::new();
    for row in rows {
        let cell = row.split(" | ").next().unwrap().trim_start_matches("| ");
        let is_quoted = cell.contains("``");
        let mark = if is_quoted { "``" } else { "`" };
        let spans = cell.split(mark).skip(1).step_by(2);
        found.extend(spans.map(|span| span.trim().to_owned()));
    }
    found
}

/// The fixed parts of a message of the page.
fn parts(listed: &str) -> Vec<&str> {
    let parts = listed.split("..").map(str::trim);
    parts.filter(|part| part.len() > 2).collect()
}

/// Whether a message has all fixed parts of one on the page, in their order. What is all places is met by
/// nothing else.
fn is_of(message: &str, listed: &str) -> bool {
    let parts = parts(listed);
    if parts.is_empty() {
        return message.replace(' ', "") == listed.replace(' ', "");
    }
    let mut rest = message;
    parts.iter().all(|part| match rest.split_once(part) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}

#[test]
fn the_page_has_every_message() {
    let errors = errors(&sources());
    assert!(errors.len() > 90, "{}", errors.len());
    let refusals = refusals();
    assert!(refusals.len() > 100, "{}", refusals.len());
    let plain = plain(&sources_of(|folder| {
        !folder.contains("/durable-service/") && !folder.contains("/durable-macros/")
    }));
    assert!(plain.len() > 60, "{}", plain.len());
    let listed = listed();
    let missing: Vec<&String> = errors
        .iter()
        .chain(&plain)
        .chain(&refusals)
        .filter(|message| !listed.iter().any(|entry| is_of(message, entry)))
        .collect();
    assert!(
        missing.is_empty(),
        "docs/troubleshooting.md lacks {missing:#?}"
    );
}

#[test]
fn the_page_has_no_message_that_none_says() {
    let sources = sources();
    // As they are printed: literals that go on in the next line are one.
    let mut said: Vec<String> = Vec::new();
    for text in &sources {
        said.extend(
            text.match_indices('"')
                .filter_map(|(at, _)| literal(&text[at..])),
        );
    }
    said.extend(refusals());
    for entry in listed() {
        let is_said = said.iter().any(|text| is_of(text, &entry));
        // A message is put together of several texts where its parts are said apart.
        let is_said_apart = || {
            let parts = parts(&entry);
            !parts.is_empty()
                && parts
                    .iter()
                    .all(|part| said.iter().any(|text| text.contains(part)))
        };
        assert!(is_said || is_said_apart(), "nothing says {entry:?}");
    }
}
