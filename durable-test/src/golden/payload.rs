//! Payloads of a golden history.

use serde_json::Value;

use super::names::Names;

/// The members of the SDK's records that hold stack frames.
const FRAMES: [&str; 3] = ["stack_trace", "stackTrace", "StackTrace"];

/// The members of its records that hold JSON as text.
const DATA: [&str; 2] = ["error_data", "errData"];

/// A payload as a value: JSON with its members in order, or else its text. Ids are named, and stack traces left out.
pub(super) fn read(text: &str, names: &Names) -> Value {
    match serde_json::from_str(text) {
        Ok(value) => normalized(value, names),
        Err(_) => Value::String(names.normalized(text)),
    }
}

fn normalized(value: Value, names: &Names) -> Value {
    match value {
        Value::String(text) => Value::String(names.normalized(&text)),
        Value::Array(items) => items
            .into_iter()
            .map(|item| normalized(item, names))
            .collect(),
        Value::Object(members) => {
            let kept = members
                .into_iter()
                .filter(|(name, value)| !is_frames(name, value));
            let mut members: Vec<(String, Value)> = kept
                .map(|(name, value)| {
                    let value = match value {
                        Value::String(text) if DATA.contains(&name.as_str()) => read(&text, names),
                        value => normalized(value, names),
                    };
                    (names.normalized(&name), value)
                })
                .collect();
            // A `HashMap` has its members in any order.
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(members.into_iter().collect())
        }
        other => other,
    }
}

fn is_frames(name: &str, value: &Value) -> bool {
    let is_text = |frames: &Vec<Value>| frames.iter().all(Value::is_string);
    FRAMES.contains(&name) && value.as_array().is_some_and(is_text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_sorted_and_stack_frames_left_out() {
        let inner = json!({"stackTrace": ["0: a"], "errType": "E"}).to_string();
        let text = json!({"b": 1, "a": [{"error_data": inner, "stack_trace": []}]}).to_string();
        let read = read(&text, &Names::default());
        assert_eq!(
            read,
            json!({"a": [{"error_data": {"errType": "E"}}], "b": 1})
        );
    }
}
