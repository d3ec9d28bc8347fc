//! Golden histories: what an execution did, as text that is equal in every run and in both modes.

mod clock;
mod names;
mod payload;
mod render;
mod snapshot;

use std::collections::HashMap;

use durable_view::human;
use serde_json::{Map, Value, json};

use crate::ExecutionResult;
use crate::results::{ErrorObject, Event, EventDetails, Operation, OperationType};
use clock::Clock;
use names::Names;
pub use snapshot::{name, text};

/// An execution as data, which is what redactions select from.
pub(crate) fn history(result: &ExecutionResult) -> Value {
    let mut names = Names::default();
    names.add(result);
    History {
        result,
        clock: Clock::of(result),
        events: events_by_operation(result),
        names: &names,
    }
    .execution()
}

struct History<'a> {
    result: &'a ExecutionResult,
    clock: Clock,
    /// The events of each operation, by its id.
    events: HashMap<&'a str, Vec<&'a Event>>,
    names: &'a Names,
}

fn events_by_operation(result: &ExecutionResult) -> HashMap<&str, Vec<&Event>> {
    let mut events: HashMap<&str, Vec<&Event>> = HashMap::new();
    for event in result.history() {
        if let Some(id) = event.id() {
            events.entry(id).or_default().push(event);
        }
    }
    events
}

impl History<'_> {
    fn execution(&self) -> Value {
        let mut data = Map::new();
        data.insert("status".to_owned(), json!(self.result.status()));
        data.insert(
            "ended".to_owned(),
            json!(self.result.ended_at().map(|_| after(self.clock.end()))),
        );
        let input = self
            .result
            .history()
            .iter()
            .find_map(|event| match &event.details {
                EventDetails::ExecutionStarted { input, .. } => Some(input.as_deref()?),
                _ => None,
            });
        data.insert("input".to_owned(), self.payload(input));
        data.insert("result".to_owned(), self.payload(self.result.result_json()));
        data.insert("error".to_owned(), self.error(self.result.error()));
        let operations = self.result.operations().iter();
        let top = operations.filter(|operation| operation.parent().is_none());
        data.insert(
            "operations".to_owned(),
            top.map(|one| self.operation(one)).collect(),
        );
        let others = self
            .result
            .history()
            .iter()
            .filter_map(|event| self.of_execution(event));
        data.insert("events".to_owned(), others.collect());
        compact(data)
    }

    /// An event of the execution as a whole that is not its start or its end. Invocations that end well are left
    /// out, because how many there are depends on how long things take.
    fn of_execution(&self, event: &Event) -> Option<Value> {
        let error = match &event.details {
            EventDetails::InvocationCompleted { error, .. } => Some(error.as_ref()?),
            EventDetails::ExecutionPaused { .. }
            | EventDetails::ExecutionResumed { .. }
            | EventDetails::Unknown { .. } => None,
            _ => return None,
        };
        let mut data = Map::new();
        data.insert("event".to_owned(), json!(event.event_type()));
        data.insert("error".to_owned(), self.error(error));
        Some(compact(data))
    }

    fn operation(&self, operation: &Operation) -> Value {
        let events = self
            .events
            .get(operation.id())
            .map_or(&[][..], Vec::as_slice);
        let (first, rest) = match events.split_first() {
            Some((first, rest)) => (Some(*first), rest),
            None => (None, &[][..]),
        };
        let mut data = Map::new();
        data.insert(
            "at".to_owned(),
            json!(first.map(|event| after(self.clock.at(event)))),
        );
        data.insert("name".to_owned(), json!(operation.label()));
        let kind = operation
            .sub_type()
            .unwrap_or(operation.operation_type().as_str());
        data.insert("type".to_owned(), json!(kind));
        match first.map(|event| &event.details) {
            Some(EventDetails::WaitStarted { duration, .. }) => {
                data.insert("duration".to_owned(), json!(human((*duration).into())));
            }
            Some(EventDetails::CallbackStarted {
                timeout,
                heartbeat_timeout,
                ..
            }) => {
                let limit = |seconds: &Option<crate::results::Seconds>| {
                    json!(seconds.map(|seconds| human(seconds.into())))
                };
                data.insert("timeout".to_owned(), limit(timeout));
                data.insert("heartbeat".to_owned(), limit(heartbeat_timeout));
            }
            Some(EventDetails::ChainedInvokeStarted {
                function_name,
                input,
                ..
            }) => {
                data.insert(
                    "calls".to_owned(),
                    json!(self.names.normalized(function_name)),
                );
                data.insert("input".to_owned(), self.payload(input.as_deref()));
            }
            _ => {}
        }
        let children = operation.children().map(|child| self.operation(child));
        data.insert("operations".to_owned(), children.collect());
        data.insert("execution".to_owned(), self.called(operation));
        // An operation whose start is not recorded has its first event shown like the others.
        let is_started = first.is_some_and(|event| !event.details.closes());
        let shown = if is_started { rest } else { events };
        data.insert(
            "events".to_owned(),
            shown.iter().map(|event| self.event(event)).collect(),
        );
        compact(data)
    }

    fn event(&self, event: &Event) -> Value {
        let mut data = Map::new();
        data.insert("at".to_owned(), json!(after(self.clock.at(event))));
        data.insert("event".to_owned(), json!(event.event_type()));
        if let Some(retry) = event.details.retry() {
            let delay = retry.next_attempt_delay_seconds;
            if retry.current_attempt > 1 || delay.is_some() {
                data.insert("attempt".to_owned(), json!(retry.current_attempt));
            }
            let delay = delay.map(|seconds| human(std::time::Duration::from_secs(seconds)));
            data.insert("next".to_owned(), json!(delay));
        }
        data.insert("result".to_owned(), self.payload(event.details.result()));
        data.insert("error".to_owned(), self.error(event.details.error()));
        compact(data)
    }

    /// The execution that a chained invoke started.
    fn called(&self, operation: &Operation) -> Value {
        if operation.operation_type() != OperationType::ChainedInvoke {
            return Value::Null;
        }
        let mut called = self.result.called();
        let child = called.find(|(id, _)| *id == operation.id());
        child.map_or(Value::Null, |(_, child)| {
            History {
                result: child,
                clock: Clock::of(child),
                events: events_by_operation(child),
                names: self.names,
            }
            .execution()
        })
    }

    fn payload(&self, text: Option<&str>) -> Value {
        text.map_or(Value::Null, |text| payload::read(text, self.names))
    }

    fn error(&self, error: Option<&ErrorObject>) -> Value {
        let Some(error) = error else {
            return Value::Null;
        };
        let mut data = Map::new();
        let text = |text: Option<&str>| json!(text.map(|text| self.names.normalized(text)));
        data.insert("type".to_owned(), text(error.error_type()));
        data.insert("message".to_owned(), text(error.error_message()));
        data.insert("data".to_owned(), self.payload(error.error_data()));
        compact(data)
    }
}

/// The members that say something.
fn compact(mut data: Map<String, Value>) -> Value {
    data.retain(|_, value| !value.is_null() && !value.as_array().is_some_and(Vec::is_empty));
    Value::Object(data)
}

fn after(time: std::time::Duration) -> String {
    format!("+{}", human(time))
}
