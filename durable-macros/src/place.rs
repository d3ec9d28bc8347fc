//! Where a function stands.

use proc_macro::Span;
use proc_macro2::TokenStream;
use syn::ext::IdentExt;

use crate::error;
use crate::kind::Kind;
use crate::lint::source::Source;
use crate::parse::function::Function;

/// The source of the function that an attribute stands on. An associated function is refused: the items that
/// the attribute emits beside it have no room in an `impl` block. The refusal is the whole output.
pub(crate) fn check(function: &Function, kind: Kind) -> Result<Source, TokenStream> {
    let attribute = Span::call_site();
    let ident = &function.signature.ident;
    let source = Source::new(attribute.local_file(), ident.unraw().to_string());
    // At the start of a line there is no block around it, which saves reading the file.
    let has_receiver = function.signature.receiver().is_some();
    if attribute.column() > 1 && !has_receiver && source.is_in_impl() {
        let refusal = error::associated(ident, kind);
        return Err(error::with_rest(&refusal, function.original()));
    }
    Ok(source)
}
