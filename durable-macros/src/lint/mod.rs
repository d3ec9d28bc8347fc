//! What breaks a replay, found in the body of a handler or of a child-context block while it is compiled; and what
//! ends the process, in that of a step as well.
//!
//! The lints see tokens: the function, the `use` declarations and items of its own body and of the file that
//! it stands in. They do not see what a function does that the body calls, what a glob import brings, what
//! a method does on a value of another crate, or what is behind an alias of a type. Where a name can be
//! something else, they are silent: a false alarm is worse than a miss, and a run of the handler finds
//! much of what they miss.

pub(crate) mod allow;
mod attributes;
mod catalogue;
pub(crate) mod clippy;
mod closures;
mod hashed;
mod macros;
mod message;
mod operations;
mod replayed;
mod resolve;
mod rules;
mod scope;
pub(crate) mod source;
mod walk;

use proc_macro2::{Group, TokenStream, TokenTree};
use syn::{Block, FnArg, Pat, PatType, Signature};

use self::allow::Allowed;
use self::scope::Binding;
use self::source::Source;
use self::walk::Walk;
use crate::error::Problems;
use crate::parse::function::Function;

/// Checks the body of a function, and replaces the `#[durable(..)]` in it. A body that does not parse is
/// left to the compiler.
pub(crate) fn check(function: &mut Function, allowed: &Allowed, source: &Source) -> Problems {
    let mut problems = Problems::default();
    let allowed = allowed_in(function, allowed, &mut problems);
    if !allowed.is_empty() {
        function.attributes.lints.push(clippy::allow_attribute());
    }
    if let Some(block) = block(function) {
        walk(&function.signature, &block, allowed, source, &mut problems);
    }
    let stream = allow::strip(function.body.stream(), &mut problems);
    replace_body(function, clippy::allow_in_steps(stream));
    problems
}

/// Checks the body of a step, which runs once: of the lints only that of ends of the process applies.
pub(crate) fn check_step(function: &mut Function, allowed: &Allowed, source: &Source) -> Problems {
    let mut problems = Problems::default();
    let allowed = allowed_in(function, allowed, &mut problems);
    if let Some(block) = block(function) {
        let mut walk = Walk::new(None, source, allowed, &mut problems);
        for argument in arguments(&function.signature) {
            walk.scopes.bind_pattern(&argument.pat, Binding::Value);
        }
        walk.recorded(&block);
    }
    let stream = allow::strip(function.body.stream(), &mut problems);
    replace_body(function, stream);
    problems
}

/// What is allowed by the option of the attribute and on the function itself.
fn allowed_in(function: &mut Function, by_option: &Allowed, problems: &mut Problems) -> Allowed {
    let mut allowed = by_option.clone();
    allowed.extend(take_own(function, problems));
    allowed
}

/// The body of a function; none if it does not parse.
fn block(function: &Function) -> Option<Block> {
    let body = TokenTree::Group(function.body.clone());
    syn::parse2(body.into()).ok()
}

fn replace_body(function: &mut Function, stream: TokenStream) {
    let mut body = Group::new(function.body.delimiter(), stream);
    body.set_span(function.body.span());
    function.body = body;
}

fn arguments(signature: &Signature) -> impl Iterator<Item = &PatType> {
    signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(argument) => Some(argument),
        FnArg::Receiver(_) => None,
    })
}

/// The `#[durable(..)]` on the function itself.
fn take_own(function: &mut Function, problems: &mut Problems) -> Allowed {
    let inner = std::mem::take(&mut function.attributes.inner);
    let (own, inner) = inner.into_iter().partition::<Vec<_>, _>(allow::is_durable);
    function.attributes.inner = inner;
    Allowed::of(&own, problems)
}

fn walk(
    signature: &Signature,
    body: &Block,
    allowed: Allowed,
    source: &Source,
    problems: &mut Problems,
) {
    let context = arguments(signature).find_map(|argument| match &*argument.pat {
        Pat::Ident(pattern) if operations::is_context(&argument.ty) => {
            Some(pattern.ident.to_string())
        }
        _ => None,
    });
    let mut walk = Walk::new(context, source, allowed, problems);
    for argument in arguments(signature) {
        let binding = if operations::is_context(&argument.ty) {
            Binding::Context(0)
        } else if resolve::is_hashed(&argument.ty, &walk.scopes, source) {
            Binding::Hashed
        } else {
            Binding::Value
        };
        walk.scopes.bind_pattern(&argument.pat, binding);
    }
    walk.body(body);
}

#[cfg(test)]
mod tests;
