//! `durable new`

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use durable_view::visible_lines;

const EXAMPLES: &str = "\
Examples:
  durable new orders
  durable new orders --dir services/orders
  durable new orders --dir ../orders --source .

Exit codes: 0 success, 1 the folder is there or cannot be written, 2 the command line was wrong.";

/// The files of a new package. In `template/` they are also what `cargo generate` makes one of.
const FILES: [(&str, &str); 7] = [
    (
        "Cargo.toml",
        include_str!("../../template/Cargo.toml.liquid"),
    ),
    (".gitignore", include_str!("../../template/.gitignore")),
    ("README.md", include_str!("../../template/README.md")),
    (
        "template.yaml",
        include_str!("../../template/template.yaml"),
    ),
    ("src/lib.rs", include_str!("../../template/src/lib.rs")),
    ("src/main.rs", include_str!("../../template/src/main.rs")),
    (
        "tests/workflow.rs",
        include_str!("../../template/tests/workflow.rs"),
    ),
];

/// The crates of this project that a package depends on, with the version that the template has.
const OURS: [(&str, &str); 2] = [
    (
        "durable-runtime",
        concat!("durable-runtime = \"", env!("CARGO_PKG_VERSION"), "\""),
    ),
    (
        "durable-test",
        concat!("durable-test = \"", env!("CARGO_PKG_VERSION"), "\""),
    ),
];

/// Without it cargo refuses a package below a workspace that does not have it as a member.
const OWN_WORKSPACE: &str = "
# Keeps this package out of the workspace around it. To join, remove this and the profile, and add the package to
# the `members` there.
[workspace]
";

/// Words that are no name of a crate, and that begin with a small letter.
const KEYWORDS: [&str; 51] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Names that cargo refuses, or that a dependency of the new package has.
const TAKEN: [&str; 15] = [
    "alloc",
    "build",
    "core",
    "deps",
    "durable-macros",
    "durable-runtime",
    "durable-test",
    "examples",
    "incremental",
    "proc-macro",
    "serde",
    "std",
    "test",
    "tokio",
    "tracing",
];

/// Make a package with a durable function, its tests and a SAM template
///
/// The package has a workflow, the program that Lambda starts, tests beside the code and in a target of
/// their own, and a README with the commands to test, serve and deploy it.
// Not a `///`, of which clap would make a part of the help.
#[cfg_attr(doc, doc = "\nThe [module](crate::cli#example) has an example.")]
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct NewArgs {
    /// The name of the package
    #[arg(value_parser = package_name)]
    name: String,
    /// The folder to make; by default that of the name, here
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
    /// Depend on the crates of this checkout of the project, instead of published ones
    #[arg(long, value_name = "CHECKOUT")]
    source: Option<PathBuf>,
}

impl NewArgs {
    /// Makes the package.
    #[must_use]
    pub fn run(&self) -> ExitCode {
        let folder = self
            .dir
            .clone()
            .unwrap_or_else(|| PathBuf::from(&self.name));
        match self.write(&folder) {
            Ok(()) => {
                let said = format!(
                    "made {0} with a workflow, its tests and a SAM template\n\n  cd {0}\n  cargo test\n\n\
                     README.md has the commands to serve and deploy it",
                    folder.display()
                );
                // A closed pipe is no failure: the package is there.
                let _ = writeln!(io::stdout(), "{}", visible_lines(&said));
                ExitCode::SUCCESS
            }
            Err(message) => {
                let _ = writeln!(io::stderr(), "error: {}", visible_lines(&message));
                ExitCode::from(1)
            }
        }
    }

    fn write(&self, folder: &Path) -> Result<(), String> {
        let source = self.source.as_deref().map(checkout).transpose()?;
        let around = workspace_around(folder);
        if fs::symlink_metadata(folder).is_ok() {
            return Err(format!(
                "{} is there already; name another folder with --dir",
                folder.display()
            ));
        }
        for (path, text) in FILES {
            let path = folder.join(path);
            let failed = |error: io::Error| format!("cannot write {}: {error}", path.display());
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(failed)?;
            }
            let mut text = render(text, &self.name, source.as_deref());
            if around.is_some() && path.ends_with("Cargo.toml") {
                text.push_str(OWN_WORKSPACE);
            }
            fs::write(&path, text).map_err(failed)?;
        }
        if let Some(around) = around {
            let said = format!(
                "note: {} is in the workspace of {}, and has one of its own; its Cargo.toml says how to join",
                folder.display(),
                around.display()
            );
            let _ = writeln!(io::stderr(), "{}", visible_lines(&said));
        }
        Ok(())
    }
}

/// The manifest of the workspace that a folder is in.
fn workspace_around(folder: &Path) -> Option<PathBuf> {
    let folder = std::path::absolute(folder).ok()?;
    let manifests = folder
        .ancestors()
        .skip(1)
        .map(|above| above.join("Cargo.toml"));
    let is_workspace = |manifest: &PathBuf| {
        let text = fs::read_to_string(manifest).unwrap_or_default();
        toml::from_str::<toml::Table>(&text).is_ok_and(|it| it.contains_key("workspace"))
    };
    manifests.into_iter().find(is_workspace)
}

/// The folder of a checkout, from anywhere.
fn checkout(path: &Path) -> Result<String, String> {
    let whole = fs::canonicalize(path)
        .map_err(|error| format!("cannot read the checkout {}: {error}", path.display()))?;
    for (crate_name, _) in OURS {
        if !whole.join(crate_name).join("Cargo.toml").is_file() {
            return Err(format!(
                "{} is no checkout of this project: it has no {crate_name}/Cargo.toml",
                path.display()
            ));
        }
    }
    whole.to_str().map(str::to_owned).ok_or_else(|| {
        format!(
            "the path {} is not UTF-8, as a manifest must be",
            path.display()
        )
    })
}

/// A file of the template, for a package of this name.
fn render(text: &str, name: &str, source: Option<&str>) -> String {
    let text = text
        .replace("{{project-name}}", name)
        .replace("{{crate_name}}", &name.replace('-', "_"));
    let Some(source) = source else { return text };
    OURS.iter().fold(text, |text, (crate_name, published)| {
        let path = toml::Value::String(format!("{source}/{crate_name}"));
        text.replace(published, &format!("{crate_name} = {{ path = {path} }}"))
    })
}

/// A name that cargo takes, and that is a crate's name in code.
fn package_name(name: &str) -> Result<String, String> {
    let is_plain = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit();
    let is_written_well = name.starts_with(|char: char| char.is_ascii_lowercase())
        && name
            .chars()
            .all(|char| is_plain(char) || matches!(char, '-' | '_'));
    if !is_written_well {
        return Err(
            "a package's name begins with a small letter, and has small letters, digits, \"-\" and \"_\" \
             only, as in order-workflow"
                .to_owned(),
        );
    }
    if KEYWORDS.contains(&name) {
        return Err("the name is a keyword of Rust, so that no crate can have it".to_owned());
    }
    if TAKEN.contains(&name.replace('_', "-").as_str()) || TAKEN.contains(&name) {
        return Err("the name is taken, by cargo or by a crate that the package uses".to_owned());
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_depends_on_this_version() {
        let (_, manifest) = FILES[0];
        for (crate_name, published) in OURS {
            assert!(manifest.contains(published), "{crate_name}: {manifest}");
        }
    }

    #[test]
    fn a_package_name_is_a_crate_name() {
        for name in ["orders", "order-workflow", "order_workflow2", "workflow"] {
            assert_eq!(package_name(name).as_deref(), Ok(name));
        }
        for name in [
            "",
            "-",
            "2orders",
            "Orders",
            "a b",
            "../orders",
            "tokio",
            "durable_test",
            "self",
            "match",
            "async",
            "naïve",
        ] {
            assert!(package_name(name).is_err(), "{name}");
        }
    }
}
