//! The SDK's frames around the cause of a failure: which operation failed, and how.
//!
//! A message holds them one behind the other, joined by `: `. A handler that walks the chain of `source()` by
//! hand, or an error report that prints it, joins them in another way; and a replay has what was several
//! causes in the live run as one.

use std::borrow::Cow;

use once_cell::sync::OnceCell;
use regex_lite::Regex;

/// The families of operations, as the SDK calls them in messages.
const FAMILY: &str = "(?:step|wait_for_condition|wait|invoke|callback|child_context|combinator)";

/// How an operation failed that has a cause.
const KIND: &str = "(?:(?:execution|serialization|deserialization|function|check|child) failed\
    |retries exhausted after [0-9]* ?attempts|external failure|internal error\
    |join failed at index [0-9]+|all futures failed|first settled future failed)";

/// What a `select_ok` records before what its first input failed with.
const FIRST_LOSER: &str = "all [0-9]+ futures failed: \\[0\\] ";

/// How an operation failed that has no cause.
const WITHOUT_CAUSE: &str = "(?:callback timed out|callback heartbeat timed out|max checks exceeded: [0-9]*\
    |combinator called with no futures)";

/// How the SDK joins frames.
const JOINED: &str = ": ";

/// What an error report prints before the causes of an error.
const CAUSES: &str = "\n\nCaused by:\n";

/// What it prints behind them.
const BACKTRACE: &str = "\n\nStack backtrace:\n";

/// A message without the SDK's frames.
pub(super) fn without(message: &str) -> String {
    static FRAMES: OnceCell<Option<Regex>> = OnceCell::new();
    let frame = || {
        let frame = format!(
            "child function error: |{FIRST_LOSER}|operation error: {FAMILY}(?:: {KIND})?(?:: )?|{FAMILY}: {KIND}(?:: )?"
        );
        // The expression is one; if it were not, messages would be compared as they are.
        Regex::new(&frame).ok()
    };
    match FRAMES.get_or_init(frame) {
        Some(frames) => frames.replace_all(message, "").into_owned(),
        None => message.to_owned(),
    }
}

/// A message with frames and causes joined as the SDK joins them.
pub(super) fn rejoined(message: &str) -> Cow<'_, str> {
    let report = report(message);
    match joint(&report).and_then(|joint| Regex::new(&joint).ok()) {
        Some(joint) => Cow::Owned(joint.replace_all(&report, JOINED).into_owned()),
        None => report,
    }
}

/// An error report as a list of causes.
fn report(message: &str) -> Cow<'_, str> {
    let Some((error, causes)) = message.split_once(CAUSES) else {
        return Cow::Borrowed(message);
    };
    let causes = causes.split_once(BACKTRACE).map_or(causes, |(all, _)| all);
    Cow::Owned(format!("{error}\n{causes}"))
}

/// What joins the frames of a message other than [`JOINED`], as an expression: numbers may be others.
fn joint(message: &str) -> Option<String> {
    static SECOND: OnceCell<Option<Regex>> = OnceCell::new();
    static NUMBERS: OnceCell<Option<Regex>> = OnceCell::new();
    let second = || {
        let kind = format!("operation error: {FAMILY}((?s:.{{1,40}}?))(?:{KIND}|{WITHOUT_CAUSE})");
        Regex::new(&kind).ok()
    };
    let second = SECOND.get_or_init(second).as_ref()?;
    let joint = second.captures(message)?.get(1)?.as_str();
    let goes_on = joint.starts_with(|char: char| char.is_alphanumeric() || char == '_');
    // Words have a space between them too, so that it joins nothing that could be told.
    if goes_on || joint.starts_with(JOINED) || joint == " " {
        return None;
    }
    let numbers = NUMBERS.get_or_init(|| Regex::new("[0-9]+").ok()).as_ref()?;
    let escaped = regex_lite::escape(joint);
    let expression = numbers.replace_all(&escaped, "[0-9]+");
    Some(expression.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of a message.
    fn cause(message: &str) -> String {
        without(&rejoined(message))
    }

    #[test]
    fn frames_are_left_out_however_they_are_joined() {
        for joint in [": ", " <- ", "\n  ", "\", \"", " because of "] {
            let live = [
                "operation error: step",
                "retries exhausted after 1 attempts",
                "Declined",
                "no cover",
            ];
            let replayed = [
                "operation error: child_context",
                "child failed",
                "Declined: no cover",
            ];
            let (live, replayed) = (live.join(joint), replayed.join(joint));
            assert_eq!(cause(&live), "Declined: no cover", "{joint:?}");
            assert_eq!(cause(&replayed), "Declined: no cover", "{joint:?}");
        }
    }

    #[test]
    fn an_error_report_is_a_list_of_causes() {
        let report = "operation error: step\n\nCaused by:\n    0: retries exhausted after 1 attempts\n    \
                      1: Declined\n    2: no cover\n\nStack backtrace:\n   0: a\n   1: b";
        assert_eq!(cause(report), "Declined: no cover");
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        for text in [
            "no room",
            "step <- no room",
            "step, then child failed",
            "step\n\nCaused by: 0: none",
        ] {
            assert_eq!(cause(text), text);
        }
    }
}
