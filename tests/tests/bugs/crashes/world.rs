//! The outside world: records the side effects of the workflows.

use std::sync::{Mutex, PoisonError};

use durable_test::TestOutcome;

/// What was done, in order.
pub(crate) struct World(Mutex<Vec<String>>);

impl World {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Forgets everything.
    pub(crate) fn reset(&self) {
        self.with(Vec::clear);
    }

    /// Does something; returns how often it has been done.
    pub(crate) fn act(&self, what: &str) -> usize {
        self.with(|acts| {
            acts.push(what.to_owned());
            acts.iter().filter(|act| *act == what).count()
        })
    }

    /// Does something unless it has been done: what a provider does with an idempotency key.
    pub(crate) fn act_once(&self, what: &str) {
        self.with(|acts| {
            if !acts.iter().any(|act| act == what) {
                acts.push(what.to_owned());
            }
        });
    }

    /// How often something has been done.
    pub(crate) fn count(&self, what: &str) -> usize {
        self.with(|acts| acts.iter().filter(|act| *act == what).count())
    }

    /// The first thing that was done whose text starts with `start`.
    pub(crate) fn first(&self, start: &str) -> Option<String> {
        self.with(|acts| acts.iter().find(|act| act.starts_with(start)).cloned())
    }

    /// Checks how often something has been done.
    pub(crate) fn expect(&self, what: &str, times: usize) -> TestOutcome {
        match self.count(what) {
            count if count == times => Ok(()),
            count => Err(std::io::Error::other(format!(
                "\"{what}\" was done {count} times instead of {times}"
            ))
            .into()),
        }
    }

    fn with<T>(&self, look: impl FnOnce(&mut Vec<String>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
