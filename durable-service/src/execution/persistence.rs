//! An execution as records of a store, and restored from them.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::checkpoint::AcceptedCheckpoint;
use super::invocation::request_id;
use super::pause::{Pause, PauseCall};
use super::timers::timed_out;
use super::{CheckpointResponse, Execution, ExecutionSpec, InvocationRecord};
use crate::history::History;
use crate::model::{
    CheckpointToken, Event, EventDetails, EventEffect, ExecutionStatus, Operation, OperationId,
    Seconds, Timestamp,
};
use crate::storage::{self, Change, RecordKey, RestoreError};
use crate::transitions::Completion;
use crate::wire::read;
use crate::wire::rest::event_json;
use crate::{Limits, Policy};

/// What a store already holds of an execution.
#[derive(Debug, Default)]
pub(super) struct Saved {
    started: bool,
    events: usize,
    /// The record of its state.
    state: String,
    /// Indices of the operations that changed since.
    changed: BTreeSet<usize>,
}

impl Saved {
    /// Marks an operation as changed.
    pub(super) fn change(&mut self, index: usize) {
        self.changed.insert(index);
    }
}

/// The part of an execution that follows neither from its description nor from its operations and events.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    timeout_at: Timestamp,
    sequence: u64,
    stored_bytes: usize,
    #[serde(default)]
    failures: u32,
    #[serde(default, rename = "Woken")]
    wake_requested: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wake_at: Option<Timestamp>,
    /// When the invocation in flight started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    in_flight_since: Option<Timestamp>,
    #[serde(default, rename = "Unseen", skip_serializing_if = "Vec::is_empty")]
    dirty: Vec<OperationId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_checkpoint: Option<LastCheckpoint>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pause: Option<Pause>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    token_withheld: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    held_completion: Option<Completion>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_pause_call: Option<PauseCall>,
}

/// The last checkpoint, whose repetition returns the same response.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LastCheckpoint {
    client_token: String,
    consumed_token: CheckpointToken,
    operations: Vec<Shown>,
}

/// An operation as the checkpoint's response showed it.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Shown {
    /// As it still is.
    Same(OperationId),
    /// As it was then.
    Before(Box<Operation>),
}

impl Execution {
    /// Starts to track changes, everything so far included.
    pub(crate) fn track(&mut self) {
        self.saved = Some(Box::new(Saved {
            changed: (1..self.operations.len()).collect(),
            ..Saved::default()
        }));
    }

    /// Number of the execution on its service, from 1, in the order of the starts.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// What changed since the last call, as records.
    pub(crate) fn save(&mut self, changes: &mut Vec<Change>) {
        let Some(mut saved) = self.saved.take() else {
            return;
        };
        let execution = self.number;
        if !std::mem::replace(&mut saved.started, true) {
            let key = RecordKey::Execution { execution };
            changes.push(Change::put(key, &self.spec));
        }
        for index in std::mem::take(&mut saved.changed) {
            if let Some((_, operation)) = self.operations.get_index(index) {
                let position = index as u64;
                let key = RecordKey::Operation {
                    execution,
                    position,
                };
                changes.push(Change::put(key, operation));
            }
        }
        for event in self.history.events().iter().skip(saved.events) {
            let key = RecordKey::Event {
                execution,
                event: event.event_id,
            };
            changes.push(Change::put(key, &event_json(event, true)));
        }
        saved.events = self.history.events().len();
        let state = storage::write(&self.state());
        if state != saved.state {
            changes.push(Change::Put {
                key: RecordKey::State { execution },
                value: state.clone(),
            });
            saved.state = state;
        }
        self.saved = Some(saved);
    }

    fn state(&self) -> State {
        let running = self.invocations.last().filter(|_| self.in_flight);
        State {
            timeout_at: self.timers.timeout_at(),
            sequence: self.sequence,
            stored_bytes: self.stored_bytes,
            failures: self.failures,
            wake_requested: self.wake_requested,
            wake_at: self.wake_at,
            in_flight_since: running.map(|record| record.started_at),
            dirty: self.dirty.iter().cloned().collect(),
            last_checkpoint: self.last_checkpoint.as_ref().map(|last| LastCheckpoint {
                client_token: last.client_token.clone(),
                consumed_token: last.consumed_token.clone(),
                operations: last
                    .response
                    .operations
                    .iter()
                    .map(|shown| self.shown(shown))
                    .collect(),
            }),
            pause: self.pause,
            token_withheld: self.token_withheld,
            held_completion: self.held_completion.as_deref().cloned(),
            last_pause_call: self.last_pause_call.as_deref().cloned(),
        }
    }

    /// An operation that was shown, which need not be stored again if it has not changed since.
    fn shown(&self, operation: &Operation) -> Shown {
        if self.operations.get(&operation.id) == Some(operation) {
            Shown::Same(operation.id.clone())
        } else {
            Shown::Before(Box::new(operation.clone()))
        }
    }
}

/// An execution while its records are read.
pub(crate) struct Loader {
    number: u64,
    spec: ExecutionSpec,
    state: Option<State>,
    operations: Vec<Operation>,
    events: Vec<Event>,
}

impl Loader {
    /// Starts with the record of an execution's start.
    pub(crate) fn new(execution: u64, value: &str) -> Result<Self, RestoreError> {
        Ok(Self {
            number: execution,
            spec: storage::read(RecordKey::Execution { execution }, value)?,
            state: None,
            operations: Vec::new(),
            events: Vec::new(),
        })
    }

    pub(crate) fn state(&mut self, key: RecordKey, value: &str) -> Result<(), RestoreError> {
        self.state = Some(storage::read(key, value)?);
        Ok(())
    }

    /// Takes the next operation.
    pub(crate) fn operation(&mut self, position: u64, value: &str) -> Result<(), RestoreError> {
        let key = |position| RecordKey::Operation {
            execution: self.number,
            position,
        };
        let expected = self.operations.len() as u64 + 1;
        if position != expected {
            return Err(RestoreError::Missing { key: key(expected) });
        }
        let operation = storage::read(key(position), value)?;
        self.operations.push(operation);
        Ok(())
    }

    /// Takes the next event.
    pub(crate) fn event(&mut self, number: u64, value: &str) -> Result<(), RestoreError> {
        let key = |event| RecordKey::Event {
            execution: self.number,
            event,
        };
        let expected = self.events.len() as u64 + 1;
        if number != expected {
            return Err(RestoreError::Missing { key: key(expected) });
        }
        let value: serde_json::Value = storage::read(key(number), value)?;
        let event =
            read::event(&value).map_err(|error| RestoreError::broken(key(number), error))?;
        if event.event_id != number {
            let cause = format!("its EventId is {}", event.event_id);
            return Err(RestoreError::broken(key(number), cause));
        }
        self.events.push(event);
        Ok(())
    }

    /// The execution, once all its records are read.
    pub(crate) fn finish(
        self,
        limits: &Arc<Limits>,
        policy: &Arc<Policy>,
    ) -> Result<Execution, RestoreError> {
        let execution = self.number;
        let first = RecordKey::Event {
            execution,
            event: 1,
        };
        let key = RecordKey::State { execution };
        let state = self.state.ok_or(RestoreError::Missing { key })?;
        let started = self
            .events
            .first()
            .ok_or(RestoreError::Missing { key: first })?;
        let EventDetails::ExecutionStarted {
            input,
            execution_timeout,
        } = &started.details
        else {
            let cause = format!("it is {}, not ExecutionStarted", started.event_type());
            return Err(RestoreError::broken(first, cause));
        };
        let spec = ExecutionSpec {
            input: input.clone().unwrap_or_default(),
            execution_timeout: *execution_timeout,
            ..self.spec
        };
        let mut restored = Execution::new(spec, execution, limits, policy, started.timestamp);
        restored.restore_events(self.events);
        restored.restore_operations(self.operations);
        restored.restore_state(state);
        restored.mark_saved();
        Ok(restored)
    }
}

impl Execution {
    fn restore_events(&mut self, events: Vec<Event>) {
        for event in &events {
            self.invocations
                .extend(InvocationRecord::of(&event.details));
            if let Some(completion) = completion(&event.details, self.spec.execution_timeout) {
                self.end(completion, event.timestamp);
            }
        }
        self.history = History::from(events);
    }

    fn restore_operations(&mut self, operations: Vec<Operation>) {
        for operation in operations {
            let index = self.operations.len();
            self.timers.follow(index, None, &operation);
            self.operations.insert(operation.id.clone(), operation);
        }
    }

    fn restore_state(&mut self, state: State) {
        self.timers.set_timeout(state.timeout_at);
        self.sequence = state.sequence;
        self.stored_bytes = state.stored_bytes;
        self.failures = state.failures;
        self.wake_requested = state.wake_requested;
        self.wake_at = state.wake_at;
        self.dirty = state.dirty.into_iter().collect();
        self.pause = state.pause;
        self.token_withheld = state.token_withheld;
        self.held_completion = state.held_completion.map(Box::new);
        self.last_pause_call = state.last_pause_call.map(Box::new);
        if let Some(started_at) = state.in_flight_since {
            self.in_flight = true;
            self.invocations.push(InvocationRecord {
                request_id: request_id(self.number, self.invocations.len() + 1),
                started_at,
                ended_at: None,
                error: None,
            });
        }
        self.last_checkpoint = state.last_checkpoint.map(|last| {
            Box::new(AcceptedCheckpoint {
                client_token: last.client_token,
                consumed_token: last.consumed_token,
                response: CheckpointResponse {
                    // Nothing was accepted since, so the token that it returned is the current one.
                    checkpoint_token: Some(self.token()),
                    operations: last
                        .operations
                        .into_iter()
                        .filter_map(|shown| match shown {
                            Shown::Same(id) => self.operations.get(&id).cloned(),
                            Shown::Before(operation) => Some(*operation),
                        })
                        .collect(),
                },
            })
        });
    }

    /// Marks everything as stored.
    fn mark_saved(&mut self) {
        self.saved = Some(Box::new(Saved {
            started: true,
            events: self.history.events().len(),
            state: storage::write(&self.state()),
            changed: BTreeSet::new(),
        }));
    }
}

/// How an execution ended, if the event records its end.
fn completion(event: &EventDetails, timeout: Seconds) -> Option<Completion> {
    match event.effect() {
        // The event of a timeout has no error; the execution has.
        EventEffect::Execution(ExecutionStatus::TimedOut) => Some(timed_out(timeout)),
        EventEffect::Execution(status) if status.is_terminal() => Some(Completion {
            status,
            result: event.result().map(str::to_owned),
            error: event.error().cloned(),
        }),
        EventEffect::Execution(_)
        | EventEffect::Operation(..)
        | EventEffect::Invocation
        | EventEffect::Unknown => None,
    }
}
