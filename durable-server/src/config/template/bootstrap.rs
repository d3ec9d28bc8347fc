//! Finds the program of a function with its own runtime, and says what builds it.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::archive;
use super::targets;
use crate::config::error::NoProgram;
use crate::config::executable;

/// A function of a template that brings its own program.
#[derive(Debug)]
pub(super) struct Bootstrap<'a> {
    /// Its name in the template.
    pub(super) logical_id: &'a str,
    /// The folder into which `sam build` puts it.
    pub(super) built: &'a Path,
    /// The folder of its code, or its zip file.
    pub(super) code: &'a Path,
    /// The binary that `Metadata.BuildProperties.Binary` names.
    pub(super) binary: Option<&'a str>,
    /// Cargo's target folder, if the environment names one.
    pub(super) target_folder: Option<&'a Path>,
    /// Where zip files are unpacked.
    pub(super) cache: Option<&'a Path>,
}

/// A program that was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// What is said about programs that were built later and cannot be started.
    pub(super) warnings: Vec<String>,
}

impl Bootstrap<'_> {
    /// The program: of several that can be started, the one that was built last.
    pub(super) fn find(&self) -> Result<Found, NoProgram> {
        let binary = self.binary();
        let looked_for = self.candidates(binary.as_deref());
        let mut built: Vec<(SystemTime, &PathBuf)> = looked_for
            .iter()
            .filter_map(|path| Some((built_at(path)?, path)))
            .collect();
        // Of equal times, the first candidate wins.
        built.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
        let mut unusable = Vec::new();
        for (_, path) in built {
            match self.usable(path) {
                Ok(path) => {
                    let warnings = unusable
                        .iter()
                        .map(|it: &NoProgram| {
                            format!("{} runs instead of a later one: {it}", path.display())
                        })
                        .collect();
                    return Ok(Found { path, warnings });
                }
                Err(error) => unusable.push(error),
            }
        }
        Err(unusable
            .into_iter()
            .next()
            .unwrap_or_else(|| NoProgram::Missing {
                fault: "its program is not built yet".to_owned(),
                looked_for,
                remedy: self.remedy(binary.as_deref()),
            }))
    }

    /// The program of a candidate, which may be in a zip file.
    fn usable(&self, candidate: &Path) -> Result<PathBuf, NoProgram> {
        let unusable = |path: &Path, fault: String| NoProgram::Unusable {
            path: path.to_owned(),
            fault,
        };
        let path = if archive::is_zip(candidate) {
            let folder = archive::unpack(candidate, self.cache)
                .map_err(|fault| unusable(candidate, fault))?;
            let path = folder.join("bootstrap");
            if !path.is_file() {
                return Err(unusable(candidate, "it holds no bootstrap".to_owned()));
            }
            path
        } else {
            candidate.to_owned()
        };
        match executable::fault(&path) {
            None => Ok(path),
            Some(fault) => Err(unusable(&path, fault)),
        }
    }

    /// The binary: the one that the template names, or the only one of the package, or the one that is named
    /// as the function.
    fn binary(&self) -> Option<String> {
        if let Some(binary) = self.binary {
            return Some(binary.to_owned());
        }
        let folder = self.code_folder();
        if let Some((_, binary)) = targets::lambda_binary(folder) {
            return Some(binary);
        }
        let mut binaries = targets::binaries(folder);
        if binaries.len() == 1 {
            return binaries.pop();
        }
        let letters = |name: &str| {
            let letters = name.chars().filter(char::is_ascii_alphanumeric);
            letters
                .map(|it| it.to_ascii_lowercase())
                .collect::<String>()
        };
        let wanted = letters(self.logical_id);
        let named = |name: &String| {
            let name = letters(name);
            name == wanted
                || wanted
                    .strip_suffix("function")
                    .or(wanted.strip_suffix("fn"))
                    == Some(&name)
        };
        binaries.into_iter().find(named)
    }

    /// The folder of the code, or the one that its zip file is in.
    fn code_folder(&self) -> &Path {
        if archive::is_zip(self.code) {
            self.code.parent().unwrap_or(self.code)
        } else {
            self.code
        }
    }

    /// The paths where `sam build`, `cargo lambda build` and `cargo build` put the program.
    fn candidates(&self, binary: Option<&str>) -> Vec<PathBuf> {
        let folder = self.code_folder();
        let mut candidates = vec![self.built.join("bootstrap"), folder.join("bootstrap")];
        candidates.push(if archive::is_zip(self.code) {
            self.code.to_owned()
        } else {
            folder.join("bootstrap.zip")
        });
        if let Some(binary) = binary {
            for target in targets::folders(folder, self.target_folder) {
                candidates.extend(targets::places(&target, binary));
            }
        }
        let mut seen = std::collections::HashSet::new();
        candidates.retain(|path| seen.insert(path.clone()));
        candidates
    }

    fn remedy(&self, binary: Option<&str>) -> String {
        let folder = self.code_folder();
        if let Some(binary) = binary {
            return format!(
                "Build it with `cargo build --bin {binary}` in {}, or with `sam build`",
                folder.display()
            );
        }
        let binaries = targets::binaries(folder);
        let which = if binaries.is_empty() {
            String::new()
        } else {
            format!(" (its package has {})", binaries.join(", "))
        };
        format!(
            "Build it with `sam build`; or name its binary in Metadata.BuildProperties.Binary{which} and build \
             it with `cargo build`"
        )
    }
}

fn built_at(path: &Path) -> Option<SystemTime> {
    let metadata = path.metadata().ok().filter(std::fs::Metadata::is_file)?;
    metadata.modified().ok()
}
