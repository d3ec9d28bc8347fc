//! What another order of a run could delay: calls beside which something else could go on.

use std::collections::{BTreeSet, HashSet};

use durable_host::{CallTrace, Caller, Cause, SeenCall, Trace};
use durable_service::model::{OperationAction, OperationId, OperationType};

/// Numbers of the calls whose answers were late.
pub(super) fn late(calls: &[SeenCall]) -> Vec<u64> {
    let late = calls.iter().filter(|call| call.late_answer);
    late.map(|call| call.number).collect()
}

/// Numbers of the calls whose answers another order may have come late.
///
/// - If its caller makes the next call at once and another task makes one later: that other task could have
///   come before.
/// - If a task has ended just before: what waited for its end may now give up the caller.
/// - If a body that waited for its turn was given up right after it: it could have run meanwhile.
pub(in crate::explore) fn possible(trace: &[Trace]) -> Vec<u64> {
    let calls = calls(trace);
    let mut late = Vec::new();
    for (position, (index, call, caller)) in calls.iter().enumerate() {
        let Some(number) = call.number.filter(|_| caller.beside > 0) else {
            continue;
        };
        let later = calls.get(position + 1..).unwrap_or_default();
        let is_same = |other: &Caller| line(other) == line(caller);
        let goes_on = later.first().is_some_and(|(_, _, next)| is_same(next));
        let others_later = later
            .iter()
            .any(|(_, _, other)| other.invocation == caller.invocation && !is_same(other));
        let after = trace.get(index + 1..).unwrap_or_default();
        if (goes_on && others_later) || caller.after_end || gives_up_a_body(after) {
            late.push(number);
        }
    }
    late
}

/// The stored calls, with the index of each.
fn calls(trace: &[Trace]) -> Vec<(usize, &CallTrace, Caller)> {
    let entries = trace.iter().enumerate();
    let stored = entries.filter_map(|(index, entry)| match entry {
        Trace::Call(call) if call.stored => Some((index, call, call.caller?)),
        _ => None,
    });
    stored.collect()
}

/// The task of a call.
fn line(caller: &Caller) -> (u64, usize) {
    (caller.invocation, caller.line)
}

/// Whether several tasks start steps beside each other whose bodies no hook can hold: then the order in which
/// tasks run decides which one ends first.
pub(in crate::explore) fn has_free_bodies(trace: &[Trace]) -> bool {
    let hooked: HashSet<&OperationId> = trace
        .iter()
        .filter_map(|entry| match entry {
            Trace::BodyReady(body) => body.operation.as_ref(),
            _ => None,
        })
        .collect();
    calls(trace)
        .iter()
        .any(|(_, call, caller)| caller.beside > 1 && starts_step(call, &hooked))
}

/// Whether a run has anything that may be due at a time: a timer, a callback, a retry or an invoke.
pub(in crate::explore) fn has_due_times(trace: &[Trace]) -> bool {
    let calls = trace.iter().filter_map(|entry| match entry {
        Trace::Call(call) => Some(call),
        _ => None,
    });
    calls.flat_map(|call| &call.updates).any(|update| {
        update.action == OperationAction::Retry
            || !matches!(
                update.operation_type,
                OperationType::Step | OperationType::Context | OperationType::Execution
            )
    })
}

/// The steps that ended in a run although no hook saw their bodies, by name.
pub(in crate::explore) fn unseen_bodies(trace: &[Trace]) -> BTreeSet<String> {
    let bodies = || {
        trace.iter().filter_map(|entry| match entry {
            Trace::BodyReady(body) => Some(body),
            _ => None,
        })
    };
    let of_operations: HashSet<_> = bodies()
        .filter_map(|body| Some((&body.execution, body.operation.as_ref()?)))
        .collect();
    // A body whose operation is not known belongs to one of its name.
    let of_names: HashSet<_> = bodies()
        .filter(|body| body.operation.is_none())
        .map(|body| (&body.execution, body.name.as_str()))
        .collect();
    let calls = trace.iter().filter_map(|entry| match entry {
        Trace::Call(call) => Some(call),
        _ => None,
    });
    let ended = calls.flat_map(|call| {
        let updates = call.updates.iter().filter(|update| {
            let ends = matches!(
                update.action,
                OperationAction::Succeed | OperationAction::Fail | OperationAction::Retry
            );
            ends && update.operation_type == OperationType::Step
                && update.cause != Cause::Interrupted
        });
        updates.map(move |update| (&call.execution, update))
    });
    let unseen = ended.filter(|(execution, update)| {
        let name = update.name.as_deref();
        !of_operations.contains(&(*execution, &update.operation))
            && !name.is_some_and(|name| of_names.contains(&(*execution, name)))
    });
    let name = |name: &Option<String>| {
        name.as_deref()
            .unwrap_or("a step without a name")
            .to_owned()
    };
    unseen.map(|(_, update)| name(&update.name)).collect()
}

/// Whether the next thing to happen is that a body is dropped which never ran.
fn gives_up_a_body(after: &[Trace]) -> bool {
    let next = after
        .iter()
        .find(|entry| !matches!(entry, Trace::BodyEnded(_, Some(_))));
    matches!(next, Some(Trace::BodyEnded(_, None)))
}

/// Whether the call starts a step whose body no hook holds.
fn starts_step(call: &CallTrace, hooked: &HashSet<&OperationId>) -> bool {
    call.updates.iter().any(|update| {
        update.operation_type == OperationType::Step
            && update.action == OperationAction::Start
            && !hooked.contains(&update.operation)
    })
}

/// What happened in a run, whatever its order delayed: its calls, by whom, and its bodies.
pub(in crate::explore) fn fingerprint(trace: &[Trace]) -> Vec<String> {
    let entry = |entry: &Trace| match entry {
        Trace::Call(call) => {
            let line = call.caller.map(|caller| (caller.invocation, caller.line));
            let updates: Vec<String> = call
                .updates
                .iter()
                .map(|update| format!("{} {}", update.action, update.operation))
                .collect();
            format!("{} {line:?} {} {updates:?}", call.execution, call.stored)
        }
        Trace::BodyReady(body) | Trace::BodyStarted(body) => {
            format!("{} {:?} {}", body.execution, body.operation, body.attempt)
        }
        other => format!("{other:?}"),
    };
    trace.iter().map(entry).collect()
}
