//! Executions together: starting them, driving them, and passing calls on to them.

mod chained_invokes;
mod control;
mod due_index;
mod executions;
mod families;
mod invoke;
mod persistence;
mod queries;
mod schedule;
mod skip;
mod start;

use std::collections::VecDeque;
use std::sync::Arc;

pub use chained_invokes::{PlainInvocation, PlainOutcome};
use executions::Executions;
pub use families::Family;
pub use invoke::{InvokeRequest, Invoked, InvokedAs};
pub use queries::{EventPage, ExecutionList, ListRequest};
pub use schedule::{DueOperation, DueOrder, Idle, Next, Schedule, Work};
pub use skip::Skip;
pub use start::{StartRequest, Started};

use crate::functions::{Functions, function_arn};
use crate::model::{CheckpointToken, ExecutionArn, RequestId, Timestamp};
use crate::validation::{Constraints, MAX_PAGE_ITEMS};
use crate::{
    CheckpointRequest, CheckpointResponse, Execution, FunctionSettings, InlineTimers,
    InvocationInput, InvocationOutcome, Limits, Policy, Published, ServiceError, StatePage,
    Tenancy, token,
};

/// The Region and account of the service, and its behaviour.
///
/// The [crate](crate#example) has an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceSettings {
    /// AWS Region in ARNs.
    pub region: String,
    /// AWS account in ARNs: twelve digits.
    pub account: String,
    /// A number that is part of execution ids, and so of ARNs, tokens and callback ids. With a random one
    /// for each run, what an earlier run returned is never mistaken for something of this one.
    pub run: u64,
    /// The service's limits.
    pub limits: Limits,
    /// The choices where sources leave room.
    pub policy: Policy,
    /// Number of executions that count as started before the first one: ids, which are in ARNs, go on from it.
    pub started_before: u64,
}

impl Default for ServiceSettings {
    fn default() -> Self {
        Self {
            region: "us-west-2".to_owned(),
            account: "123456789012".to_owned(),
            run: 0,
            limits: Limits::default(),
            policy: Policy::default(),
            started_before: 0,
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
/// All calls name the time at which they happen. Time must not run backwards. A host that moves its
/// clock calls [`Service::handle_timeout`]: until then nothing fires that became due meanwhile.
///
/// A host drives the executions in a loop of three verbs:
///
/// 1. [`handle_timeout`](Self::handle_timeout) fires the timers that are due.
/// 2. [`poll`](Self::poll) returns what to do next, until nothing is left.
/// 3. [`poll_timeout`](Self::poll_timeout) returns how long to wait, unless a call comes before.
///
/// ```
/// use durable_service::model::{
///     ExecutionStatus, OperationAction, OperationType, OperationUpdate, Timestamp, WaitOptions,
/// };
/// use durable_service::{
///     CheckpointRequest, DueOrder, Idle, InlineTimers, InvocationOutcome, Service, ServiceSettings,
///     StartRequest, Work,
/// };
/// use serde_json::json;
///
/// let mut service = Service::new(ServiceSettings::default());
/// let mut now = Timestamp::from_millis(0);
/// let arn = service.start(now, StartRequest::new("sleeper", "{}"))?.arn;
/// let mut is_first = true;
/// while service.execution(&arn)?.status() == ExecutionStatus::Running {
///     service.handle_timeout(now, &mut DueOrder);
///     match service.poll(now) {
///         // The function: it waits for a day, and is done when it is invoked again.
///         Some(Work::Invoke(arn)) => {
///             let invocation = service.start_invocation(now, &arn)?;
///             let answer = if std::mem::take(&mut is_first) {
///                 let day = OperationUpdate {
///                     wait_options: Some(WaitOptions { wait_seconds: Some(86_400) }),
///                     ..OperationUpdate::new("1", OperationType::Wait, OperationAction::Start)
///                 };
///                 let request = CheckpointRequest {
///                     checkpoint_token: invocation.checkpoint_token,
///                     client_token: None,
///                     updates: vec![day],
///                 };
///                 service.checkpoint(now, &arn, request, InlineTimers::Fire)?;
///                 json!({"Status": "PENDING"})
///             } else {
///                 json!({"Status": "SUCCEEDED"})
///             };
///             let outcome = InvocationOutcome::Returned(answer);
///             service.complete_invocation(now, &arn, &invocation.request_id, outcome, InlineTimers::Fire)?;
///         }
///         Some(Work::Call(call)) => unreachable!("no function calls a plain one: {call:?}"),
///         // Nothing is left to do now: this host skips time.
///         None => now = service.poll_timeout(Idle::Skip { planned: None }).ok_or("it waits for ever")?,
///     }
/// }
/// assert_eq!(now.as_millis(), 86_400_000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Service {
    functions: Functions,
    limits: Arc<Limits>,
    policy: Arc<Policy>,
    executions: Executions,
    /// Executions started so far, those included that are forgotten.
    started: u64,
    /// How many of them are stored.
    saved_started: Option<u64>,
    /// Calls of plain functions that the host has not taken yet, in the order of their checkpoints.
    plain: VecDeque<PlainInvocation>,
}

impl Service {
    /// A service without executions.
    #[must_use]
    pub fn new(settings: ServiceSettings) -> Self {
        let ServiceSettings {
            region,
            account,
            run,
            limits,
            policy,
            started_before,
        } = settings;
        Self {
            functions: Functions::new(region, account, run),
            limits: Arc::new(limits),
            policy: Arc::new(policy),
            executions: Executions::default(),
            started: started_before,
            saved_started: None,
            plain: VecDeque::new(),
        }
    }

    /// Makes a function known as a target of invokes, chained ones included. Any qualifier reaches it, unless
    /// [`set_published`](Self::set_published) says which exist.
    pub fn register_function(&mut self, name: &str, settings: FunctionSettings) {
        self.functions.register(name, settings);
    }

    /// Lets another name find a function, chained invokes included. A function of that very name goes first.
    pub fn register_name(&mut self, other: &str, function: &str) {
        self.functions.register_name(other, function);
    }

    /// Says whether a function isolates its tenants.
    pub fn set_tenancy(&mut self, function: &str, tenancy: Tenancy) {
        self.functions.set_tenancy(function, tenancy);
    }

    /// Says which versions and aliases a function has: others are not found.
    pub fn set_published(&mut self, function: &str, published: Published) {
        self.functions.set_published(function, published);
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
    #[must_use]
    pub fn executions(&self) -> impl DoubleEndedIterator<Item = &Execution> {
        self.executions.values()
    }

    /// How many changes of executions there were, their starts and removals included. Equal numbers mean that
    /// nothing changed in between.
    #[must_use]
    pub fn change_count(&self) -> u64 {
        self.executions.changes()
    }

    /// The executions that are open, in the order of their starts.
    pub fn open_executions(&self) -> impl Iterator<Item = &Execution> {
        self.executions.open()
    }

    /// Starts to track the ends of executions, for [`take_ended`](Self::take_ended).
    pub fn track_ends(&mut self) {
        self.executions.track_ends();
    }

    /// Takes the executions that ended since the last call, in the order of their ends; none unless they
    /// are tracked.
    pub fn take_ended(&mut self) -> Vec<&Execution> {
        let ended = self.executions.take_ended();
        self.executions.of(ended.into_iter()).collect()
    }

    /// The open executions whose functions are not known, in the order of their starts. They stay open, and
    /// go on once their functions are known.
    pub fn orphans(&self) -> impl Iterator<Item = &Execution> {
        let known = |execution: &&Execution| self.functions.knows(execution.function());
        self.executions.open().filter(move |it| !known(it))
    }

    /// Starts the next invocation of an execution.
    ///
    /// # Errors
    ///
    /// A refusal if there is no such execution, it is closed, or one of its invocations is in flight.
    pub fn start_invocation(
        &mut self,
        now: Timestamp,
        arn: &ExecutionArn,
    ) -> Result<InvocationInput, ServiceError> {
        self.executions
            .change_at(arn, now, Execution::start_invocation)
            .ok_or_else(not_found)?
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
        timers: InlineTimers,
    ) -> Result<(), ServiceError> {
        self.executions
            .change_at(arn, now, |execution, now| {
                execution.complete_invocation(now, request_id, outcome, timers)
            })
            .ok_or_else(not_found)??;
        self.report(arn);
        Ok(())
    }

    /// Has the function of an open execution invoked once more, although nothing has changed, unless an invocation is
    /// in flight: a delivery that a correct function does not notice.
    pub fn invoke_idly(&mut self, now: Timestamp, arn: &ExecutionArn) {
        self.executions.change_at(arn, now, Execution::invoke_idly);
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
        timers: InlineTimers,
    ) -> Result<CheckpointResponse, ServiceError> {
        let next_execution = self.next_number();
        let (response, launches) = self
            .executions
            .change_at(arn, now, |execution, now| {
                execution.checkpoint(now, request, timers, &self.functions, next_execution)
            })
            .ok_or_else(token::invalid_token)??;
        for launch in launches {
            self.launch(now, arn, launch);
        }
        // There is a next token as long as the execution is open.
        if response.checkpoint_token.is_none() {
            self.report(arn);
        }
        Ok(response)
    }

    /// Answers `GetDurableExecutionState`: a page of up to `max_items` operations, 0 standing for
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
        max_items: usize,
    ) -> Result<StatePage, ServiceError> {
        let execution = self.executions.get(arn).ok_or_else(token::invalid_token)?;
        execution.check_token(checkpoint_token)?;
        let max_items = self.page_items(max_items)?;
        execution.page(marker, max_items, self.policy.event_page_bytes)
    }

    /// Number of items on a page for the limit in a request.
    fn page_items(&self, max_items: usize) -> Result<usize, ServiceError> {
        let mut constraints = Constraints::default();
        constraints.range(
            i64::try_from(max_items).unwrap_or(i64::MAX),
            "maxItems",
            0,
            MAX_PAGE_ITEMS,
        );
        constraints.finish()?;
        Ok(if max_items == 0 {
            self.policy.page_items
        } else {
            max_items
        })
    }
}

fn not_found() -> ServiceError {
    ServiceError::ResourceNotFound("Durable Execution does not exist".to_owned())
}
