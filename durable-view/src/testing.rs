//! Executions for the tests of this crate, built from the top down.

use durable_service::model::{ErrorObject, Operation};
use durable_service::wire::read;
use durable_service::{fold::Fold, model::Event};
use serde_json::{Value, json};

use crate::Outline;

/// An operation with what is inside it.
pub(crate) struct Subject {
    name: String,
    kind: &'static str,
    sub_type: &'static str,
    end: Option<(&'static str, Value)>,
    inside: Vec<Subject>,
}

impl Subject {
    fn new(name: impl Into<String>, kind: &'static str, sub_type: &'static str) -> Self {
        Self {
            name: name.into(),
            kind,
            sub_type,
            end: Some(("Succeeded", json!({}))),
            inside: Vec::new(),
        }
    }

    pub(crate) fn step(name: impl Into<String>) -> Self {
        let mut step = Self::new(name, "Step", "Step");
        let details = json!({"Result": {"Payload": "1"}, "RetryDetails": {"CurrentAttempt": 1}});
        step.end = Some(("Succeeded", details));
        step
    }

    pub(crate) fn wait(name: impl Into<String>) -> Self {
        let mut wait = Self::new(name, "Wait", "Wait");
        wait.end = Some(("Succeeded", json!({"Duration": 1})));
        wait
    }

    pub(crate) fn context(name: impl Into<String>) -> Self {
        Self::new(name, "Context", "RunInChildContext")
    }

    pub(crate) fn failed(mut self, error: &ErrorObject) -> Self {
        let details = json!({"Error": {"Payload": error}, "RetryDetails": {"CurrentAttempt": 1}});
        self.end = Some(("Failed", details));
        self
    }

    pub(crate) fn open(mut self) -> Self {
        self.end = None;
        self
    }

    pub(crate) fn with(mut self, inside: impl IntoIterator<Item = Subject>) -> Self {
        self.inside = inside.into_iter().collect();
        self
    }
}

/// The events of operations that start one after the other, at time zero.
pub(crate) fn events(subjects: impl IntoIterator<Item = Subject>) -> Vec<Event> {
    enum Todo {
        Start(Subject, Option<usize>),
        End(usize, Subject),
    }
    let mut events = vec![json!({
        "EventType": "ExecutionStarted", "Id": "e",
        "ExecutionStartedDetails": {"Input": {"Payload": "{}"}, "ExecutionTimeout": 60},
    })];
    let mut event = |event_type: String,
                     id: usize,
                     parent: Option<usize>,
                     of: &Subject,
                     details| {
        let mut event = json!({
            "EventType": event_type, "Id": id.to_string(), "Name": of.name, "SubType": of.sub_type,
        });
        if let Some(parent) = parent {
            event["ParentId"] = json!(parent.to_string());
        }
        event[format!("{event_type}Details")] = details;
        events.push(event);
    };
    let mut todo: Vec<Todo> = subjects
        .into_iter()
        .map(|one| Todo::Start(one, None))
        .collect();
    todo.reverse();
    let mut next = 0;
    while let Some(one) = todo.pop() {
        match one {
            Todo::Start(mut subject, parent) => {
                next += 1;
                let details = match subject.kind {
                    "Wait" => json!({"Duration": 1, "ScheduledEndTimestamp": 1}),
                    _ => json!({}),
                };
                event(
                    format!("{}Started", subject.kind),
                    next,
                    parent,
                    &subject,
                    details,
                );
                let inside = std::mem::take(&mut subject.inside);
                todo.push(Todo::End(next, subject));
                todo.extend(
                    inside
                        .into_iter()
                        .rev()
                        .map(|one| Todo::Start(one, Some(next))),
                );
            }
            Todo::End(id, subject) => {
                if let Some((end, details)) = &subject.end {
                    event(
                        format!("{}{end}", subject.kind),
                        id,
                        None,
                        &subject,
                        details.clone(),
                    );
                }
            }
        }
    }
    let numbered = events.into_iter().zip(1..).map(|(mut event, number)| {
        event["EventId"] = json!(number);
        event["EventTimestamp"] = json!(0);
        read::event(&event).unwrap()
    });
    numbered.collect()
}

/// Their outline.
pub(crate) fn outline(subjects: impl IntoIterator<Item = Subject>) -> Outline {
    let fold = Fold::of(&events(subjects));
    let operations: Vec<Operation> = fold.operations().cloned().collect();
    Outline::new(operations)
}
