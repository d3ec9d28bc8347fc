//! `#[durable_with_child_context]`

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::call::{self, Operation};
use crate::parse::child::Child;

/// The wrapper and the body of a child-context block.
pub(crate) fn render(child: &Child) -> TokenStream {
    call::items(&child.call, &operation(child))
}

/// The same items without an implementation.
pub(crate) fn stub(child: &Child) -> TokenStream {
    call::stub(&child.call, &operation(child))
}

fn operation(child: &Child) -> Operation {
    Operation {
        builder: quote!(::durable_runtime::ChildCall),
        function: quote!(::durable_runtime::__private::child),
        options: child.name.to_token_stream(),
        kind: quote!(Block),
        runs_once: false,
    }
}
