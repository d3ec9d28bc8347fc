//! What this process saw of each registered handler, step and block; kept only if it was asked for.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use durable_runtime::OperationEntry;
use durable_runtime::hook::HandlerKey;
use parking_lot::Mutex;

/// A registered function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Covered {
    /// A handler, by name, module and line.
    Handler(&'static str, &'static str, u32),
    /// A step or block.
    Operation(&'static OperationEntry),
}

impl From<HandlerKey> for Covered {
    fn from(key: HandlerKey) -> Self {
        Self::Handler(key.name, key.module, key.line)
    }
}

/// What a test can see of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seen {
    /// It returned a value.
    Succeeded,
    /// It returned an error.
    Failed,
    /// It ran again after a failure.
    Retried,
    /// A replay took its result from the record, or ran it once more on the way to where it had been.
    Replayed,
    /// Its process was killed while it ran.
    CutOff,
    /// It did not end within the time of its invocation or its execution.
    TimedOut,
}

/// How often each was seen.
pub type Counts = BTreeMap<Seen, u64>;

static SEEN: OnceLock<Mutex<BTreeMap<Covered, Counts>>> = OnceLock::new();

/// Keeps what is seen, from now on.
pub fn enable() {
    SEEN.get_or_init(Mutex::default);
}

/// What was seen so far.
#[must_use]
pub fn seen() -> BTreeMap<Covered, Counts> {
    SEEN.get()
        .map(|seen| seen.lock().clone())
        .unwrap_or_default()
}

pub(crate) fn is_enabled() -> bool {
    SEEN.get().is_some()
}

pub(crate) fn saw(function: impl Into<Covered>, what: Seen) {
    if let Some(seen) = SEEN.get() {
        let mut seen = seen.lock();
        let counts = seen.entry(function.into()).or_default();
        *counts.entry(what).or_default() += 1;
    }
}

impl From<&'static OperationEntry> for Covered {
    fn from(entry: &'static OperationEntry) -> Self {
        Self::Operation(entry)
    }
}
