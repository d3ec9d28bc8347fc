//! One checkpoint call: numbered, judged, stored and written down in one act.

use std::time::Duration;

use durable_service::model::{
    CheckpointToken, ExecutionArn, Operation, OperationAction, OperationId, OperationStatus,
    OperationType, OperationUpdate,
};
use durable_service::{CheckpointRequest, CheckpointResponse, Service, ServiceError};

use super::invocation::ActiveInvocation;
use super::lost_token::InFlight;
use super::responders;
use super::{CallFault, CallTrace, Trace, UpdateTrace, World};
use crate::names::{self, Names};
use crate::reply::{CallbackRequest, Responder};
use crate::schedule::Scheduler;
use crate::sdk::OperationSketch;

/// What a checkpoint call came to.
#[derive(Debug)]
pub(crate) struct Checkpointed {
    pub(crate) answer: Answer,
    /// The callbacks that the call started and that have a responder, which is to be asked without the
    /// lock.
    pub(crate) callbacks: Vec<StartedCallback>,
}

/// A callback that has just started, and what replies to it.
pub(crate) struct StartedCallback {
    pub(crate) request: CallbackRequest,
    pub(crate) responder: Responder,
}

impl std::fmt::Debug for StartedCallback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.request.fmt(f)
    }
}

/// What the function gets for its call.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The service's answer; late or at once.
    Service(Result<CheckpointResponse, ServiceError>, Option<Late>),
    /// A refusal that a fault asks for.
    Refused(Refused),
    /// None: the function is dead.
    Never,
}

/// An answer that comes late.
#[derive(Debug)]
pub(crate) struct Late {
    pub(crate) by: Lateness,
    pub(crate) call: InFlight,
}

/// How late an answer comes.
#[derive(Debug)]
pub(crate) enum Lateness {
    /// After that much virtual time, and after all else that can go on.
    Time(Duration),
    /// When the scheduler chooses it.
    Order(Scheduler),
}

/// Why a fault has a call refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    Throttled,
    ServerError,
    StaleToken,
}

impl Checkpointed {
    /// An answer to a call that changed nothing.
    fn of(answer: Answer) -> Self {
        Self {
            answer,
            callbacks: Vec::new(),
        }
    }
}

impl World {
    /// Answers a checkpoint call of a function.
    pub(crate) fn checkpoint(
        &mut self,
        arn: &ExecutionArn,
        mut request: CheckpointRequest,
    ) -> Checkpointed {
        if self.killed.tokens.contains(&request.checkpoint_token) {
            return Checkpointed::of(Answer::Never);
        }
        self.activity.note();
        let is_live = self
            .active
            .as_ref()
            .is_some_and(|active| active.makes(arn, &request.checkpoint_token));
        if is_live {
            self.outside.called(&request.updates);
        }
        let service = &self.service;
        let is_named = |wanted: &str, update: &OperationUpdate| {
            update.name.as_deref() == Some(wanted)
                || names::is_more_than_a_name(wanted)
                    && names_of(service, arn, &request.updates)
                        .get(&update.id)
                        .is_some_and(|name| name.is(wanted))
        };
        let call = is_live.then(|| self.faults.call(&request.updates, &is_named));
        let number = call.map(|(number, _)| number);
        let invocation = self.faults.invocations();
        let active = self.active.as_mut().filter(|_| is_live);
        let caller = active.map(|active| active.caller(invocation));
        let beside = caller.as_ref().map_or(0, |caller| caller.beside);
        let fault = call.and_then(|(_, fault)| fault);
        let mut trace = self.is_noted(fault).then(|| CallTrace {
            number,
            execution: arn.clone(),
            updates: request.updates.iter().map(UpdateTrace::from).collect(),
            stored: false,
            caller,
        });
        if let Some(refusal) = fault.and_then(refusal) {
            self.write_down(trace.as_ref());
            return Checkpointed::of(refusal);
        }
        let again = (fault == Some(CallFault::AnswerLost)).then(|| {
            // The in-process client is answered before it has made its token.
            let client_token = || format!("call-{}", number.unwrap_or_default());
            request.client_token.get_or_insert_with(client_token);
            request.clone()
        });
        if fault == Some(CallFault::KilledBefore) {
            self.write_down(trace.as_ref());
            self.kill();
            return Checkpointed::of(Answer::Never);
        }
        let ended = self.ended_steps(&request.updates);
        let token = request.checkpoint_token.clone();
        self.mark_before(number, beside, &request.updates);
        let before = if is_live { self.instant(arn) } else { None };
        let starts = is_live.then(|| starts(&request.updates));
        let (mut response, callbacks) = self.store(arn, request, is_live);
        self.note_instant(number, before, arn);
        self.mark_after(number, &response);
        let is_asked_for = response.is_err() || fault.is_some() || self.scheduler.is_some();
        self.write_down_answered(&mut trace, response.is_ok(), is_asked_for);
        if response.is_err() {
            let updates = trace.as_ref().map(|trace| trace.updates.clone());
            self.refused_for(&token, updates.unwrap_or_default());
            if let (Some(active), Some(starts)) = (&mut self.active, starts) {
                active.refused_starts(starts);
            }
        }
        if let (Some(again), Ok(_)) = (again, &response) {
            let now = self.sync_clock();
            let timers = self.inline_timers();
            response = self.service.checkpoint(now, arn, again, timers);
        }
        let answer = match fault {
            // A function that is dead does not hear of a refusal either.
            Some(CallFault::KilledAfter) => {
                self.kill();
                Answer::Never
            }
            Some(CallFault::Fenced) => {
                self.fence();
                Answer::Service(response, None)
            }
            Some(CallFault::Late(delay)) => {
                let late = trace.and_then(|trace| self.late(Lateness::Time(delay), token, trace));
                Answer::Service(response, late)
            }
            Some(CallFault::Overtaken) => {
                let by = Lateness::Time(Duration::ZERO);
                let late = trace.and_then(|trace| self.late(by, token, trace));
                Answer::Service(response, late)
            }
            _ if is_live && response.is_ok() && self.is_to_reclaim(arn, &ended) => {
                self.reclaim();
                Answer::Never
            }
            _ => {
                let late = trace.and_then(|trace| self.late_in_order(token, trace));
                Answer::Service(response, late)
            }
        };
        Checkpointed { answer, callbacks }
    }

    /// The steps that a call ends, if a variant of the service asks for them.
    fn ended_steps(&self, updates: &[OperationUpdate]) -> Vec<OperationId> {
        if !self.variants.always_suspend {
            return Vec::new();
        }
        ids(updates, |update| {
            let ends = matches!(
                update.action,
                OperationAction::Succeed | OperationAction::Fail
            );
            update.operation_type == OperationType::Step && ends
        })
    }

    /// Whether the variant of the service takes the environment away after a call that ended these steps: only if no
    /// step is under way, so that none is interrupted, and the execution is open.
    fn is_to_reclaim(&self, arn: &ExecutionArn, ended: &[OperationId]) -> bool {
        if !self.variants.always_suspend || ended.is_empty() || self.bodies.are_running() {
            return false;
        }
        self.service.execution(arn).is_ok_and(|execution| {
            let is_under_way = |operation: &Operation| {
                operation.operation_type() == OperationType::Step
                    && operation.status == OperationStatus::Started
            };
            !execution.status().is_terminal() && !execution.operations().any(is_under_way)
        })
    }

    /// Whether anything asks what a call with that fault is about.
    fn is_noted(&self, fault: Option<CallFault>) -> bool {
        let active = self.active.as_ref();
        fault.is_some()
            || self.trace.is_some()
            || self.scheduler.is_some()
            || active.is_some_and(ActiveInvocation::has_lost_token)
    }

    /// Whether the scheduler has the answer to a call come late.
    fn late_in_order(&self, token: CheckpointToken, call: CallTrace) -> Option<Late> {
        let scheduler = self.scheduler.as_ref().filter(|one| !one.is_finished())?;
        if !call.stored || !scheduler.delays(&call) {
            return None;
        }
        self.late(Lateness::Order(scheduler.clone()), token, call)
    }

    /// None if the call is not one of the invocation in flight.
    fn late(&self, by: Lateness, token: CheckpointToken, call: CallTrace) -> Option<Late> {
        let active = self.active.as_ref()?;
        call.caller.as_ref()?;
        let call = InFlight {
            execution: call.execution.clone(),
            request_id: active.request_id().clone(),
            token,
            call,
        };
        Some(Late { by, call })
    }

    /// Has the service store a call, and notes what follows from it.
    fn store(
        &mut self,
        arn: &ExecutionArn,
        request: CheckpointRequest,
        is_live: bool,
    ) -> (
        Result<CheckpointResponse, ServiceError>,
        Vec<StartedCallback>,
    ) {
        let callbacks = ids(&request.updates, |update| {
            update.operation_type == OperationType::Callback
        });
        let steps = ids(&request.updates, |update| {
            update.operation_type == OperationType::Step && update.action == OperationAction::Start
        });
        let contexts = ids(&request.updates, |update| {
            update.operation_type == OperationType::Context
                && update.action == OperationAction::Start
        });
        let now = self.sync_clock();
        let timers = self.inline_timers();
        let response = self.service.checkpoint(now, arn, request, timers);
        let Ok(stored) = &response else {
            return (response, Vec::new());
        };
        if is_live
            && let Some(token) = &stored.checkpoint_token
            && let Some(active) = &mut self.active
        {
            active.present(token);
        }
        self.bodies.stored(arn, &steps);
        self.blocks.stored(arn, &contexts);
        let callbacks = self.started_callbacks(arn, &callbacks);
        (response, callbacks)
    }

    /// Of the callbacks that a call stored, those which have just started and have a responder.
    fn started_callbacks(
        &mut self,
        arn: &ExecutionArn,
        operations: &[OperationId],
    ) -> Vec<StartedCallback> {
        if operations.is_empty() {
            return Vec::new();
        }
        let requests = responders::requests(&self.service, arn, operations);
        requests
            .into_iter()
            .filter_map(|request| {
                let responder = self.responders.take(&self.service, arn, &request)?;
                Some(StartedCallback { request, responder })
            })
            .collect()
    }

    /// Writes down a call that the service answered. It is taken, not copied, unless something asks for it again.
    fn write_down_answered(
        &mut self,
        call: &mut Option<CallTrace>,
        stored: bool,
        is_asked_for: bool,
    ) {
        if let Some(call) = call {
            call.stored = stored;
        }
        if is_asked_for {
            self.write_down(call.as_ref());
        } else if let Some(call) = call.take() {
            self.note(|| Trace::Call(call));
        }
    }

    fn write_down(&mut self, call: Option<&CallTrace>) {
        if let Some(call) = call {
            self.note(|| Trace::Call(call.clone()));
        }
    }
}

/// What the operations of an execution are called, those that a call starts included.
fn names_of(service: &Service, arn: &ExecutionArn, updates: &[OperationUpdate]) -> Names {
    let execution = service.execution(arn);
    let mut names = execution.map_or_else(
        |_| Names::default(),
        |execution| Names::of(execution.operations()),
    );
    for update in updates {
        names.add(&OperationSketch::from(update));
    }
    names
}

/// The operations that a call starts.
fn starts(updates: &[OperationUpdate]) -> Vec<OperationSketch> {
    let starts = updates
        .iter()
        .filter(|update| update.action == OperationAction::Start);
    starts.map(OperationSketch::from).collect()
}

/// The answer of a fault that keeps a call from being stored.
fn refusal(fault: CallFault) -> Option<Answer> {
    let refused = match fault {
        CallFault::Throttled => Refused::Throttled,
        CallFault::ServerError => Refused::ServerError,
        CallFault::StaleToken => Refused::StaleToken,
        CallFault::KilledBefore
        | CallFault::KilledAfter
        | CallFault::AnswerLost
        | CallFault::Fenced
        | CallFault::Late(_)
        | CallFault::Overtaken => return None,
    };
    Some(Answer::Refused(refused))
}

fn ids(updates: &[OperationUpdate], wanted: impl Fn(&OperationUpdate) -> bool) -> Vec<OperationId> {
    updates
        .iter()
        .filter(|update| wanted(update))
        .map(|update| update.id.clone())
        .collect()
}
