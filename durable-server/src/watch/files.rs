//! The files of a function's program: the program itself, arguments that are files, and the sources of an interpreter.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::config::FunctionConfig;
use crate::process::program_of;

/// Limit on the source files of one function.
const MAX_SOURCES: usize = 10_000;

/// Folders that hold no source of the function itself, besides hidden ones.
const OTHER_FOLDERS: [&str; 4] = ["node_modules", "__pycache__", "target", "venv"];

/// Interpreters, by how their names and those of their runtimes start, and the endings of their sources.
const INTERPRETERS: [(&str, &[&str]); 3] = [
    ("python", &["py"]),
    ("node", &["js", "mjs", "cjs", "ts", "mts", "cts"]),
    ("ruby", &["rb"]),
];

/// The files of a program as a look finds them: when they were written, and which and how large they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamps(BTreeMap<PathBuf, Stamp>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: (i64, i64),
    bytes: u64,
    number: u64,
}

/// What is in the files, as a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Content(u64);

impl Stamps {
    /// Looks at the files of a function.
    pub(super) fn of(function: &FunctionConfig) -> Self {
        let folder = function.working_directory.as_deref();
        let folder = folder.unwrap_or(Path::new("."));
        let mut files = BTreeMap::new();
        let arguments = function.command.iter().skip(1);
        let arguments = arguments.map(|argument| folder.join(argument));
        for path in program_of(function).into_iter().chain(arguments) {
            if let Some(stamp) = Stamp::of(&path) {
                files.insert(path, stamp);
            }
        }
        if let Some(endings) = sources(function) {
            collect(folder, endings, &mut files);
        }
        Self(files)
    }

    /// Reads the files.
    pub(super) fn content(&self) -> Content {
        let mut hasher = DefaultHasher::new();
        for path in self.0.keys() {
            path.hash(&mut hasher);
            // One that is gone meanwhile has moved, which the next look finds.
            hash(path, &mut hasher).unwrap_or_default();
        }
        Content(hasher.finish())
    }
}

impl Stamp {
    /// The stamp of a file.
    fn of(path: &Path) -> Option<Self> {
        let metadata = path.metadata().ok().filter(std::fs::Metadata::is_file)?;
        Some(Self {
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            bytes: metadata.len(),
            number: metadata.ino(),
        })
    }
}

/// The endings of the sources of a function that an interpreter runs.
fn sources(function: &FunctionConfig) -> Option<&'static [&'static str]> {
    let program = Path::new(function.command.first()?).file_name()?;
    let program = program.to_str()?;
    let is_run_by = |name: &str| program.starts_with(name) || function.runtime().starts_with(name);
    let mut interpreters = INTERPRETERS.into_iter();
    let (_, endings) = interpreters.find(|(name, _)| is_run_by(name))?;
    Some(endings)
}

/// Adds the sources in a folder and below.
fn collect(folder: &Path, endings: &[&str], files: &mut BTreeMap<PathBuf, Stamp>) {
    let Ok(entries) = folder.read_dir() else {
        return;
    };
    for entry in entries.filter_map(Result::ok) {
        let path = entry.path();
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_folder = entry.file_type().is_ok_and(|it| it.is_dir());
        if is_folder && !name.starts_with('.') && !OTHER_FOLDERS.contains(&&*name) {
            collect(&path, endings, files);
        } else if let Some(ending) = path.extension()
            && endings.iter().any(|it| ending == *it)
            && files.len() < MAX_SOURCES
            && let Some(stamp) = Stamp::of(&path)
        {
            files.insert(path, stamp);
        }
    }
}

fn hash(path: &Path, hasher: &mut DefaultHasher) -> std::io::Result<()> {
    let mut file = std::fs::File::open(path)?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..read).filter(|it| !it.is_empty()) else {
            return Ok(());
        };
        hasher.write(bytes);
    }
}
