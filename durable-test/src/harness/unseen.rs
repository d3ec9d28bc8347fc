//! What a run of the tests cannot see, and says.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use durable_runtime::mode::{Functions, Settings};

use crate::spec::TestSpec;

/// The attributes that make a plain test.
const PLAIN: [&str; 3] = ["#[test]", "#[tokio::test]", "#[tokio::test("];

/// Warnings about the source files of a binary, and about settings that none of its tests fits.
///
/// `main` is the file of `main!`, and `root` the folder of its package.
pub(super) fn warnings(specs: &[&TestSpec], main: &str, root: &str) -> Vec<String> {
    let mut warnings = plain_tests(specs, main, root);
    warnings.extend(strange_names(specs));
    warnings
}

/// The plain tests in the files of a target with `harness = false`, which never run.
fn plain_tests(specs: &[&TestSpec], main: &str, root: &str) -> Vec<String> {
    let files = specs.iter().map(|spec| spec.file);
    let files: BTreeSet<&str> = files.chain([main]).collect();
    let mut warnings = Vec::new();
    for file in files {
        // The compiler writes paths from the workspace's root, which is the package's or above.
        let Some(source) = places(file, root).find_map(|path| std::fs::read_to_string(path).ok())
        else {
            continue;
        };
        let lines: Vec<String> = plain_lines(&source).iter().map(usize::to_string).collect();
        if !lines.is_empty() {
            warnings.push(format!(
                "{file} has plain tests, which never run in a target with `harness = false`: line {}. Make \
                 each a `#[durable_test]`, or move it to a target without `harness = false`",
                lines.join(", ")
            ));
        }
    }
    warnings
}

fn places<'a>(file: &'a str, root: &'a str) -> impl Iterator<Item = PathBuf> + 'a {
    let folders = Path::new(root).ancestors();
    folders.map(move |folder| folder.join(file))
}

/// The lines of plain tests.
fn plain_lines(source: &str) -> Vec<usize> {
    let lines = source.lines().enumerate();
    lines
        .filter(|(_, line)| {
            let line = line.trim_start();
            PLAIN.iter().any(|start| line.starts_with(start))
        })
        .map(|(index, _)| index + 1)
        .collect()
}

/// The names of deployed functions that no test has.
fn strange_names(specs: &[&TestSpec]) -> Vec<String> {
    let Ok(Settings::Cloud(cloud)) = Settings::from_env() else {
        return Vec::new();
    };
    let names: Vec<&str> = match &cloud.functions {
        Functions::One { test_name, .. } => vec![test_name],
        Functions::Map(map) => map.keys().map(String::as_str).collect(),
    };
    let known: BTreeSet<&str> = specs.iter().map(|spec| spec.function_name()).collect();
    let is_known = |name: &str| {
        let name = name.trim().to_lowercase();
        known
            .iter()
            .any(|known| known.trim().to_lowercase() == name)
    };
    let quoted = |names: &mut dyn Iterator<Item = &str>| {
        let names: Vec<String> = names.map(|name| format!("\"{name}\"")).collect();
        names.join(", ")
    };
    let strange = quoted(&mut names.into_iter().filter(|name| !is_known(name)));
    if strange.is_empty() {
        return Vec::new();
    }
    let known = quoted(&mut known.iter().copied());
    vec![format!(
        "no test of this binary has the lambda_function_name {strange}; its tests have {known}"
    )]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_tests_are_found_by_their_lines() {
        let source = "fn a() {}\n#[test]\nfn b() {}\n// #[test]\n    #[tokio::test(flavor = \"x\")]\n\
                      #[durable_test(handler = f)]\n";
        assert_eq!(plain_lines(source), [2, 5]);
    }
}
