//! The replay of one recording: its invocations one after the other, each with what it is shown and answered.
//!
//! [`Replayer::run`] compares a recording with a handler, and [`determinism`] an execution that is over with itself.

mod determinism;

use std::collections::HashSet;
use std::sync::Arc;

use durable_service::model::{
    ErrorObject, ExecutionArn, InvocationContext, Operation, OperationId, OperationStatus,
    OperationType,
};
use durable_service::wire::event::FunctionResponse;
use durable_service::{Execution, InvocationInput, InvocationOutcome, StatePage};
use parking_lot::Mutex;

pub use determinism::{Checked, Nondeterminism};

use crate::divergence::{Divergence, Outcome};
use crate::effect::{self, Accepted, Difference, Effect};
use crate::invoker::{Call, Invoker, When};
use crate::pass::{Finding, Pass, Probe, Seen, Shown, View};
use crate::recorded::{Awaited, Ending, Invocation, Recorded};
use crate::sdk::{OperationSketch, errors, mismatch};
use durable_service::recording::Recording;

/// Limit of the operations of one replay of which further invocations find out whether they are still made.
const MAX_PROBES: usize = 100;

/// Limit of the replays that find out whether the elements of a value are in another order each time.
const MAX_REORDERED: usize = 40;

/// What the replay of a recording came to.
///
/// [`Replayer::run`] returns it: the [crate](crate#example) has an example.
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

/// A replay of one execution on a handler.
///
/// Made by [`Replayer::new`] of an [`Invoker`] and a [`Recording`], and run by [`Replayer::run`].
///
/// The [crate](crate#example) has an example.
#[derive(Debug)]
pub struct Replayer<'a, I> {
    invoker: &'a I,
    arn: ExecutionArn,
    /// What the function runs with; of a recording, as far as its ARN says.
    context: InvocationContext,
    recorded: Arc<Recorded>,
    compared: Mutex<HashSet<OperationId>>,
    accepted: Mutex<Accepted>,
    /// The accepted differences of the invocation under way.
    passed_over: Mutex<Vec<Divergence>>,
    /// What was seen of the handler in the invocation that was compared last, by its recorded clock.
    seen: Mutex<Seen>,
}

/// An invocation to replay.
#[derive(Clone, Copy)]
enum Part<'a> {
    /// One that suspended or was cut off.
    Suspended(&'a Invocation),
    /// The one that ended the execution.
    Last(&'a Outcome, &'a Invocation),
}

/// What came of one pass.
enum Passed {
    Divergence(Divergence),
    /// The handler went on where there is nothing to compare.
    OutOfScope,
    Ended(Outcome, Pass),
}

impl<'a, I: Invoker> Replayer<'a, I> {
    /// A replay of a recording.
    pub fn new(invoker: &'a I, arn: &ExecutionArn, recording: &Recording) -> Self {
        Self::of(invoker, arn, Recorded::new(recording.events()))
    }

    /// A replay of an execution of the local service, whose operations say more than its events.
    pub fn of_execution(invoker: &'a I, execution: &Execution) -> Self {
        Self {
            context: execution.context(),
            ..Self::of(invoker, execution.arn(), Recorded::of_execution(execution))
        }
    }

    fn of(invoker: &'a I, arn: &ExecutionArn, recorded: Recorded) -> Self {
        Self {
            invoker,
            arn: arn.clone(),
            context: InvocationContext::of(arn),
            recorded: Arc::new(recorded),
            compared: Mutex::default(),
            accepted: Mutex::default(),
            passed_over: Mutex::default(),
            seen: Mutex::default(),
        }
    }

    /// Passes over the differences that are accepted.
    #[must_use]
    pub fn accepting(mut self, accepted: Accepted) -> Self {
        *self.accepted.get_mut() = accepted;
        self
    }

    /// Replays the state of the execution as it is alone: its last invocation. The effect of a difference is then that
    /// on this execution.
    #[must_use]
    pub fn at_present(mut self) -> Self {
        if let Some(recorded) = Arc::get_mut(&mut self.recorded) {
            recorded.keep_last_invocation();
        }
        self
    }

    /// Replays the recorded invocations.
    ///
    /// # Errors
    ///
    /// If the handler cannot be invoked, or does not come to an end.
    pub async fn run(&self) -> Result<Replay, I::Error> {
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
            let part = match recorded.ending() {
                Ending::Returned(outcome) if number == count => {
                    replay.to_the_end = true;
                    Part::Last(outcome, invocation)
                }
                _ => Part::Suspended(invocation),
            };
            let found = self.replay_part(part, &mut probes).await?;
            for divergence in self.passed_over() {
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
        replay.compared = self.lock_compared().len();
        Ok(replay)
    }

    fn difference(&self, invocation: usize, divergence: Divergence) -> Difference {
        let (effect, why) = if self.accepted.lock().is_unordered(&divergence) {
            let why = "The elements are the same ones, in another order in each replay, as those of a HashSet";
            (Effect::Harmless, why.to_owned())
        } else {
            effect::of(&self.recorded, &divergence)
        };
        Difference {
            invocation,
            divergence,
            effect,
            why,
        }
    }

    /// A difference, unless it is accepted.
    fn unless_accepted(&self, divergence: Divergence) -> Option<Divergence> {
        if self.accepted.lock().covers(&self.recorded, &divergence) {
            self.passed_over.lock().push(divergence);
            return None;
        }
        Some(divergence)
    }

    /// Takes the accepted differences of the invocation under way, those in an order once for each operation.
    fn passed_over(&self) -> Vec<Divergence> {
        let mut passed_over = std::mem::take(&mut *self.passed_over.lock());
        let accepted = self.accepted.lock();
        let mut unordered = Vec::new();
        passed_over.retain(|divergence| {
            let subject = divergence.subject().cloned();
            let is_known = unordered.contains(&subject);
            if accepted.is_unordered(divergence) && !is_known {
                unordered.push(subject);
                return true;
            }
            !accepted.is_unordered(divergence)
        });
        passed_over
    }

    /// Replays an invocation. A difference in the order of elements alone is accepted if that order is another one in
    /// each replay: then it is that of a collection without one, such as a `HashSet`.
    async fn replay_part(
        &self,
        part: Part<'_>,
        probes: &mut usize,
    ) -> Result<Option<Divergence>, I::Error> {
        loop {
            let found = self.replay_once(part, probes).await?;
            let Some(first) = found.as_ref().filter(|found| found.is_of_order_alone()) else {
                return Ok(found);
            };
            let mut is_unordered = false;
            for _ in 0..MAX_REORDERED {
                if self.replay_once(part, &mut 0).await?.as_ref() != Some(first) {
                    is_unordered = true;
                    break;
                }
            }
            if !is_unordered {
                return Ok(found);
            }
            self.accepted.lock().order_of(first.subject());
        }
    }

    async fn replay_once(
        &self,
        part: Part<'_>,
        probes: &mut usize,
    ) -> Result<Option<Divergence>, I::Error> {
        match part {
            Part::Suspended(invocation) => self.replay_suspended(invocation, probes).await,
            Part::Last(outcome, invocation) => self.replay_last(outcome, invocation, probes).await,
        }
    }

    /// Replays an invocation that suspended or was cut off.
    async fn replay_suspended(
        &self,
        invocation: &Invocation,
        probes: &mut usize,
    ) -> Result<Option<Divergence>, I::Error> {
        let view = View::Suspended(invocation);
        let shown = Shown::new(&self.recorded, view);
        let (outcome, mut pass) = match self.pass(view, shown, None, When::Recorded).await? {
            Passed::Divergence(divergence) => return Ok(Some(divergence)),
            Passed::OutOfScope => return Ok(None),
            Passed::Ended(outcome, pass) => (outcome, pass),
        };
        *self.seen.lock() = pass.take_seen();
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
                !self.seen.lock().has(id)
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
    ) -> Result<Divergence, I::Error> {
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

    /// The last operation whose record the handler looks at. Of one that it cannot read the SDK says nothing; it
    /// refuses a record that is made unfit if the handler comes so far.
    async fn last_read(&self, view: View<'_>) -> Result<Option<Operation>, I::Error> {
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
    ) -> Result<Option<Divergence>, I::Error> {
        let view = View::Last(invocation);
        let (divergence, seen) = self.compare_last(view, outcome, When::Recorded).await?;
        *self.seen.lock() = seen;
        if divergence.is_some() {
            return Ok(divergence);
        }
        if *probes == 0 {
            return Ok(None);
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

    /// The difference of the last invocation, and what was seen of the handler.
    async fn compare_last(
        &self,
        view: View<'_>,
        recorded: &Outcome,
        when: When,
    ) -> Result<(Option<Divergence>, Seen), I::Error> {
        let shown = Shown::new(&self.recorded, view);
        let (made, seen) = match self.pass(view, shown, None, when).await? {
            Passed::Divergence(divergence) => return Ok((Some(divergence), Seen::default())),
            Passed::OutOfScope => return Ok((None, Seen::default())),
            Passed::Ended(made, mut pass) => (made, pass.take_seen()),
        };
        // The handler suspends only on an operation that the recording leaves open; one that
        // is not awaited may have been started earlier this time.
        if made == Outcome::Suspended {
            return Ok((None, seen.of_suspended()));
        }
        if recorded.agrees(&made) {
            return Ok((None, seen));
        }
        let divergence = self.other_end(view, recorded.clone(), made).await?;
        Ok((self.unless_accepted(divergence), seen))
    }

    /// Whether the handler does without an operation that it awaited. If it was not seen to make it when the view was
    /// compared, other passes find out.
    async fn is_removed(
        &self,
        view: View<'_>,
        one: Awaited<'_>,
        probes: &mut usize,
    ) -> Result<bool, I::Error> {
        let id = &one.operation().sketch.id;
        if self.seen.lock().has(id) {
            return Ok(false);
        }
        self.comes_to_its_end_without(view, one, probes).await
    }

    /// Whether the handler comes to its end without an operation that it awaited: its record is made one on which the
    /// SDK suspends, or one that it refuses. Where a task may have made the operation, neither would show; its record is
    /// left out, so that it is started anew.
    async fn comes_to_its_end_without(
        &self,
        view: View<'_>,
        one: Awaited<'_>,
        probes: &mut usize,
    ) -> Result<bool, I::Error> {
        let operation = one.operation();
        let id = &operation.sketch.id;
        let probe = match one {
            // The body of a context would run once more.
            Awaited::Single(one)
                if one.sketch.operation_type == OperationType::Context
                    && self.invoker.refuses_other_kinds() =>
            {
                Probe::Mismatched(id)
            }
            Awaited::Single(_) => Probe::Stopping(id),
            // Whether the tasks of other threads have run cannot be told.
            Awaited::Group(_) if !self.invoker.sees_tasks() => return Ok(false),
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
        if let Awaited::Single(one) = one
            && shown.suspends_on_alone(&one.sketch)
        {
            let waiting = Some(Probe::Waiting(id));
            let shown = Shown::new(&self.recorded, view);
            match self.pass(view, shown, waiting, When::Recorded).await? {
                // It came to an end without it, or to another one because of it.
                Passed::Ended(outcome, _) if outcome != Outcome::Suspended => {}
                _ => return Ok(false),
            }
        }
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
    ) -> Result<Passed, I::Error> {
        let (View::Suspended(invocation) | View::Last(invocation)) = view;
        let token = self.invoker.next_token();
        let accepted = self.accepted.lock().clone();
        let shown = (shown, probe);
        let (pass, shown) = Pass::new(&self.recorded, invocation, token.clone(), shown, accepted);
        self.lock_compared()
            .extend(shown.iter().map(|operation| operation.id.clone()));
        let pass = Arc::new(Mutex::new(pass));
        let call = Call {
            pass: Arc::clone(&pass),
            starts_at: invocation.started_at.after(when.later_by()),
            // Tasks that the handler did not wait for start their operations too.
            settles: matches!(probe, Some(Probe::Missing(_))),
            input: self.input(invocation, token, shown),
        };
        let Some(outcome) = self.invoker.invoke(call).await? else {
            return Ok(Passed::OutOfScope);
        };

        let mut pass = match Arc::try_unwrap(pass) {
            Ok(pass) => pass.into_inner(),
            // A task that the handler left behind is in the middle of a call.
            Err(pass) => {
                return Ok(match pass.lock().finding() {
                    Some(Finding::Divergence(divergence)) => Passed::Divergence(*divergence),
                    Some(Finding::OutOfScope) | None => Passed::OutOfScope,
                });
            }
        };
        let outcome = read(outcome);
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
        checkpoint_token: durable_service::model::CheckpointToken,
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

    fn lock_compared(&self) -> parking_lot::MutexGuard<'_, HashSet<OperationId>> {
        self.compared.lock()
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
