//! Diagnostics about handlers.

use proc_macro2::Span;
use quote::ToTokens;
use syn::Error;

pub(crate) fn handler_without_arguments(span: Span) -> Error {
    Error::new(
        span,
        "a durable handler takes an event and a context: write `(event: E, ctx: DurableContext)`",
    )
}

pub(crate) fn handler_without_event(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "the event is missing: write `(event: E, ctx: DurableContext)`",
    )
}

pub(crate) fn handler_without_context(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "the context is missing: write `(event: E, ctx: DurableContext)`",
    )
}

pub(crate) fn handler_arguments_swapped(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "the context comes second: swap the two, as in `(event: E, ctx: DurableContext)`",
    )
}

pub(crate) fn handler_context_type(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "the second argument of a durable handler is its context: write `ctx: DurableContext`",
    )
}

pub(crate) fn handler_argument_too_many(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "a durable handler takes two arguments, `(event: E, ctx: DurableContext)`: remove this one, or make it a field of the event",
    )
}
