//! Diagnostics about options of attributes.

use proc_macro2::Span;
use quote::ToTokens;
use syn::Error;

use super::words::{joined, listed};

pub(crate) fn expected_option(span: Span, owner: &str, known: &[&str]) -> Error {
    let list = listed(known);
    Error::new(span, format!("expected an option: `{owner}` takes {list}"))
}

pub(crate) fn expected_comma(span: Span) -> Error {
    Error::new(span, "expected a comma before the next option")
}

pub(crate) fn option_without_value(span: Span, name: &str) -> Error {
    Error::new(span, format!("the value of `{name}` is missing after `=`"))
}

pub(crate) fn unknown_option(
    name: &syn::Ident,
    owner: &str,
    known: &[&str],
    nearest: Option<&str>,
) -> Error {
    let list = listed(known);
    let hint = nearest.map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
    Error::new_spanned(
        name,
        format!("unknown option `{name}`{hint} (`{owner}` takes {list})"),
    )
}

pub(crate) fn misplaced_retry_option(name: &syn::Ident) -> Error {
    Error::new_spanned(
        name,
        format!("`{name}` is an option of the retry policy: write `retry({name} = ..)`"),
    )
}

pub(crate) fn duplicate(token: impl ToTokens, name: &str) -> Error {
    Error::new_spanned(token, format!("`{name}` is set twice: keep one of the two"))
}

pub(crate) fn option_value(token: impl ToTokens, name: &str, examples: &str) -> Error {
    Error::new_spanned(token, format!("write `{name}` as {examples}"))
}

pub(crate) fn empty_text(token: impl ToTokens, name: &str) -> Error {
    Error::new_spanned(
        token,
        format!("`{name}` is empty: write a name, or remove the option"),
    )
}

pub(crate) fn operation_name(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "the service takes operation names of 1 to 256 printable ASCII characters: shorten or respell it",
    )
}

pub(crate) fn function_name_as_operation_name(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "the service takes operation names of 1 to 256 printable ASCII characters, and this one is not valid: add the option `name = \"..\"`",
    )
}

pub(crate) fn one_of(token: impl ToTokens, name: &str, values: &[&str]) -> Error {
    let quoted: Vec<_> = values.iter().map(|value| format!("\"{value}\"")).collect();
    let quoted: Vec<_> = quoted.iter().map(String::as_str).collect();
    let list = joined(&quoted, " or ");
    Error::new_spanned(token, format!("`{name}` is {list}"))
}

pub(crate) fn duration(token: impl ToTokens, name: &str) -> Error {
    Error::new_spanned(
        token,
        format!(
            "`{name}` is not a duration: write whole numbers with `d`, `h`, `m`, `s` or `ms`, the largest unit first, as in \"500ms\", \"5m\" or \"1h 30m\""
        ),
    )
}

pub(crate) fn duration_too_long(token: impl ToTokens, name: &str) -> Error {
    Error::new_spanned(
        token,
        format!("`{name}` is longer than a year, the longest that an execution lasts"),
    )
}

pub(crate) fn max_delay_too_short(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "`max_delay` is shorter than `initial_delay`: raise it, or lower `initial_delay`",
    )
}

pub(crate) fn too_few(token: impl ToTokens, name: &str, hint: &str) -> Error {
    Error::new_spanned(token, format!("`{name}` is at least 1{hint}"))
}

pub(crate) fn too_many(token: impl ToTokens, name: &str, max: u64) -> Error {
    Error::new_spanned(token, format!("`{name}` is at most {max}"))
}
