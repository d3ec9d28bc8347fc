//! Where the code of a function is.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use durable_template::{Function, Value};

use super::archive;
use crate::config::beside;
use crate::config::members::Members;

/// How many files are looked at to learn when a folder was last changed.
const MAX_FILES: usize = 5_000;

/// Folders whose changes do not count: what builds make, and what tools keep.
const NOT_SOURCES: [&str; 7] = [
    ".aws-sam",
    ".git",
    "node_modules",
    "target",
    "__pycache__",
    ".venv",
    "cdk.out",
];

/// The code of a function, and what is said about it.
#[derive(Debug)]
pub(super) struct Code {
    /// Its folder, or its zip file.
    pub(super) path: PathBuf,
    pub(super) warning: Option<String>,
}

/// The code that a function's properties and metadata name; by default the template's folder.
pub(super) fn of(
    function: &Function,
    members: &Members<'_>,
    folder: &Path,
) -> Result<Code, String> {
    let found = |path: PathBuf| Code {
        path,
        warning: None,
    };
    // CDK keeps what it packs beside its template.
    let property = function
        .metadata
        .get("aws:asset:property")
        .and_then(Value::as_text);
    if let Some(path) = function
        .metadata
        .get("aws:asset:path")
        .and_then(Value::as_text)
        && property.is_none_or(|it| it == "Code" || it == "CodeUri")
    {
        return Ok(found(beside(folder, path)));
    }
    let member = if function.serverless {
        "CodeUri"
    } else {
        "Code"
    };
    let Some(code) = members.get(member) else {
        return Ok(found(folder.to_owned()));
    };
    if let Some(text) = code.scalar() {
        if !text.contains("://") {
            return Ok(found(beside(folder, &text)));
        }
    } else if let Value::Unresolved(unresolved) = code {
        let reason = super::members::with_way_out(&unresolved.reason);
        return Err(format!("{member} cannot be resolved: {reason}"));
    } else if let Some(path) = asset(code, function, folder) {
        return Ok(found(path));
    }
    Ok(Code {
        path: folder.to_owned(),
        warning: Some(format!(
            "{member} is not on this machine; the template's folder is used instead"
        )),
    })
}

/// The asset of CDK that an object in S3 is made of: the manifest beside the template says so.
fn asset(code: &Value, function: &Function, folder: &Path) -> Option<PathBuf> {
    let key = code.get("S3Key").and_then(Value::as_text)?;
    let hash = key.rsplit('/').next()?.split('.').next()?;
    let template = function.template.file_name()?.to_str()?;
    let stack = template.strip_suffix(".template.json")?;
    let manifest = std::fs::read_to_string(folder.join(format!("{stack}.assets.json"))).ok()?;
    let (manifest, _) = durable_template::document(&manifest).ok()?;
    let source = manifest
        .get("files")?
        .get(hash)?
        .get("source")?
        .get("path")?;
    Some(beside(folder, source.as_text()?))
}

/// The folder of the code of a function that an interpreter runs, and what is said about it: what `sam
/// build` made of it, unless the code was changed since.
pub(super) fn to_interpret(
    code: &Path,
    built: &Path,
    cache: Option<&Path>,
) -> Result<(PathBuf, Option<String>), String> {
    let is_built = built.is_dir() && built != code;
    if !code.exists() {
        if is_built {
            return Ok((built.to_owned(), None));
        }
        return Err(format!("its code {} does not exist", code.display()));
    }
    if code.is_file() {
        if archive::is_zip(code) {
            return archive::unpack(code, cache).map(|folder| (folder, None));
        }
        return Err(format!(
            "its code {} is neither a folder nor a zip file",
            code.display()
        ));
    }
    if is_built {
        if changed_at(built) >= changed_at(code) {
            return Ok((built.to_owned(), None));
        }
        return Ok((
            code.to_owned(),
            Some(format!(
                "{} was changed after {} was built, and runs without what `sam build` adds; build it again",
                code.display(),
                built.display()
            )),
        ));
    }
    let has = |file: &str, said: &str| code.join(file).is_file().then(|| said.to_owned());
    let hint = || {
        has(
            "requirements.txt",
            "its requirements.txt is not installed by this server; `sam build` does it",
        )
    };
    let packages = || {
        if code.join("node_modules").is_dir() {
            return None;
        }
        has(
            "package.json",
            "it has no node_modules; `npm install` or `sam build` makes them",
        )
    };
    Ok((code.to_owned(), hint().or_else(packages)))
}

/// When a folder or one of its files was last changed.
fn changed_at(folder: &Path) -> Option<SystemTime> {
    let mut latest = folder.metadata().and_then(|it| it.modified()).ok();
    let mut folders = vec![folder.to_owned()];
    let mut left = MAX_FILES;
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        for entry in entries {
            left = left.saturating_sub(1);
            if left == 0 {
                return latest;
            }
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            if !metadata.is_dir() {
                latest = latest.max(metadata.modified().ok());
            } else if !NOT_SOURCES.iter().any(|name| entry.file_name() == *name) {
                folders.push(entry.path());
            }
        }
    }
    latest
}
