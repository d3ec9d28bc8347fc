//! Stack traces that a handler returns as data. A live failure has one, a replayed one has none: the host leaves
//! them out of what is recorded.

use serde_json::Value;

/// Whether two values differ only because one of them is a stack trace that the other run does not have, or has
/// of other frames.
pub(super) fn may_be_the_same(one: &Value, other: &Value) -> bool {
    let could_be_another = |value: &Value| is_none(value) || is_trace(value);
    (is_trace(one) && could_be_another(other)) || (is_trace(other) && is_none(one))
}

/// Whether a value is a stack trace as Rust prints one: a list of its lines, or a text of them.
fn is_trace(value: &Value) -> bool {
    match value {
        Value::String(text) => are_frames(text.lines()),
        Value::Array(lines) => lines
            .iter()
            .map(Value::as_str)
            .collect::<Option<Vec<_>>>()
            .is_some_and(|lines| are_frames(lines.into_iter().flat_map(str::lines))),
        _ => false,
    }
}

/// Whether a value is what a handler makes of no frames.
fn is_none(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// Whether lines are frames and their places in files of Rust.
fn are_frames<'a>(lines: impl Iterator<Item = &'a str>) -> bool {
    let mut lines = lines.map(str::trim_start);
    let is_first = lines.next().is_some_and(|line| line.starts_with("0: "));
    is_first && lines.any(|line| line.starts_with("at ") && line.contains(".rs:"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_trace_may_be_gone() {
        let frames = ["   0: a::b", "             at /home/me/a.rs:1:2"];
        let text = json!(frames.join("\n"));
        let list = json!(frames);
        for (trace, none) in [(&text, json!("")), (&list, json!([])), (&text, json!(null))] {
            assert!(may_be_the_same(trace, &none));
            assert!(may_be_the_same(&none, trace));
            assert!(may_be_the_same(trace, trace));
        }
    }

    #[test]
    fn other_data_is_compared() {
        let lists = json!(["0: apples", "1: pears"]);
        for value in [json!([]), json!(null), json!(""), json!(["0: apples"])] {
            assert!(!may_be_the_same(&lists, &value));
        }
        assert!(!may_be_the_same(&json!([]), &json!(null)));
    }
}
