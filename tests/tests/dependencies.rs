//! What this workspace depends on is what `deny.toml` allows, so that `cargo deny check` finds nothing, where that tool
//! is installed.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn configuration() -> toml::Table {
    let text = fs::read_to_string(root().join("deny.toml")).unwrap();
    toml::from_str(&text).unwrap()
}

/// The packages from elsewhere that a build on Linux has.
fn dependencies() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args([
            "--all-features",
            "--filter-platform",
            "x86_64-unknown-linux-gnu",
        ])
        .current_dir(root())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let built = metadata["resolve"]["nodes"].as_array().unwrap();
    let built: BTreeSet<&str> = built.iter().map(|it| it["id"].as_str().unwrap()).collect();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .filter(|it| !it["source"].is_null() && built.contains(it["id"].as_str().unwrap()))
        .cloned()
        .collect()
}

/// Whether an SPDX expression is met by these licences. `/` is an old way to write `OR`.
fn is_met(expression: &str, allowed: &[&str]) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let met = choice(&words, &mut at, allowed);
    assert_eq!(at, words.len(), "{expression}");
    met
}

fn choice(words: &[&str], at: &mut usize, allowed: &[&str]) -> bool {
    let mut met = all(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        met |= all(words, at, allowed);
    }
    met
}

fn all(words: &[&str], at: &mut usize, allowed: &[&str]) -> bool {
    let mut met = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        met &= one(words, at, allowed);
    }
    met
}

fn one(words: &[&str], at: &mut usize, allowed: &[&str]) -> bool {
    let mut license = words[*at].to_owned();
    *at += 1;
    if license == "(" {
        let met = choice(words, at, allowed);
        assert_eq!(words[*at], ")");
        *at += 1;
        return met;
    }
    if words.get(*at) == Some(&"WITH") {
        license = format!("{license} WITH {}", words[*at + 1]);
        *at += 2;
    }
    allowed.contains(&license.as_str())
}

#[test]
fn an_expression_is_met_by_one_of_a_choice_and_all_of_a_sum() {
    let allowed = ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"];
    for met in [
        "MIT",
        "GPL-3.0 OR MIT",
        "MIT/Apache-2.0",
        "ISC AND (Apache-2.0 OR MIT)",
        "Apache-2.0 WITH LLVM-exception",
    ] {
        assert!(is_met(met, &allowed), "{met}");
    }
    for unmet in [
        "Apache-2.0",
        "MIT AND GPL-3.0",
        "(MIT OR ISC) AND GPL-3.0",
        "MIT WITH Exception",
    ] {
        assert!(!is_met(unmet, &allowed), "{unmet}");
    }
}

#[test]
fn every_licence_is_allowed_and_every_allowed_one_is_needed() {
    let configuration = configuration();
    let allowed: Vec<&str> = configuration["licenses"]["allow"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it.as_str().unwrap())
        .collect();
    let dependencies = dependencies();
    assert!(dependencies.len() > 200, "{}", dependencies.len());
    let expressions: BTreeSet<&str> = dependencies
        .iter()
        .map(|it| {
            it["license"]
                .as_str()
                .unwrap_or_else(|| panic!("{}", it["name"]))
        })
        .collect();
    for expression in &expressions {
        assert!(is_met(expression, &allowed), "{expression}");
    }
    for license in &allowed {
        let named = |expression: &&str| expression.contains(license);
        assert!(expressions.iter().any(named), "no crate has {license}");
    }
}

#[test]
fn what_is_there_twice_is_listed() {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in dependencies() {
        let source = package["source"].as_str().unwrap();
        assert!(
            source.contains("github.com/rust-lang/crates.io-index"),
            "{package}"
        );
        let text = |member: &str| package[member].as_str().unwrap().to_owned();
        versions
            .entry(text("name"))
            .or_default()
            .insert(text("version"));
    }
    let configuration = configuration();
    let skipped: BTreeSet<&str> = configuration["bans"]["skip"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    for (name, versions) in versions {
        let limit = if skipped.contains(name.as_str()) {
            2
        } else {
            1
        };
        assert!(versions.len() <= limit, "{name}: {versions:?}");
    }
}
