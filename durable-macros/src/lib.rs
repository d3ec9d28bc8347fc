//! The attribute macros of AWS Lambda durable functions.

mod error;
mod kind;
mod parse;
mod render;

use proc_macro::TokenStream;

/// step
#[proc_macro_attribute]
pub fn durable_step(options: TokenStream, item: TokenStream) -> TokenStream {
    use render::step::{render, stub};
    expand(parse::step::parse, render, stub, options, item)
}

/// child
#[proc_macro_attribute]
pub fn durable_with_child_context(options: TokenStream, item: TokenStream) -> TokenStream {
    use render::child::{render, stub};
    expand(parse::child::parse, render, stub, options, item)
}

/// execution
#[proc_macro_attribute]
pub fn durable_execution(options: TokenStream, item: TokenStream) -> TokenStream {
    use render::execution::{render, stub};
    expand(parse::execution::parse, render, stub, options, item)
}

/// test
#[proc_macro_attribute]
pub fn durable_test(options: TokenStream, item: TokenStream) -> TokenStream {
    use render::test::{render, stub};
    expand(parse::test::parse, render, stub, options, item)
}

/// Parses, then renders. What is wrong is reported beside a stub of what was meant, so that one
/// mistake is one message; an item that is no function is left as it is.
fn expand<T>(
    parse: parse::Parser<T>,
    render: fn(&T) -> proc_macro2::TokenStream,
    stub: fn(&T) -> proc_macro2::TokenStream,
    options: TokenStream,
    item: TokenStream,
) -> TokenStream {
    let item: proc_macro2::TokenStream = item.into();
    let tokens = match parse(options.into(), item.clone()) {
        Ok(parsed) => match parsed.problems.into_error() {
            None => render(&parsed.data),
            Some(error) => error::with_rest(&error, stub(&parsed.data)),
        },
        Err(error) => error::with_rest(&error, item),
    };
    tokens.into()
}
