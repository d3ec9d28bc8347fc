//! Diagnostics about lints.

use proc_macro2::Span;
use quote::ToTokens;
use syn::Error;

use super::words::listed;

pub(crate) fn unknown_lint(name: &syn::Ident, known: &[&str], nearest: Option<&str>) -> Error {
    let list = listed(known);
    let hint = nearest.map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
    Error::new_spanned(
        name,
        format!("unknown lint `{name}`{hint} (the lints are {list})"),
    )
}

pub(crate) fn expected_lint(span: Span) -> Error {
    Error::new(
        span,
        "expected the name of a lint, or `reason = \"..\"`: `allow(clock, reason = \"only logged\")`",
    )
}

pub(crate) fn durable_without_allow(attribute: impl ToTokens) -> Error {
    Error::new_spanned(
        attribute,
        "write the lints that it allows: `#[durable(allow(clock))]`",
    )
}
