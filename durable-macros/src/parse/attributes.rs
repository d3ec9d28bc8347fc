//! Divides the attributes of a function between its wrapper and its body.

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token, parse_quote};

/// The attributes of a function, by the item that they go to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attributes {
    /// `#[cfg(..)]`: on every item that is emitted.
    pub(crate) conditions: Vec<Attribute>,
    /// Documentation and deprecation: on the wrapper.
    pub(crate) outer: Vec<Attribute>,
    /// Lint levels: on the wrapper and on the body.
    pub(crate) lints: Vec<Attribute>,
    /// Everything else, such as `#[tracing::instrument]`: on the body.
    pub(crate) inner: Vec<Attribute>,
}

/// The item that an attribute goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Everywhere,
    Outer,
    Lint,
    Inner,
}

impl Attributes {
    /// Sorts attributes. Those in a `#[cfg_attr(..)]` are sorted one by one.
    pub(crate) fn sort(attributes: Vec<Attribute>) -> Self {
        let mut sorted = Self::default();
        for attribute in attributes.into_iter().flat_map(split) {
            let list = match target(&attribute.meta) {
                Target::Everywhere => &mut sorted.conditions,
                Target::Outer => &mut sorted.outer,
                Target::Lint => &mut sorted.lints,
                Target::Inner => &mut sorted.inner,
            };
            list.push(attribute);
        }
        sorted
    }

    /// The lint levels for the wrapper: an expectation can be met once, and the body meets it.
    pub(crate) fn wrapper_lints(&self) -> Vec<Attribute> {
        self.lints
            .iter()
            .map(|attribute| {
                let mut attribute = attribute.clone();
                relax(&mut attribute.meta);
                attribute
            })
            .collect()
    }
}

/// Names the span of each `#[instrument]` without a name: otherwise it would bear the name of the method that
/// holds the body.
pub(crate) fn name_spans(attributes: &mut [Attribute], name: &str) {
    for attribute in attributes {
        name_span(&mut attribute.meta, name);
    }
}

fn name_span(meta: &mut Meta, name: &str) {
    if let Some((condition, inner)) = conditional(meta) {
        let inner = inner.into_iter().map(|mut meta| {
            name_span(&mut meta, name);
            meta
        });
        *meta = parse_quote!(cfg_attr(#condition, #(#inner),*));
        return;
    }
    let name_of_attribute = meta.path().segments.last();
    if name_of_attribute.is_none_or(|segment| segment.ident != "instrument") {
        return;
    }
    *meta = match meta {
        Meta::Path(path) => parse_quote!(#path(name = #name)),
        Meta::List(list) if !names_span(&list.tokens) => {
            let (path, tokens) = (&list.path, &list.tokens);
            parse_quote!(#path(name = #name, #tokens))
        }
        _ => return,
    };
}

/// Whether the arguments of an `#[instrument(..)]` have a name: `name = ".."`, or the literal alone.
fn names_span(arguments: &TokenStream) -> bool {
    let mut starts = true;
    let mut tokens = arguments.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        let named = match &token {
            TokenTree::Literal(_) => true,
            TokenTree::Ident(ident) => {
                let assigned = tokens.peek().is_some_and(
                    |next| matches!(next, TokenTree::Punct(punct) if punct.as_char() == '='),
                );
                ident == "name" && assigned
            }
            _ => false,
        };
        if starts && named {
            return true;
        }
        starts = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ',');
    }
    false
}

/// Splits a `#[cfg_attr(condition, a, b)]` into one attribute for each of `a` and `b`.
fn split(attribute: Attribute) -> Vec<Attribute> {
    let Some((condition, inner)) = conditional(&attribute.meta) else {
        return vec![attribute];
    };
    let parts: Vec<Attribute> = inner
        .into_iter()
        .flat_map(|meta| split(parse_quote!(#[#meta])))
        .map(|part| {
            let meta = &part.meta;
            parse_quote!(#[cfg_attr(#condition, #meta)])
        })
        .collect();
    parts
}

/// The condition of a `cfg_attr` and the attributes under it.
pub(crate) fn conditional(meta: &Meta) -> Option<(Meta, Vec<Meta>)> {
    let Meta::List(list) = meta else { return None };
    if !list.path.is_ident("cfg_attr") {
        return None;
    }
    let parts = Punctuated::<Meta, Token![,]>::parse_terminated
        .parse2(list.tokens.clone())
        .ok()?;
    let mut parts = parts.into_iter();
    Some((parts.next()?, parts.collect()))
}

fn target(meta: &Meta) -> Target {
    if let Some((_, inner)) = conditional(meta) {
        return inner.first().map_or(Target::Inner, target);
    }
    let Some(name) = meta.path().get_ident() else {
        return Target::Inner;
    };
    match name.to_string().as_str() {
        "cfg" => Target::Everywhere,
        "doc" | "deprecated" => Target::Outer,
        "allow" | "expect" | "warn" | "deny" | "forbid" => Target::Lint,
        _ => Target::Inner,
    }
}

fn relax(meta: &mut Meta) {
    if let Some((condition, inner)) = conditional(meta) {
        let inner = inner.into_iter().map(|mut meta| {
            relax(&mut meta);
            meta
        });
        *meta = parse_quote!(cfg_attr(#condition, #(#inner),*));
    } else if let Meta::List(list) = meta
        && list.path.is_ident("expect")
    {
        list.path = parse_quote!(allow);
    }
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;

    use super::*;

    fn sort(attributes: &[Attribute]) -> Attributes {
        Attributes::sort(attributes.to_vec())
    }

    fn text(attributes: &[Attribute]) -> Vec<String> {
        attributes
            .iter()
            .map(|attribute| attribute.to_token_stream().to_string().replace(' ', ""))
            .collect()
    }

    #[test]
    fn each_attribute_has_its_place() {
        let sorted = sort(&[
            parse_quote!(#[doc = "text"]),
            parse_quote!(#[cfg(unix)]),
            parse_quote!(#[deprecated]),
            parse_quote!(#[allow(unused)]),
            parse_quote!(#[tracing::instrument]),
            parse_quote!(#[inline]),
        ]);
        assert_eq!(text(&sorted.outer), ["#[doc=\"text\"]", "#[deprecated]"]);
        assert_eq!(text(&sorted.conditions), ["#[cfg(unix)]"]);
        assert_eq!(text(&sorted.lints), ["#[allow(unused)]"]);
        assert_eq!(text(&sorted.inner), ["#[tracing::instrument]", "#[inline]"]);
    }

    #[test]
    fn a_conditional_attribute_goes_where_its_content_goes() {
        let sorted = sort(&[parse_quote!(#[cfg_attr(unix, doc = "x", inline, cfg(test))])]);
        assert_eq!(text(&sorted.outer), ["#[cfg_attr(unix,doc=\"x\")]"]);
        assert_eq!(text(&sorted.inner), ["#[cfg_attr(unix,inline)]"]);
        assert_eq!(text(&sorted.conditions), ["#[cfg_attr(unix,cfg(test))]"]);
    }

    #[test]
    fn an_expectation_is_an_allowance_on_the_wrapper() {
        let sorted = sort(&[
            parse_quote!(#[expect(unused)]),
            parse_quote!(#[deny(dead_code)]),
            parse_quote!(#[cfg_attr(unix, expect(unused))]),
        ]);
        let expected = [
            "#[allow(unused)]",
            "#[deny(dead_code)]",
            "#[cfg_attr(unix,allow(unused))]",
        ];
        assert_eq!(text(&sorted.wrapper_lints()), expected);
        assert_eq!(text(&sorted.lints[..1]), ["#[expect(unused)]"]);
    }

    #[test]
    fn a_span_has_the_name_of_the_operation_unless_it_has_its_own() {
        let mut attributes = [
            parse_quote!(#[tracing::instrument]),
            parse_quote!(#[instrument(skip_all, fields(name = 1))]),
            parse_quote!(#[cfg_attr(unix, instrument(level = "debug"))]),
            parse_quote!(#[instrument(skip(a), name = "own")]),
            parse_quote!(#[instrument("own")]),
            parse_quote!(#[inline]),
        ];
        name_spans(&mut attributes, "charge card");
        let expected = [
            "#[tracing::instrument(name=\"chargecard\")]",
            "#[instrument(name=\"chargecard\",skip_all,fields(name=1))]",
            "#[cfg_attr(unix,instrument(name=\"chargecard\",level=\"debug\"))]",
            "#[instrument(skip(a),name=\"own\")]",
            "#[instrument(\"own\")]",
            "#[inline]",
        ];
        assert_eq!(text(&attributes), expected);
    }
}
