//! Answers of plain functions that take virtual time.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use durable_service::model::Timestamp;
use durable_service::{PlainInvocation, PlainOutcome, Service};

/// The answers that are on their way, by the time at which they are due.
#[derive(Debug, Default)]
pub(super) struct LateAnswers(BTreeMap<Timestamp, Vec<(PlainInvocation, PlainOutcome)>>);

impl LateAnswers {
    pub(super) fn plan(
        &mut self,
        due: Timestamp,
        invocation: PlainInvocation,
        outcome: PlainOutcome,
    ) {
        self.0.entry(due).or_default().push((invocation, outcome));
    }

    /// Writes what is on its way, as times from now.
    pub(super) fn write_outlook(&self, now: Timestamp, to: &mut String) {
        for (time, answers) in &self.0 {
            let left = time.as_millis().saturating_sub(now.as_millis()).max(0);
            // Writing to a string does not fail.
            let _ = writeln!(to, "{left} {answers:?}");
        }
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.0.keys().next().copied()
    }

    /// Gives the service what is due by now.
    pub(super) fn fire_due(&mut self, now: Timestamp, service: &mut Service) {
        while let Some(first) = self.0.first_entry().filter(|first| *first.key() <= now) {
            for (invocation, outcome) in first.remove() {
                service.complete_plain_invocation(now, &invocation, outcome);
            }
        }
    }
}
