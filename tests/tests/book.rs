//! The book in `docs/`: its code is that of tested files, its links lead somewhere, and its summary is complete.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/files.rs"]
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use support::{files, root};

/// Folders whose Rust files may stand in the book, because they are compiled and run.
const TESTED: [&str; 3] = ["examples", "tests/src", "tests/tests"];

/// The pages with their texts.
fn pages() -> Vec<(PathBuf, String)> {
    let paths = files(&root().join("docs"), "md");
    assert!(paths.len() > 15, "{paths:?}");
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        (path, text)
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn its_code_is_that_of_tested_files() {
    let tested: Vec<String> = TESTED
        .iter()
        .flat_map(|folder| files(&root().join(folder), "rs"))
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    let mut blocks = 0;
    for (page, text) in pages() {
        let page = page.display();
        for block in text.split("\n```rust").skip(1) {
            let (options, block) = block.split_once('\n').unwrap();
            assert_eq!(options, "", "{page}: code that is not tested");
            let code = block.split("\n```").next().unwrap();
            let is_tested = tested.iter().any(|file| file.contains(code));
            assert!(is_tested, "{page}: no tested file has this code:\n{code}");
            blocks += 1;
        }
    }
    assert!(blocks > 40, "{blocks}");
}

/// The targets of the links of a text, outside of its code.
fn links(text: &str) -> Vec<String> {
    let mut is_code = false;
    let prose: Vec<&str> = text
        .lines()
        .filter(|line| {
            let is_fence = line.trim_start().starts_with("```");
            is_code ^= is_fence;
            !is_code && !is_fence
        })
        .collect();
    let prose = prose.join(" ");
    let targets = prose.split("](").skip(1);
    targets
        .filter_map(|rest| rest.split(')').next())
        .map(|target| target.replace(' ', ""))
        .collect()
}

/// The names of a page's headings in links.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let name = |heading: &str| -> String {
        let title = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter_map(|char| match char {
            ' ' => Some('-'),
            char if char.is_alphanumeric() || matches!(char, '-' | '_') => Some(char),
            _ => None,
        });
        kept.collect()
    };
    headings.map(name).collect()
}

#[test]
fn its_links_lead_somewhere() {
    let mut seen = 0;
    let others = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root().join(name));
    let others = others.into_iter().map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        (path, text)
    });
    for (page, text) in pages().into_iter().chain(others) {
        for link in links(&text) {
            if link.starts_with("https://") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match path {
                "" => page.clone(),
                path => page.parent().unwrap().join(path),
            };
            assert!(target.exists(), "{}: {link} leads nowhere", page.display());
            if !anchor.is_empty() {
                let anchors = anchors(&fs::read_to_string(&target).unwrap());
                assert!(anchors.contains(anchor), "{}: {link}", page.display());
            }
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn its_summary_has_each_page_once() {
    let summary = fs::read_to_string(root().join("docs/SUMMARY.md")).unwrap();
    let listed = links(&summary);
    let once: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(once.len(), listed.len());
    let there: BTreeSet<String> = pages()
        .into_iter()
        .map(|(page, _)| page.file_name().unwrap().to_string_lossy().into_owned())
        .filter(|page| page != "SUMMARY.md")
        .collect();
    assert_eq!(once, there);
}

#[test]
fn each_pattern_of_the_guide_is_in_the_page_on_python() {
    let page = fs::read_to_string(root().join("docs/from-python.md")).unwrap();
    let patterns = files(&root().join("tests/tests/patterns"), "rs");
    assert!(patterns.len() > 10, "{patterns:?}");
    for pattern in patterns {
        let name = pattern.file_name().unwrap().to_string_lossy().into_owned();
        assert!(page.contains(&format!("| `{name}`")), "{name}");
        assert!(root().join("tests/src").join(&name).exists(), "{name}");
    }
}
