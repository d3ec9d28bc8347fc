//! `#[durable_execution]`

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Signature;

use super::failure;
use crate::parse::execution::Execution;
use crate::parse::types::{self, Fallibility};

/// The handler with its error converted, and its entry in the registry.
pub(crate) fn render(execution: &Execution) -> TokenStream {
    let function = &execution.function;
    let attributes = &function.attributes;
    let (conditions, outer) = (&attributes.conditions, &attributes.outer);
    let (lints, inner) = (&attributes.lints, &attributes.inner);
    let wrapper_lints = attributes.wrapper_lints();
    let (visibility, signature, body) = (&function.visibility, &function.signature, &function.body);
    let Signature {
        asyncness,
        fn_token,
        ident,
        ..
    } = signature;
    let parameters = execution.arguments.iter().map(|argument| {
        let (ident, ty) = (&argument.ident, &argument.ty);
        quote!(#ident: #ty)
    });
    let arguments = execution.arguments.iter().map(|argument| &argument.ident);
    let value = value(execution);
    let run = failure::boxed(&quote!(#ident(#(#arguments),*).await), &execution.returned);
    let entry = entry(execution);
    let enter = enter(execution);
    quote! {
        #(#conditions)*
        #(#outer)*
        #(#wrapper_lints)*
        #visibility #asyncness #fn_token #ident(
            #(#parameters),*
        ) -> ::core::result::Result<#value, ::durable_runtime::sdk::BoxError> {
            #[allow(clippy::needless_pass_by_value, clippy::unused_async)]
            #(#lints)*
            #(#inner)*
            #signature #body

            #enter
            #run
        }

        #(#conditions)*
        #[allow(deprecated)]
        const _: () = { #entry };
    }
}

/// The function as it was written.
pub(crate) fn stub(execution: &Execution) -> TokenStream {
    execution.function.original()
}

/// Tells a test's host which handler runs.
fn enter(execution: &Execution) -> TokenStream {
    let name = &execution.name;
    let ident = &execution.function.signature.ident;
    let context = execution.arguments.get(1).map(|argument| &argument.ident);
    let line = quote_spanned!(ident.span()=> line: ::core::line!());
    quote! {
        ::durable_runtime::__private::enter_handler(
            &#context,
            ::durable_runtime::__private::HandlerKey {
                name: #name,
                module: ::core::module_path!(),
                #line,
            },
        );
    }
}

fn entry(execution: &Execution) -> TokenStream {
    let name = &execution.name;
    let ident = &execution.function.signature.ident;
    let service = service(execution);
    // The compiler takes file and line from where these tokens stand.
    let location = quote_spanned!(ident.span()=> ::core::file!(), ::core::line!());
    quote! {
        ::durable_runtime::__private::inventory::submit! {
            ::durable_runtime::HandlerEntry::new(
                #name,
                ::core::module_path!(),
                #location,
                #service,
            )
            .of_type(|| ::durable_runtime::__private::type_id(&#ident))
        }
    }
}

/// The function that makes the handler a service. The compiler reports what does not fit at the user's token:
/// the type of the event, that of the result, or the name of the function whose future is not `Send`.
fn service(execution: &Execution) -> TokenStream {
    let ident = &execution.function.signature.ident;
    let event = execution.arguments.first().map(|argument| &argument.ty);
    let value = value(execution);
    let options = Ident::new("options", Span::mixed_site());
    quote_spanned! {failure::at(ident)=>
        |#options| ::durable_runtime::__private::handler::<#event, #value, _, _>(#ident, #options)
    }
}

/// The type of the result. A name that turns out to be no `Result` is reported once, where the error is
/// converted.
fn value(execution: &Execution) -> TokenStream {
    let returned = &execution.returned;
    match types::fallibility(returned) {
        Fallibility::Result => failure::value_type_at_argument(returned),
        _ => failure::either_value_at_argument(returned),
    }
}
