//! The report that `DURABLE_REPORT` asks for: a page for each test, and an index of them.

mod entry;
mod index;
mod page;
pub(crate) mod request;

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Duration;

use crate::harness::notices;
use crate::recent::Recorded;
use crate::spec::TestSpec;
use entry::Entry;
pub(crate) use entry::Outcome;
use request::{VARIABLE, folder};

/// What the index is made from: an entry a line.
const ENTRIES: &str = "entries.jsonl";

/// A test that has ended.
pub(crate) struct Ended<'a> {
    pub(crate) spec: &'static TestSpec,
    /// Its name, with that of the recording that it replayed.
    pub(crate) name: &'a str,
    pub(crate) outcome: Outcome,
    /// Why it failed or was skipped.
    pub(crate) message: &'a str,
    pub(crate) real_time: Duration,
    /// The executions that it ran.
    pub(crate) executions: Recorded,
}

/// Writes a test into the report, if one is requested. A report that cannot be written is told, and fails no test.
pub(crate) fn record(test: &Ended<'_>) {
    if let Some(folder) = folder()
        && let Err(error) = write(folder, test)
    {
        notices::tell(format!(
            "{VARIABLE}: the report in {} cannot be written: {error}",
            folder.display()
        ));
    }
}

fn write(folder: &Path, test: &Ended<'_>) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let entry = Entry::of(test);
    replace(folder, &entry.page, &page::render(test, &entry))?;
    // Other processes may write entries at the same time. The lock is released when the file is closed.
    let lock = File::create(folder.join(".lock"))?;
    lock.lock()?;
    let mut entries = entry::read(&folder.join(ENTRIES))?;
    for gone in entry::extract_gone(&mut entries, test) {
        let _ = fs::remove_file(folder.join(gone.page));
    }
    entries.retain(|other| other.key != entry.key);
    entries.push(entry);
    entries.sort();
    replace(folder, ENTRIES, &entry::to_text(&entries))?;
    replace(folder, "index.html", &index::render(&entries))
}

/// Writes a file whole or not at all: a reader never sees a part of it.
fn replace(folder: &Path, name: &str, text: &str) -> io::Result<()> {
    let new = folder.join(format!(".{name}.{}", std::process::id()));
    fs::write(&new, text)?;
    fs::rename(&new, folder.join(name))
}
