//! Turns random changes into updates that mostly fit the execution's state.

use durable_service::Execution;
use durable_service::model::{
    CallbackOptions, ChainedInvokeOptions, ContextOptions, ErrorObject, Operation, OperationAction,
    OperationDetails, OperationId, OperationStatus, OperationType, OperationUpdate, StepOptions,
    WaitOptions,
};

use crate::action::{Change, Flaw, POOL};
use OperationAction::{Cancel, Fail, Retry, Start, Succeed};

/// Targets of chained invokes that the service accepts, though two of them cannot be reached.
const TARGETS: [&str; 6] = [
    "child:1",
    "plain",
    "order:$LATEST",
    "plain:3",
    "missing",
    "child",
];

/// The updates of a batch.
pub(crate) fn updates(execution: &Execution, changes: &[Change]) -> Vec<OperationUpdate> {
    let mut batch: Vec<OperationUpdate> = Vec::new();
    let mut end = None;
    for change in changes {
        let (id, kind, action) = choose(execution, &batch, change);
        let existing = execution.operation(id).filter(|_| id != "end");
        let mut update = OperationUpdate::new(id, kind, action);
        fill(&mut update, change);
        match existing {
            Some(operation) if change.data & 8 != 0 => {
                update.parent_id.clone_from(&operation.parent_id);
            }
            Some(_) => {}
            None => describe(&mut update, execution, &batch, change),
        }
        if let Some(flaw) = change.flaw {
            spoil(&mut update, flaw);
            match flaw {
                Flaw::Twice => batch.push(update.clone()),
                Flaw::ExecutionFirst => {
                    batch.insert(
                        0,
                        OperationUpdate::new("end", OperationType::Execution, Succeed),
                    );
                }
                _ => {}
            }
        }
        if kind == OperationType::Execution && change.flaw.is_none() {
            end = Some(update);
            continue;
        }
        let pair = existing.is_none()
            && update.action == Start
            && matches!(kind, OperationType::Step | OperationType::Context)
            && change.data % 5 == 0;
        batch.push(update);
        if pair {
            let action = if change.data & 16 == 0 { Succeed } else { Fail };
            let mut closing = OperationUpdate::new(id, kind, action);
            fill(&mut closing, change);
            batch.push(closing);
        }
    }
    batch.extend(end);
    batch
}

/// The operation and an action that fits it; if none is left, one that does not.
fn choose(
    execution: &Execution,
    batch: &[OperationUpdate],
    change: &Change,
) -> (&'static str, OperationType, OperationAction) {
    let one_of = |actions: &[OperationAction]| actions[usize::from(change.action) % actions.len()];
    if change.kind == OperationType::Execution {
        return ("end", OperationType::Execution, one_of(&[Succeed, Fail]));
    }
    for offset in 0..POOL.len() {
        let id = POOL[(usize::from(change.id) + offset) % POOL.len()];
        if batch.iter().any(|update| update.id.as_str() == id) {
            continue;
        }
        let (kind, actions) = match execution.operation(id) {
            None => (change.kind, first_actions(change.kind)),
            Some(operation) => (operation.operation_type(), next_actions(operation)),
        };
        if !actions.is_empty() {
            return (id, kind, one_of(actions));
        }
    }
    let id = POOL[usize::from(change.id) % POOL.len()];
    (id, change.kind, one_of(OperationAction::ALL))
}

fn first_actions(kind: OperationType) -> &'static [OperationAction] {
    match kind {
        OperationType::Step => &[Start, Start, Start, Succeed, Fail, Retry],
        OperationType::Context => &[Start, Start, Start, Start, Succeed, Fail],
        _ => &[Start],
    }
}

fn next_actions(operation: &Operation) -> &'static [OperationAction] {
    match (operation.operation_type(), operation.status) {
        (OperationType::Step, OperationStatus::Started) => &[Succeed, Fail, Retry, Retry],
        (OperationType::Step, OperationStatus::Ready) => &[Start, Start, Succeed, Fail, Retry],
        (OperationType::Context, OperationStatus::Started) => &[Succeed, Fail],
        (OperationType::Wait, OperationStatus::Started) => &[Cancel],
        _ => &[],
    }
}

/// Gives an update what its type and action ask for.
fn fill(update: &mut OperationUpdate, change: &Change) {
    let seconds = i64::from(change.seconds);
    let bit = |bit: u8| change.data & bit != 0;
    let payload = || bit(1).then(|| format!("{}", change.data));
    let error = || Some(ErrorObject::new("E", format!("{}", change.data)));
    match (update.operation_type, update.action) {
        (OperationType::Step, Retry) => {
            update.step_options = Some(StepOptions {
                next_attempt_delay_seconds: Some(seconds),
            });
            if bit(2) {
                update.error = error();
            } else {
                update.payload = payload();
            }
        }
        (OperationType::Wait, Start) => {
            update.wait_options = Some(WaitOptions {
                wait_seconds: Some(seconds),
            });
        }
        (OperationType::Callback, Start) => {
            update.callback_options = bit(1).then(|| CallbackOptions {
                timeout_seconds: bit(2).then_some(seconds),
                heartbeat_timeout_seconds: bit(4).then(|| i64::from(change.parent % 8)),
            });
        }
        (OperationType::ChainedInvoke, Start) => {
            update.chained_invoke_options = Some(ChainedInvokeOptions {
                function_name: Some(TARGETS[usize::from(change.action) % TARGETS.len()].to_owned()),
                tenant_id: bit(2).then(|| "tenant".to_owned()),
                trace_header: bit(4).then(|| "Root=1".to_owned()),
            });
            update.payload = payload();
        }
        (kind, Succeed) => {
            update.payload = payload();
            if kind == OperationType::Context {
                update.context_options = Some(ContextOptions {
                    replay_children: Some(bit(2)),
                });
            }
        }
        (_, Fail) => update.error = if bit(4) { error() } else { None },
        _ => {}
    }
}

/// Gives a first update name, sub-type and parent.
fn describe(
    update: &mut OperationUpdate,
    execution: &Execution,
    batch: &[OperationUpdate],
    change: &Change,
) {
    if change.data & 4 != 0 {
        update.name = Some(format!("name of {}", update.id));
        update.sub_type = Some("SubType".to_owned());
    }
    if update.operation_type == OperationType::Execution {
        return;
    }
    let stored = execution
        .operations()
        .filter(|operation| matches!(operation.details, OperationDetails::Context(_)))
        .map(|operation| operation.id.clone());
    let started = batch
        .iter()
        .filter(|update| update.operation_type == OperationType::Context && update.action == Start)
        .map(|update| update.id.clone());
    let contexts: Vec<OperationId> = stored.chain(started).collect();
    let index = usize::from(change.parent) % (contexts.len() + 2);
    update.parent_id = contexts.get(index).cloned();
}

fn spoil(update: &mut OperationUpdate, flaw: Flaw) {
    match flaw {
        Flaw::Action(action) => update.action = action,
        Flaw::Kind(kind) => update.operation_type = kind,
        Flaw::Parent(which) => {
            let parents = ["missing", "a", "b", "", update.id.as_str()];
            update.parent_id = Some(parents[usize::from(which)].into());
        }
        Flaw::PayloadAndError => {
            update.payload = Some("1".to_owned());
            update.error = Some(ErrorObject::default());
        }
        Flaw::Seconds(seconds) => {
            update.step_options = Some(StepOptions {
                next_attempt_delay_seconds: Some(seconds),
            });
            update.wait_options = Some(WaitOptions {
                wait_seconds: Some(seconds),
            });
            update.callback_options = Some(CallbackOptions {
                timeout_seconds: Some(seconds),
                heartbeat_timeout_seconds: Some(seconds),
            });
        }
        Flaw::NoOptions => {
            update.step_options = None;
            update.wait_options = None;
            update.chained_invoke_options = None;
        }
        Flaw::Name => update.name = Some("another\nname".to_owned()),
        Flaw::SubType => update.sub_type = Some("Another".to_owned()),
        Flaw::Id(which) => {
            let long = "x".repeat(65);
            let ids = [
                "",
                "not a word",
                long.as_str(),
                "00000000-0000-4000-8000-000000000001",
            ];
            update.id = ids[usize::from(which)].into();
        }
        Flaw::Function(which) => {
            let names = [
                None,
                Some(""),
                Some("not a function"),
                Some("arn:aws:lambda:us-west-2:000000000000:function:child:1"),
                Some("arn:aws:lambda:eu-west-1:123456789012:function:child:1"),
                Some("arn:aws:lambda:us-west-2:123456789012:function:child:1"),
            ];
            update.chained_invoke_options = Some(ChainedInvokeOptions {
                function_name: names[usize::from(which)].map(str::to_owned),
                tenant_id: Some("?".repeat(usize::from(which))),
                trace_header: None,
            });
        }
        Flaw::TooLarge => {
            update.payload = Some("x".repeat(100));
            update.error = update
                .error
                .take()
                .map(|_| ErrorObject::new("E", "x".repeat(300)));
        }
        // These two concern the batch.
        Flaw::Twice | Flaw::ExecutionFirst => {}
    }
}
