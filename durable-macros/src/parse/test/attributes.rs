//! The attributes of a test that the harness reads: `#[ignore]` and `#[should_panic]`, also under a condition.

use syn::{Expr, ExprLit, Lit, Meta, parse_quote};

use crate::error;
use crate::parse::attributes::conditional;
use crate::parse::options::ungrouped;

/// A value that applies under a condition, or always.
#[derive(Debug)]
pub(crate) struct Conditional<T> {
    pub(crate) condition: Option<Meta>,
    pub(crate) value: T,
}

pub(super) fn always<T>(value: T) -> Conditional<T> {
    Conditional {
        condition: None,
        value,
    }
}

pub(super) fn has_always<T>(values: &[Conditional<T>]) -> bool {
    values.iter().any(|value| value.condition.is_none())
}

/// An attribute without its `cfg_attr`, and the condition of that.
pub(super) fn unconditional(meta: &Meta) -> (Option<Meta>, Meta) {
    let Some((condition, inner)) = conditional(meta) else {
        return (None, meta.clone());
    };
    let Some(first) = inner.first() else {
        return (None, meta.clone());
    };
    match unconditional(first) {
        (Some(deeper), meta) => (Some(parse_quote!(all(#condition, #deeper))), meta),
        (None, meta) => (Some(condition), meta),
    }
}

/// The reason of `#[ignore]` or `#[ignore = "reason"]`.
pub(super) fn ignore_reason(meta: &Meta) -> syn::Result<String> {
    match meta {
        Meta::Path(_) => Some(String::new()),
        Meta::NameValue(pair) => text_of(&pair.value),
        Meta::List(_) => None,
    }
    .ok_or_else(|| error::test_attribute_value(meta, "`#[ignore]` or `#[ignore = \"..\"]`"))
}

/// The text of `#[should_panic]` or `#[should_panic(expected = "text")]`.
pub(super) fn expected_text(meta: &Meta) -> syn::Result<Option<String>> {
    match meta {
        Meta::Path(_) => Some(None),
        Meta::NameValue(pair) => text_of(&pair.value).map(Some),
        Meta::List(list) => list
            .parse_args::<syn::MetaNameValue>()
            .ok()
            .filter(|pair| pair.path.is_ident("expected"))
            .and_then(|pair| text_of(&pair.value))
            .map(Some),
    }
    .ok_or_else(|| {
        error::test_attribute_value(
            meta,
            "`#[should_panic]` or `#[should_panic(expected = \"..\")]`",
        )
    })
}

pub(super) fn text_of(value: &Expr) -> Option<String> {
    match ungrouped(value) {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    }
}
