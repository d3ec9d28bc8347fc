//! Saving and restoring the service.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Executions, PlainInvocation, Service, ServiceSettings};
use crate::Execution;
use crate::execution::Loader;
use crate::functions::Functions;
use crate::model::{
    EventDetails, ExecutionArn, FunctionReference, InvocationContext, OperationDetails,
    OperationStatus, Timestamp,
};
use crate::storage::{self, Change, FORMAT, RecordKey, RestoreError, Stored};

/// The record of the service itself.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ServiceRecord {
    format: u32,
    /// Executions started so far, forgotten ones included.
    #[serde(rename = "Begun")]
    started: u64,
}

impl Service {
    /// Starts to track changes for [`take_changes`](Self::take_changes). Until then they cost nothing.
    pub fn track_changes(&mut self) {
        self.saved_started = None;
        self.executions.track();
    }

    /// What changed since the last call, and everything at the first one. Nothing, unless changes are
    /// tracked.
    ///
    /// All of it must be stored at once or not at all, and in the order of the calls. Until then the answers
    /// of the service must not be sent, nor its invocations be made.
    pub fn take_changes(&mut self) -> Vec<Change> {
        let mut changes = Vec::new();
        if self.executions.are_tracked() && self.saved_started != Some(self.started) {
            let record = ServiceRecord {
                format: FORMAT,
                started: self.started,
            };
            changes.push(Change::put(RecordKey::Service, &record));
            self.saved_started = Some(self.started);
        }
        self.executions.save(&mut changes);
        changes
    }

    /// The service that was stored, whose changes are tracked from now on. If nothing was stored, it
    /// is a new one.
    ///
    /// The functions are not part of it: they are to be registered again. Neither are the settings,
    /// which may differ. Invocations that were in flight still are; if their processes are
    /// lost, call [`interrupt`](Self::interrupt). Calls of plain functions
    /// that had not ended, whether they waited or ran, are made again.
    ///
    /// # Errors
    ///
    /// If a record is missing or broken, or the format is a later one.
    pub fn restore(settings: ServiceSettings, stored: Stored) -> Result<Self, RestoreError> {
        let mut service = Self::new(settings);
        if stored.is_empty() {
            service.track_changes();
            return Ok(service);
        }
        let mut record: Option<ServiceRecord> = None;
        let mut executions: BTreeMap<u64, Loader> = BTreeMap::new();
        for (key, value) in stored.into_records() {
            match key {
                RecordKey::Service => record = Some(service_record(&value)?),
                RecordKey::Execution { execution } => {
                    executions.insert(execution, Loader::new(execution, &value)?);
                }
                RecordKey::State { execution } => {
                    of(&mut executions, execution)?.state(key, &value)?;
                }
                RecordKey::Operation {
                    execution,
                    position,
                } => {
                    of(&mut executions, execution)?.operation(position, &value)?;
                }
                RecordKey::Event { execution, event } => {
                    of(&mut executions, execution)?.event(event, &value)?;
                }
            }
        }
        let record = record.ok_or(RestoreError::Missing {
            key: RecordKey::Service,
        })?;
        service.started = record.started;
        service.saved_started = Some(record.started);
        let executions = executions
            .into_values()
            .map(|loader| loader.finish(&service.limits, &service.policy))
            .collect::<Result<Vec<_>, _>>()?;
        service.executions = Executions::restored(executions.into_iter());
        service.plain = open_calls(&service.executions, &service.functions).into();
        Ok(service)
    }

    /// The latest time at which anything is known to have happened. Time must not run
    /// backwards, so the host's clock continues from here or later.
    #[must_use]
    pub fn latest_time(&self) -> Option<Timestamp> {
        let times = self.executions.values().map(Execution::latest_time);
        times.max().flatten()
    }

    /// Ends the invocations in flight, because their processes are gone: the server was restarted. Their
    /// tokens are stale, their functions are invoked again at once, and nothing counts against the
    /// attempts that failed invocations have. Returns the executions that they belong to.
    pub fn interrupt(&mut self, now: Timestamp) -> Vec<ExecutionArn> {
        let lost: Vec<ExecutionArn> = self
            .executions
            .values()
            .filter(|execution| execution.is_in_flight())
            .map(|execution| execution.arn().clone())
            .collect();
        for arn in &lost {
            self.executions.change_at(arn, now, Execution::interrupt);
        }
        lost
    }
}

/// The execution that a record belongs to. Executions come before what belongs to them.
fn of(executions: &mut BTreeMap<u64, Loader>, execution: u64) -> Result<&mut Loader, RestoreError> {
    let key = RecordKey::Execution { execution };
    executions
        .get_mut(&execution)
        .ok_or(RestoreError::Missing { key })
}

fn service_record(value: &str) -> Result<ServiceRecord, RestoreError> {
    // A later format may have other members, but it has this one.
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Head {
        format: u32,
    }
    let Head { format } = storage::read(RecordKey::Service, value)?;
    if format > FORMAT {
        return Err(RestoreError::Format { found: format });
    }
    storage::read(RecordKey::Service, value)
}

/// The calls of plain functions that have not ended, in the order in which they were asked for.
fn open_calls(executions: &Executions, functions: &Functions) -> Vec<PlainInvocation> {
    let mut calls: Vec<(Timestamp, PlainInvocation)> = executions
        .values()
        .filter(|execution| !execution.status().is_terminal())
        .flat_map(|execution| open_calls_of(execution, functions))
        .collect();
    calls.sort_by_key(|(at, _)| *at);
    calls.into_iter().map(|(_, call)| call).collect()
}

fn open_calls_of(
    execution: &Execution,
    functions: &Functions,
) -> impl Iterator<Item = (Timestamp, PlainInvocation)> {
    execution.history().iter().filter_map(move |event| {
        let EventDetails::ChainedInvokeStarted {
            function_name,
            input,
            executed_version,
            tenant_id,
            ..
        } = &event.details
        else {
            return None;
        };
        let operation = execution.operation(event.id()?)?;
        let OperationDetails::ChainedInvoke(details) = &operation.details else {
            return None;
        };
        if operation.status != OperationStatus::Started || details.execution.is_some() {
            return None;
        }
        let own = details.trace_header.as_deref();
        let trace_header = own.or(execution.trace_header());
        let function: FunctionReference = function_name.parse().ok()?;
        let call = PlainInvocation {
            execution: execution.arn().clone(),
            operation: operation.id.clone(),
            input: input.clone().unwrap_or_else(|| "{}".to_owned()),
            context: InvocationContext {
                tenant_id: tenant_id.clone(),
                trace_header: trace_header.map(str::to_owned),
                ..functions.context(&function.name, executed_version.as_ref()?)
            },
            function: function.name,
        };
        Some((event.timestamp, call))
    })
}
