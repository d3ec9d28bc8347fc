use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use durable_service::model::{ErrorObject, ExecutionStatus};

use super::operations::{ALL, make};
use super::run;
use crate::sdk::OperationSketch;
use crate::sdk::errors::{NON_DETERMINISTIC, is_not_the_handlers};
use crate::sdk::mismatch::{is_mismatch, made};

/// The error of a handler that waits, and makes another operation in its place when it is replayed.
fn mismatch(
    recorded: Option<&'static str>,
    kind: &'static str,
    name: Option<&'static str>,
) -> ErrorObject {
    let invocations = Arc::new(AtomicU32::new(0));
    let run = run(move |(), ctx| {
        let is_first = invocations.fetch_add(1, Ordering::Relaxed) == 0;
        async move {
            if is_first {
                make(&ctx, "wait", recorded).await?;
            } else {
                make(&ctx, kind, name).await?;
            }
            Ok(())
        }
    });
    assert_eq!(run.status(), ExecutionStatus::Failed);
    run.error()
}

/// What the SDK takes for the identity of an operation of a kind.
fn sketch(kind: &'static str, name: Option<&'static str>) -> OperationSketch {
    let run = run(move |(), ctx| async move { Ok(make(&ctx, kind, name).await?) });
    let mut operations = run.operations().into_iter();
    OperationSketch::from(&operations.next().unwrap())
}

#[test]
fn the_made_operation_is_read_from_the_sdks_own_message() {
    for kind in ALL {
        for name in [None, Some("made"), Some("a \"made\" one")] {
            let error = mismatch(Some("recorded"), kind, name);
            assert_eq!(error.error_type.as_deref(), Some(NON_DETERMINISTIC));
            assert!(is_mismatch(&error) && is_not_the_handlers(&error));
            let made = made(&error, |_| Some("recorded".to_owned())).unwrap();
            let expected = sketch(kind, name);
            assert!(made.matches(&expected), "{made} is {expected}");
            assert_eq!(made.id, expected.id, "both are the first of the handler");
        }
    }
}

#[test]
fn an_empty_name_is_none_to_the_sdk() {
    let invocations = Arc::new(AtomicU32::new(0));
    let run = run(move |(), ctx| {
        let is_first = invocations.fetch_add(1, Ordering::Relaxed) == 0;
        async move {
            let name = if is_first { None } else { Some("") };
            Ok(make(&ctx, "wait", name).await?)
        }
    });
    assert_eq!(run.status(), ExecutionStatus::Succeeded);
    let named = OperationSketch {
        name: Some(String::new()),
        ..sketch("wait", None)
    };
    assert!(named.matches(&sketch("wait", None)));
    assert!(!named.matches(&sketch("wait", Some("made"))));
}

#[test]
fn the_recorded_name_does_not_matter() {
    for recorded in [None, Some("recorded"), Some("one, got two")] {
        let error = mismatch(recorded, "step", Some("made"));
        assert_eq!(
            made(&error, |_| recorded.map(str::to_owned))
                .unwrap()
                .name
                .as_deref(),
            Some("made")
        );
    }
}
