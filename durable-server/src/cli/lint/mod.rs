//! `durable lint`

mod methods;

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use durable_view::visible_lines;

use self::methods::FAMILIES;

const EXAMPLES: &str = "\
Examples:
  durable lint            # prints the settings
  durable lint --init     # writes them into clippy.toml
  cargo clippy

Exit codes: 0 success, 1 the file cannot be used, 2 the command line was wrong.";

/// The lines around what this command writes, by which it finds it again.
const BEGIN: &str = "# Written by `durable lint --init`, which replaces it.";
const END: &str = "# The end of what `durable lint --init` wrote.";

/// The names that clippy reads its settings from.
const NAMES: [&str; 2] = ["clippy.toml", ".clippy.toml"];

/// Settings for clippy, which then finds what breaks a replay
///
/// Clippy resolves names, so it sees what `#[durable_execution]` cannot: methods, and functions that a handler
/// calls. In the bodies of durable steps it is silent. Code of a program that belongs to no workflow needs
/// `#[allow(clippy::disallowed_methods)]`.
// Not a `///`, of which clap would make a part of the help.
#[cfg_attr(doc, doc = "\nThe [module](crate::cli#example) has an example.")]
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct LintArgs {
    /// Write the settings into clippy.toml, beside what stands there
    #[arg(long)]
    init: bool,
    /// The folder of clippy.toml: that of the workspace, or of a package
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
}

impl LintArgs {
    /// Prints or writes the settings.
    #[must_use]
    pub fn run(&self) -> ExitCode {
        let done = if self.init {
            init(&self.folder)
        } else {
            Ok(settings())
        };
        match done {
            Ok(text) => {
                let _ = writeln!(io::stdout(), "{}", text.trim_end());
                ExitCode::SUCCESS
            }
            Err(message) => {
                let _ = writeln!(io::stderr(), "error: {}", visible_lines(&message));
                ExitCode::from(1)
            }
        }
    }
}

/// Writes the settings into the file of a folder, and says so.
fn init(folder: &Path) -> Result<String, String> {
    let mut paths = NAMES.iter().map(|name| folder.join(name));
    let existing = paths.find(|path| path.exists());
    let path = existing.unwrap_or_else(|| folder.join("clippy.toml"));
    let unusable = |why: &dyn std::fmt::Display| format!("cannot use {}: {why}", path.display());
    let before = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(unusable(&error)),
    };
    let after = with_settings(&before).map_err(|why| unusable(&why))?;
    fs::write(&path, after).map_err(|error| unusable(&error))?;
    Ok(format!(
        "{}: `cargo clippy` now finds what breaks a replay outside of durable steps",
        path.display()
    ))
}

/// A file with the settings in it, in the place of those that were written before.
fn with_settings(file: &str) -> Result<String, String> {
    let rest = without_settings(file);
    let table: toml::Table = rest.parse().map_err(|error| format!("{error}"))?;
    for key in ["disallowed-methods", "disallowed_methods"] {
        if table.contains_key(key) {
            return Err(format!(
                "it has `{key}` of its own; add to it what `durable lint` prints"
            ));
        }
    }
    // A key after the header of a table would belong to the table.
    let mut text = settings();
    if !rest.trim().is_empty() {
        text.push('\n');
        text.push_str(rest.trim_start_matches(['\r', '\n']));
    }
    Ok(text)
}

/// A file without what this command wrote.
fn without_settings(file: &str) -> String {
    let Some((before, rest)) = file.split_once(BEGIN) else {
        return file.to_owned();
    };
    match rest.split_once(END) {
        Some((_, after)) => format!("{before}{}", after.trim_start_matches(['\r', '\n'])),
        None => file.to_owned(),
    }
}

/// The settings.
fn settings() -> String {
    let mut text = format!("{BEGIN}\ndisallowed-methods = [\n");
    for family in FAMILIES {
        for path in family.paths {
            // A crate that the program does not have is no mistake.
            let is_std = path.starts_with("std::");
            let known = if is_std { "" } else { ", allow-invalid = true" };
            let _ = writeln!(
                text,
                "    {{ path = \"{path}\", reason = \"{}\"{known} }},",
                family.reason
            );
        }
    }
    let _ = writeln!(text, "]\n{END}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_are_toml() {
        let table: toml::Table = settings().parse().unwrap();
        let methods = table["disallowed-methods"].as_array().unwrap();
        let paths = methods
            .iter()
            .map(|method| method["path"].as_str().unwrap());
        assert!(
            paths
                .clone()
                .any(|path| path == "std::time::SystemTime::now")
        );
        assert_eq!(paths.count(), methods.len());
    }

    #[test]
    fn what_stands_in_the_file_stays_and_twice_is_once() {
        let own = "# Ours.\nmsrv = \"1.94\"\n\n[table]\nkey = 1\n";
        let once = with_settings(own).unwrap();
        assert!(once.ends_with(own), "{once}");
        assert!(once.parse::<toml::Table>().unwrap().contains_key("msrv"));
        assert_eq!(with_settings(&once).unwrap(), once);
        assert_eq!(with_settings("").unwrap(), settings());
    }

    #[test]
    fn a_list_of_ones_own_is_not_touched() {
        let refused = with_settings("disallowed-methods = []").unwrap_err();
        assert!(refused.contains("`durable lint` prints"), "{refused}");
        assert!(with_settings("msrv = ").is_err());
    }

    /// The compile-time lints are tables of paths, too; what they know, clippy is told.
    #[test]
    fn all_that_the_attributes_know_is_there() {
        let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../durable-macros/src/lint/rules");
        let mut known = 0;
        for entry in fs::read_dir(rules).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            let text: String = text.split_whitespace().collect();
            // `rule(Clock,"std::time::SystemTime::now",NOW)`
            let rules = text.split("rule(").flat_map(|part| part.split("vague("));
            let paths = rules.filter_map(|rule| rule.split_once(",\"")?.1.split('"').next());
            let paths = paths.filter(|path| path.contains("::") && !path.contains(['*', '{']));
            for path in paths.filter(|path| !OF_TRAITS.contains(path)) {
                known += 1;
                let same = SAME.iter().find(|(other, _)| *other == path);
                let path = same.map_or(path, |(_, path)| *path);
                let is_told = FAMILIES.iter().any(|family| family.paths.contains(&path));
                assert!(is_told, "{path}");
            }
        }
        assert!(known > 100, "{known}");
    }

    /// Functions of a trait, which clippy does not find by the type: it warns that the path leads nowhere.
    const OF_TRAITS: [&str; 1] = ["std::hash::RandomState::default"];

    /// Other paths of the same function, which clippy resolves.
    const SAME: [(&str, &str); 4] = [
        ("chrono::offset::Utc::now", "chrono::Utc::now"),
        ("chrono::offset::Local::now", "chrono::Local::now"),
        ("tokio::task::spawn", "tokio::spawn"),
        (
            "std::collections::hash_map::RandomState::new",
            "std::hash::RandomState::new",
        ),
    ];
}
