//! Replaying recorded executions: a handler runs over what was recorded, and has to do the same.
//!
//! A recording is replayed as AWS would replay it: the handler is invoked once for each recorded
//! invocation, with the operations of that time, and every operation that it makes is compared with
//! the recorded one. What its functions stored is not asked for again, except that it has to start
//! waits, callbacks and chained invokes anew, for their inputs to be compared, and to run the bodies of
//! child contexts anew in the invocation in which they ended.
//!
//! **No body of a step runs.** A step whose end was recorded is shown as over from the beginning of the
//! invocation that ran it, so the SDK takes its result from there. A step without a recorded end is
//! shown as one that waits for its next attempt, on which the SDK suspends. And the START of a step is
//! never accepted, without which the SDK runs no body. So nothing that an execution did to the world is
//! done again; only the code between the operations runs, as it does on every replay.
//!
//! What cannot be compared is left out rather than guessed, so that nothing deterministic is called
//! the opposite: what is inside a map or parallel once that is over, for its end may have depended on
//! which branch was first; what comes after an attempt that was interrupted; and operations that
//! were never awaited.

mod divergence;
mod effect;
mod later;
mod pass;
pub(crate) mod passes;
mod recorded;

use std::collections::HashSet;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use durable_service::model::{
    CheckpointToken, ErrorObject, ExecutionArn, InvocationContext, Operation, OperationId,
    OperationStatus, OperationType,
};
use durable_service::recording::Recording;
use durable_service::wire::event::FunctionResponse;
use durable_service::{InvocationInput, InvocationOutcome, StatePage};
use parking_lot::Mutex;
use tokio::time::Instant;

pub use divergence::{Divergence, Outcome};
pub use effect::{Accepted, Difference, Effect};
use later::When;
use pass::{Finding, Pass, Probe, Shown, View};
use recorded::{Awaited, Ending, Invocation, Recorded};

use super::invoke::{Call, invoke};
use super::panic_location;
use super::quiescence::{Method, settle};
use super::sdk::{OperationSketch, errors, mismatch};
use super::watchdog::Watchdog;
use super::{LocalError, LocalHost};
use durable_runtime::BoxedService;

/// Limit of the invocations of one replay that only find out whether one operation is still made.
const MAX_PROBES: usize = 100;

/// Limit of the invocations that the check of a finished execution replays besides the last one.
const MAX_CHECKED: usize = 100;

/// What the replay of a recording came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// Recorded invocations that were replayed.
    pub invocations: usize,
    /// Operations that the recording has.
    pub recorded: usize,
    /// Operations of them that were compared.
    pub compared: usize,
    /// Whether the recording goes to the end of the execution, and the handler came to the same end.
    pub to_the_end: bool,
    /// The first difference that is not accepted.
    pub difference: Option<Difference>,
    /// The differences that are accepted, each once.
    pub accepted: Vec<Difference>,
}

/// What shows that a handler is not deterministic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nondeterminism {
    /// Number of the invocation, from 1, in which the SDK itself found it and ended the execution; none if it
    /// shows only when the execution that is over is replayed.
    pub during: Option<usize>,
    /// Whether it shows only when the replay is on a later day than the execution was.
    pub on_a_later_day: bool,
    /// What differs.
    pub divergence: Divergence,
}

impl LocalHost {
    /// Replays a recorded execution on the handler of a function; no body of a step runs.
    ///
    /// # Errors
    ///
    /// If there is no such function, or the handler does not come to an end within the time. A
    /// handler that does something else than was recorded is no error, but the outcome.
    pub async fn replay(
        &self,
        function: &str,
        arn: &ExecutionArn,
        recording: &Recording,
        accepted: Accepted,
        timeout: Duration,
    ) -> Result<Replay, LocalError> {
        let recorded = Arc::new(Recorded::new(recording.events()));
        let replayer = Replayer {
            accepted,
            compared: Some(Mutex::default()),
            ..self.replayer(function, arn, &recorded, timeout)?
        };
        replayer.run().await
    }

    /// Whether a handler did the same in all invocations of an execution of this host that is over: what the
    /// SDK itself found in one of them, or else the first difference when each of them is replayed from what
    /// it recorded. None also if the handler did not end the execution itself; then there is nothing to
    /// compare with. No body of a step runs.
    ///
    /// Of a long execution the first and the last invocations are replayed. Where the host follows tokio's clock, the
    /// last one is replayed on a later day, too: that clock and the deadline in the Lambda context are ahead.
    /// `std::time` stays real.
    ///
    /// # Errors
    ///
    /// If there is no such execution, or the handler does not come to an end within the time.
    pub async fn check_determinism(
        &self,
        arn: &ExecutionArn,
        timeout: Duration,
    ) -> Result<Option<Nondeterminism>, LocalError> {
        let (function, context, error, recorded) = self.with_execution(arn, |execution| {
            (
                execution.function().to_owned(),
                execution.context(),
                execution.error().cloned(),
                Recorded::of_execution(execution),
            )
        })?;
        if let Some(error) = error.filter(mismatch::is_mismatch)
            && let Some(divergence) = recorded.mismatch(&error)
        {
            return Ok(Some(Nondeterminism {
                during: Some(recorded.invocations().len()),
                on_a_later_day: false,
                divergence,
            }));
        }
        let recorded = Arc::new(recorded);
        let replayer = Replayer {
            context,
            ..self.replayer(&function, arn, &recorded, timeout)?
        };
        replayer.check().await
    }

    fn replayer(
        &self,
        function: &str,
        arn: &ExecutionArn,
        recorded: &Arc<Recorded>,
        timeout: Duration,
    ) -> Result<Replayer<'_>, LocalError> {
        Ok(Replayer {
            host: self,
            service: self.service_of(function)?,
            arn: arn.clone(),
            context: InvocationContext::of(arn),
            recorded: Arc::clone(recorded),
            guard: Watchdog::start(timeout, format!("the replay of function \"{function}\"")),
            timeout,
            compared: None,
            accepted: Accepted::default(),
            passed_over: Mutex::default(),
        })
    }
}

/// A replay under way.
struct Replayer<'a> {
    host: &'a LocalHost,
    service: BoxedService,
    arn: ExecutionArn,
    /// What the function runs with; of a recording, as far as its ARN says.
    context: InvocationContext,
    recorded: Arc<Recorded>,
    guard: Watchdog,
    timeout: Duration,
    /// The operations that were compared; none if they are not counted.
    compared: Option<Mutex<HashSet<OperationId>>>,
    accepted: Accepted,
    /// The accepted differences of the invocation under way.
    passed_over: Mutex<Vec<Divergence>>,
}

/// What came of one pass.
enum Passed {
    Divergence(Divergence),
    /// The handler went on where there is nothing to compare.
    OutOfScope,
    Ended(Outcome, Pass),
}

impl Replayer<'_> {
    async fn run(&self) -> Result<Replay, LocalError> {
        let recorded = &self.recorded;
        let mut replay = Replay {
            invocations: 0,
            recorded: recorded.len(),
            compared: 0,
            to_the_end: false,
            difference: None,
            accepted: Vec::new(),
        };
        let mut probes = MAX_PROBES;
        let count = recorded.invocations().len();
        for (number, invocation) in (1..).zip(recorded.invocations()) {
            replay.invocations = number;
            let found = match recorded.ending() {
                Ending::Returned(outcome) if number == count => {
                    replay.to_the_end = true;
                    self.replay_last(outcome, invocation, &mut probes).await?
                }
                _ => self.replay_suspended(invocation, &mut probes).await?,
            };
            let passed_over = std::mem::take(&mut *self.passed_over.lock());
            for divergence in passed_over {
                let is_known = |known: &Difference| known.divergence == divergence;
                if !replay.accepted.iter().any(is_known) {
                    replay.accepted.push(self.difference(number, divergence));
                }
            }
            if let Some(divergence) = found {
                replay.to_the_end = false;
                replay.difference = Some(self.difference(number, divergence));
                break;
            }
        }
        let compared = self.compared.as_ref();
        replay.compared = compared.map_or(0, |compared| compared.lock().len());
        Ok(replay)
    }

    fn difference(&self, invocation: usize, divergence: Divergence) -> Difference {
        let (effect, why) = effect::of(&self.recorded, &divergence);
        Difference {
            invocation,
            divergence,
            effect,
            why,
        }
    }

    /// A difference, unless it is accepted.
    fn unless_accepted(&self, divergence: Divergence) -> Option<Divergence> {
        if self.accepted.covers(&self.recorded, &divergence) {
            self.passed_over.lock().push(divergence);
            return None;
        }
        Some(divergence)
    }

    /// Replays an invocation that suspended or was cut off.
    async fn replay_suspended(
        &self,
        invocation: &Invocation,
        probes: &mut usize,
    ) -> Result<Option<Divergence>, LocalError> {
        let view = View::Suspended(invocation);
        let shown = Shown::new(&self.recorded, view);
        let (outcome, pass) = match self.pass(view, shown, None, When::Recorded).await? {
            Passed::Divergence(divergence) => return Ok(Some(divergence)),
            Passed::OutOfScope => return Ok(None),
            Passed::Ended(outcome, pass) => (outcome, pass),
        };
        if invocation.is_cut_off {
            return Ok(None);
        }
        // What is not made once the handler has failed is not what differs.
        let has_failed = matches!(outcome, Outcome::Failed(_) | Outcome::Crashed(_));
        let awaited = if has_failed || self.recorded.had_external_events(invocation) {
            Vec::new()
        } else {
            self.recorded.awaited(invocation, true)
        };
        for one in awaited {
            let id = &one.operation().sketch.id;
            let is_removed = if pass.withholds(id) {
                !pass.has_made(id)
            } else {
                self.is_removed(view, one, probes).await?
            };
            if is_removed && let Some(removed) = self.unless_accepted(removed(one)) {
                return Ok(Some(removed));
            }
        }
        let goes_on = match (&outcome, self.recorded.ending()) {
            (Outcome::Suspended, _) => true,
            // An operation that is not awaited may not be started before the handler returns, and
            // then keeps the execution from ending.
            (outcome, Ending::Returned(last)) => outcome.agrees(last),
            _ => false,
        };
        if goes_on {
            return Ok(None);
        }
        let divergence = self.other_end(view, Outcome::Suspended, outcome).await?;
        Ok(self.unless_accepted(divergence))
    }

    /// The difference between two ends, for which a result that cannot be read is the reason if there is one.
    async fn other_end(
        &self,
        view: View<'_>,
        recorded: Outcome,
        made: Outcome,
    ) -> Result<Divergence, LocalError> {
        if let Outcome::Failed(Some(error)) = &made
            && let Some(why) = errors::unreadable(error)
            && let Some(operation) = self.last_read(view).await?
        {
            return Ok(Divergence::Unreadable {
                operation: OperationSketch::from(&operation),
                recorded: operation.result().unwrap_or("null").to_owned(),
                why: why.to_owned(),
            });
        }
        Ok(Divergence::Execution { recorded, made })
    }

    /// The last operation whose record the handler looks at. The SDK does not say which one that is; it
    /// refuses a record that is made unfit if the handler comes so far.
    async fn last_read(&self, view: View<'_>) -> Result<Option<Operation>, LocalError> {
        let mut ended = Shown::new(&self.recorded, view)
            .operations
            .into_iter()
            .filter(|operation| operation.status == OperationStatus::Succeeded)
            .collect::<Vec<_>>();
        // The first `read` of them are looked at, and none from `unread` on.
        let (mut read, mut unread) = (0, ended.len());
        while read < unread {
            let middle = usize::midpoint(read, unread);
            let Some(operation) = ended.get(middle) else {
                break;
            };
            let probe = Probe::Mismatched(&operation.id);
            let shown = Shown::new(&self.recorded, view);
            let passed = self.pass(view, shown, Some(probe), When::Recorded).await?;
            if matches!(passed, Passed::OutOfScope) {
                read = middle + 1;
            } else {
                unread = middle;
            }
        }
        ended.truncate(read);
        Ok(ended.pop())
    }

    /// Replays the invocation that ended the execution.
    async fn replay_last(
        &self,
        outcome: &Outcome,
        invocation: &Invocation,
        probes: &mut usize,
    ) -> Result<Option<Divergence>, LocalError> {
        let view = View::Last(invocation);
        let compared = self.compare_last(view, outcome, When::Recorded).await?;
        if let Some(divergence) = compared {
            return Ok(Some(divergence));
        }
        for one in self.recorded.awaited(invocation, false) {
            if self.is_removed(view, one, probes).await?
                && let Some(removed) = self.unless_accepted(removed(one))
            {
                return Ok(Some(removed));
            }
        }
        Ok(None)
    }

    /// Replays an execution, invocation by invocation, and looks at the end whether its last operation is
    /// made again.
    async fn check(&self) -> Result<Option<Nondeterminism>, LocalError> {
        let found = |divergence| {
            Ok(Some(Nondeterminism {
                during: None,
                on_a_later_day: false,
                divergence,
            }))
        };
        let (Ending::Returned(outcome), Some((invocation, before))) = (
            self.recorded.ending(),
            self.recorded.invocations().split_last(),
        ) else {
            return Ok(None);
        };
        let last_ones = before.len().saturating_sub(MAX_CHECKED / 2);
        for (index, suspended) in before.iter().enumerate() {
            if index >= MAX_CHECKED / 2 && index < last_ones {
                continue;
            }
            if let Some(divergence) = self.replay_suspended(suspended, &mut 0).await? {
                return found(divergence);
            }
        }
        let view = View::Last(invocation);
        let compared = self.compare_last(view, outcome, When::Recorded).await?;
        if let Some(divergence) = compared {
            return found(divergence);
        }
        if self.host.follows_tokio()
            && let Some(later) = self.compare_later(view, outcome)?
        {
            return Ok(Some(later));
        }
        let awaited = self.recorded.awaited(invocation, false);
        let last = awaited
            .into_iter()
            .rfind(|one| one.operation().sketch.parent_id.is_none());
        match last {
            Some(last) if self.is_removed(view, last, &mut 1).await? => found(removed(last)),
            _ => Ok(None),
        }
    }

    /// Compares the last invocation on a later day, by the clocks that are the host's.
    fn compare_later(
        &self,
        view: View<'_>,
        outcome: &Outcome,
    ) -> Result<Option<Nondeterminism>, LocalError> {
        let now = Instant::now();
        let compare = |when: When| {
            let compared = self.compare_last(view, outcome, when);
            later::on_clock(now + when.later_by(), compared)
                .map_err(|error| LocalError::Runtime(error.to_string()))?
        };
        let Some(divergence) = compare(When::Later)? else {
            return Ok(None);
        };
        // What differs on the other thread on the same day differs for another reason.
        let is_by_day = compare(When::Recorded)?.is_none();
        Ok(is_by_day.then_some(Nondeterminism {
            during: None,
            on_a_later_day: true,
            divergence,
        }))
    }

    async fn compare_last(
        &self,
        view: View<'_>,
        recorded: &Outcome,
        when: When,
    ) -> Result<Option<Divergence>, LocalError> {
        let shown = Shown::new(&self.recorded, view);
        Ok(match self.pass(view, shown, None, when).await? {
            Passed::Divergence(divergence) => Some(divergence),
            // The handler suspends only on an operation that the recording leaves open; one that
            // is not awaited may have been started earlier this time.
            Passed::OutOfScope | Passed::Ended(Outcome::Suspended, _) => None,
            Passed::Ended(made, _) if recorded.agrees(&made) => None,
            Passed::Ended(made, _) => {
                let divergence = self.other_end(view, recorded.clone(), made).await?;
                self.unless_accepted(divergence)
            }
        })
    }

    /// Whether the handler comes to its end without an operation that it awaited. The SDK does not
    /// say which records it looks at; so the record is made one that it refuses. Where a task may have made the
    /// operation, a refusal would not show; its record is left out, so that it is started anew.
    async fn is_removed(
        &self,
        view: View<'_>,
        one: Awaited<'_>,
        probes: &mut usize,
    ) -> Result<bool, LocalError> {
        let operation = one.operation();
        let id = &operation.sketch.id;
        let probe = match one {
            // The body of a context would run once more.
            Awaited::Single(one) if one.sketch.operation_type == OperationType::Context => {
                Probe::Mismatched(id)
            }
            Awaited::Single(_) => Probe::Stopping(id),
            // Whether the tasks of other threads have run cannot be told.
            Awaited::Group(_) if Method::here() == Method::Timed => return Ok(false),
            Awaited::Group(_) => Probe::Missing(id),
        };
        if *probes == 0 {
            return Ok(false);
        }
        let shown = Shown::new(&self.recorded, view);
        if !shown.can_be_asked_for(&operation.sketch) {
            return Ok(false);
        }
        *probes -= 1;
        Ok(
            match self.pass(view, shown, Some(probe), When::Recorded).await? {
                Passed::Divergence(_)
                | Passed::OutOfScope
                | Passed::Ended(Outcome::Crashed(_), _) => false,
                Passed::Ended(_, pass) => !pass.has_made(id),
            },
        )
    }

    /// Invokes the handler once.
    async fn pass(
        &self,
        view: View<'_>,
        shown: Shown,
        probe: Option<Probe<'_>>,
        when: When,
    ) -> Result<Passed, LocalError> {
        let timed_out = || LocalError::TimedOut {
            timeout: self.timeout,
        };
        let turn = self.guard.limit(self.host.driving.lock()).await;
        let _turn = turn.ok_or_else(timed_out)?;
        let (View::Suspended(invocation) | View::Last(invocation)) = view;

        let token = self.host.passes.next_token();
        let accepted = self.accepted.clone();
        let shown = (shown, probe);
        let (pass, shown) = Pass::new(&self.recorded, invocation, token.clone(), shown, accepted);
        if let Some(compared) = &self.compared {
            let shown = shown.iter().map(|operation| operation.id.clone());
            compared.lock().extend(shown);
        }
        let pass = Arc::new(Mutex::new(pass));
        self.host.passes.start(token.clone(), Arc::clone(&pass));
        let input = self.input(invocation, token.clone(), shown);
        let call = Call {
            now: invocation.started_at.after(when.later_by()),
            timeout: self.host.function_timeout(),
            host: self.host.id.clone(),
            reachable: Arc::clone(&self.host.reachable),
            first_pages: self.host.first_pages(true),
        };
        panic_location::watch();
        let mut running = invoke(Arc::clone(&self.service), input, &call);
        let outcome = poll_fn(|cx| match running.as_mut().poll(cx) {
            Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
            Poll::Pending if pass.lock().poll_stopped(cx.waker()) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        });
        let outcome = self.guard.limit(outcome).await;
        // What is left of an invocation that was stopped is dropped, with its tasks.
        drop(running);
        if matches!(probe, Some(Probe::Missing(_))) {
            // Tasks that the handler did not wait for start their operations too.
            self.guard.limit(settle()).await.ok_or_else(timed_out)?;
        }
        self.host.passes.end(&token);
        let Some(outcome) = outcome.ok_or_else(timed_out)? else {
            return Ok(Passed::OutOfScope);
        };

        let mut pass = match Arc::try_unwrap(pass) {
            Ok(pass) => pass.into_inner(),
            // A task that the handler left behind is in the middle of a call.
            Err(_) => return Ok(Passed::OutOfScope),
        };
        let mut outcome = read(outcome);
        if let (Outcome::Crashed(error), Some(location)) = (&mut outcome, panic_location::take())
            && let Some(message) = &mut error.error_message
        {
            *message = format!("{message} (at {location})");
        }
        let finding = match (pass.finding(), &outcome) {
            (Some(finding), _) => Some(finding),
            // A probed record fits its operation in all but the mark.
            (None, Outcome::Failed(Some(error))) if mismatch::is_mismatch(error) => {
                Some(pass.refused(error))
            }
            (None, _) => None,
        };
        self.passed_over.lock().append(&mut pass.passed_over());
        Ok(match finding {
            Some(Finding::Divergence(divergence)) => Passed::Divergence(*divergence),
            Some(Finding::OutOfScope) => Passed::OutOfScope,
            None => Passed::Ended(outcome, pass),
        })
    }

    fn input(
        &self,
        invocation: &Invocation,
        checkpoint_token: CheckpointToken,
        shown: Vec<Operation>,
    ) -> InvocationInput {
        let execution = self.recorded.execution().cloned();
        InvocationInput {
            arn: self.arn.clone(),
            request_id: invocation.request_id.clone(),
            checkpoint_token,
            context: self.context.clone(),
            state: StatePage {
                operations: execution.into_iter().chain(shown).collect(),
                next_marker: None,
            },
            updated_operation_ids: Vec::new(),
        }
    }
}

fn removed(one: Awaited<'_>) -> Divergence {
    Divergence::Removed {
        recorded: one.operation().sketch.clone(),
    }
}

fn read(outcome: InvocationOutcome) -> Outcome {
    match outcome {
        InvocationOutcome::Failed(error) => Outcome::Crashed(error),
        InvocationOutcome::Returned(value) => match FunctionResponse::parse(&value) {
            Ok(FunctionResponse::Succeeded(result)) => Outcome::Succeeded(result),
            Ok(FunctionResponse::Failed(error)) => Outcome::Failed(error),
            Ok(FunctionResponse::Pending) => Outcome::Suspended,
            Err(message) => Outcome::Crashed(ErrorObject::from_message(message)),
        },
    }
}
