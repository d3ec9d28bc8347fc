//! Snapshots of golden histories, with `insta`.

use insta::Settings;
use insta::internals::Redaction;

use super::{history, render};
use crate::ExecutionResult;
use crate::harness::current;

/// The text of a history, with redactions: selectors in the syntax of `insta` with what replaces what they select. Those
/// of the settings of `insta` that are in force apply, too.
#[must_use]
pub fn text(result: &ExecutionResult, redactions: Vec<(&'static str, Redaction)>) -> String {
    let mut settings = Settings::clone_current();
    for (selector, redaction) in redactions {
        settings.add_redaction(selector, redaction);
    }
    let history = history(result);
    let redacted = settings.bind(|| {
        insta::_macro_support::serialize_value(
            &history,
            insta::_macro_support::SerializationFormat::Json,
        )
    });
    // What `insta` wrote as JSON is JSON.
    render::text(&serde_json::from_str(&redacted).unwrap_or(history))
}

/// The name of a snapshot without a name of its own: that of the test, without `test_` in front, as `insta` has it.
/// None outside of a `#[durable_test]`, where `insta` finds the name of the function.
#[must_use]
pub fn name() -> Option<String> {
    current::snapshot_name()
}
