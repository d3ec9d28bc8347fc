//! The file that a test process leaves for `durable coverage`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use durable_host::coverage::{Counts, Covered, Seen, enable, seen};
use durable_runtime::{OperationKind, handlers, operations};
use durable_view::coverage::{self, Coverage, Function};
use parking_lot::Mutex;

use crate::harness::notices;

/// The environment variable that names the folder.
const FOLDER: &str = "DURABLE_COVERAGE";

/// The file of this process; none if no folder is named.
fn file() -> Option<&'static Path> {
    static FILE: OnceLock<Option<PathBuf>> = OnceLock::new();
    let file = FILE.get_or_init(|| {
        let folder = env::var_os(FOLDER).filter(|folder| !folder.is_empty())?;
        enable();
        let program = env::current_exe().ok();
        let program = program.as_deref().and_then(Path::file_stem);
        let program = program.map_or_else(|| "tests".into(), |name| name.to_string_lossy());
        // Process ids repeat, and the folder may hold the files of earlier processes.
        let name = format!("{program}-{}.json", uuid::Uuid::new_v4());
        Some(Path::new(&folder).join(name))
    });
    file.as_deref()
}

/// Has this process keep what it sees, if a folder is named.
pub(crate) fn start() {
    file();
}

/// Writes what was seen so far; a reader finds the file whole.
pub(crate) fn write() {
    static WRITING: Mutex<()> = Mutex::new(());
    let Some(file) = file() else {
        return;
    };
    let _one_at_a_time = WRITING.lock();
    let write = || {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let unfinished = file.with_extension("tmp");
        fs::write(&unfinished, format!("{:#}\n", collected().to_json()))?;
        fs::rename(unfinished, file)
    };
    if let Err(error) = write() {
        notices::tell(format!(
            "the coverage of this process is lost: {}: {error}",
            file.display()
        ));
    }
}

/// All that this program registers, with what was seen of it.
fn collected() -> Coverage {
    let mut seen = seen();
    let mut coverage = Coverage::default();
    for handler in handlers() {
        let (file, line) = handler.location();
        let function = Function {
            file: file.to_owned(),
            line: line.into(),
            name: handler.name().to_owned(),
            kind: "handler".to_owned(),
            module: handler.module().to_owned(),
        };
        let key = Covered::Handler(handler.name(), handler.module(), line);
        coverage.add(function, counts(seen.remove(&key)));
    }
    for entry in operations() {
        let kind = match entry.kind {
            OperationKind::Step => "step",
            OperationKind::Block => "block",
        };
        let function = Function {
            file: entry.file.to_owned(),
            line: entry.line.into(),
            name: entry.function.to_owned(),
            kind: kind.to_owned(),
            module: entry.module.to_owned(),
        };
        coverage.add(function, counts(seen.remove(&Covered::Operation(entry))));
    }
    coverage
}

fn counts(seen: Option<Counts>) -> coverage::Counts {
    let seen = seen.unwrap_or_default();
    let outcomes = [
        Seen::Succeeded,
        Seen::Failed,
        Seen::Retried,
        Seen::Replayed,
        Seen::CutOff,
        Seen::TimedOut,
    ];
    outcomes.map(|outcome| seen.get(&outcome).copied().unwrap_or_default())
}
