//! What is wrong with a file that configures functions.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// What is wrong with a file that configures functions.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct ConfigError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    /// The file does not have its format.
    #[error("is not {format}: {cause}")]
    Syntax {
        /// What it should be.
        format: &'static str,
        /// Why it is not.
        cause: String,
    },
    /// The file configures no function that this server can run.
    #[error("configures no function that this server can run: {0}")]
    NoFunctions(&'static str),
    /// Two functions have the same name.
    #[error("two functions have the name \"{0}\"; names must differ")]
    SameName(String),
    /// A member of a function is missing or wrong.
    #[error("function \"{function}\": {member} {fault}")]
    Member {
        /// The function.
        function: String,
        /// The member, with dots between it and what it is part of.
        member: String,
        /// What is wrong, and what is allowed.
        fault: String,
    },
    /// The program of a function does not exist.
    #[error(
        "function \"{function}\": {fault}; looked for{}\n{remedy}",
        Listed(looked_for)
    )]
    NoProgram {
        /// The function.
        function: String,
        /// What is not there.
        fault: String,
        /// The files that were looked for.
        looked_for: Vec<PathBuf>,
        /// How to make one of them.
        remedy: String,
    },
}

/// Paths, one a line.
struct Listed<'a>(&'a [PathBuf]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for path in self.0 {
            write!(f, "\n  {}", path.display())?;
        }
        Ok(())
    }
}
