//! The texts of the lints: why, what to write instead, and the way out.

use proc_macro2::Span;
use quote::ToTokens;
use syn::Error;

use super::catalogue::Lint;
use crate::error::tokens_text;

/// Longest call that is repeated in a cure.
const LONGEST: usize = 70;

/// A function or a macro that breaks a replay.
pub(crate) fn rule(place: impl ToTokens, lint: Lint, cure: &str) -> Error {
    Error::new_spanned(place, text(lint, cure))
}

/// A cure with the names of its place: the context, the call as it is written, and its first argument.
pub(crate) fn cure(template: &str, context: &str, call: &str, first: Option<&str>) -> String {
    template
        .replace("{ctx}", context)
        .replace("{call}", call)
        .replace("{first}", first.unwrap_or("Duration::from_secs(60)"))
}

fn text(lint: Lint, cure: &str) -> String {
    let (why, name) = (lint.why(), lint.name());
    format!(
        "{why}: write\n{cure}\nor, if it does no harm, put #[durable(allow({name}))] on the statement"
    )
}

/// A call as it is written, shortened if it is long.
pub(crate) fn call_text(function: impl ToTokens, call: impl ToTokens) -> String {
    let whole = tokens_text(&call);
    if whole.len() <= LONGEST && !whole.contains('\n') {
        whole
    } else {
        format!("{}(..)", tokens_text(&function))
    }
}

/// An operation on a context outside of a child closure.
pub(crate) fn outer_context(place: Span, outer: &str, inner: Option<&str>) -> Error {
    let cure = match inner {
        Some(inner) if inner == outer => {
            format!("use the context of this closure, whose name `{outer}` is hidden here")
        }
        Some(inner) => {
            format!("write `{inner}`, the context of this closure, instead of `{outer}`")
        }
        None => {
            format!("name the context of this closure, and use it: write |{outer}, ..| for |_, ..|")
        }
    };
    Error::new(
        place,
        format!(
            "{}: {cure}\nor, if it does no harm, put #[durable(allow({}))] on the statement",
            Lint::OuterContext.why(),
            Lint::OuterContext.name(),
        ),
    )
}

/// An operation in the body of a step.
pub(crate) fn operation_in_step(place: Span, context: &str) -> Error {
    Error::new(
        place,
        format!(
            "a step cannot run durable operations, and a replay does not run its body at all: write\n\
             {context}.run_in_child_context(|{context}| async move {{ .. }}).name(\"..\").await?\n\
             instead of the step",
        ),
    )
}

/// An end of the process in the body of a step.
pub(crate) fn exit_in_step(place: impl ToTokens) -> Error {
    let name = Lint::Exit.name();
    Error::new_spanned(
        place,
        format!(
            "this ends the process, not the step: no result is recorded, and the service runs the step again, which \
             ends the process again; in a test it ends the tests: write\n\
             return Err(\"why the step fails\".into());\n\
             or, if it does no harm, put #[durable(allow({name}))] on the statement"
        ),
    )
}

/// Operations in the order of a hash map.
pub(crate) fn hash_order(place: impl ToTokens) -> Error {
    Error::new_spanned(
        place,
        text(
            Lint::HashOrder,
            "std::collections::BTreeMap (or BTreeSet) instead of the hash map, whose order is that of its keys",
        ),
    )
}

/// A name of an operation that differs.
pub(crate) fn operation_name(place: impl ToTokens, cure: &str) -> Error {
    let cure = format!("let part = {cure};");
    Error::new_spanned(place, text(Lint::OperationName, &cure))
}

/// A branch on what differs between an invocation and its replay.
pub(crate) fn replay(place: Span, what: &str) -> Error {
    Error::new(
        place,
        format!(
            "`{what}` differs between an invocation and its replay, and what depends on it here changes the \
             execution: decide by the event, or by the result of an operation; log lines may depend on it\n\
             or, if it does no harm, put #[durable(allow({}))] on the statement",
            Lint::Replay.name(),
        ),
    )
}
