//! The invocation in flight: how it starts, whose it is, and how it ends.

use std::task::Waker;
use std::time::Duration;

use durable_service::model::{
    CheckpointToken, ErrorObject, ExecutionArn, OperationId, RequestId, Timestamp,
};
use durable_service::{InvocationInput, InvocationOutcome, StatePage};
use serde_json::Value;

use super::World;
use super::faults::InvocationFault;
use super::life::Life;
use super::lost_token::InFlight;
use super::trace::Caller;
use crate::LocalError;
use crate::quiescence::alive_tasks;
use crate::sdk::OperationSketch;
use crate::sdk::readable::with_operation;

/// The invocation that a host makes, of which there is one at a time.
#[derive(Debug)]
pub(super) struct ActiveInvocation {
    arn: ExecutionArn,
    request_id: RequestId,
    /// The token that its next call presents.
    token: CheckpointToken,
    started_at: Timestamp,
    timeout: Duration,
    /// How it was cut off.
    termination: Option<Termination>,
    /// The life of its process.
    life: Life,
    tasks: Tasks,
    /// The call whose caller was dropped before the answer arrived, while its token is not refused yet.
    lost: Option<InFlight>,
    /// Whether it has no reason but a variant of the service.
    is_idle: bool,
    /// The operations whose start the service refused.
    unstarted: Vec<OperationSketch>,
    /// Wakes the drive loop.
    waker: Option<Waker>,
}

/// The tasks of an invocation.
#[derive(Debug)]
struct Tasks {
    /// Tasks of the runtime before it.
    before: usize,
    /// The largest number of tasks seen since it last came to rest.
    most: usize,
    /// The task that polls the handler itself, then those that made calls, in the order of their first ones.
    callers: Vec<Option<tokio::task::Id>>,
}

/// What becomes of the function when its invocation is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Termination {
    /// Its process is dead.
    Killed,
    /// It runs on with a dead token.
    Fenced,
}

/// An invocation that was cut off.
#[derive(Debug)]
pub(super) struct Terminated {
    pub(super) arn: ExecutionArn,
    pub(super) request_id: RequestId,
    /// The token that its next call would have presented.
    pub(super) token: CheckpointToken,
}

impl ActiveInvocation {
    pub(super) fn new(input: &InvocationInput, started_at: Timestamp, timeout: Duration) -> Self {
        Self {
            arn: input.arn.clone(),
            request_id: input.request_id.clone(),
            token: input.checkpoint_token.clone(),
            started_at,
            timeout,
            termination: None,
            life: Life::default(),
            tasks: Tasks {
                before: alive_tasks(),
                most: 0,
                callers: vec![tokio::task::try_id()],
            },
            lost: None,
            is_idle: false,
            unstarted: Vec::new(),
            waker: None,
        }
    }

    /// The same, and whether it has no reason but a variant of the service.
    pub(super) fn idle(self, is_idle: bool) -> Self {
        Self { is_idle, ..self }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.is_idle
    }

    /// Notes operations whose start the service refused.
    pub(super) fn refused_starts(&mut self, starts: Vec<OperationSketch>) {
        self.unstarted.extend(starts);
    }

    /// The operation of that id, if the service refused its start.
    pub(super) fn unstarted(&self, id: &OperationId) -> Option<&OperationSketch> {
        self.unstarted.iter().find(|operation| operation.id == *id)
    }

    /// Who makes the call at hand, in the invocation of that number.
    pub(super) fn caller(&mut self, invocation: u64) -> Caller {
        let task = tokio::task::try_id();
        let callers = &mut self.tasks.callers;
        let known = callers.iter().position(|caller| *caller == task);
        let line = known.unwrap_or_else(|| {
            callers.push(task);
            callers.len() - 1
        });
        let alive = alive_tasks();
        let after_end = alive < self.tasks.most;
        self.tasks.most = self.tasks.most.max(alive);
        Caller {
            invocation,
            line,
            beside: alive.saturating_sub(self.tasks.before),
            after_end,
        }
    }

    /// Notes that nothing was runnable just now.
    pub(super) fn came_to_rest(&mut self) {
        self.tasks.most = alive_tasks();
    }

    pub(super) fn arn(&self) -> &ExecutionArn {
        &self.arn
    }

    pub(super) fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    /// Whether the SDK has lost its token.
    pub(super) fn has_lost_token(&self) -> bool {
        self.lost.is_some()
    }

    /// Notes that the caller of a call was dropped before the answer arrived.
    pub(super) fn lose_token(&mut self, call: InFlight) {
        self.lost = Some(call);
    }

    /// The unanswered call that presented this token, if there is one.
    pub(super) fn take_lost(&mut self, token: &CheckpointToken) -> Option<InFlight> {
        self.lost.take_if(|lost| lost.token == *token)
    }

    /// Whether a call with that token belongs to it.
    pub(super) fn makes(&self, arn: &ExecutionArn, token: &CheckpointToken) -> bool {
        self.termination.is_none() && self.arn == *arn && self.token == *token
    }

    /// Whether it is the invocation of that request id.
    pub(super) fn is(&self, arn: &ExecutionArn, request_id: &RequestId) -> bool {
        self.arn == *arn && self.request_id == *request_id
    }

    /// Its next call presents this token.
    pub(super) fn present(&mut self, token: &CheckpointToken) {
        self.token = token.clone();
    }

    pub(super) fn life(&self) -> &Life {
        &self.life
    }

    pub(super) fn deadline(&self) -> Timestamp {
        self.started_at.after(self.timeout)
    }

    pub(super) fn termination(&self) -> Option<Termination> {
        self.termination
    }

    /// How it was cut off; if it was not, the waker is woken when it is.
    pub(super) fn poll_termination(&mut self, waker: &Waker) -> Option<Termination> {
        if self.termination.is_none() {
            self.waker = Some(waker.clone());
        }
        self.termination
    }

    /// Marks it as cut off; returns its execution, request id and last token, unless it was before.
    pub(super) fn terminate(&mut self, termination: Termination) -> Option<Terminated> {
        if self.termination.is_some() {
            return None;
        }
        self.termination = Some(termination);
        if termination == Termination::Killed {
            self.life.end();
        }
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
        Some(Terminated {
            arn: self.arn.clone(),
            request_id: self.request_id.clone(),
            token: self.token.clone(),
        })
    }

    /// How Lambda reports that it ended the invocation for taking too long.
    pub(super) fn timed_out(&self) -> InvocationOutcome {
        InvocationOutcome::Failed(ErrorObject::new(
            "Sandbox.Timedout",
            format!(
                "{} {} Task timed out after {:.2} seconds",
                self.deadline(),
                self.request_id,
                self.timeout.as_secs_f64()
            ),
        ))
    }

    /// How Lambda reports that the function's process was killed.
    pub(super) fn killed(&self) -> InvocationOutcome {
        InvocationOutcome::Failed(ErrorObject::new(
            "Runtime.ExitError",
            format!(
                "RequestId: {} Error: Runtime exited with error: signal: killed",
                self.request_id
            ),
        ))
    }
}

/// An invocation that has been started in the service, and is still to be made.
#[derive(Debug)]
pub(crate) struct StartedInvocation {
    pub(crate) input: InvocationInput,
    pub(crate) function: String,
    pub(crate) now: Timestamp,
}

impl StartedInvocation {
    /// Takes the input; what stays here has no state.
    pub(crate) fn take_input(&mut self) -> InvocationInput {
        let nothing = StatePage {
            operations: Vec::new(),
            next_marker: None,
        };
        let state = std::mem::replace(&mut self.input.state, nothing);
        InvocationInput {
            state,
            ..self.input.clone()
        }
    }
}

impl World {
    /// Starts the next invocation of an execution.
    pub(crate) fn start_invocation(
        &mut self,
        arn: &ExecutionArn,
    ) -> Result<StartedInvocation, LocalError> {
        let now = self.now();
        let execution = self.service.execution(arn)?;
        let function = execution.function().to_owned();
        Ok(StartedInvocation {
            input: self.service.start_invocation(now, arn)?,
            function,
            now,
        })
    }

    /// Notes that an invocation is made now; returns what goes wrong with it.
    pub(crate) fn make_invocation(
        &mut self,
        started: &StartedInvocation,
        timeout: Duration,
    ) -> (Option<InvocationFault>, Option<ErrorObject>) {
        self.bodies.invocation_starts();
        self.blocks.invocation_starts();
        let is_idle = self
            .idle_next
            .take_if(|arn| *arn == started.input.arn)
            .is_some();
        let active = ActiveInvocation::new(&started.input, started.now, timeout);
        self.active = Some(active.idle(is_idle));
        if let Some(late) = self.variants.slow_first_byte {
            let begins = self.now().after(late);
            self.advance_to(begins);
        }
        if let Ok(execution) = self.service.execution(&started.input.arn) {
            self.outside.invocation_starts(execution.operations());
        }
        let fault = self.faults.invocation();
        (fault, self.faults.unavailable(&started.function))
    }

    /// Ends an invocation with what the function returned or failed with.
    pub(crate) fn complete_invocation(
        &mut self,
        input: &InvocationInput,
        outcome: InvocationOutcome,
    ) -> Result<(), LocalError> {
        let now = self.sync_clock();
        let timers = self.inline_timers();
        Ok(self
            .service
            .complete_invocation(now, &input.arn, &input.request_id, outcome, timers)?)
    }

    /// Has a function that has suspended invoked once more, if the variant asks for it. What follows an invocation of
    /// this kind is as it would be without.
    pub(crate) fn invoke_idly(&mut self, arn: &ExecutionArn) {
        if !self.variants.empty_invocation {
            return;
        }
        let is_suspended = self.service.execution(arn).is_ok_and(|execution| {
            execution.invoke_at().is_none() && !execution.status().is_terminal()
        });
        let was_idle = self.active.as_ref().is_some_and(ActiveInvocation::is_idle);
        if is_suspended && !was_idle {
            let now = self.now();
            self.service.invoke_idly(now, arn);
            self.idle_next = Some(arn.clone());
        }
    }

    /// Names the operation whose record was refused in the outcome of an invocation, where the SDK has only its
    /// hash.
    pub(crate) fn name_refused(&self, arn: &ExecutionArn, outcome: &mut InvocationOutcome) {
        let in_words = |id: &OperationId| {
            let execution = self.service.execution(arn).ok()?;
            let started = execution.operation(id.as_str());
            let unstarted = || self.active.as_ref()?.unstarted(id).cloned();
            let operation = started.map(OperationSketch::from).or_else(unstarted)?;
            Some(operation.to_string())
        };
        match outcome {
            InvocationOutcome::Returned(response) => {
                if let Some(Value::String(message)) = response.pointer_mut("/Error/ErrorMessage")
                    && let Some(named) = with_operation(message, in_words)
                {
                    *message = named;
                }
            }
            InvocationOutcome::Failed(error) => {
                if let Some(message) = &mut error.error_message
                    && let Some(named) = with_operation(message, in_words)
                {
                    *message = named;
                }
            }
        }
    }
}
