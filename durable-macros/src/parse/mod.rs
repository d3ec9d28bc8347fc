//! From the tokens of attributes and functions to plain data, with everything that is wrong.

use proc_macro2::TokenStream;

use crate::error::Problems;

pub(crate) mod arguments;
pub(crate) mod attributes;
pub(crate) mod borrows;
pub(crate) mod call;
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

/// Data that was read, and what is wrong with its source.
#[derive(Debug)]
pub(crate) struct Parsed<T> {
    /// The data; where its source is wrong, what comes nearest.
    pub(crate) data: T,
    /// Everything that is wrong.
    pub(crate) problems: Problems,
}

/// How each macro reads its two inputs: the attribute's arguments and the item. Only an item that
/// is no function at all is an `Err`.
pub(crate) type Parser<T> = fn(TokenStream, TokenStream) -> syn::Result<Parsed<T>>;
