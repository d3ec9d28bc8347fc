//! Leaving stack traces, and what only a debugger reads of messages, out of what is recorded.
//!
//! They hold absolute paths and addresses of this machine, and in debug builds they are so long that
//! they reach the service's limits where a release build does not. The SDK records them in errors,
//! and once more inside the results and error data of its combinators.
//!
//! ```
//! use durable_replay::sdk::stack_traces::drop_from_text;
//!
//! let mut record = r#"{"error_type":"Busy","stack_trace":["   0: shop::charge"]}"#.to_owned();
//! drop_from_text(&mut record);
//! assert_eq!(record, r#"{"error_type":"Busy","stack_trace":[]}"#);
//! ```

use std::borrow::Cow;

use durable_service::model::{ErrorObject, OperationType, OperationUpdate};
use serde_json::Value;

use super::mismatch;
use super::readable::readable;

/// Leaves the stack traces out of an update.
///
/// [`drop_from_error`] does so with its error, and [`drop_from_text`] with the payload of a context; the
/// [module](self) has an example.
pub fn drop_from_update(update: &mut OperationUpdate) {
    if let Some(error) = &mut update.error {
        drop_from_error(error);
    }
    // Of all payloads only those of contexts can be a combinator's.
    if update.operation_type == OperationType::Context
        && let Some(payload) = &mut update.payload
    {
        drop_from_text(payload);
    }
}

/// Leaves the stack traces out of a function's response.
///
/// [`drop_from_text`] does so with the data of its error; the [module](self) has an example.
pub fn drop_from_response(response: &mut Value) {
    if let Some(Value::Object(error)) = response.get_mut("Error") {
        error.remove("StackTrace");
        if let Some(Value::String(message)) = error.get_mut("ErrorMessage") {
            shorten(message);
        }
        if let Some(Value::String(data)) = error.get_mut("ErrorData") {
            drop_from_text(data);
        }
    }
}

/// Takes the stack trace out of an error, and out of those that its message tells of.
///
/// [`drop_from_text`] does so with its data; the [module](self) has an example.
pub fn drop_from_error(error: &mut ErrorObject) {
    error.stack_trace.clear();
    if let Some(message) = &mut error.error_message {
        shorten(message);
    }
    if let Some(data) = &mut error.error_data {
        drop_from_text(data);
    }
}

fn shorten(message: &mut String) {
    mismatch::spell_as_in_envelope(message);
    if let Cow::Owned(readable) = readable(message) {
        *message = readable;
    }
}

/// Empties the stack traces in a JSON text; other text stays as it is, to the byte.
///
/// The [module](self) has an example.
pub fn drop_from_text(text: &mut String) {
    if !KEYS.iter().any(|(frames, _)| text.contains(frames)) {
        return;
    }
    let Ok(mut value) = serde_json::from_str(text) else {
        return;
    };
    if drop_from_value(&mut value) {
        *text = value.to_string();
    }
}

/// The members that hold stack frames, and the member that stands beside them in a record of an
/// error.
///
/// [`drop_from_text`] looks for them; the [module](self) has an example.
pub const KEYS: [(&str, &str); 2] = [("stack_trace", "error_type"), ("stackTrace", "errType")];

/// The members that hold the data of an error, which may be records of errors again.
///
/// [`drop_from_text`] looks into them; the [module](self) has an example.
pub const DATA: [&str; 2] = ["error_data", "errData"];

/// Empties the stack traces in a value; true if there were any.
fn drop_from_value(value: &mut Value) -> bool {
    match value {
        Value::Array(items) => {
            let mut any = false;
            for item in items {
                any |= drop_from_value(item);
            }
            any
        }
        Value::Object(members) => {
            let mut any = false;
            for (frames, beside) in KEYS {
                if members.contains_key(beside)
                    && let Some(Value::Array(frames)) = members.get_mut(frames)
                    && are_stack_frames(frames)
                {
                    frames.clear();
                    any = true;
                }
            }
            for (member, value) in members.iter_mut() {
                any |= match value {
                    Value::String(data) if DATA.contains(&member.as_str()) => {
                        let before = data.len();
                        drop_from_text(data);
                        data.len() != before
                    }
                    value => drop_from_value(value),
                };
            }
            any
        }
        _ => false,
    }
}

/// Whether a list is a stack trace as Rust prints one, and not somebody's data of the same name.
///
/// [`drop_from_text`] empties such lists; the [module](self) has an example.
pub fn are_stack_frames(frames: &[Value]) -> bool {
    frames
        .first()
        .and_then(Value::as_str)
        .is_some_and(|first| first.trim_start().starts_with("0: "))
}

#[cfg(test)]
mod tests {
    use durable_service::model::OperationAction;
    use serde_json::json;

    use super::*;

    const FRAMES: [&str; 2] = ["   0: a::b", "             at /home/me/a.rs:1:2"];

    fn dropped(value: &Value) -> Value {
        let mut text = value.to_string();
        drop_from_text(&mut text);
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn records_of_errors_lose_their_frames_wherever_they_stand() {
        let nested = json!([{"error_type": "E", "stack_trace": FRAMES}]).to_string();
        let value = json!({"results": [
            {"index": 0, "result": "1"},
            {"index": 1, "errType": "E", "stackTrace": FRAMES, "errData": nested},
        ]});
        let inner = json!([{"error_type": "E", "stack_trace": []}]).to_string();
        assert_eq!(
            dropped(&value),
            json!({"results": [
                {"index": 0, "result": "1"},
                {"index": 1, "errType": "E", "stackTrace": [], "errData": inner},
            ]})
        );
    }

    #[test]
    fn other_data_stays_as_it_is() {
        for text in [
            r#"{ "stack_trace": ["0: a"],   "other": 1 }"#,
            r#"{"error_type": "E", "stack_trace": ["my own"]}"#,
            "a text about a stack_trace",
        ] {
            let mut kept = text.to_owned();
            drop_from_text(&mut kept);
            assert_eq!(kept, text);
        }
    }

    #[test]
    fn an_update_loses_the_frames_of_its_error() {
        let mut update = OperationUpdate::new("1", OperationType::Step, OperationAction::Fail);
        update.error = Some(ErrorObject {
            stack_trace: FRAMES.map(str::to_owned).to_vec(),
            ..ErrorObject::new("E", "m")
        });
        update.payload = Some(json!({"error_type": "E", "stack_trace": FRAMES}).to_string());
        let payload = update.payload.clone();
        drop_from_update(&mut update);
        assert_eq!(update.error, Some(ErrorObject::new("E", "m")));
        assert_eq!(update.payload, payload, "a step's payload is the user's");
    }
}
