//! The states that invocations begin with, kept for the SDK's own call for them.
//!
//! An envelope with a state of many operations is made of JSON and read again for each of them. An envelope
//! with a marker has the SDK ask for the state instead, as it does on AWS for one of several pages, and in
//! process that call is answered typed.

use std::collections::HashMap;
use std::sync::Arc;

use durable_service::model::CheckpointToken;
use durable_service::{InvocationInput, StatePage};
use parking_lot::Mutex;

/// The least number of operations for which a call costs less than JSON.
const MIN_OPERATIONS: usize = 8;

/// The SDK takes any marker as a sign that there is more, and asks from the beginning.
const MARKER: &str = "0";

/// The first pages that were not asked for yet, by the token of their invocations. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct FirstPages(Arc<Mutex<HashMap<CheckpointToken, StatePage>>>);

impl FirstPages {
    /// Takes the state out of the input of an invocation, if that pays, and keeps it until it is asked for or
    /// the invocation is over.
    pub(crate) fn hold_back(&self, input: &mut InvocationInput) -> Option<HeldBack> {
        if input.state.operations.len() < MIN_OPERATIONS {
            return None;
        }
        // The SDK reads the event from the first operation of the envelope.
        let root = input.state.operations.first()?.clone();
        let inline = StatePage {
            operations: vec![root],
            next_marker: Some(MARKER.to_owned()),
        };
        let state = std::mem::replace(&mut input.state, inline);
        let token = input.checkpoint_token.clone();
        self.0.lock().insert(token.clone(), state);
        Some(HeldBack {
            pages: self.clone(),
            token,
        })
    }

    /// The page of an invocation, which is asked for once.
    pub(crate) fn take(&self, token: &CheckpointToken) -> Option<StatePage> {
        self.0.lock().remove(token)
    }
}

/// A page of an invocation that is under way.
#[derive(Debug)]
pub(crate) struct HeldBack {
    pages: FirstPages,
    token: CheckpointToken,
}

impl Drop for HeldBack {
    fn drop(&mut self) {
        self.pages.take(&self.token);
    }
}

#[cfg(test)]
mod tests {
    use durable_service::model::{InvocationContext, Operation};
    use durable_service::recording::Recording;

    use super::*;

    /// The input of an invocation whose state has so many operations.
    fn input(operations: usize) -> InvocationInput {
        let waits = (1..operations).map(|number| {
            let event = 2 * number;
            format!(
                r#",{{"EventType": "WaitStarted", "EventId": {event}, "EventTimestamp": 0, "Id": "{number}",
                    "WaitStartedDetails": {{"Duration": 1, "ScheduledEndTimestamp": 1}}}},
                {{"EventType": "WaitSucceeded", "EventId": {}, "EventTimestamp": 1, "Id": "{number}",
                    "WaitSucceededDetails": {{}}}}"#,
                event + 1
            )
        });
        let start = r#"{"EventType": "ExecutionStarted", "EventId": 1, "EventTimestamp": 0, "Id": "e",
            "ExecutionStartedDetails": {"Input": {"Payload": "1"}, "ExecutionTimeout": 1}}"#;
        let events = format!("{{\"Events\": [{start}{}]}}", waits.collect::<String>());
        let fold = Recording::read(&events).unwrap().fold();
        let root = fold.execution().cloned();
        let operations: Vec<Operation> =
            root.into_iter().chain(fold.operations().cloned()).collect();
        let arn = "arn:aws:lambda:us-west-2:123456789012:function:f:$LATEST/durable-execution/n/i";
        let arn = arn.parse().unwrap();
        InvocationInput {
            context: InvocationContext::of(&arn),
            arn,
            request_id: "r".into(),
            checkpoint_token: "t".into(),
            state: StatePage {
                operations,
                next_marker: None,
            },
            updated_operation_ids: Vec::new(),
        }
    }

    #[test]
    fn a_long_state_is_asked_for_once() {
        let pages = FirstPages::default();
        let mut held = input(MIN_OPERATIONS);
        let state = held.state.clone();
        let _held_back = pages.hold_back(&mut held).unwrap();
        assert_eq!(held.state.operations, state.operations[..1]);
        assert!(held.state.next_marker.is_some());
        assert_eq!(pages.take(&held.checkpoint_token), Some(state));
        assert_eq!(pages.take(&held.checkpoint_token), None);
    }

    #[test]
    fn nothing_is_left_of_an_invocation_that_did_not_ask() {
        let pages = FirstPages::default();
        let mut held = input(MIN_OPERATIONS);
        drop(pages.hold_back(&mut held));
        assert_eq!(pages.take(&held.checkpoint_token), None);
    }

    #[test]
    fn a_short_state_stays_in_the_envelope() {
        let mut whole = input(MIN_OPERATIONS - 1);
        let before = whole.clone();
        assert!(FirstPages::default().hold_back(&mut whole).is_none());
        assert_eq!(whole, before);
    }
}
