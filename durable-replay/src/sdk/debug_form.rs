//! The SDK's errors as `{:?}` prints them.
//!
//! A live one holds the error that it met, a replayed one the record of it, and neither can be made
//! from the other. What both have is the message that was recorded.

use std::borrow::Cow;

use once_cell::sync::OnceCell;
use regex_lite::Regex;

use super::brackets::{outside_strings, split_closed};

/// How such a form begins: an operation's error, the error or the kind inside, a list of
/// stack frames, data that may hold some, or a list that may be one of frames.
const OPENING: &str = "(?:\\b(?:Step|Wait|Invoke|Callback|WaitForCondition|ChildContext|Combinator)\\(\\s*)?\
    \\b(?:Operation|Step|Wait|Invoke|Callback|WaitForCondition|ChildContext|Combinator)Error \\{\\s*kind: \
    |\\bstack_trace: \\[|\\berror_data: Some\\(|\\[\\s*\"\\s*0: ";

/// Before the message that was recorded.
const MESSAGE: &str = "error_message: ";

/// What a replay says of every failed input of a `join_all`, before the message that was recorded.
pub(super) const REPLAYED_INPUT: &str = "child_context: child failed";

/// What stands for an operation's error of which no message was recorded.
pub(super) const UNRECORDED: &str = "an error without a record";

/// What stands for the error inside, which has nothing that a replay has too.
const INNER: &str = "an error of the SDK";

/// The text with every such form replaced by what a replay prints too.
pub(super) fn reduce(text: &str) -> Cow<'_, str> {
    static OPENINGS: OnceCell<Option<Regex>> = OnceCell::new();
    // The expression is one; if it were not, messages would be compared as they are.
    let Some(openings) = OPENINGS.get_or_init(|| Regex::new(OPENING).ok()) else {
        return Cow::Borrowed(text);
    };
    let mut reduced = String::new();
    let mut rest = text;
    while let Some(opening) = openings.find(rest) {
        let (before, form) = rest.split_at(opening.start());
        let Some((form, message, after)) = read(form) else {
            break;
        };
        reduced.push_str(before);
        if opening.as_str().starts_with("stack_trace") {
            reduced.push_str("stack_trace: []");
        } else if opening.as_str().starts_with("error_data") {
            let has_frames = form.contains("stack_trace");
            reduced.push_str(if has_frames { "error_data: _" } else { form });
        } else if opening.as_str().starts_with('[') {
            reduced.push_str(if form.contains(".rs:") { "[]" } else { form });
        } else if opening.as_str().contains("OperationError") {
            let is_context = form
                .split_once("kind: ")
                .is_some_and(|(_, kind)| kind.starts_with("ChildContext("));
            if is_context {
                reduced.push_str(REPLAYED_INPUT);
                reduced.push_str(": ");
            }
            reduced.push_str(message.unwrap_or(UNRECORDED));
        } else {
            reduced.push_str(INNER);
        }
        rest = after;
    }
    if rest.len() == text.len() {
        return Cow::Borrowed(text);
    }
    reduced.push_str(rest);
    Cow::Owned(reduced)
}

/// Cuts a text behind the first bracket of it that is closed, and finds the last message within.
fn read(text: &str) -> Option<(&str, Option<&str>, &str)> {
    let (form, after) = split_closed(text)?;
    let value = |(at, _)| form.get(at..)?.strip_prefix(MESSAGE);
    let last = outside_strings(form).filter_map(value).last();
    Some((form, last.and_then(literal), after))
}

/// What is between the quotes of `Some("…")`.
fn literal(value: &str) -> Option<&str> {
    let value = value
        .strip_prefix("Some(")?
        .trim_start()
        .strip_prefix('"')?;
    let mut is_escaped = false;
    let end = value.find(|char| {
        let is_end = char == '"' && !is_escaped;
        is_escaped = char == '\\' && !is_escaped;
        is_end
    })?;
    value.get(..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operations_error_is_reduced_to_its_recorded_message() {
        let text = r#"[Rejected(OperationError { kind: Step(StepError { kind: ExecutionFailed, source:
            Some("a }") }), context: Some(OperationContext { wire: Some(WireError { error_type: None,
            error_message: Some("a \"}\""), stack_trace: ["0: a"] }) }) })]"#;
        assert_eq!(reduce(text), r#"[Rejected(a \"}\")]"#);
    }

    #[test]
    fn an_error_that_holds_one_keeps_the_rest() {
        let text =
            "Billing { order: 7, why: Step(StepError { kind: ExecutionFailed, source: None }) }";
        assert_eq!(
            reduce(text),
            format!("Billing {{ order: 7, why: {INNER} }}")
        );
    }

    #[test]
    fn a_list_of_stack_frames_is_reduced_to_none() {
        let text = r#"at ["   0: a", "             at /home/me/a.rs:1:2"], late"#;
        assert_eq!(reduce(text), "at [], late");
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for text in [
            "InvokeError { reason: 7 }",
            "StepError { kind: cut off",
            "MyStepError { kind: 7 }",
            r#"["0: apples", "1: pears"]"#,
        ] {
            assert_eq!(reduce(text), text);
        }
    }
}
