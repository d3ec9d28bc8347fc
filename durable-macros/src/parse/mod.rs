//! Turns the tokens of attributes and functions into plain data, and collects the errors.

use proc_macro2::TokenStream;

use crate::error::Problems;

pub(crate) mod arguments;
pub(crate) mod attributes;
pub(crate) mod borrows;
pub(crate) mod call;
pub(crate) mod cases;
pub(crate) mod child;
pub(crate) mod duration;
pub(crate) mod execution;
pub(crate) mod function;
pub(crate) mod name;
pub(crate) mod options;
pub(crate) mod retry;
pub(crate) mod step;
pub(crate) mod test;
pub(crate) mod types;

/// Parsed data, and the errors in its source.
#[derive(Debug)]
pub(crate) struct Parsed<T> {
    /// The data; where its source is wrong, the nearest valid data.
    pub(crate) data: T,
    /// All errors.
    pub(crate) problems: Problems,
}

/// How each macro parses its two inputs: the attribute's arguments and the item. Only an item that is not a
/// function is an `Err`.
pub(crate) type Parser<T> = fn(TokenStream, TokenStream) -> syn::Result<Parsed<T>>;
