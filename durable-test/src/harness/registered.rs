//! The tests of this binary, as the runner sees them.

use crate::spec::{TestBody, TestEntry, TestSpec};

use super::case;
use super::recordings::{self, Recorded};
use super::verdict::Verdict;

/// A test that can run once: a `#[durable_test]`, a case of it, or one of the recordings that it replays.
pub(super) struct Test {
    pub(super) name: String,
    pub(super) is_ignored: bool,
    pub(super) run: Box<dyn FnOnce() -> Verdict + Send>,
}

/// What the registered tests declare, by name.
pub(super) fn specs() -> Vec<&'static TestSpec> {
    let entries = inventory::iter::<TestEntry>.into_iter();
    let mut specs: Vec<&'static TestSpec> = entries.map(|TestEntry(spec)| *spec).collect();
    specs.sort_by_key(|spec| (spec.test_name(), spec.line));
    specs
}

/// The tests that they declare.
pub(super) fn of(specs: &[&'static TestSpec]) -> Vec<Test> {
    specs.iter().copied().flat_map(tests_of).collect()
}

fn tests_of(spec: &'static TestSpec) -> Vec<Test> {
    let test = |name: String, run: Box<dyn FnOnce() -> Verdict + Send>| Test {
        name,
        is_ignored: spec.ignore.is_some(),
        run,
    };
    let name = spec.test_name();
    let TestBody::Replay { pattern, root, .. } = spec.body else {
        return vec![test(name, Box::new(move || case::run(spec, None)))];
    };
    match recordings::find(root, pattern) {
        Ok(found) => found
            .into_iter()
            .map(|Recorded { name: file, path }| {
                let run = move || case::run(spec, Some(&path));
                test(format!("{name}::{file}"), Box::new(run))
            })
            .collect(),
        Err(error) => {
            let fails = move || Verdict::Failed(error.to_string());
            vec![test(name, Box::new(fails))]
        }
    }
}
