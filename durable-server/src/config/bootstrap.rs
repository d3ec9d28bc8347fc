//! Finds the program of a function with its own runtime, and says what builds it.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::error::Problem;

/// A function of a template that brings its own program.
#[derive(Debug)]
pub(super) struct Bootstrap<'a> {
    /// Name of the function.
    pub(super) function: &'a str,
    /// Its name in the template.
    pub(super) logical_id: &'a str,
    /// The folder of the template.
    pub(super) folder: &'a Path,
    /// The folder of its code.
    pub(super) code: &'a Path,
    /// The binary that `Metadata.BuildProperties.Binary` names.
    pub(super) binary: Option<&'a str>,
}

impl Bootstrap<'_> {
    /// The program: of several, the one that was built last.
    pub(super) fn find(&self) -> Result<PathBuf, Problem> {
        let looked_for = self.candidates();
        let latest = looked_for
            .iter()
            .filter_map(|path| Some((built_at(path)?, path)))
            // Of equal times, the first candidate wins.
            .rev()
            .max_by_key(|(time, _)| *time);
        match latest {
            Some((_, path)) => Ok(path.clone()),
            None => Err(Problem::NoProgram {
                function: self.function.to_owned(),
                fault: "its program is not built yet".to_owned(),
                looked_for,
                remedy: self.remedy(),
            }),
        }
    }

    /// The paths where `sam build`, `cargo lambda build` and `cargo build` put the program.
    fn candidates(&self) -> Vec<PathBuf> {
        let built_by_sam = self.folder.join(".aws-sam/build").join(self.logical_id);
        let mut candidates = vec![built_by_sam.join("bootstrap"), self.code.join("bootstrap")];
        if let Some(binary) = self.binary {
            for target in self.targets() {
                candidates.push(target.join("lambda").join(binary).join("bootstrap"));
                candidates.push(target.join("release").join(binary));
                candidates.push(target.join("debug").join(binary));
            }
        }
        candidates
    }

    /// Target folders of the code's package and of the workspace that it may be in.
    fn targets(&self) -> impl Iterator<Item = PathBuf> {
        let packages = self.code.ancestors();
        packages
            .filter(|folder| folder.join("Cargo.toml").is_file())
            .map(|folder| folder.join("target"))
    }

    fn remedy(&self) -> String {
        match self.binary {
            Some(binary) => format!(
                "Build it with `cargo build --bin {binary}` in {}, or with `sam build`",
                self.code.display()
            ),
            None => {
                "Build it with `sam build`; or name its binary in Metadata.BuildProperties.Binary \
                     and build it with `cargo build`"
                    .to_owned()
            }
        }
    }
}

fn built_at(path: &Path) -> Option<SystemTime> {
    let metadata = path.metadata().ok().filter(std::fs::Metadata::is_file)?;
    metadata.modified().ok()
}
