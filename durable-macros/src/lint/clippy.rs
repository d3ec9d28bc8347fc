//! Attributes for clippy's `disallowed_methods`, which `durable lint --init` sets up to find what these lints
//! cannot see: it is silent in the bodies of inline steps, and where a lint is allowed.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Attribute, parse_quote_spanned};

/// The attribute that allows what a step may do.
pub(crate) fn allow_attribute() -> Attribute {
    parse_quote_spanned!(Span::mixed_site()=> #[allow(clippy::disallowed_methods)])
}

/// Its tokens.
pub(crate) fn allow() -> TokenStream {
    allow_attribute().into_token_stream()
}

/// The methods of a context whose closures run once.
const STEPS: [&str; 3] = ["step", "wait_for_condition", "wait_for_callback"];

/// Allows the closures of inline steps what a step may do.
pub(crate) fn allow_in_steps(tokens: TokenStream) -> TokenStream {
    let mut done = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    let mut after_dot = false;
    while let Some(token) = tokens.next() {
        let is_step = after_dot && is_step(&token);
        after_dot = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '.');
        done.extend([inside(token, allow_in_steps)]);
        if is_step
            && matches!(tokens.peek(), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis)
            && let Some(arguments) = tokens.next()
        {
            done.extend([inside(arguments, |stream| {
                in_arguments(allow_in_steps(stream))
            })]);
        }
    }
    done
}

fn is_step(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Ident(name) if STEPS.iter().any(|step| name == step))
}

/// Puts the attribute in front of each argument that is a closure, or a block that ends in one.
fn in_arguments(arguments: TokenStream) -> TokenStream {
    let mut done = TokenStream::new();
    let mut is_first = true;
    for token in arguments {
        let is_comma = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ',');
        if is_first && begins_closure(&token) {
            done.extend(allow());
        }
        done.extend([match token {
            TokenTree::Group(block) if is_first && block.delimiter() == Delimiter::Brace => {
                inside(TokenTree::Group(block), in_block)
            }
            other => other,
        }]);
        is_first = is_comma;
    }
    done
}

/// The same for the last expression of a block.
fn in_block(block: TokenStream) -> TokenStream {
    let tokens: Vec<TokenTree> = block.into_iter().collect();
    let end =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';');
    let last = tokens.iter().rposition(end).map_or(0, |index| index + 1);
    let mut done = TokenStream::new();
    for (index, token) in tokens.into_iter().enumerate() {
        if index == last && begins_closure(&token) {
            done.extend(allow());
        }
        done.extend([token]);
    }
    done
}

/// Whether an expression that begins so is a closure; or an `async move` block, which may have the attribute
/// as well.
fn begins_closure(token: &TokenTree) -> bool {
    match token {
        TokenTree::Punct(punct) => punct.as_char() == '|',
        TokenTree::Ident(word) => [ident("move"), ident("async")].contains(word),
        _ => false,
    }
}

fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// Changes what is in a group.
fn inside(token: TokenTree, change: impl FnOnce(TokenStream) -> TokenStream) -> TokenTree {
    match token {
        TokenTree::Group(group) => {
            let mut changed = Group::new(group.delimiter(), change(group.stream()));
            changed.set_span(group.span());
            TokenTree::Group(changed)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn allowed(tokens: TokenStream) -> String {
        allow_in_steps(tokens).to_string()
    }

    #[test]
    fn closures_of_steps_are_allowed_wherever_they_stand() {
        let allow = allow();
        assert_eq!(
            allowed(quote!({
                ctx.step(|_| async { now() }).name("now").await?;
                join!(ctx.step({
                    let id = id.clone();
                    move |_| async move { now(id) }
                }));
                ctx.wait_for_condition(0, move |state, _| async move { now() });
            })),
            quote!({
                ctx.step(#allow |_| async { now() }).name("now").await?;
                join!(ctx.step({
                    let id = id.clone();
                    #allow move |_| async move { now(id) }
                }));
                ctx.wait_for_condition(0, #allow move |state, _| async move { now() });
            })
            .to_string()
        );
    }

    #[test]
    fn all_else_stays_as_it_is() {
        let code = quote!({
            ctx.step(body).name("now").await?;
            items.map(|item| now(item));
            ctx.map(items, |ctx, item, _| async move { now() });
            step(|_| now());
        });
        assert_eq!(allowed(code.clone()), code.to_string());
    }
}
