//! What the next invocations depend on, noted at the start of each.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use durable_service::Execution;
use durable_service::model::{ExecutionArn, OperationId};

use super::World;
use crate::schedule::Scheduler;

/// A state in which an invocation started.
///
/// [`LocalHost::states`](crate::LocalHost::states) lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenState {
    /// All that the future depends on, as text: equal texts, equal futures. None while a function that was given up
    /// runs on beside, for what it does is not known.
    pub outlook: Option<Arc<str>>,
    /// The execution whose invocation started.
    pub execution: ExecutionArn,
    /// Checkpoint calls before it, across all executions of the host.
    pub calls_before: u64,
    /// Invocations before it, across all executions of the host.
    pub invocations_before: u64,
    /// Choices of the scheduler before it.
    pub choices_before: usize,
    /// Failed invocations of its execution in a row, right before it.
    pub failures: usize,
}

/// What a checkpoint call leaves if the function is killed at it: equal texts, equal futures.
///
/// [`LocalHost::instants`](crate::LocalHost::instants) lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instant {
    /// Number of the call.
    pub call: u64,
    /// What is stored right before it.
    pub before: Arc<str>,
    /// What is stored right after it.
    pub after: Arc<str>,
}

/// Failed invocations in a row after which an execution ends; more make no difference.
const MAX_FAILURES: usize = 5;

/// Up to how many operations instants are noted: their texts grow with the operations.
const MAX_OPERATIONS: usize = 100;

/// Whether a host notes its states, and what it takes them to consist of.
///
/// [`HostSettings::states`](crate::HostSettings::states) holds it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NoteStates {
    /// It does not.
    #[default]
    No,
    /// What the service and the host have stored.
    Stored {
        /// And how often the body of each step has run, which may have changed something outside.
        bodies: bool,
        /// And how many invocations failed in a row, which decide how long the service waits after the next failure,
        /// even if nothing is due meanwhile so far.
        failures: bool,
        /// Whether what each checkpoint call leaves is noted as well.
        instants: bool,
    },
}

impl NoteStates {
    fn has_bodies(self) -> bool {
        matches!(self, Self::Stored { bodies: true, .. })
    }

    fn has_failures(self) -> bool {
        matches!(self, Self::Stored { failures: true, .. })
    }

    fn has_instants(self) -> bool {
        matches!(self, Self::Stored { instants: true, .. })
    }
}

/// The states noted so far.
#[derive(Debug, Default)]
pub(super) struct Outlooks {
    pub(super) note: NoteStates,
    states: Vec<SeenState>,
    instants: Vec<Instant>,
    /// Body runs of each operation.
    bodies: BTreeMap<(String, Option<OperationId>, String), u64>,
}

impl Outlooks {
    pub(super) fn new(note: NoteStates) -> Self {
        Self {
            note,
            ..Self::default()
        }
    }

    pub(super) fn states(&self) -> &[SeenState] {
        &self.states
    }

    pub(super) fn instants(&self) -> &[Instant] {
        &self.instants
    }

    /// Notes that a body runs.
    pub(super) fn body_runs(&mut self, body: &super::Body) {
        if self.note.has_bodies() {
            let of = (
                body.execution.to_string(),
                body.operation.clone(),
                body.name.clone(),
            );
            *self.bodies.entry(of).or_default() += 1;
        }
    }
}

impl World {
    /// Notes the state in which an invocation of an execution starts. `outside` is what the test says about its own
    /// state; `is_alone` is whether no invocation that was given up runs on.
    pub(crate) fn note_state(&mut self, arn: &ExecutionArn, outside: Option<u64>, is_alone: bool) {
        if self.outlooks.note == NoteStates::No {
            return;
        }
        let outlook = is_alone.then(|| Arc::from(self.outlook(arn, outside)));
        let failures = self.failures(arn);
        let scheduler = self.scheduler.as_ref();
        let state = SeenState {
            outlook,
            execution: arn.clone(),
            calls_before: self.faults.calls(),
            invocations_before: self.faults.invocations(),
            choices_before: scheduler.map_or(0, Scheduler::number_of_choices),
            failures,
        };
        self.outlooks.states.push(state);
    }

    /// What is stored now, if instants are noted.
    pub(super) fn instant(&self, arn: &ExecutionArn) -> Option<Arc<str>> {
        if !self.outlooks.note.has_instants() {
            return None;
        }
        let execution = self.service.execution(arn).ok()?;
        let is_small = execution.operations().nth(MAX_OPERATIONS).is_none();
        is_small.then(|| Arc::from(self.outlook(arn, None)))
    }

    /// Notes what a call leaves.
    pub(super) fn note_instant(
        &mut self,
        call: Option<u64>,
        before: Option<Arc<str>>,
        arn: &ExecutionArn,
    ) {
        if let (Some(call), Some(before)) = (call, before)
            && let Some(after) = self.instant(arn)
        {
            self.outlooks.instants.push(Instant {
                call,
                before,
                after,
            });
        }
    }

    /// What its checkpoint calls left so far, if the settings ask for it.
    pub(crate) fn instants(&self) -> &[Instant] {
        self.outlooks.instants()
    }

    fn outlook(&self, arn: &ExecutionArn, outside: Option<u64>) -> String {
        let now = self.now();
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = writeln!(text, "{arn} {outside:?}");
        for execution in self.service.executions() {
            let _ = execution.write_outlook(now, &mut text);
        }
        self.timeline.write_outlook(now, &mut text);
        self.late.write_outlook(now, &mut text);
        self.responders.write_outlook(&mut text);
        self.faults.write_outlook(&mut text);
        if let Some(scheduler) = &self.scheduler {
            scheduler.write_outlook(now, &mut text);
        }
        let _ = write!(text, "{:?}", self.outlooks.bodies);
        // How long the service waits after the next failure counts where something else is, or will be, due.
        if self.outlooks.note.has_failures() || self.next_due().is_some() {
            for execution in self.service.executions() {
                let failures = failures_of(execution).min(MAX_FAILURES);
                // Without any the text is the same whether they are noted or not.
                if failures > 0 && !execution.status().is_terminal() {
                    let _ = write!(
                        text,
                        " {arn} after {failures} failures",
                        arn = execution.arn()
                    );
                }
            }
        }
        text
    }

    /// How many invocations of an execution failed in a row before the one in flight.
    fn failures(&self, arn: &ExecutionArn) -> usize {
        self.service.execution(arn).map_or(0, failures_of)
    }

    /// The states in which invocations started so far, if the settings ask for them.
    pub(crate) fn states(&self) -> &[SeenState] {
        self.outlooks.states()
    }
}

/// How many invocations failed in a row, but for the one in flight.
fn failures_of(execution: &Execution) -> usize {
    let ended = execution.invocations().iter().rev();
    let ended = ended.skip_while(|record| !record.has_ended());
    ended.take_while(|record| record.error.is_some()).count()
}
