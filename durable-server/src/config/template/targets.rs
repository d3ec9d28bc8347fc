//! Cargo's target folders, and the binaries of a package.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// Target folders for the code of a package: the one that the environment names, those of Cargo's
/// configuration, and those beside the package and the workspace that it may be in.
pub(super) fn folders(code: &Path, chosen: Option<&Path>) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    folders.extend(chosen.and_then(|chosen| std::path::absolute(chosen).ok()));
    for folder in code.ancestors() {
        for name in ["config.toml", "config"] {
            let configured = table(&folder.join(".cargo").join(name));
            let target = configured
                .as_ref()
                .and_then(|it| it.get("build")?.get("target-dir")?.as_str());
            folders.extend(target.map(|target| folder.join(target)));
        }
    }
    let packages = code
        .ancestors()
        .filter(|it| it.join("Cargo.toml").is_file());
    folders.extend(packages.map(|package| package.join("target")));
    // CodeUri may be the very folder of a program below `target/lambda`.
    folders.extend(lambda_binary(code).map(|(target, _)| target));
    let mut seen = std::collections::HashSet::new();
    folders.retain(|folder| seen.insert(folder.clone()));
    folders
}

/// The target folder and the binary of a path such as `target/lambda/BINARY`.
pub(super) fn lambda_binary(code: &Path) -> Option<(PathBuf, String)> {
    let lambda = code
        .parent()
        .filter(|it| it.file_name().is_some_and(|it| it == "lambda"))?;
    let binary = code.file_name()?.to_str()?.to_owned();
    Some((lambda.parent()?.to_owned(), binary))
}

/// Where builds put a binary below a target folder: `cargo lambda`, then `cargo` for this machine and for
/// named targets.
pub(super) fn places(target: &Path, binary: &str) -> Vec<PathBuf> {
    let lambda = target.join("lambda").join(binary);
    let mut places = vec![lambda.join("bootstrap"), lambda.join("bootstrap.zip")];
    let mut roots = vec![target.to_owned()];
    let entries = std::fs::read_dir(target).into_iter().flatten().flatten();
    let mut triples: Vec<PathBuf> = entries
        .filter(|entry| entry.file_name().to_string_lossy().matches('-').count() >= 2)
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    triples.sort();
    roots.extend(triples);
    for root in roots {
        places.push(root.join("release").join(binary));
        places.push(root.join("debug").join(binary));
    }
    places
}

/// The binaries of the package that a folder is in.
pub(super) fn binaries(code: &Path) -> Vec<String> {
    let mut packages = code.ancestors().filter_map(|folder| {
        let manifest = table(&folder.join("Cargo.toml"))?;
        let name = manifest.get("package")?.get("name")?.as_str()?.to_owned();
        Some((folder, manifest, name))
    });
    let Some((folder, manifest, name)) = packages.next() else {
        return Vec::new();
    };
    let declared = manifest
        .get("bin")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let mut binaries: Vec<String> = declared
        .filter_map(|it| it.get("name")?.as_str().map(str::to_owned))
        .collect();
    if folder.join("src/main.rs").is_file() && !has_path(&manifest, "src/main.rs") {
        binaries.push(name);
    }
    let entries = std::fs::read_dir(folder.join("src/bin"))
        .into_iter()
        .flatten()
        .flatten();
    let mut found: Vec<String> = entries
        .filter_map(|entry| {
            let path = entry.path();
            let is_binary =
                path.extension().is_some_and(|it| it == "rs") || path.join("main.rs").is_file();
            let name = path.file_stem()?.to_str()?.to_owned();
            is_binary.then_some(name)
        })
        .collect();
    found.sort();
    binaries.extend(found);
    let mut seen = std::collections::HashSet::new();
    binaries.retain(|it| seen.insert(it.clone()));
    binaries
}

/// Whether a declared binary has this source.
fn has_path(manifest: &Table, source: &str) -> bool {
    let declared = manifest
        .get("bin")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let mut paths = declared.filter_map(|it| it.get("path")?.as_str());
    paths.any(|path| path == source)
}

fn table(path: &Path) -> Option<Table> {
    std::fs::read_to_string(path).ok()?.parse().ok()
}
