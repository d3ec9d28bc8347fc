//! `durable coverage`

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use durable_view::coverage::Coverage;

const EXAMPLES: &str = "\
Examples:
  DURABLE_COVERAGE=target/coverage cargo test
  durable coverage target/coverage
  durable coverage target/coverage --fail-under 90 --html coverage.html

Exit codes: 0 success, 1 fewer functions ran than `--fail-under` asks for or a file cannot be used, \
2 the command line was wrong.";

/// Report what tests saw of each durable step, child-context block and handler
///
/// Reads the files that test processes with `DURABLE_COVERAGE` left in a folder, and adds them up. Functions
/// that never ran come first. Start with an empty folder: files of earlier runs count too.
// Not a `///`, of which clap would make a part of the help.
#[cfg_attr(doc, doc = "\nThe [module](crate::cli#example) has an example.")]
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CoverageArgs {
    /// The folder that `DURABLE_COVERAGE` named
    folder: PathBuf,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    /// Fail if less than this percentage of the registered functions ran
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    fail_under: Option<u8>,
    /// Write the report as a page to this file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

impl CoverageArgs {
    /// Prints the report.
    #[must_use]
    pub fn run(&self) -> ExitCode {
        match self.report() {
            Ok(is_enough) if is_enough => ExitCode::SUCCESS,
            Ok(_) => ExitCode::from(1),
            Err(message) => {
                let _ = writeln!(io::stderr(), "error: {message}");
                ExitCode::from(1)
            }
        }
    }

    /// Whether enough functions ran.
    fn report(&self) -> Result<bool, String> {
        let coverage = read(&self.folder)?;
        let text = if self.json {
            format!("{:#}", coverage.to_json())
        } else {
            coverage.to_string()
        };
        match writeln!(io::stdout(), "{text}") {
            // The reader closed the pipe early, as `head` does.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                return Err(error.to_string());
            }
            _ => {}
        }
        if let Some(file) = &self.html {
            fs::write(file, coverage.to_html())
                .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
        }
        let percent = coverage.percent();
        match self.fail_under {
            Some(1..) if coverage.registered() == 0 => {
                let _ = writeln!(
                    io::stderr(),
                    "error: no program that left a file in {} has a function with an attribute of durable-runtime, \
                     and `--fail-under` asks for some that ran",
                    self.folder.display()
                );
                Ok(false)
            }
            Some(wanted) if percent < usize::from(wanted) => {
                let _ = writeln!(
                    io::stderr(),
                    "error: {percent} % of the registered functions ran, and `--fail-under` asks for {wanted} %"
                );
                Ok(false)
            }
            _ => Ok(true),
        }
    }
}

/// Adds up the files of a folder.
fn read(folder: &Path) -> Result<Coverage, String> {
    let unusable =
        |path: &Path, why: &dyn std::fmt::Display| format!("cannot use {}: {why}", path.display());
    let entries = fs::read_dir(folder).map_err(|error| unusable(folder, &error))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unusable(folder, &error))?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        return Err(format!(
            "{} has no coverage: run the tests with DURABLE_COVERAGE={0} first",
            folder.display()
        ));
    }
    paths.sort();
    let mut coverage = Coverage::default();
    for path in paths {
        let text = fs::read_to_string(&path).map_err(|error| unusable(&path, &error))?;
        let file = serde_json::from_str(&text).map_err(|error| unusable(&path, &error))?;
        coverage
            .add_json(&file)
            .map_err(|why| unusable(&path, &why))?;
    }
    Ok(coverage)
}
