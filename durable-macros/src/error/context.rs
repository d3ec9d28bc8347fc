//! Diagnostics about contexts.

use proc_macro2::Span;
use quote::ToTokens;
use syn::Error;

use super::words::tokens_text;

pub(crate) fn durable_context_in_step(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "a step cannot run durable operations: remove this argument, or use #[durable_with_child_context]",
    )
}

pub(crate) fn step_context_not_first(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "the `StepContext` must be the first argument of a durable step",
    )
}

pub(crate) fn second_step_context(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "a durable step takes one `StepContext`: remove this one",
    )
}

pub(crate) fn context_by_reference(token: impl ToTokens, context: &str) -> Error {
    let text = tokens_text(&token);
    Error::new_spanned(
        token,
        format!("take the context by value: write `{context}` instead of `{text}`"),
    )
}

pub(crate) fn step_context_in_child(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "a child-context block has no `StepContext`: remove this argument, or use #[durable_step]",
    )
}

pub(crate) fn second_durable_context(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "a child-context block takes one `DurableContext`: remove this one",
    )
}

pub(crate) fn durable_context_not_first(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "the `DurableContext` must be the first argument of a child-context block",
    )
}

pub(crate) fn child_without_context(span: Span) -> Error {
    Error::new(
        span,
        "a child-context block runs its operations on a context of its own: add `ctx: DurableContext` as the first argument",
    )
}
