//! The recordings that a test with `replay` runs on.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::{Error, ErrorKind};

/// A recording with the name of its test case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Recorded {
    /// The file's name; its path from the root of the crate where names repeat.
    pub(super) name: String,
    pub(super) path: PathBuf,
}

/// The files of a pattern, by name.
///
/// # Errors
///
/// If the pattern is malformed or matches no file: a test that compares nothing must not pass.
pub(super) fn find(root: &str, pattern: &str) -> Result<Vec<Recorded>, Error> {
    let none = |reason: String| Error::from(ErrorKind::NoRecording { reason });
    // The root is a literal path, not a pattern.
    let whole = format!("{}/{pattern}", glob::Pattern::escape(root));
    let found = glob::glob(&whole).map_err(|error| none(format!("\"{pattern}\": {error}")))?;
    let mut paths = found
        .collect::<Result<Vec<PathBuf>, _>>()
        .map_err(|error| none(error.to_string()))?;
    paths.retain(|path| path.is_file());
    paths.sort();
    if paths.is_empty() {
        return Err(none(format!(
            "no file matches \"{pattern}\" in {root}. Write one with `result.save(..)`, or save what `aws \
             lambda get-durable-execution-history --include-execution-data` prints"
        )));
    }
    let names: HashSet<_> = paths.iter().map(|path| path.file_name()).collect();
    let repeat = names.len() < paths.len();
    let name = |path: &Path| {
        let inside = path.strip_prefix(root).unwrap_or(path);
        let name = path.file_name().filter(|_| !repeat).map(Path::new);
        name.unwrap_or(inside).display().to_string()
    };
    Ok(paths
        .iter()
        .map(|path| Recorded {
            name: name(path),
            path: path.clone(),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = env!("CARGO_MANIFEST_DIR");

    fn names(pattern: &str) -> Vec<String> {
        let found = find(ROOT, pattern).unwrap();
        found.into_iter().map(|recorded| recorded.name).collect()
    }

    #[test]
    fn recordings_are_named_by_file_name_or_by_path_where_file_names_repeat() {
        assert_eq!(names("src/harness/p*.rs"), ["panics.rs"]);
        let repeated = names("src/[eh]*/mod.rs");
        assert_eq!(repeated, ["src/explore/mod.rs", "src/harness/mod.rs"]);
    }

    #[test]
    fn a_pattern_without_files_is_an_error_that_names_it() {
        let error = find(ROOT, "histories/*.json").unwrap_err().to_string();
        assert!(
            error.contains("no file matches \"histories/*.json\""),
            "{error}"
        );
        assert!(find(ROOT, "a/**b").is_err());
    }
}
