//! The checkpoint call: token, validation, and a batch stored as a whole or not at all.

use std::fmt;

use super::{Execution, InlineTimers};
use crate::ServiceError;
use crate::functions::Functions;
use crate::map::IndexMap;
use crate::model::{
    CheckpointToken, ErrorObject, EventDetails, EventSubject, Operation, OperationId,
    OperationType, OperationUpdate, Timestamp,
};
use crate::token::{self, TokenPosition};
use crate::transitions::{self, ApplyContext, Change, Completion, Invoke, Launch, Transition};
use crate::validation;

/// What a running function asks to store.
///
/// [`Service::checkpoint`](crate::Service::checkpoint) takes one; [`model`](crate::model#example) has an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointRequest {
    /// The token that the function holds.
    pub checkpoint_token: CheckpointToken,
    /// Marks a repetition of the same call.
    pub client_token: Option<String>,
    /// What to store; an empty list asks for the changes alone.
    pub updates: Vec<OperationUpdate>,
}

/// The response to a checkpoint.
///
/// [`Service::checkpoint`](crate::Service::checkpoint) returns one; [`model`](crate::model#example) has an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointResponse {
    /// The token of the next call; none if the call ended the execution.
    pub checkpoint_token: Option<CheckpointToken>,
    /// Everything that changed since the function last saw the state, its own updates included.
    pub operations: Vec<Operation>,
}

/// The last accepted checkpoint, kept to answer its repetition.
#[derive(Debug)]
pub(super) struct AcceptedCheckpoint {
    pub(super) client_token: String,
    pub(super) consumed_token: CheckpointToken,
    pub(super) response: CheckpointResponse,
}

/// The token that the function holds, with its position, so that the next call need not be decoded.
#[derive(Default)]
pub(super) struct IssuedToken(Option<(TokenPosition, CheckpointToken)>);

/// It follows from the rest of the execution.
impl fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IssuedToken")
    }
}

/// A staged batch: its changes, not yet stored.
#[derive(Debug, Default)]
struct Batch {
    operations: IndexMap<OperationId, Operation>,
    events: Vec<(EventSubject, EventDetails)>,
    completion: Option<Completion>,
    bytes: usize,
    launches: Vec<Launch>,
    /// Whether a chained invoke failed because it has no target.
    refused: bool,
}

impl Batch {
    fn add(&mut self, change: Change) {
        if let Some(event) = change.event {
            let subject = EventSubject::from(&change.operation);
            self.events.push((subject, event));
        }
        self.operations
            .insert(change.operation.id.clone(), change.operation);
    }
}

impl Execution {
    /// Stores a batch of updates for the invocation in flight, and returns what changed.
    pub(crate) fn checkpoint(
        &mut self,
        now: Timestamp,
        request: CheckpointRequest,
        timers: InlineTimers,
        functions: &Functions,
        next_execution: u64,
    ) -> Result<(CheckpointResponse, Vec<Launch>), ServiceError> {
        let limits = self.limits.clone();
        validation::check_members(&request.updates, &limits, self.spec.result_bytes)?;
        if let Some(response) = self.repeated(&request) {
            return Ok((response, Vec::new()));
        }
        self.check_token(&request.checkpoint_token)?;
        validation::check_batch(&request.updates, |id| {
            self.operations
                .get(id)
                .is_some_and(|operation| operation.operation_type() == OperationType::Context)
        })?;
        let mut batch = self.staged(&request.updates, now, functions, next_execution)?;
        let own: Vec<OperationId> = if self.policy.answers_show_changes {
            Vec::new()
        } else {
            batch.operations.keys().cloned().collect()
        };

        let launches = std::mem::take(&mut batch.launches);
        let refused = batch.refused;
        self.commit(batch, now);
        self.sequence += 1;
        self.fire_until(timers.limit(now), now);
        // The batch may have closed the execution, and so may its timeout, if it was due.
        if self.is_closed() || self.held_completion.is_some() {
            self.last_checkpoint = None;
            let response = CheckpointResponse {
                checkpoint_token: None,
                operations: self.take_changes(),
            };
            return Ok((response, launches));
        }
        if self.withhold_token() {
            self.last_checkpoint = None;
            let response = CheckpointResponse {
                checkpoint_token: None,
                operations: Vec::new(),
            };
            return Ok((response, launches));
        }
        let response = CheckpointResponse {
            checkpoint_token: Some(self.issue_token()),
            operations: if self.policy.answers_show_changes {
                self.take_changes()
            } else {
                self.take_changes_of(&own)
            },
        };
        // The response shows the failure of a chained invoke. SDKs suspend without reading it, and PENDING
        // stays valid: the function is invoked again if nothing else can wake it.
        self.wake_requested |= refused;
        self.last_checkpoint = request.client_token.map(|client_token| {
            Box::new(AcceptedCheckpoint {
                client_token,
                consumed_token: request.checkpoint_token,
                response: response.clone(),
            })
        });
        Ok((response, launches))
    }

    /// Checks that a token is the current one of the invocation in flight.
    pub(crate) fn check_token(&self, token: &CheckpointToken) -> Result<(), ServiceError> {
        let position = match &self.issued.0 {
            Some((position, issued)) if issued == token => *position,
            _ => token::decode(&self.spec.arn, token)?,
        };
        let is_current = position == self.token_position() && !self.is_token_withheld();
        let takes_updates = !self.is_closed() && self.held_completion.is_none();
        if self.in_flight && takes_updates && is_current {
            Ok(())
        } else {
            Err(token::invalid_token())
        }
    }

    /// The current token.
    pub(super) fn token(&self) -> CheckpointToken {
        let position = self.token_position();
        match &self.issued.0 {
            Some((issued, token)) if *issued == position => token.clone(),
            _ => token::encode(&self.spec.arn, position),
        }
    }

    /// The current token, which is kept for the call that presents it.
    pub(super) fn issue_token(&mut self) -> CheckpointToken {
        let token = self.token();
        self.issued = IssuedToken(Some((self.token_position(), token.clone())));
        token
    }

    fn token_position(&self) -> TokenPosition {
        TokenPosition {
            invocation: self.invocations.len() as u64,
            sequence: self.sequence,
        }
    }

    /// The stored response, if the request repeats the last accepted one and the token is still current.
    fn repeated(&self, request: &CheckpointRequest) -> Option<CheckpointResponse> {
        let last = self.last_checkpoint.as_ref()?;
        let same = request.client_token.as_ref() == Some(&last.client_token)
            && request.checkpoint_token == last.consumed_token;
        let current = self.in_flight
            && !self.is_closed()
            && last.response.checkpoint_token.as_ref() == Some(&self.token());
        (same && current).then(|| last.response.clone())
    }

    /// Applies the updates to a working copy; later ones see earlier ones.
    fn staged(
        &self,
        updates: &[OperationUpdate],
        now: Timestamp,
        functions: &Functions,
        next_execution: u64,
    ) -> Result<Batch, ServiceError> {
        let limits = &self.limits;
        let mut context = ApplyContext {
            now,
            arn: &self.spec.arn,
            limits,
            result_bytes: self.spec.result_bytes,
            functions,
            next_execution,
        };
        let mut batch = Batch::default();
        let mut created = 0;
        for update in updates {
            let staged = batch.operations.get(&update.id);
            // The id of an EXECUTION update is free, and names no stored operation.
            let existing = match update.operation_type {
                OperationType::Execution => None,
                _ => staged.or_else(|| self.operations.get(&update.id)),
            };
            let is_new = existing.is_none();
            match transitions::apply(update, existing, &context)? {
                Transition::Close(completion) => batch.completion = Some(completion),
                Transition::Operation(change) => {
                    created += usize::from(is_new);
                    batch.add(*change);
                }
                Transition::Invoke(invoke) => {
                    created += usize::from(is_new);
                    let Invoke {
                        change,
                        failure,
                        launch,
                    } = *invoke;
                    if let Some(failure) = failure {
                        batch.refused = true;
                        let subject = EventSubject::from(&change.operation);
                        batch.add(change);
                        batch.events.push((subject, failure));
                    } else {
                        batch.add(change);
                    }
                    if let Some(launch) = launch {
                        context.next_execution += u64::from(launch.execution.is_some());
                        batch.launches.push(launch);
                    }
                }
            }
            batch.bytes += update.payload.as_ref().map_or(0, String::len)
                + update.error.as_ref().map_or(0, ErrorObject::json_size);
        }
        if self.operations.len() - 1 + created > limits.operations {
            return Err(ServiceError::invalid(format!(
                "A durable execution cannot have more than {} operations.",
                limits.operations
            )));
        }
        if self.stored_bytes + batch.bytes > limits.stored_bytes {
            return Err(ServiceError::invalid(format!(
                "A durable execution cannot store more than {} bytes of data.",
                limits.stored_bytes
            )));
        }
        Ok(batch)
    }

    /// Stores a staged batch.
    fn commit(&mut self, batch: Batch, now: Timestamp) {
        for (subject, event) in batch.events {
            self.history.append(now, Some(subject), event);
        }
        for operation in batch.operations.into_values() {
            self.store(operation);
        }
        self.stored_bytes += batch.bytes;
        if let Some(completion) = batch.completion {
            if self.policy.close_after_invocation {
                self.held_completion = Some(Box::new(completion));
            } else {
                // Failures before it did not end the execution.
                self.failures = 0;
                self.close(completion, now);
            }
        }
    }

    /// Of the operations that changed, returns these, and marks them as seen.
    fn take_changes_of(&mut self, own: &[OperationId]) -> Vec<Operation> {
        let changed = own.iter().filter(|id| self.dirty.shift_remove(*id));
        changed
            .filter_map(|id| self.operations.get(id).cloned())
            .collect()
    }

    /// Returns the operations that changed since the function last saw the state, and marks them as seen.
    fn take_changes(&mut self) -> Vec<Operation> {
        self.dirty
            .drain(..)
            .filter_map(|id| self.operations.get(&id).cloned())
            .collect()
    }
}
