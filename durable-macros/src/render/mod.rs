//! Turns plain data into tokens. The emitted code is small and calls functions of the runtime crates.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

pub(crate) mod call;
pub(crate) mod child;
pub(crate) mod execution;
pub(crate) mod failure;
pub(crate) mod step;
pub(crate) mod test;

/// An `Option` of a value.
fn option<T: ToTokens>(value: Option<&T>) -> TokenStream {
    value.map_or_else(
        || quote!(::core::option::Option::None),
        |value| quote!(::core::option::Option::Some(#value)),
    )
}
