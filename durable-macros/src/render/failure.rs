//! Converts the error of a body.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::Type;
use syn::spanned::Spanned;

/// Converts the `Result` that `value` computes into one with the SDK's `BoxError`. The compiler reports a
/// type that does not fit at the return type.
pub(crate) fn boxed(value: &TokenStream, returned: &Type) -> TokenStream {
    let span = at(returned);
    quote_spanned! {span=>
        ::durable_runtime::__private::Returned::returned(#value).map_err(|error| {
            #[allow(unused_imports)]
            use ::durable_runtime::__private::{ViaBoxed as _, ViaStdError as _};
            (&::durable_runtime::__private::ErrorTag::new(error)).boxed()
        })
    }
}

/// The value of a `Result` type.
pub(crate) fn value_type(returned: &Type) -> TokenStream {
    let span = at(returned);
    quote_spanned!(span=> <#returned as ::durable_runtime::__private::Returned>::Value)
}

/// The error of a `Result` type.
pub(crate) fn error_type(returned: &Type) -> TokenStream {
    let span = at(returned);
    quote_spanned!(span=> <#returned as ::durable_runtime::__private::Returned>::Error)
}

/// The span of the user's token, with the macro's hygiene: a diagnostic points there, and lints see
/// generated code.
pub(crate) fn at(token: &impl Spanned) -> Span {
    Span::mixed_site().located_at(token.span())
}
