//! The SDK's messages without what only a debugger reads.
//!
//! A refused call is told as AWS's client prints it, with all that it knows in the form of `{:?}` behind the
//! service's sentence, and with the hash of an operation instead of its name. An operation in a task that the
//! SDK did not spawn is told with the numbers of tasks, which are others in every run.
//!
//! ```
//! use durable_replay::sdk::readable::{readable, with_operation};
//!
//! let refused = "service error: too large (ServiceError(ServiceError { raw: [1] })), then";
//! assert_eq!(readable(refused), "service error: too large, then");
//!
//! let hashed = "checkpoint write failed for operation ab12: too large";
//! let named = with_operation(hashed, |_| Some("step \"charge\"".to_owned()));
//! assert_eq!(named.as_deref(), Some("checkpoint write failed for step \"charge\": too large"));
//! ```

use std::borrow::Cow;

use durable_service::model::OperationId;
use once_cell::sync::OnceCell;
use regex_lite::Regex;

use super::brackets::split_closed;

/// How the debug form of a client's error begins, behind its sentences.
const DEBUG_FORM: &str =
    r" ?\((?:ServiceError|DispatchFailure|ResponseError|TimeoutError|ConstructionFailure)\(";

/// Before the service's sentence.
const CLIENT: &str = "durable: client: service error: ";

/// The debug form of a service's error that AWS's client has no type for.
const UNKNOWN_ERROR: &str =
    r#"unhandled error \((\w+)\): Error \{ code: "[^"]*", message: "((?:[^"\\]|\\.)*)"[^}]*\}"#;

/// What the SDK says of an operation in a task that it did not spawn: the fact first, the way out last.
const IN_ANOTHER_TASK: &str = r"durable operation invoked from task (?:Id\()?[0-9]+\)?, but context is owned by (?:the root handler \(no task\)|task (?:Id\()?[0-9]+\)?)\. (Use \.spawn\(\) instead of tokio::spawn for durable fan-out)";

/// Before the hash of an operation whose record was refused.
const OF_OPERATION: &str = "checkpoint write failed for operation ";

/// A message without debug forms and numbers of tasks.
///
/// The [module](self) has an example.
#[must_use]
pub fn readable(message: &str) -> Cow<'_, str> {
    static FORM: OnceCell<Option<Regex>> = OnceCell::new();
    static UNKNOWN: OnceCell<Option<Regex>> = OnceCell::new();
    static TASK: OnceCell<Option<Regex>> = OnceCell::new();
    // The expressions are ones; if they were not, messages would stay as they are.
    let form = FORM.get_or_init(|| Regex::new(DEBUG_FORM).ok());
    let unknown = UNKNOWN.get_or_init(|| Regex::new(UNKNOWN_ERROR).ok());
    let task = TASK.get_or_init(|| Regex::new(IN_ANOTHER_TASK).ok());
    let mut text = Cow::Borrowed(message);
    while let Some(opening) = form.as_ref().and_then(|form| form.find(&text)) {
        let (before, rest) = text.split_at(opening.start());
        let after = split_closed(rest).map_or("", |(_, after)| after);
        let (lead, sentence) = before.rsplit_once(CLIENT).unwrap_or(("", before));
        text = Cow::Owned(format!("{lead}{}{after}", once(sentence)));
    }
    if let Some(unknown) = unknown.as_ref().filter(|form| form.is_match(&text)) {
        let told = unknown.replace_all(&text, "$1: $2");
        text = Cow::Owned(told.replace(r#"\""#, "\""));
    }
    let Some(task) = task.as_ref().filter(|task| task.is_match(&text)) else {
        return text;
    };
    let told = "$1: the operation is made in a task that the SDK did not spawn";
    Cow::Owned(task.replace_all(&text, told).into_owned())
}

/// A message with the operation whose record was refused in words, instead of its hash.
///
/// The [module](self) has an example.
pub fn with_operation(
    message: &str,
    in_words: impl FnOnce(&OperationId) -> Option<String>,
) -> Option<String> {
    let (before, rest) = message.split_once(OF_OPERATION)?;
    let (id, after) = rest.split_once(':')?;
    let operation = in_words(&OperationId::from(id))?;
    Some(format!(
        "{before}checkpoint write failed for {operation}:{after}"
    ))
}

/// A sentence that is told twice, once for the error and once for its cause.
fn once(sentence: &str) -> &str {
    let half = sentence.len().saturating_sub(2) / 2;
    match (sentence.get(..half), sentence.get(half..)) {
        (Some(first), Some(rest)) if rest.strip_prefix(": ") == Some(first) => first,
        _ => sentence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_debug_form_is_left_out_with_all_its_brackets() {
        let message = r#"service error: too large (ServiceError(ServiceError { raw: "a \")", x: [1] })), then"#;
        assert_eq!(readable(message), "service error: too large, then");
        let cut = "service error: too large (ServiceError(ServiceError { raw:";
        assert_eq!(readable(cut), "service error: too large");
        let own = "an error (of mine) in ServiceError";
        assert_eq!(readable(own), own);
    }

    #[test]
    fn the_services_sentence_is_told_once() {
        let message = "checkpoint write failed: durable: client: service error: Big: too large.: Big: too large. \
                       (ServiceError(ServiceError { source: Big }))";
        assert_eq!(
            readable(message),
            "checkpoint write failed: Big: too large."
        );
    }

    #[test]
    fn an_error_without_a_type_is_told_by_its_code_and_message() {
        let message = r#"checkpoint write failed: unhandled error (ValidationException): Error { code: "ValidationException", message: "Value '0' at \"a\" is {small}", aws_request_id: "1" }, then"#;
        assert_eq!(
            readable(message),
            r#"checkpoint write failed: ValidationException: Value '0' at "a" is {small}, then"#
        );
    }

    #[test]
    fn the_way_out_of_a_foreign_task_leads() {
        let message = "operation error: step: internal error: durable operation invoked from task Id(12), but \
                       context is owned by the root handler (no task). Use .spawn() instead of tokio::spawn \
                       for durable fan-out";
        let told = readable(message);
        assert_eq!(
            told,
            "operation error: step: internal error: Use .spawn() instead of tokio::spawn for durable fan-out: \
             the operation is made in a task that the SDK did not spawn"
        );
    }

    #[test]
    fn a_hash_becomes_a_name() {
        let message = "checkpoint write failed for operation ab12: too large: by far";
        let named = with_operation(message, |id| Some(format!("step {id}")));
        assert_eq!(
            named.as_deref(),
            Some("checkpoint write failed for step ab12: too large: by far")
        );
        assert_eq!(with_operation("too large", |_| None), None);
    }
}
