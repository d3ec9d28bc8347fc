//! Counts the runs of step bodies in a trace.

use std::collections::{BTreeMap, HashMap};

use durable_host::names::Called;
use durable_host::sdk::sub_types::STEP;
use durable_host::{Body, BodyEnd, CallTrace, Cause, Trace};
use durable_service::model::{ExecutionArn, OperationAction, OperationId, OperationType};

use crate::results::{ExecutionResult, Operation};

/// An operation of an execution, by ARN and id. Both are the same in every run of an exploration.
pub(super) type Key = (ExecutionArn, OperationId);

/// A step that has run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// The operation.
    pub(super) key: Key,
    /// Path of the operation, that of the chained invoke around it included.
    pub(super) path: String,
    /// Name of the operation.
    pub(super) name: String,
    /// What the operation is called in its execution.
    called: Option<Called>,
    /// Path of the chained invoke around its execution; empty if there is none.
    at: String,
    /// Its runs, in order.
    runs: Vec<Run>,
    /// Whether the SDK found it interrupted and did not run it again.
    pub(super) was_interrupted: bool,
    /// Number of runs that started after its success was stored.
    pub(super) after_success: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Run {
    /// Number of the run on its host, if the host saw its start.
    number: Option<u64>,
    attempt: Option<u32>,
    failed: bool,
}

impl Step {
    /// Number of runs of its body after the first run that did not fail.
    pub(super) fn repeats(&self) -> usize {
        let first_done = self.runs.iter().position(|run| !run.failed);
        first_done.map_or(0, |first| self.runs.len() - first - 1)
    }

    /// The first attempt in which its body ran more than once, which at-most-once semantics forbid.
    pub(super) fn doubled_attempt(&self) -> Option<u32> {
        let attempts: Vec<u32> = self.runs.iter().filter_map(|run| run.attempt).collect();
        attempts
            .iter()
            .find(|attempt| attempts.iter().filter(|other| other == attempt).count() > 1)
            .copied()
    }

    /// The same, had that run of a body not been.
    pub(super) fn without_run(&self, number: Option<u64>) -> Self {
        let mut step = self.clone();
        step.runs
            .retain(|run| number.is_none() || run.number != number);
        step
    }

    /// Whether its body ran otherwise than once with each attempt.
    pub(super) fn is_remarkable(&self) -> bool {
        self.repeats() > 0
            || self.was_interrupted
            || self.after_success > 0
            || self.doubled_attempt().is_some()
    }

    /// Whether it has that name or path.
    pub(super) fn is_named(&self, name: &str) -> bool {
        let is_called = |name| self.called.as_ref().is_some_and(|called| called.is(name));
        let within = name.strip_prefix(&*self.at);
        let within = within.and_then(|name| name.strip_prefix('/'));
        self.name == name || self.path == name || is_called(name) || within.is_some_and(is_called)
    }
}

/// The steps of a run and of the executions that it called, by path.
///
/// The host sees the bodies of `#[durable_step]`s. Of other steps it sees the updates in checkpoint calls:
/// each update is one run of the body, unless its cause is another one.
pub(super) fn steps(result: &ExecutionResult, trace: &[Trace]) -> Vec<Step> {
    let mut places = BTreeMap::new();
    record_places(result, "", &mut places);
    Steps::new(places).read(trace)
}

struct Steps {
    places: BTreeMap<Key, Place>,
    /// Each step, and whether its success was stored.
    by_operation: BTreeMap<Key, (Step, bool)>,
    /// The bodies that are ready, and whether the success of their step was stored by then. With several
    /// threads another body's call may come between a body and its start, and which of two equal
    /// bodies that an invocation takes up again is whose can only be told when both are over.
    ready: BTreeMap<u64, bool>,
    /// The operations of the bodies that started; only looked up.
    started: HashMap<u64, Key>,
}

/// Where an operation is, and what it is called.
#[derive(Debug, Clone, Default)]
struct Place {
    path: String,
    label: String,
    called: Option<Called>,
    at: String,
}

impl Steps {
    fn new(places: BTreeMap<Key, Place>) -> Self {
        Self {
            places,
            by_operation: BTreeMap::new(),
            ready: BTreeMap::new(),
            started: HashMap::new(),
        }
    }

    fn read(mut self, trace: &[Trace]) -> Vec<Step> {
        for entry in trace {
            match entry {
                Trace::BodyStarted(body) => self.started(body),
                Trace::BodyEnded(number, end) => self.ended(*number, *end),
                Trace::Call(call) => self.call(call),
                Trace::BodyReady(body) => self.ready(body),
                Trace::AnswerDropped(_) => {}
            }
        }
        let steps = self.by_operation.into_values().map(|(step, _)| step);
        let mut steps: Vec<Step> = steps
            .filter(|step| !step.runs.is_empty() || step.was_interrupted)
            .collect();
        steps.sort_by(|one, other| one.path.cmp(&other.path));
        steps
    }

    fn step(&mut self, key: Key, name: Option<&str>) -> &mut (Step, bool) {
        let places = &mut self.places;
        self.by_operation.entry(key.clone()).or_insert_with(|| {
            let place = places.remove(&key).unwrap_or_else(|| {
                let name = name.unwrap_or("a step without a name").to_owned();
                Place {
                    path: name.clone(),
                    label: name,
                    ..Place::default()
                }
            });
            let step = Step {
                key,
                path: place.path,
                name: place.label,
                called: place.called,
                at: place.at,
                runs: Vec::new(),
                was_interrupted: false,
                after_success: 0,
            };
            (step, false)
        })
    }

    fn ready(&mut self, body: &Body) {
        let (_, is_stored) = self.step(key(body), Some(&body.name));
        let is_stored = *is_stored;
        self.ready.insert(body.number, is_stored);
    }

    fn started(&mut self, body: &Body) {
        let was_stored = self.ready.remove(&body.number).unwrap_or_default();
        let key = key(body);
        self.started.insert(body.number, key.clone());
        let (step, _) = self.step(key, Some(&body.name));
        step.after_success += usize::from(was_stored);
        step.runs.push(Run {
            number: Some(body.number),
            attempt: Some(body.attempt),
            failed: false,
        });
    }

    fn ended(&mut self, number: u64, end: Option<BodyEnd>) {
        let Some((step, _)) = self
            .started
            .get(&number)
            .and_then(|key| self.by_operation.get_mut(key))
        else {
            return;
        };
        let mut runs = step.runs.iter_mut();
        if let Some(run) = runs.find(|run| run.number == Some(number)) {
            run.failed = end == Some(BodyEnd::Failed);
        }
    }

    fn call(&mut self, call: &CallTrace) {
        for update in &call.updates {
            let failed = match update.action {
                OperationAction::Succeed => false,
                OperationAction::Fail | OperationAction::Retry => true,
                _ => continue,
            };
            let is_step = update.operation_type == OperationType::Step
                && update.sub_type.as_deref() == Some(STEP);
            if !is_step || update.cause == Cause::Refused {
                continue;
            }
            let key = (call.execution.clone(), update.operation.clone());
            let (step, is_stored) = self.step(key, update.name.as_deref());
            if update.cause == Cause::Interrupted {
                step.was_interrupted = true;
                continue;
            }
            if step.runs.iter().all(|run| run.number.is_none()) {
                step.after_success += usize::from(*is_stored);
                step.runs.push(Run {
                    number: None,
                    attempt: None,
                    failed,
                });
            }
            *is_stored |= call.stored && !failed;
        }
    }
}

/// The step of a body.
fn key(body: &Body) -> Key {
    let operation = body.operation.clone();
    let operation = operation.unwrap_or_else(|| body.name.as_str().into());
    (body.execution.clone(), operation)
}

/// Records the place of each operation.
fn record_places(result: &ExecutionResult, at: &str, places: &mut BTreeMap<Key, Place>) {
    let full = |operation: &Operation| {
        if at.is_empty() {
            operation.numbered_path()
        } else {
            format!("{at}/{}", operation.numbered_path())
        }
    };
    let arn: Option<ExecutionArn> = result.arn().parse().ok();
    for (operation, arn) in result.operations().iter().zip(arn.iter().cycle()) {
        let place = Place {
            path: full(operation),
            label: operation.label().to_owned(),
            called: operation.called().cloned(),
            at: at.to_owned(),
        };
        let key = (arn.clone(), operation.id().into());
        places.insert(key, place);
    }
    for (id, child) in result.called() {
        let caller = result
            .operations()
            .iter()
            .find(|operation| operation.id() == id);
        record_places(child, &caller.map_or_else(String::new, full), places);
    }
}

#[cfg(test)]
mod tests {
    use durable_host::UpdateTrace;
    use durable_runtime::sdk::StepSemantics;

    use super::*;

    const ARN: &str = "arn:aws:lambda:r:1:function:buy:1/durable-execution/name/id";

    fn body(number: u64, attempt: u32) -> Body {
        Body {
            number,
            execution: ARN.parse().unwrap(),
            request_id: "1".into(),
            operation: Some("1".into()),
            name: "charge".to_owned(),
            path: "charge".to_owned(),
            attempt,
            semantics: StepSemantics::AtLeastOncePerRetry,
        }
    }

    fn ready(number: u64) -> Trace {
        Trace::BodyReady(body(number, 1))
    }

    fn started(number: u64, attempt: u32) -> Trace {
        Trace::BodyStarted(body(number, attempt))
    }

    fn succeed(stored: bool) -> Trace {
        Trace::Call(CallTrace {
            number: Some(2),
            execution: ARN.parse().unwrap(),
            updates: vec![UpdateTrace {
                operation: "1".into(),
                name: Some("charge".to_owned()),
                sub_type: Some(STEP.to_owned()),
                operation_type: OperationType::Step,
                action: OperationAction::Succeed,
                cause: Cause::Handler,
            }],
            stored,
            caller: None,
        })
    }

    fn only_step(trace: &[Trace]) -> Step {
        let mut steps = Steps::new(BTreeMap::new()).read(trace);
        assert_eq!(steps.len(), 1);
        steps.remove(0)
    }

    #[test]
    fn a_body_that_was_cut_off_has_run() {
        let cut_off = [started(1, 1), Trace::BodyEnded(1, None), started(2, 1)];
        let step = only_step(&cut_off);
        assert_eq!((step.repeats(), step.doubled_attempt()), (1, Some(1)));
    }

    #[test]
    fn a_run_that_had_not_been_does_not_count() {
        let cut_off = [started(1, 1), Trace::BodyEnded(1, None), started(2, 1)];
        let step = only_step(&cut_off);
        let once = step.without_run(Some(1));
        assert_eq!((once.repeats(), once.is_remarkable()), (0, false));
        assert_eq!(step.without_run(None), step);
    }

    #[test]
    fn a_body_that_failed_may_run_in_the_next_attempt() {
        let failed = Trace::BodyEnded(1, Some(BodyEnd::Failed));
        let step = only_step(&[started(1, 1), failed, started(2, 2)]);
        assert_eq!((step.repeats(), step.doubled_attempt()), (0, None));
    }

    #[test]
    fn a_body_that_starts_after_its_success_is_stored_is_counted() {
        let run = |stored| {
            let first = [ready(1), started(1, 1), succeed(stored)];
            [Vec::from(first), vec![ready(2), started(2, 1)]].concat()
        };
        assert_eq!(only_step(&run(true)).after_success, 1);
        assert_eq!(only_step(&run(false)).after_success, 0);
    }

    #[test]
    fn a_body_that_was_ready_before_the_success_is_not() {
        let crossed = [
            ready(1),
            started(1, 1),
            ready(2),
            succeed(true),
            started(2, 1),
        ];
        assert_eq!(only_step(&crossed).after_success, 0);
    }
}
