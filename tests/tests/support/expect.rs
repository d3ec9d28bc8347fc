//! Expected histories, an event a line, and what they are compared with.
//!
//! ```text
//! 2 ContextStarted RunInChildContext $order name=order
//! 3 StepFailed     Step              $check in $order  RetryDetails.CurrentAttempt=1  Error.Payload.ErrorType=*
//! ```
//!
//! A line holds the event's number and type; for an operation its sub-type, a placeholder for its
//! id, perhaps its name, and its parent's placeholder; then paths into the event's details with what
//! stands there: JSON, `*` for anything, `-` for nothing, `~text` for a text that contains it, `1..5`
//! for a number. Events and members that are not listed do not matter. A placeholder stands for one
//! id throughout, and each id has one placeholder.

use std::collections::HashMap;

use durable_runtime::mode::{RunnerMode, Settings};
use durable_test::ExecutionResult;
use serde_json::Value;

use crate::replays::assert_replays;

/// Compares a history with the expected one, and replays it.
///
/// # Panics
///
/// At the first event that differs, with the line that it should match; if the handler does not fit
/// its own history.
pub(crate) fn assert_history(result: &ExecutionResult, expected: &str) {
    let mut history = result.history_json();
    if is_cloud() {
        order_of_callers(&mut history);
    }
    let mut ids = Ids::default();
    let mut lines = 0;
    for line in expected.lines().map(str::trim) {
        if line.is_empty() {
            continue;
        }
        lines += 1;
        if let Err(difference) = compare(&history, line, &mut ids) {
            panic!("{difference}\n  expected: {line}\n\n{history:#}");
        }
    }
    assert!(lines > 0, "an expected history has events");
    assert_replays(result);
}

fn is_cloud() -> bool {
    let settings = Settings::from_env();
    settings.is_ok_and(|settings| settings.mode() == RunnerMode::Cloud)
}

/// Puts the end of an invocation before that of the call that it suspended for: a target in a process of
/// its own may answer before the caller's invocation has ended.
fn order_of_callers(history: &mut Value) {
    let Some(events) = history.as_array_mut() else {
        return;
    };
    let is_end_of_call = |event: &Value| {
        let event_type = event["EventType"].as_str().unwrap_or_default();
        event_type.starts_with("ChainedInvoke") && event_type != "ChainedInvokeStarted"
    };
    let is_end_of_invocation = |event: &Value| event["EventType"] == "InvocationCompleted";
    for index in 1..events.len().saturating_sub(1) {
        if let Some([before, first, second]) = events.get_mut(index - 1..=index + 1)
            && !is_end_of_invocation(before)
            && is_end_of_call(first)
            && is_end_of_invocation(second)
        {
            std::mem::swap(first, second);
            let number = first["EventId"].take();
            first["EventId"] = std::mem::replace(&mut second["EventId"], number);
        }
    }
}

fn compare(history: &Value, line: &str, ids: &mut Ids) -> Result<(), String> {
    let mut words = line.split_whitespace();
    let number: u64 = words
        .next()
        .and_then(|word| word.parse().ok())
        .ok_or("a line starts with the number of its event")?;
    let event = history
        .as_array()
        .into_iter()
        .flatten()
        .find(|event| event["EventId"] == number)
        .ok_or_else(|| format!("there is no event {number}"))?;
    let event_type = words.next().ok_or("a line has the type of its event")?;
    same(event, "EventType", event_type)?;
    let details = &event[format!("{event_type}Details")];
    if details.is_null() {
        return Err(format!("event {number} has no details"));
    }
    let mut words = words.peekable();
    if let Some(sub_type) = words.next_if(|word| !word.contains('=')) {
        same(event, "SubType", sub_type)?;
    }
    while let Some(word) = words.next() {
        if let Some(placeholder) = word.strip_prefix('$') {
            ids.bind(placeholder, &event["Id"])?;
        } else if word == "in" {
            let parent = words.next().and_then(|word| word.strip_prefix('$'));
            ids.bind(
                parent.ok_or("a placeholder follows `in`")?,
                &event["ParentId"],
            )?;
        } else if let Some((path, wanted)) = word.split_once('=') {
            if path == "name" {
                same(event, "Name", wanted)?;
            } else {
                matches(details, path, wanted)?;
            }
        } else {
            return Err(format!("{word} cannot be read"));
        }
    }
    Ok(())
}

fn same(event: &Value, key: &str, wanted: &str) -> Result<(), String> {
    if event[key] == wanted {
        return Ok(());
    }
    Err(format!("its {key} is {}, not {wanted}", event[key]))
}

/// Compares what stands at a path of an event's details.
fn matches(details: &Value, path: &str, wanted: &str) -> Result<(), String> {
    let pointer = format!("/{}", path.replace('.', "/"));
    let found = details.pointer(&pointer);
    let holds = match wanted {
        "-" => found.is_none(),
        "*" => found.is_some(),
        _ => found.is_some_and(|found| agrees(found, wanted)),
    };
    if holds {
        return Ok(());
    }
    match found {
        Some(found) => Err(format!("its {path} is {found}, not {wanted}")),
        None => Err(format!("it has no {path}")),
    }
}

/// Compares a value with a part of a text, a range of numbers, or JSON.
fn agrees(found: &Value, wanted: &str) -> bool {
    if let Some(part) = wanted.strip_prefix('~') {
        return found.as_str().is_some_and(|found| found.contains(part));
    }
    if let Some((min, max)) = wanted.split_once("..")
        && let (Ok(min), Ok(max)) = (min.parse::<u64>(), max.parse::<u64>())
    {
        return found
            .as_u64()
            .is_some_and(|found| (min..=max).contains(&found));
    }
    serde_json::from_str(wanted).is_ok_and(|wanted: Value| *found == wanted)
}

/// Placeholders and the ids that they stand for.
#[derive(Default)]
struct Ids {
    bound: HashMap<String, String>,
}

impl Ids {
    fn bind(&mut self, placeholder: &str, id: &Value) -> Result<(), String> {
        let id = id
            .as_str()
            .ok_or_else(|| format!("it has no id for ${placeholder}"))?;
        if let Some(bound) = self.bound.get(placeholder) {
            return if bound == id {
                Ok(())
            } else {
                Err(format!("${placeholder} stands for {bound}, not {id}"))
            };
        }
        if let Some((other, _)) = self.bound.iter().find(|(_, bound)| *bound == id) {
            return Err(format!("${other} stands for {id} already"));
        }
        self.bound.insert(placeholder.to_owned(), id.to_owned());
        Ok(())
    }
}
