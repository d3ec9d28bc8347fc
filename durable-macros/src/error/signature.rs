//! Diagnostics about items and signatures.

use proc_macro2::Span;
use quote::ToTokens;
use syn::Error;

use super::words::tokens_text;
use crate::kind::Kind;

pub(crate) fn not_a_function(span: Span, kind: Kind) -> Error {
    let (attribute, example) = (kind.attribute(), kind.example());
    Error::new(
        span,
        format!("`{attribute}` goes on a function: `{example}`"),
    )
}

pub(crate) fn no_body(span: Span, kind: Kind) -> Error {
    let (noun, example) = (kind.noun(), kind.example());
    Error::new(
        span,
        format!("{noun} is a free function with a body: `{example}`"),
    )
}

pub(crate) fn second_durable_attribute(attribute: impl ToTokens) -> Error {
    Error::new_spanned(
        attribute,
        "a function carries one durable attribute: remove this one or the other",
    )
}

pub(crate) fn not_async(span: Span, kind: Kind) -> Error {
    let (noun, why) = (kind.noun(), kind.why_async());
    Error::new(
        span,
        format!("{noun} must be async, because {why}: write `async fn`"),
    )
}

pub(crate) fn receiver(token: impl ToTokens, kind: Kind) -> Error {
    let noun = kind.noun();
    let rest = match kind {
        Kind::Test => "make it a free function",
        _ => "make it a free function and pass what it needs as arguments",
    };
    Error::new_spanned(token, format!("{noun} cannot take `self`: {rest}"))
}

pub(crate) fn const_fn(token: impl ToTokens, kind: Kind) -> Error {
    let noun = kind.noun();
    Error::new_spanned(
        token,
        format!("{noun} runs at run time only: remove `const`"),
    )
}

pub(crate) fn unsafe_fn(token: impl ToTokens, kind: Kind) -> Error {
    let noun = kind.noun();
    Error::new_spanned(
        token,
        format!(
            "{noun} is called by safe code: remove `unsafe`, and write an `unsafe` block in the body"
        ),
    )
}

pub(crate) fn extern_fn(token: impl ToTokens, kind: Kind) -> Error {
    let noun = kind.noun();
    Error::new_spanned(
        token,
        format!("{noun} is called from Rust only: remove the `extern` ABI"),
    )
}

pub(crate) fn variadic(token: impl ToTokens, kind: Kind) -> Error {
    let noun = kind.noun();
    Error::new_spanned(
        token,
        format!("{noun} takes a fixed number of arguments: remove `...`, and take a `Vec<T>`"),
    )
}

pub(crate) fn lifetime_parameter(token: impl ToTokens, kind: Kind) -> Error {
    let noun = kind.noun();
    Error::new_spanned(
        token,
        format!("{noun} cannot have lifetime parameters: take owned values (`String` for `&str`)"),
    )
}

pub(crate) fn generic_parameter(token: impl ToTokens, kind: Kind) -> Error {
    let noun = kind.noun();
    Error::new_spanned(
        token,
        format!("{noun} cannot be generic, because it is registered: write the concrete type"),
    )
}

pub(crate) fn impl_trait_argument(token: impl ToTokens, kind: Kind) -> Error {
    let noun = kind.noun();
    Error::new_spanned(
        token,
        format!(
            "{noun} cannot take an `impl Trait`, because it is registered: write the concrete type"
        ),
    )
}

pub(crate) fn borrowed(token: impl ToTokens, kind: Kind, instead: Option<&str>) -> Error {
    let why = kind.why_owned();
    let text = tokens_text(&token);
    let advice = match instead {
        Some(owned) => format!("write `{owned}` instead of `{text}`"),
        None => format!("take an owned value instead of one that borrows for `{text}`"),
    };
    Error::new_spanned(token, format!("{why}: {advice}"))
}

pub(crate) fn borrowed_result(token: impl ToTokens, kind: Kind, instead: Option<&str>) -> Error {
    let noun = kind.noun();
    let text = tokens_text(&token);
    let advice = match instead {
        Some(owned) => format!("write `{owned}` instead of `{text}`"),
        None => format!("return an owned value instead of one that borrows for `{text}`"),
    };
    Error::new_spanned(
        token,
        format!("what {noun} returns is recorded, so it is an owned value: {advice}"),
    )
}

pub(crate) fn conditional_argument(token: impl ToTokens, kind: Kind) -> Error {
    let noun = kind.noun();
    Error::new_spanned(
        token,
        format!(
            "an argument of {noun} cannot depend on a `cfg`: write two functions, each with its `#[cfg(..)]`"
        ),
    )
}

pub(crate) fn impl_trait_result(token: impl ToTokens, kind: Kind) -> Error {
    let noun = kind.noun();
    Error::new_spanned(
        token,
        format!("what {noun} returns is recorded, so its type needs a name: replace `impl Trait`"),
    )
}

pub(crate) fn never_result(token: impl ToTokens, kind: Kind) -> Error {
    let noun = kind.noun();
    Error::new_spanned(
        token,
        format!("{noun} must return: write `Result<T, E>`, or a plain type, instead of `!`"),
    )
}

pub(crate) fn not_a_result(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "a durable handler returns a `Result<T, E>`: write `Result<T, BoxError>`, or an alias of it",
    )
}

pub(crate) fn no_result(span: Span) -> Error {
    Error::new(
        span,
        "a durable handler returns a `Result<T, E>`: add `-> Result<T, BoxError>`",
    )
}

pub(crate) fn associated(token: impl ToTokens, kind: Kind) -> Error {
    let noun = kind.noun();
    Error::new_spanned(
        token,
        format!("{noun} cannot be an associated function: move it out of the `impl` block"),
    )
}
