//! The function that an attribute stands on.

use proc_macro2::{Delimiter, Group, TokenStream};
use quote::quote;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Ident, LitStr, Signature, Token, Visibility};

use super::attributes::Attributes;
use crate::error::{self, Problems};
use crate::kind::Kind;

/// A function. Its body stays tokens, which only the compiler parses.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) attributes: Attributes,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: Group,
}

impl Function {
    /// Reads a function.
    pub(crate) fn read(
        item: TokenStream,
        kind: Kind,
        problems: &mut Problems,
    ) -> syn::Result<Self> {
        let parser = |input: ParseStream<'_>| {
            let attributes = input.call(Attribute::parse_outer)?;
            let visibility = input.parse()?;
            if !is_function(input)? {
                return Err(error::not_a_function(input.span(), kind));
            }
            let signature: Signature = input.parse()?;
            if input.peek(Token![;]) {
                return Err(error::no_body(input.span(), kind));
            }
            let body = body(input)?;
            Ok((attributes, visibility, signature, body))
        };
        let (mut attributes, visibility, signature, body) = parser.parse2(item)?;
        attributes.retain(|attribute| {
            let durable = is_durable(attribute);
            if durable {
                problems.add(error::second_durable_attribute(attribute));
            }
            !durable
        });
        Ok(Self {
            attributes: Attributes::sort(attributes),
            visibility,
            signature,
            body,
        })
    }

    /// The function as it was written, to emit with a diagnostic.
    pub(crate) fn original(&self) -> TokenStream {
        let Attributes {
            conditions,
            outer,
            lints,
            inner,
        } = &self.attributes;
        let (visibility, signature, body) = (&self.visibility, &self.signature, &self.body);
        quote! {
            #(#conditions)* #(#outer)* #(#lints)* #(#inner)*
            #[allow(dead_code)]
            #visibility #signature #body
        }
    }

    /// Reports the qualifiers that a durable function cannot have, and removes them.
    pub(crate) fn check_qualifiers(&mut self, kind: Kind, problems: &mut Problems) {
        let signature = &mut self.signature;
        if let Some(token) = signature.constness.take() {
            problems.add(error::const_fn(token, kind));
        }
        if let Some(token) = signature.unsafety.take() {
            problems.add(error::unsafe_fn(token, kind));
        }
        if let Some(token) = signature.abi.take() {
            problems.add(error::extern_fn(token, kind));
        }
        if let Some(token) = signature.variadic.take() {
            problems.add(error::variadic(token, kind));
        }
    }

    /// Reports a function that is not `async`.
    pub(crate) fn check_async(&mut self, kind: Kind, problems: &mut Problems) {
        let signature = &mut self.signature;
        if signature.asyncness.is_none() {
            problems.add(error::not_async(signature.fn_token.span, kind));
            signature.asyncness = Some(Token![async](signature.fn_token.span));
        }
    }

    /// Reports the generics of a function that must be concrete.
    pub(crate) fn check_concrete(&self, kind: Kind, problems: &mut Problems) {
        for parameter in &self.signature.generics.params {
            problems.add(match parameter {
                syn::GenericParam::Lifetime(_) => error::lifetime_parameter(parameter, kind),
                _ => error::generic_parameter(parameter, kind),
            });
        }
    }
}

/// The braces and what is in them; a `macro_rules` expansion may have an invisible group around.
fn body(input: ParseStream<'_>) -> syn::Result<Group> {
    let content;
    let brace = syn::braced!(content in input);
    let mut body = Group::new(Delimiter::Brace, content.parse()?);
    body.set_span(brace.span.join());
    Ok(body)
}

fn is_function(input: ParseStream<'_>) -> syn::Result<bool> {
    let ahead = input.fork();
    while ahead.peek(Token![const])
        || ahead.peek(Token![async])
        || ahead.peek(Token![unsafe])
        || ahead.peek(Token![extern])
    {
        ahead.call(<Ident as syn::ext::IdentExt>::parse_any)?;
        ahead.parse::<Option<LitStr>>()?;
    }
    Ok(ahead.peek(Token![fn]))
}

/// Whether an attribute is one of this crate's.
fn is_durable(attribute: &Attribute) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|segment| {
        [
            "durable_step",
            "durable_with_child_context",
            "durable_execution",
            "durable_test",
        ]
        .iter()
        .any(|name| segment.ident == name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(item: TokenStream) -> Result<Function, String> {
        let mut problems = Problems::default();
        let function =
            Function::read(item, Kind::Step, &mut problems).map_err(|error| error.to_string())?;
        match problems.into_error() {
            Some(error) => Err(error.to_string()),
            None => Ok(function),
        }
    }

    #[test]
    fn a_function_of_any_qualifiers_is_read() {
        let item = quote!(
            pub(crate) async unsafe extern "C" fn f<T>(a: T) -> u8
            where
                T: Copy,
            {
                1
            }
        );
        let mut function = read(item).unwrap();
        let mut problems = Problems::default();
        function.check_qualifiers(Kind::Step, &mut problems);
        let errors = problems.into_error().unwrap().into_iter().count();
        assert_eq!(errors, 2);
        assert!(function.signature.unsafety.is_none());
    }

    #[test]
    fn anything_else_is_refused() {
        for item in [
            quote!(
                struct S;
            ),
            quote!(
                const X: u8 = 1;
            ),
            quote!(
                mod m {}
            ),
        ] {
            let error = read(item).unwrap_err();
            assert!(
                error.starts_with("`#[durable_step]` goes on a function"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_function_without_body_is_refused() {
        let error = read(quote!(
            async fn f();
        ))
        .unwrap_err();
        assert!(error.contains("a free function with a body"), "{error}");
    }

    #[test]
    fn a_second_durable_attribute_is_refused() {
        let error = read(quote!(
            #[durable_runtime::durable_execution]
            fn f() {}
        ))
        .unwrap_err();
        assert!(error.contains("one durable attribute"), "{error}");
    }
}
