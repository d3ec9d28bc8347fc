//! What runs a function.

use std::path::{Path, PathBuf};

use super::archive;
use super::bootstrap::{Bootstrap, Found};
use super::client::{self, Client};
use super::code;
use super::node;
use crate::config::error::NoProgram;
use crate::config::executable;

/// The folder of a function's code on Lambda.
const TASK: &str = "/var/task/";

/// How a function is run.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) command: Vec<String>,
    pub(super) working_directory: PathBuf,
    pub(super) warnings: Vec<String>,
}

/// What a function's program is looked for by.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub(super) runtime: &'a str,
    pub(super) handler: Option<&'a str>,
    /// The value of `AWS_LAMBDA_EXEC_WRAPPER`: a program that runs instead of the runtime, and is given the
    /// runtime's command.
    pub(super) wrapper: Option<&'a str>,
    pub(super) bootstrap: Bootstrap<'a>,
}

impl Wanted<'_> {
    pub(super) fn find(&self) -> Result<Program, String> {
        if self.runtime.starts_with("provided") {
            return self.own();
        }
        let wrapper = self.wrapper.filter(|wrapper| !wrapper.is_empty());
        if wrapper == Some("/var/task/bootstrap") {
            return self.own();
        }
        let Bootstrap {
            code, built, cache, ..
        } = self.bootstrap;
        let client_for = |code: &Path| {
            if self.runtime.starts_with("python3") {
                Ok(client::python())
            } else if self.runtime.starts_with("nodejs") {
                Ok(node::client(code))
            } else {
                Err(format!(
                    "this server does not run {} by itself; set its Command in functions.json",
                    self.runtime
                ))
            }
        };
        // Says that the runtime is not run before it looks for its code.
        client_for(code)?;
        let handler = self
            .handler
            .ok_or("Handler is missing; this Runtime needs it")?;
        let (folder, hint) = code::to_interpret(code, built, cache)?;
        let Client {
            mut command,
            warning,
        } = client_for(&folder)?;
        command.push(handler.to_owned());
        let mut warnings: Vec<String> = hint.into_iter().chain(warning).collect();
        match wrapper.map(|wrapper| (wrapper, wrapper.strip_prefix(TASK))) {
            None => {}
            Some((wrapper, None)) => warnings.push(format!(
                "AWS_LAMBDA_EXEC_WRAPPER is {wrapper}, which is not in the function's code; the function \
                 runs without it"
            )),
            Some((_, Some(file))) => {
                let path = folder.join(file);
                if let Some(fault) = executable::fault(&path) {
                    return Err(NoProgram::Unusable { path, fault }.to_string());
                }
                command.insert(0, path.to_string_lossy().into_owned());
            }
        }
        Ok(Program {
            command,
            working_directory: folder,
            warnings,
        })
    }

    /// The program of a function that brings its own runtime.
    fn own(&self) -> Result<Program, String> {
        let Found { path, warnings } = self.bootstrap.find().map_err(|error| error.to_string())?;
        let code = self.bootstrap.code;
        // A bootstrap runs in its own folder, as on Lambda, and finds the files packed with it.
        let folder = if path.ends_with("bootstrap") || archive::is_zip(code) || !code.is_dir() {
            path.parent().unwrap_or(code)
        } else {
            code
        };
        Ok(Program {
            working_directory: folder.to_owned(),
            command: vec![path.to_string_lossy().into_owned()],
            warnings,
        })
    }
}
