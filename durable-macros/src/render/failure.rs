//! Converts the error of a body.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use crate::parse::types;

/// Converts the `Result` that `value` computes into one with the SDK's `BoxError`. The compiler reports a
/// type that does not fit at the return type.
pub(crate) fn boxed(value: &TokenStream, returned: &Type) -> TokenStream {
    let span = at(returned);
    let result = quote_spanned!(span=> ::durable_runtime::__private::Returned::returned(#value));
    boxed_result(&result, span)
}

/// The same for a type that is a `Result` or not.
pub(crate) fn boxed_either(value: &TokenStream, returned: &Type) -> TokenStream {
    let span = at(returned);
    let settled = settled(returned);
    boxed_result(&quote_spanned!(span=> #settled::settled(#value)), span)
}

fn boxed_result(result: &TokenStream, span: Span) -> TokenStream {
    quote_spanned! {span=>
        #result.map_err(|error| {
            #[allow(unused_imports)]
            use ::durable_runtime::__private::{ViaBoxed as _, ViaStdError as _};
            (&::durable_runtime::__private::ErrorTag::new(error)).boxed()
        })
    }
}

/// A type that is a `Result` or not, seen as a `Result`.
pub(crate) fn settled(returned: &Type) -> TokenStream {
    let span = at(returned);
    let answer = answer(returned, &quote!(IS_RESULT));
    quote_spanned!(span=> <#returned as ::durable_runtime::__private::Settled<#answer>>)
}

/// What the compiler knows of a type: a constant of its `Probe`.
pub(crate) fn answer(returned: &Type, constant: &TokenStream) -> TokenStream {
    let span = at(returned);
    quote_spanned! {span=>
        {
            #[allow(unused_imports)]
            use ::durable_runtime::__private::Unless as _;
            <::durable_runtime::__private::Probe<#returned>>::#constant
        }
    }
}

/// The value of a `Result` type.
pub(crate) fn value_type(returned: &Type) -> TokenStream {
    let span = at(returned);
    quote_spanned!(span=> <#returned as ::durable_runtime::__private::Returned>::Value)
}

/// The same type, reported where the value is written: `T` of `Result<T, E>`.
pub(crate) fn value_type_at_argument(returned: &Type) -> TokenStream {
    let span = at(types::first_argument(returned));
    quote_spanned!(span=> <#returned as ::durable_runtime::__private::Returned>::Value)
}

/// The value of a type that is a `Result` or not, reported there as well.
pub(crate) fn either_value_at_argument(returned: &Type) -> TokenStream {
    let settled = settled(returned);
    quote_spanned!(at(types::first_argument(returned))=> #settled::Value)
}

/// The error of such a type.
pub(crate) fn either_error_type(returned: &Type) -> TokenStream {
    let settled = settled(returned);
    quote_spanned!(at(returned)=> #settled::Error)
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
