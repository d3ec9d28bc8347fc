//! A service that is saved and restored between random calls.

use std::iter::from_fn;

use durable_service::model::OperationStatus;
use durable_service::storage::{Change, RecordKey, Stored};
use durable_service::{Execution, PlainInvocation, Service};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::ACTIONS;
use crate::action::{Action, actions};
use crate::model::Verdict;
use crate::world::{World, next_call};

/// What happens to the service after an action.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Between {
    Nothing,
    /// What changed is stored.
    Save,
    /// The service is made of what is stored.
    Restore,
}

/// Actions, and what happens to the service after each.
pub(crate) fn interleaved_actions() -> impl Strategy<Value = Vec<(Action, Between)>> {
    let between = prop_oneof![
        6 => Just(Between::Nothing),
        3 => Just(Between::Save),
        1 => Just(Between::Restore),
    ];
    (actions(0..=ACTIONS), vec(between, ACTIONS))
        .prop_map(|(actions, between)| actions.into_iter().zip(between).collect())
}

/// Does the actions on a service that is saved and restored meanwhile: it must be the same as one that
/// is not.
pub(crate) fn check(actions: &[(Action, Between)]) -> Verdict {
    let mut world = World::new(false);
    let mut saved = World::new(false);
    let mut stored = Stored::default();
    saved.service.track_changes();
    for (action, between) in actions {
        world.act(action)?;
        saved.act(action)?;
        match between {
            Between::Nothing => {}
            Between::Save => save(&mut saved.service, &mut stored)?,
            Between::Restore => {
                save(&mut saved.service, &mut stored)?;
                restore(&mut saved, &stored)?;
            }
        }
    }
    prop_assert_eq!(
        world.service.executions().count(),
        saved.service.executions().count()
    );
    for (one, other) in world.service.executions().zip(saved.service.executions()) {
        prop_assert_eq!(one.history(), other.history());
        prop_assert!(one.operations().eq(other.operations()));
        prop_assert_eq!(one.invocations(), other.invocations());
        prop_assert_eq!(one.next_due(), other.next_due());
    }
    Ok(())
}

fn save(service: &mut Service, stored: &mut Stored) -> Verdict {
    for change in service.take_changes() {
        if let Change::Put { key, value } = &change {
            let record = (*key, value.as_str());
            // A heartbeat may leave an operation as it was.
            let may_be_same = matches!(key, RecordKey::Operation { .. });
            prop_assert!(
                may_be_same || stored.records().all(|it| it != record),
                "{} is written though it has not changed",
                key
            );
        }
        stored.apply(change);
    }
    prop_assert_eq!(service.take_changes(), []);
    Ok(())
}

fn restore(world: &mut World, stored: &Stored) -> Verdict {
    let mut restored = Service::restore(World::settings(), stored.clone()).unwrap();
    World::register_functions(&mut restored);
    prop_assert_eq!(restored.take_changes(), []);

    let text = |service: &Service| {
        let executions: Vec<&Execution> = service.executions().collect();
        format!("{executions:?}")
    };
    let (before, after) = (text(&world.service), text(&restored));
    prop_assert!(before == after, "{before}\n{after}");

    // Calls that had not ended are started again, those included that workers have.
    let waiting = from_fn(|| next_call(&mut world.service, world.now));
    world.waiting.extend(waiting);
    let taken = world.plain.iter().filter(|call| is_open(&restored, call));
    let mut expected: Vec<PlainInvocation> = taken.chain(&world.waiting).cloned().collect();
    expected.retain(|call| is_open(&restored, call));
    let mut again: Vec<PlainInvocation> = from_fn(|| next_call(&mut restored, world.now)).collect();
    let by_place = |call: &PlainInvocation| (call.execution.clone(), call.operation.clone());
    expected.sort_by_key(by_place);
    again.sort_by_key(by_place);
    prop_assert_eq!(again, expected);

    world.service = restored;
    Ok(())
}

/// Whether an operation still waits for the end of a call.
fn is_open(service: &Service, call: &PlainInvocation) -> bool {
    service.execution(&call.execution).is_ok_and(|execution| {
        let operation = execution.operation(call.operation.as_str());
        !execution.status().is_terminal()
            && operation.is_some_and(|it| it.status == OperationStatus::Started)
    })
}
