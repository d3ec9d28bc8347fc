//! What a run must not do, whatever went wrong in it.

use std::collections::BTreeSet;

use super::compare::Difference;
use super::crashes::report::Finding;
use super::repeated::Explored;
use super::steps::{Key, Step};

/// Judges runs by how often the bodies of steps ran.
pub(super) struct Judge {
    /// Steps that must never repeat.
    never_repeats: Vec<String>,
    /// Steps that the SDK found interrupted and did not run again.
    at_most_once: BTreeSet<Key>,
}

impl Judge {
    pub(super) fn new(never_repeats: Vec<String>) -> Self {
        Self {
            never_repeats,
            at_most_once: BTreeSet::new(),
        }
    }

    /// Learns from a run which steps are at-most-once.
    pub(super) fn record(&mut self, steps: &[Step]) {
        let interrupted = steps.iter().filter(|step| step.was_interrupted);
        self.at_most_once
            .extend(interrupted.map(|step| step.key.clone()));
    }

    /// What is wrong with a run, given its differences from the first one. `runs_on` is whether a function that was
    /// given up ran on in it: its effects cannot be prevented.
    pub(super) fn findings(
        &self,
        run: &Explored,
        runs_on: bool,
        differs: Vec<Difference>,
    ) -> Vec<Finding> {
        let mut findings: Vec<Finding> = differs.into_iter().map(Finding::Differs).collect();
        if !findings.is_empty() {
            let interrupted = run.steps.iter().filter(|step| step.was_interrupted);
            findings.extend(interrupted.map(|step| Finding::Interrupted {
                step: step.path.clone(),
            }));
        }
        findings.extend(self.of_steps(&run.steps, runs_on));
        if let Err(message) = &run.checked {
            findings.push(Finding::Check(message.clone()));
        }
        findings
    }

    /// What is wrong with the runs of steps.
    pub(super) fn of_steps(&self, steps: &[Step], runs_on: bool) -> Vec<Finding> {
        let mut findings = Vec::new();
        for step in steps {
            let path = || step.path.clone();
            if self.at_most_once.contains(&step.key)
                && let Some(attempt) = step.doubled_attempt()
            {
                findings.push(Finding::Doubled {
                    step: path(),
                    attempt,
                });
            }
            if step.after_success > 0 && !runs_on {
                findings.push(Finding::AfterSuccess { step: path() });
            }
            let never = self.never_repeats.iter().any(|name| step.is_named(name));
            if never && step.repeats() > 0 {
                findings.push(Finding::Repeated {
                    step: path(),
                    runs: step.repeats() + 1,
                });
            }
        }
        findings
    }
}
