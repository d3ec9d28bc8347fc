//! Which step met what in the runs of an exploration.

use std::collections::BTreeMap;

use durable_host::sdk::sub_types::STEP;
use durable_host::{CallTrace, Trace};
use durable_service::model::OperationAction;
use serde::Serialize;

use crate::explore::repeated::Explored;
use crate::explore::steps::Key;
use crate::plan::Loss;
use crate::plan::Plan;

/// What one step met in the runs of an exploration, in numbers of runs.
///
/// [`ExplorationReport::coverage`](super::ExplorationReport::coverage) holds one for each step.
///
/// [`Run::explore`](crate::Run::explore) has an example of an exploration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StepCoverage {
    /// Path of the step.
    pub path: String,
    /// The function was killed before a call of the step was stored.
    pub cut_before_stored: usize,
    /// The function was killed after a call of the step was stored.
    pub cut_after_stored: usize,
    /// A later invocation found the step completed.
    pub replayed: usize,
    /// The step was tried again after an error.
    pub retried: usize,
    /// The service timed the function out at a call of the step.
    pub timed_out: usize,
}

impl StepCoverage {
    /// What the step never met, in words; of a step that never fails a retry is not missed.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        let met = [
            (self.cut_before_stored, "cut off before stored"),
            (self.cut_after_stored, "cut off after stored"),
            (self.replayed, "replayed"),
            (self.timed_out, "timed out"),
        ];
        let missing = met.iter().filter(|(runs, _)| *runs == 0);
        missing.map(|(_, what)| *what).collect()
    }
}

/// Steps by their paths.
#[derive(Debug, Default)]
pub(super) struct Matrix(BTreeMap<String, StepCoverage>);

impl Matrix {
    /// Notes what a run of a plan met.
    pub(super) fn saw(&mut self, plan: &Plan, run: &Explored) {
        for point in plan.crashes() {
            if let (Some(loss), Some(number)) = (Loss::of(point), point.number()) {
                self.would_cut(run, (loss, number));
            }
        }
        for step in &run.steps {
            self.step(&step.path);
            let calls = of_step(run, &step.key);
            let retried = calls
                .clone()
                .any(|(_, action)| action == OperationAction::Retry);
            let mut ended = calls.filter(|(call, action)| {
                call.stored && matches!(action, OperationAction::Succeed | OperationAction::Fail)
            });
            let ended = ended.find_map(|(call, _)| call.caller);
            let replayed = ended.is_some_and(|caller| {
                run.states.iter().any(|state| {
                    state.execution == step.key.0 && state.invocations_before >= caller.invocation
                })
            });
            let coverage = self.step(&step.path);
            coverage.retried += usize::from(retried);
            coverage.replayed += usize::from(replayed);
        }
    }

    /// Notes that a run of this kind with that loss has been made, or one that leaves the same.
    pub(super) fn would_cut(&mut self, run: &Explored, (loss, number): (Loss, u64)) {
        let paths: Vec<String> = run
            .steps
            .iter()
            .filter(|step| of_step(run, &step.key).any(|(call, _)| call.number == Some(number)))
            .map(|step| step.path.clone())
            .collect();
        for path in paths {
            let coverage = self.step(&path);
            match loss {
                Loss::BeforeStored => coverage.cut_before_stored += 1,
                Loss::AfterStored => coverage.cut_after_stored += 1,
                Loss::GivenUp => coverage.timed_out += 1,
                _ => {}
            }
        }
    }

    fn step(&mut self, path: &str) -> &mut StepCoverage {
        self.0
            .entry(path.to_owned())
            .or_insert_with(|| StepCoverage {
                path: path.to_owned(),
                ..StepCoverage::default()
            })
    }

    /// Whether a step of that name or path has run.
    pub(super) fn has(&self, name: &str) -> bool {
        self.paths()
            .any(|path| path == name || path.rsplit('/').next() == Some(name))
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    pub(super) fn finish(self) -> Vec<StepCoverage> {
        self.0.into_values().collect()
    }
}

/// The calls about a step, with what each does to it.
fn of_step<'a>(
    run: &'a Explored,
    step: &'a Key,
) -> impl Iterator<Item = (&'a CallTrace, OperationAction)> + Clone {
    let (execution, operation) = (&step.0, &step.1);
    let calls = run.trace.iter().filter_map(move |entry| match entry {
        Trace::Call(call) if call.execution == *execution => Some(call),
        _ => None,
    });
    calls.flat_map(move |call| {
        let updates = call.updates.iter().filter(move |update| {
            update.operation == *operation && update.sub_type.as_deref() == Some(STEP)
        });
        updates.map(move |update| (call, update.action))
    })
}
