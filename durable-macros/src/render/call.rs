//! The wrapper and the body of a function that is called with a context and runs later.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{GenericParam, Signature};

use super::failure;
use crate::lint::clippy;
use crate::parse::call::{Call, Returned};
use crate::parse::types;

/// What turns a function into an operation.
pub(crate) struct Operation {
    /// The builder that the wrapper returns: `StepCall`.
    pub(crate) builder: TokenStream,
    /// The function of the runtime that creates it, with the argument after the context.
    pub(crate) function: TokenStream,
    pub(crate) options: TokenStream,
    /// The variant of `OperationKind`.
    pub(crate) kind: TokenStream,
    /// Whether its body runs once, so that it may do what a handler must not.
    pub(crate) runs_once: bool,
}

/// The wrapper and the body.
pub(crate) fn items(call: &Call, operation: &Operation) -> TokenStream {
    let context = Ident::new("ctx", Span::mixed_site());
    let Operation {
        function, options, ..
    } = operation;
    let item = function_item(call);
    let arguments = arguments(call);
    let body = closure(call);
    let checks = checks(call);
    let make = quote!(#checks #function(#context, #options, #item, #arguments, #body));
    let wrapper = wrapper(call, operation, &context, &make, &TokenStream::new());
    let body = body_item(call, operation);
    let entry = entry(call, operation);
    quote!(#wrapper #body #entry)
}

/// The same items for a function with errors: the compiler still checks callers and the body, and reports
/// nothing but real errors.
pub(crate) fn stub(call: &Call, operation: &Operation) -> TokenStream {
    if call.function.signature.receiver().is_some() {
        // A method has no room for items beside it.
        return call.function.original();
    }
    let context = Ident::new("ctx", Span::mixed_site());
    let make = quote!(::core::unimplemented!());
    let quiet = quote!(#[allow(unused_variables, dead_code)]);
    let wrapper = wrapper(call, operation, &context, &make, &quiet);
    let body = body_item(call, operation);
    quote!(#wrapper #body)
}

fn wrapper(
    call: &Call,
    operation: &Operation,
    context: &Ident,
    make: &TokenStream,
    extra: &TokenStream,
) -> TokenStream {
    let attributes = &call.function.attributes;
    let (conditions, outer) = (&attributes.conditions, &attributes.outer);
    let lints = attributes.wrapper_lints();
    let visibility = &call.function.visibility;
    let Signature {
        fn_token, ident, ..
    } = &call.function.signature;
    let (generics, _, clause) = call.generics.split_for_impl();
    let arguments = call.arguments.iter().map(|argument| {
        let (ident, ty) = (&argument.ident, &argument.ty);
        quote!(#ident: #ty)
    });
    let builder = &operation.builder;
    let (value, error) = match &call.returned {
        Returned::Result(ty) => (failure::value_type(ty), failure::error_type(ty)),
        Returned::Either(ty) => (
            failure::either_value_at_argument(ty),
            failure::either_error_type(ty),
        ),
        Returned::Value(ty) | Returned::Generic(ty) => {
            (ty.to_token_stream(), quote!(::core::convert::Infallible))
        }
    };
    quote! {
        #(#conditions)*
        #(#outer)*
        #[allow(
            clippy::multiple_bound_locations,
            clippy::too_many_arguments,
            clippy::trait_duplication_in_bounds
        )]
        #(#lints)*
        #extra
        #visibility #fn_token #ident #generics(
            #context: &::durable_runtime::sdk::DurableContext,
            #(#arguments),*
        ) -> #builder<#value, #error, #ident>
        #clause
        {
            #make
        }
    }
}

/// What the compiler checks of the type that is returned, reported where the user wrote it.
fn checks(call: &Call) -> TokenStream {
    match &call.returned {
        Returned::Generic(ty) => {
            let outcome = failure::answer(ty, &quote!(OUTCOME));
            quote_spanned!(failure::at(ty)=> ::durable_runtime::__private::plain(#outcome);)
        }
        _ if call.returns_generic || call.custom_serdes => TokenStream::new(),
        returned => {
            let value = value_at_argument(returned);
            let span = failure::at(types::first_argument(returned.ty()));
            quote_spanned!(span=> ::durable_runtime::__private::recorded::<#value>();)
        }
    }
}

fn value_at_argument(returned: &Returned) -> TokenStream {
    match returned {
        Returned::Result(ty) => failure::value_type_at_argument(ty),
        Returned::Value(ty) | Returned::Generic(ty) => ty.to_token_stream(),
        Returned::Either(ty) => failure::either_value_at_argument(ty),
    }
}

/// The wrapper itself, which names its instance.
fn function_item(call: &Call) -> TokenStream {
    let ident = &call.function.signature.ident;
    let parameters = call
        .generics
        .params
        .iter()
        .map(|parameter| match parameter {
            GenericParam::Lifetime(lifetime) => lifetime.lifetime.to_token_stream(),
            GenericParam::Type(ty) => ty.ident.to_token_stream(),
            GenericParam::Const(constant) => constant.ident.to_token_stream(),
        });
    let parameters: Vec<_> = parameters.collect();
    let turbofish = (!parameters.is_empty()).then(|| quote!(::<#(#parameters),*>));
    quote!(#ident #turbofish)
}

/// The arguments, as a tuple or as the pattern of one.
fn arguments(call: &Call) -> TokenStream {
    let arguments = call.arguments.iter().map(|argument| &argument.ident);
    quote!((#(#arguments,)*))
}

/// The closure that runs the body with its arguments.
fn closure(call: &Call) -> TokenStream {
    let ident = &call.function.signature.ident;
    let inner = Ident::new("inner", Span::mixed_site());
    let context = call.takes_context.then(|| quote!(#inner,));
    let arguments = call.arguments.iter().map(|argument| &argument.ident);
    let turbofish = &call.turbofish;
    let turbofish = (!turbofish.is_empty()).then(|| quote!(::<#(#turbofish),*>));
    let awaited = call.function.signature.asyncness.map(|_| quote!(.await));
    let run = quote!(#ident::body #turbofish(#context #(#arguments),*) #awaited);
    let result = match &call.returned {
        Returned::Result(ty) => failure::boxed(&run, ty),
        Returned::Either(ty) => failure::boxed_either(&run, ty),
        Returned::Value(_) | Returned::Generic(_) => quote! {
            ::core::result::Result::<_, ::durable_runtime::sdk::BoxError>::Ok(#run)
        },
    };
    let inner = if call.takes_context {
        inner
    } else {
        Ident::new("_inner", Span::mixed_site())
    };
    let pattern = self::arguments(call);
    // A future that is not `Send` is reported at the name.
    quote_spanned! {failure::at(ident)=>
        |#inner, #pattern| ::std::boxed::Box::pin(async move { #result })
    }
}

/// The entry in the registry.
fn entry(call: &Call, operation: &Operation) -> TokenStream {
    let conditions = &call.function.attributes.conditions;
    let ident = &call.function.signature.ident;
    let name = ident.unraw().to_string();
    let kind = &operation.kind;
    // The compiler takes file and line from where these tokens stand.
    let location = quote_spanned!(ident.span()=> file: ::core::file!(), line: ::core::line!());
    quote! {
        #(#conditions)*
        impl ::durable_runtime::DurableFn for #ident {
            const ENTRY: &'static ::durable_runtime::OperationEntry =
                &::durable_runtime::OperationEntry {
                    kind: ::durable_runtime::OperationKind::#kind,
                    function: #name,
                    module: ::core::module_path!(),
                    #location,
                };
        }

        #(#conditions)*
        const _: () = {
            ::durable_runtime::__private::inventory::submit! {
                ::durable_runtime::RegisteredOperation(
                    <#ident as ::durable_runtime::DurableFn>::ENTRY,
                )
            }
        };
    }
}

/// The body under its own name: a method of a type that is emitted beside the wrapper.
fn body_item(call: &Call, operation: &Operation) -> TokenStream {
    let attributes = &call.function.attributes;
    let (conditions, lints, inner) = (&attributes.conditions, &attributes.lints, &attributes.inner);
    let visibility = &call.function.visibility;
    let ident = &call.function.signature.ident;
    let signature = Signature {
        ident: Ident::new("body", ident.span()),
        ..call.function.signature.clone()
    };
    let body = &call.function.body;
    let allow = operation.runs_once.then(clippy::allow);
    quote! {
        #(#conditions)*
        #[doc(hidden)]
        #[allow(
            dead_code,
            missing_debug_implementations,
            non_camel_case_types,
            unreachable_pub
        )]
        #visibility enum #ident {}

        #(#conditions)*
        #[allow(dead_code, unreachable_pub)]
        impl #ident {
            #[doc(hidden)]
            #[allow(
                clippy::implicit_hasher,
                clippy::missing_errors_doc,
                clippy::missing_panics_doc,
                clippy::must_use_candidate,
                clippy::needless_pass_by_value,
                clippy::too_many_arguments,
                clippy::unused_async
            )]
            #allow
            #(#lints)*
            #(#inner)*
            #visibility #signature #body
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::error::Problems;
    use crate::kind::Kind;
    use crate::parse::function::Function;

    use super::*;

    fn read(item: TokenStream) -> Call {
        let mut problems = Problems::default();
        let function = Function::read(item, Kind::Step, &mut problems).unwrap();
        Call::read(function, Kind::Step, &mut problems)
    }

    fn operation() -> Operation {
        Operation {
            builder: quote!(Builder),
            function: quote!(make),
            options: quote!(options),
            kind: quote!(Step),
            runs_once: true,
        }
    }

    fn text(tokens: &TokenStream) -> String {
        tokens.to_string().replace(' ', "")
    }

    #[test]
    fn a_value_is_wrapped_and_a_result_converted() {
        let tokens = text(&closure(&read(quote!(
            fn f(a: u8) -> u8 {}
        ))));
        assert!(tokens.contains("::Ok(f::body(a))"), "{tokens}");
        let tokens = text(&closure(&read(quote!(
            async fn f() -> Result<u8, E> {}
        ))));
        assert!(
            tokens.contains("returned(f::body().await).map_err("),
            "{tokens}"
        );
    }

    #[test]
    fn the_context_and_the_generics_reach_the_body() {
        let item = quote!(
            async fn f<T, const N: usize>(s: StepContext, mut a: [T; N]) {}
        );
        let tokens = text(&closure(&read(item)));
        assert!(tokens.starts_with("|inner,(a,)|"), "{tokens}");
        assert!(tokens.contains("f::body::<T,N>(inner,a).await"), "{tokens}");
    }

    #[test]
    fn each_item_carries_its_attributes() {
        let item = quote! {
            #[doc = "text"]
            #[cfg(unix)]
            #[inline]
            pub fn f() {}
        };
        let tokens = text(&items(&read(item), &operation()));
        assert_eq!(tokens.matches("#[cfg(unix)]").count(), 5);
        assert_eq!(tokens.matches("#[doc=\"text\"]").count(), 1);
        assert!(tokens.contains("#[inline]pubfnbody()"), "{tokens}");
        assert!(tokens.contains("pubfnf(ctx:&"), "{tokens}");
    }

    #[test]
    fn a_stub_runs_nothing() {
        let tokens = text(&stub(
            &read(quote!(
                fn f(a: &str) {}
            )),
            &operation(),
        ));
        assert!(tokens.contains("unimplemented!()"), "{tokens}");
        assert!(!tokens.contains("make("), "{tokens}");
        assert!(tokens.contains("fnbody(a:&str)"), "{tokens}");
    }

    #[test]
    fn a_method_is_left_alone() {
        let tokens = text(&stub(
            &read(quote!(
                fn f(&self) {}
            )),
            &operation(),
        ));
        assert!(!tokens.contains("enum"), "{tokens}");
    }
}
