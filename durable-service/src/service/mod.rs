//! Executions together: starting them, and passing calls on to them.

mod chained_invokes;
mod due;
mod executions;
mod invoke;
mod outside;
mod reading;
mod saving;
mod start;

use std::collections::VecDeque;
use std::sync::Arc;

pub use chained_invokes::{PlainInvocation, PlainOutcome};
use executions::Executions;
pub use invoke::{InvokeRequest, Invoked, InvokedAs};
pub use reading::{EventPage, ExecutionList, ListRequest};
pub use start::{StartRequest, Started};

use crate::functions::{Functions, function_arn};
use crate::model::{CheckpointToken, ExecutionArn, RequestId, Timestamp};
use crate::validation::{Constraints, MOST_PAGE_ITEMS};
use crate::{
    CheckpointRequest, CheckpointResponse, Execution, FunctionSettings, InvocationInput,
    InvocationOutcome, Limits, Policy, ServiceError, StatePage, token,
};

/// Where the service pretends to be, and how it behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceSettings {
    /// AWS Region in ARNs.
    pub region: String,
    /// AWS account in ARNs: twelve digits.
    pub account: String,
    /// The service's limits.
    pub limits: Limits,
    /// The choices where sources leave room.
    pub policy: Policy,
}

impl Default for ServiceSettings {
    fn default() -> Self {
        Self {
            region: "us-west-2".to_owned(),
            account: "123456789012".to_owned(),
            limits: Limits::default(),
            policy: Policy::default(),
        }
    }
}

impl ServiceSettings {
    /// ARN of a function, without a qualifier.
    #[must_use]
    pub fn function_arn(&self, function: &str) -> String {
        function_arn(&self.region, &self.account, function)
    }
}

/// The executions of an account in a Region.
///
/// All calls name the time at which they happen. Time must not run backwards, and whoever lets it
/// pass calls [`Service::fire_due`]: until then what fell due meanwhile has not happened.
#[derive(Debug)]
pub struct Service {
    functions: Functions,
    limits: Arc<Limits>,
    policy: Arc<Policy>,
    executions: Executions,
    /// Executions begun so far, those included that are forgotten.
    begun: u64,
    /// How many of them a store knows of.
    saved_begun: Option<u64>,
    /// Calls of plain functions that nobody has taken yet, in the order of their checkpoints.
    plain: VecDeque<PlainInvocation>,
}

impl Service {
    /// A service without executions.
    #[must_use]
    pub fn new(settings: ServiceSettings) -> Self {
        let ServiceSettings {
            region,
            account,
            limits,
            policy,
        } = settings;
        Self {
            functions: Functions::new(region, account),
            limits: Arc::new(limits),
            policy: Arc::new(policy),
            executions: Executions::default(),
            begun: 0,
            saved_begun: None,
            plain: VecDeque::new(),
        }
    }

    /// Makes a function known as a target of invokes, chained ones included. Any qualifier reaches it.
    pub fn register_function(&mut self, name: &str, settings: FunctionSettings) {
        self.functions.register(name, settings);
    }

    /// Whether a function of that name is known.
    #[must_use]
    pub fn has_function(&self, name: &str) -> bool {
        self.functions.knows(name)
    }

    /// The execution of an ARN.
    ///
    /// # Errors
    ///
    /// `ResourceNotFoundException` if there is none.
    pub fn execution(&self, arn: &ExecutionArn) -> Result<&Execution, ServiceError> {
        self.executions.get(arn).ok_or_else(not_found)
    }

    /// All executions, in the order of their starts.
    pub fn executions(&self) -> impl Iterator<Item = &Execution> {
        self.executions.values()
    }

    /// The executions that are not over, in the order of their starts.
    pub fn open_executions(&self) -> impl Iterator<Item = &Execution> {
        self.executions.open()
    }

    /// The execution whose next invocation is due by now: the one that waits longest, then the one
    /// started first.
    #[must_use]
    pub fn next_invocation(&self, now: Timestamp) -> Option<ExecutionArn> {
        self.executions
            .open()
            .filter_map(|execution| Some((execution.invoke_at()?, execution)))
            .filter(|(at, _)| *at <= now)
            .min_by_key(|(at, _)| *at)
            .map(|(_, execution)| execution.arn().clone())
    }

    /// When time alone will move any execution next, but for their own timeouts.
    ///
    /// None while the execution timeout is all that is left: somebody outside must act.
    #[must_use]
    pub fn next_move(&self) -> Option<Timestamp> {
        self.executions
            .open()
            .filter_map(Execution::next_move)
            .min()
    }

    /// When the next execution timeout is due that a start or a function's configuration chose, those
    /// left out that stand still for a pause.
    #[must_use]
    pub fn next_chosen_timeout(&self) -> Option<Timestamp> {
        self.executions
            .open()
            .filter_map(Execution::chosen_timeout_at)
            .min()
    }

    /// When time alone will move any execution next.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.executions.open().filter_map(Execution::next_due).min()
    }

    /// Does everything that is due by now, in the order of due times.
    pub fn fire_due(&mut self, now: Timestamp) {
        self.executions.forget_expired(now);
        while let Some((due, arn)) = self.next_timer().filter(|(due, _)| *due <= now) {
            if let Some(execution) = self.executions.get_mut(&arn) {
                execution.fire_until(due, now);
            }
            self.report(&arn);
        }
    }

    /// The execution whose timer is due next; of equal times the one started first.
    fn next_timer(&self) -> Option<(Timestamp, ExecutionArn)> {
        self.executions
            .open()
            .filter_map(|execution| Some((execution.next_timer()?, execution)))
            .min_by_key(|(due, _)| *due)
            .map(|(due, execution)| (due, execution.arn().clone()))
    }

    /// Begins the next invocation of an execution.
    ///
    /// # Errors
    ///
    /// A refusal if there is no such execution, it is over, or one of its invocations is in flight.
    pub fn begin_invocation(
        &mut self,
        now: Timestamp,
        arn: &ExecutionArn,
    ) -> Result<InvocationInput, ServiceError> {
        self.execution_mut(arn)
            .ok_or_else(not_found)?
            .begin_invocation(now)
    }

    /// Ends the invocation in flight with what the function returned or failed with.
    ///
    /// # Errors
    ///
    /// A refusal if no invocation of that request id is in flight.
    pub fn complete_invocation(
        &mut self,
        now: Timestamp,
        arn: &ExecutionArn,
        request_id: &RequestId,
        outcome: InvocationOutcome,
    ) -> Result<(), ServiceError> {
        self.execution_mut(arn)
            .ok_or_else(not_found)?
            .complete_invocation(now, request_id, outcome)?;
        self.report(arn);
        Ok(())
    }

    /// Answers `CheckpointDurableExecution`.
    ///
    /// # Errors
    ///
    /// The service's refusal; then nothing was stored and the token is still good.
    pub fn checkpoint(
        &mut self,
        now: Timestamp,
        arn: &ExecutionArn,
        request: CheckpointRequest,
    ) -> Result<CheckpointResponse, ServiceError> {
        let next_execution = self.next_number();
        let execution = self
            .executions
            .get_mut(arn)
            .ok_or_else(token::invalid_token)?;
        let trace_header = execution.trace_header().map(str::to_owned);
        let (response, launches) =
            execution.checkpoint(now, request, &self.functions, next_execution)?;
        for launch in launches {
            self.launch(now, arn, launch, trace_header.clone());
        }
        self.report(arn);
        Ok(response)
    }

    /// Answers `GetDurableExecutionState`: a page of at most `most` operations, 0 standing for
    /// the policy's default.
    ///
    /// # Errors
    ///
    /// The service's refusal, if the token is not the current one or the marker is unknown.
    pub fn state(
        &self,
        arn: &ExecutionArn,
        checkpoint_token: &CheckpointToken,
        marker: Option<&str>,
        most: usize,
    ) -> Result<StatePage, ServiceError> {
        let execution = self.executions.get(arn).ok_or_else(token::invalid_token)?;
        execution.check_token(checkpoint_token)?;
        let most = self.page_items(most)?;
        execution.page(marker, most, self.policy.event_page_bytes)
    }

    /// Items on a page of which a request asks for so many.
    fn page_items(&self, most: usize) -> Result<usize, ServiceError> {
        let mut constraints = Constraints::default();
        constraints.range(
            i64::try_from(most).unwrap_or(i64::MAX),
            "maxItems",
            0,
            MOST_PAGE_ITEMS,
        );
        constraints.finish()?;
        Ok(if most == 0 {
            self.policy.page_items
        } else {
            most
        })
    }

    fn execution_mut(&mut self, arn: &ExecutionArn) -> Option<&mut Execution> {
        self.executions.get_mut(arn)
    }
}

fn not_found() -> ServiceError {
    ServiceError::ResourceNotFound("Durable Execution does not exist".to_owned())
}
