//! What an execution waits for, and the command that ends that, for a person who waits for its end.

use durable_service::fold::Fold;
use durable_service::model::{
    Event, ExecutionStatus, Operation, OperationDetails, OperationStatus,
};
use durable_view::{Outline, visible};

/// A line for each thing that an execution waits for, by its events.
pub(super) fn lines(events: &[Event], is_local: bool) -> Vec<String> {
    let fold = Fold::of(events);
    if fold.status().is_terminal() {
        return Vec::new();
    }
    if fold.status() == ExecutionStatus::Paused {
        return vec!["it is paused, until it is resumed".to_owned()];
    }
    let outline = Outline::new(fold.operations().cloned().collect());
    let nodes = outline.nodes().iter();
    nodes
        .filter_map(|node| line(&visible(&node.label), &node.operation, is_local))
        .collect()
}

fn line(label: &str, operation: &Operation, is_local: bool) -> Option<String> {
    if !operation.can_wake() {
        return None;
    }
    let until = operation
        .due_at()
        .map_or_else(String::new, |due| format!(" until {due}"));
    let skip = if is_local {
        "; `durable ui` opens the page, whose button skips it"
    } else {
        ""
    };
    Some(match &operation.details {
        OperationDetails::Callback(callback) => format!(
            "it waits for the callback {label}{until}: durable callback succeed {} --result JSON",
            visible(callback.callback_id.as_str())
        ),
        OperationDetails::Wait(_) => format!("it waits in {label}{until}{skip}"),
        OperationDetails::Step(step) if operation.status == OperationStatus::Pending => format!(
            "it waits for attempt {} of {label}{until}{skip}",
            step.attempt + 1
        ),
        OperationDetails::ChainedInvoke(invoke) => match &invoke.execution {
            Some(execution) => format!(
                "it waits for {label}, which runs as {execution}: durable history '{execution}'"
            ),
            None => format!("it waits for the function of {label}"),
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use durable_service::wire::read;
    use serde_json::json;

    use super::*;

    fn lines_of(events: &[serde_json::Value]) -> Vec<String> {
        let events: Vec<Event> = events.iter().map(|it| read::event(it).unwrap()).collect();
        lines(&events, true)
    }

    #[test]
    fn each_wait_names_what_ends_it() {
        let started = json!({"EventId": 1, "EventTimestamp": 0, "EventType": "ExecutionStarted", "Id": "0",
            "ExecutionStartedDetails": {"Input": {"Payload": "{}"}, "ExecutionTimeout": 86400}});
        let wait = json!({"EventId": 2, "EventTimestamp": 1, "EventType": "WaitStarted", "Id": "1",
            "SubType": "Wait", "Name": "cool-off",
            "WaitStartedDetails": {"Duration": 60, "ScheduledEndTimestamp": 61}});
        let callback = json!({"EventId": 3, "EventTimestamp": 1, "EventType": "CallbackStarted", "Id": "2",
            "SubType": "Callback", "Name": "approval",
            "CallbackStartedDetails": {"CallbackId": "abc", "Timeout": 0, "HeartbeatTimeout": 0}});
        assert_eq!(
            lines_of(&[started.clone(), wait, callback]),
            [
                "it waits in cool-off until 1970-01-01T00:01:01.000Z; `durable ui` opens the page, whose button \
                 skips it",
                "it waits for the callback approval: durable callback succeed abc --result JSON",
            ]
        );
        let ended = json!({"EventId": 2, "EventTimestamp": 1, "EventType": "ExecutionSucceeded", "Id": "0",
            "ExecutionSucceededDetails": {"Result": {"Payload": "1"}}});
        assert_eq!(lines_of(&[started, ended]), [""; 0]);
    }
}
