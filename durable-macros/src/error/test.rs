//! Diagnostics about tests.

use proc_macro2::Span;
use quote::ToTokens;
use syn::Error;

use super::words::{joined, listed, tokens_text};

pub(crate) fn test_without_runner(span: Span) -> Error {
    Error::new(
        span,
        "a durable test takes one runner: add `runner: DurableRunner`",
    )
}

pub(crate) fn test_argument_type(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "a durable test takes one runner: write `runner: DurableRunner`",
    )
}

pub(crate) fn runner_by_reference(token: impl ToTokens) -> Error {
    let text = tokens_text(&token);
    Error::new_spanned(
        token,
        format!("take the runner by value: write `DurableRunner` instead of `{text}`"),
    )
}

pub(crate) fn second_runner(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "a durable test takes one runner: remove this one, and clone the first if you need two",
    )
}

pub(crate) fn test_argument_too_many(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "a durable test takes one runner: remove this argument, or add cases that set it, as in \
         `case(\"small\", 1)`",
    )
}

/// A case with more or fewer arguments than the function has parameters after its first.
pub(crate) fn case_arguments(
    token: impl ToTokens,
    given: usize,
    parameters: &[&syn::PatType],
) -> Error {
    let given = match given {
        1 => "1 argument".to_owned(),
        other => format!("{other} arguments"),
    };
    let text = |it: &&syn::PatType| format!("{}: {}", tokens_text(&it.pat), tokens_text(&it.ty));
    let names: Vec<String> = parameters.iter().map(text).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let takes = match parameters.len() {
        0 => {
            "nothing after its first argument: add parameters to it, or remove the case".to_owned()
        }
        1 => format!("1 after its first: {}", listed(&names)),
        count => format!("{count} after its first: {}", listed(&names)),
    };
    Error::new_spanned(
        token,
        format!("this case has {given}, but the function takes {takes}"),
    )
}

pub(crate) fn replay_without_report(span: Span) -> Error {
    Error::new(
        span,
        "a test with `replay` and cases takes the report of a recording first: add `replayed: \
         ReplayReport`",
    )
}

pub(crate) fn allow_word(token: impl ToTokens, effects: &[&str]) -> Error {
    let list = joined(effects, " or ");
    Error::new_spanned(
        token,
        format!("`allow` takes an effect ({list}), or the name of an operation in quotes"),
    )
}

pub(crate) fn plan_with_replay(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "`plan` repeats a run of the handler, and `replay` runs none: remove one of the two",
    )
}

pub(crate) fn allow_without_replay(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "`allow` lists the differences that a replay accepts: add `replay = \"histories/*.json\"`, or remove it",
    )
}

pub(crate) fn replay_argument_type(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "a test with `replay` takes the report of a replayed recording: write `replayed: \
         ReplayReport`, or no argument",
    )
}

pub(crate) fn replay_argument_too_many(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "a test with `replay` takes one report: remove this argument",
    )
}

pub(crate) fn other_test_attribute(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "remove it: #[durable_test] already makes this a test",
    )
}

pub(crate) fn no_handler(span: Span) -> Error {
    Error::new(
        span,
        "a durable test names the handler that it runs: add `handler = path::to::handler`",
    )
}

pub(crate) fn no_lambda_function_name(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "this handler expression has no name for cloud mode: add `lambda_function_name = \"..\"`",
    )
}

pub(crate) fn worker_threads_without_flavor(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "only a multi-threaded runtime has worker threads: add `flavor = \"multi_thread\"`, or remove `worker_threads`",
    )
}

pub(crate) fn paused_multi_thread(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "tokio can pause the clock of a current-thread runtime only: remove `start_paused`, or `flavor = \"multi_thread\"`",
    )
}

pub(crate) fn test_attribute_value(token: impl ToTokens, example: &str) -> Error {
    Error::new_spanned(token, format!("write it as {example}"))
}
