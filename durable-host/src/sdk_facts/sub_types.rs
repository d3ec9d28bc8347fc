use durable_service::model::{Operation, OperationType};

use super::operations::{ALL, make};
use super::{Run, run};
use crate::sdk::{OperationSketch, sub_types};

/// What was recorded of an operation of a kind, and of those within it.
fn recorded(kind: &'static str) -> (Operation, Vec<Operation>) {
    let run: Run = run(move |(), ctx| async move { Ok(make(&ctx, kind, Some("made")).await?) });
    let made = run.operation("made");
    let within = run.operations().into_iter();
    let within = within
        .filter(|operation| operation.parent_id.as_ref() == Some(&made.id))
        .collect();
    (made, within)
}

#[test]
fn each_kind_is_recorded_by_its_name() {
    for (kind, sub_type) in [
        ("step", sub_types::STEP),
        ("child", sub_types::CHILD),
        ("combinator", sub_types::CHILD),
        ("map", sub_types::MAP),
        ("parallel", sub_types::PARALLEL),
        ("wait for callback", sub_types::WAIT_FOR_CALLBACK),
        ("wait", sub_types::usual(OperationType::Wait)),
        ("callback", sub_types::usual(OperationType::Callback)),
        ("invoke", sub_types::usual(OperationType::ChainedInvoke)),
    ] {
        assert_eq!(
            recorded(kind).0.sub_type.as_deref(),
            Some(sub_type),
            "{kind}"
        );
    }
}

#[test]
fn a_usual_kind_goes_without_saying() {
    let usual = ["step", "wait", "callback", "invoke", "child", "combinator"];
    for kind in ALL {
        let (made, _) = recorded(kind);
        let is_usual = made.sub_type.as_deref() == Some(sub_types::usual(made.operation_type()));
        assert_eq!(is_usual, usual.contains(&kind), "{kind}");
        let shown = OperationSketch::from(&made).to_string();
        assert_eq!(shown.ends_with('"'), is_usual, "{shown}");
    }
}

#[test]
fn batches_are_maps_and_parallels() {
    for kind in ALL {
        let (made, _) = recorded(kind);
        let is_batch = ["map", "parallel"].contains(&kind);
        assert_eq!(
            sub_types::is_batch(made.sub_type.as_deref()),
            is_batch,
            "{kind}"
        );
    }
}

/// A combinator is recorded as a child context: only that nothing is inside tells it from one.
#[test]
fn contexts_with_a_body_are_children_waits_for_callbacks_and_branches() {
    for kind in ALL {
        let (made, within) = recorded(kind);
        let has_body = ["child", "combinator", "wait for callback"].contains(&kind);
        assert_eq!(sub_types::has_body(&made), has_body, "{kind}");
        match kind {
            "map" | "parallel" => {
                assert_eq!(within.len(), 1);
                assert!(within.iter().all(sub_types::has_body), "{within:?}");
            }
            "wait for callback" => {
                assert_eq!(within.len(), 2);
                assert!(!within.iter().any(sub_types::has_body), "{within:?}");
            }
            _ => assert_eq!(within, [], "{kind}"),
        }
    }
}
