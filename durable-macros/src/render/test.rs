//! `#[durable_test]`

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Expr, Ident, Index, LitStr};

use super::{failure, option};
use crate::parse::cases::Case;
use crate::parse::test::{Allow, Conditional, Runtime, Test};

/// The tests' entries in the registry, and plain tests that run them.
pub(crate) fn render(test: &Test) -> TokenStream {
    let attributes = &test.function.attributes;
    let conditions = &attributes.conditions;
    let ident = &test.function.signature.ident;
    let specs = format_ident!("__durable_test_{}", ident.unraw());
    let function = function(test);
    let values: Vec<TokenStream> = if test.cases.is_empty() {
        vec![spec(test, None)]
    } else {
        let specs = test.cases.iter().map(|case| spec(test, Some(case)));
        specs.collect()
    };
    let count = values.len();
    let indexes = (0..count).map(Index::from);
    let plain = plain(test, &specs);
    quote! {
        #(#conditions)*
        #[doc(hidden)]
        #[allow(non_upper_case_globals)]
        static #specs: [::durable_test::__private::TestSpec; #count] = {
            #function
            [#(#values),*]
        };

        #(#conditions)*
        const _: () = {
            #(::durable_test::__private::inventory::submit! {
                ::durable_test::__private::TestEntry(&#specs[#indexes])
            })*
        };

        #plain
    }
}

/// The plain tests: one, or a module with one for each case.
fn plain(test: &Test, specs: &Ident) -> TokenStream {
    let attributes = &test.function.attributes;
    let (conditions, outer) = (&attributes.conditions, &attributes.outer);
    let wrapper_lints = attributes.wrapper_lints();
    let (visibility, ident) = (&test.function.visibility, &test.function.signature.ident);
    if test.cases.is_empty() {
        let plain = plain_test(test, ident, &quote!(#specs[0]));
        return quote! {
            #(#conditions)*
            #(#outer)*
            #(#wrapper_lints)*
            #plain
        };
    }
    let plain = test.cases.iter().enumerate().map(|(index, case)| {
        let index = Index::from(index);
        plain_test(test, &case.name, &quote!(super::#specs[#index]))
    });
    quote! {
        #(#conditions)*
        #(#outer)*
        #[allow(non_snake_case)]
        #visibility mod #ident {
            #(#plain)*
        }
    }
}

/// A plain test. In a target with `harness = false` the compiler drops it, but rust-analyzer, which keeps it,
/// shows the test to run and to debug.
fn plain_test(test: &Test, ident: &Ident, spec: &TokenStream) -> TokenStream {
    let ignore = &test.ignore_attributes;
    let visibility = &test.function.visibility;
    quote! {
        #[::core::prelude::v1::test]
        #(#ignore)*
        #visibility fn #ident()
        -> ::core::result::Result<(), ::durable_test::__private::PlainFailure> {
            ::durable_test::__private::run_plain(&#spec)
        }
    }
}

/// The function as it was written.
pub(crate) fn stub(test: &Test) -> TokenStream {
    test.function.original()
}

/// The function that all cases call.
fn function(test: &Test) -> TokenStream {
    let function = &test.function;
    let (lints, inner) = (&function.attributes.lints, &function.attributes.inner);
    let (signature, body) = (&function.signature, &function.body);
    quote! {
        #[allow(
            clippy::disallowed_methods,
            clippy::expect_used,
            clippy::indexing_slicing,
            clippy::needless_pass_by_value,
            clippy::panic,
            clippy::unused_async,
            clippy::unwrap_used
        )]
        #(#lints)*
        #(#inner)*
        #signature #body
    }
}

/// What the harness has to know of a test, or of one case of it.
fn spec(test: &Test, case: Option<&Case>) -> TokenStream {
    let ident = &test.function.signature.ident;
    let mut name = ident.unraw().to_string();
    if let Some(case) = case {
        name = format!("{name}::{}", case.name);
    }
    // The compiler takes file and line from where these tokens stand.
    let location = quote_spanned!(ident.span()=> file: ::core::file!(), line: ::core::line!());
    let lambda_function_name = &test.lambda_function_name;
    let is_named_by_handler = test.is_named_by_handler;
    let ignore = ignore(&test.ignore);
    let local_only = option(test.local_only.as_ref());
    let should_panic = should_panic(&test.should_panic);
    let runtime = runtime(test.runtime);
    let handler = &test.handler;
    let (check_determinism, check_waits) = (test.check_determinism, test.check_waits);
    let repeat = test.repeat;
    let uses_runner = uses_runner(test);
    let setup = option(test.setup.as_ref().map(setup).as_ref());
    let plan = option(test.plan.as_ref().map(plan).as_ref());
    let run = run(test, case);
    quote! {
        ::durable_test::__private::TestSpec {
            name: #name,
            module: ::core::module_path!(),
            #location,
            lambda_function_name: #lambda_function_name,
            is_named_by_handler: #is_named_by_handler,
            ignore: #ignore,
            local_only: #local_only,
            should_panic: #should_panic,
            runtime: #runtime,
            handler: || ::durable_test::__private::handler(#handler),
            check_determinism: #check_determinism,
            check_waits: #check_waits,
            repeat: #repeat,
            uses_runner: #uses_runner,
            plan: #plan,
            setup: #setup,
            body: #run,
        }
    }
}

/// The function that is called before each run. The compiler reports one that does not fit where the user wrote it.
fn setup(setup: &Expr) -> TokenStream {
    quote_spanned!(failure::at(setup)=> ::durable_test::__private::Setup(#setup))
}

/// The text of a plan, of which the compiler reports at the text itself that it is none.
fn plan(text: &LitStr) -> TokenStream {
    let message = format!(
        "this is no plan: items are `crash:7/after-stored`, `fault:7/throttled`, `order:0,2`, `late:4`, \
         `newest-first` or `variant:page-of-one`, with `;` between them. A failing exploration prints its plan: {}",
        text.value().replace('{', "{{").replace('}', "}}")
    );
    quote_spanned! {text.span()=> {
        const _: () = ::core::assert!(::durable_test::__private::is_plan(#text), #message);
        #text
    }}
}

/// Whether the function takes a runner under a name that says it is used: one without a `_` in front.
fn uses_runner(test: &Test) -> bool {
    let first = test.function.signature.inputs.first();
    let pattern = match first {
        Some(syn::FnArg::Typed(input)) => &*input.pat,
        _ => return false,
    };
    match pattern {
        syn::Pat::Ident(name) => test.replay.is_none() && !name.ident.to_string().starts_with('_'),
        _ => false,
    }
}

/// How the harness calls the function.
fn run(test: &Test, case: Option<&Case>) -> TokenStream {
    let signature = &test.function.signature;
    let ident = &signature.ident;
    let span = match &signature.output {
        syn::ReturnType::Default => failure::at(ident),
        syn::ReturnType::Type(_, ty) => failure::at(ty),
    };
    let outcome = quote_spanned!(span=> ::durable_test::__private::IntoOutcome::into_outcome);
    let body = quote!(::durable_test::__private::TestBody);
    let arguments = case
        .map(|case| case.arguments.as_slice())
        .unwrap_or_default();
    // The function may have the name of what it takes.
    let given = |name| Ident::new(name, Span::mixed_site());
    let Some(pattern) = &test.replay else {
        let runner = given("runner");
        return quote! {
            #body::Run(|#runner| {
                ::std::boxed::Box::pin(
                    async move { #outcome(#ident(#runner, #(#arguments),*).await) }
                )
            })
        };
    };
    let replayed = given("replayed");
    let report = (!signature.inputs.is_empty()).then(|| quote!(#replayed,));
    let allow = test.allow.iter().map(|allow| match allow {
        Allow::Effect(effect) => {
            let effect = format_ident!("{effect}");
            quote!(::durable_test::__private::Allow::Effect(::durable_test::__private::Effect::#effect))
        }
        Allow::Operation(name) => {
            quote!(::durable_test::__private::Allow::Operation(::std::borrow::Cow::Borrowed(#name)))
        }
    });
    quote! {
        #body::Replay {
            pattern: #pattern,
            root: ::core::env!("CARGO_MANIFEST_DIR"),
            allow: &[#(#allow),*],
            body: |#replayed| {
                let _ = &#replayed;
                ::std::boxed::Box::pin(
                    async move { #outcome(#ident(#report #(#arguments),*).await) }
                )
            },
        }
    }
}

fn ignore(reasons: &[Conditional<String>]) -> TokenStream {
    let none = quote!(::core::option::Option::None);
    choose(
        reasons,
        none,
        |reason| quote!(::core::option::Option::Some(#reason)),
    )
}

fn should_panic(texts: &[Conditional<Option<String>>]) -> TokenStream {
    let kind = quote!(::durable_test::__private::ShouldPanic);
    choose(texts, quote!(#kind::No), |text| {
        let yes = quote!(#kind::Yes);
        text.as_ref()
            .map_or(yes, |text| quote!(#kind::Expecting(#text)))
    })
}

/// The first value whose condition holds, or else `none`.
fn choose<T>(
    values: &[Conditional<T>],
    none: TokenStream,
    render: impl Fn(&T) -> TokenStream,
) -> TokenStream {
    values.iter().rev().fold(none, |rest, one| {
        let value = render(&one.value);
        match &one.condition {
            Some(condition) => {
                quote!(if ::core::cfg!(#condition) { #value } else { #rest })
            }
            None => value,
        }
    })
}

fn runtime(runtime: Runtime) -> TokenStream {
    let Runtime {
        multi_thread,
        worker_threads,
        start_paused,
    } = runtime;
    let worker_threads = option(worker_threads.as_ref());
    quote! {
        ::durable_test::__private::RuntimeSpec {
            multi_thread: #multi_thread,
            worker_threads: #worker_threads,
            start_paused: #start_paused,
        }
    }
}

#[cfg(test)]
mod tests {
    use quote::ToTokens as _;
    use syn::{File, Item, ItemFn};

    use super::*;
    use crate::parse::test::parse;

    fn items(options: TokenStream, test: TokenStream) -> Vec<Item> {
        let parsed = parse(options, test).unwrap();
        let file: File = syn::parse2(render(&parsed.data)).unwrap();
        file.items
    }

    /// The functions that an editor offers to run: rust-analyzer goes by this attribute, in what a macro makes
    /// of a function as well.
    fn offered(items: &[Item]) -> Vec<String> {
        let is_test = |function: &&ItemFn| {
            let mut attributes = function.attrs.iter();
            let path = quote!(::core::prelude::v1::test).to_string();
            attributes.any(|one| one.path().to_token_stream().to_string() == path)
        };
        let functions = items.iter().filter_map(|item| match item {
            Item::Fn(function) => Some(function),
            _ => None,
        });
        functions
            .filter(is_test)
            .map(|function| function.sig.ident.to_string())
            .collect()
    }

    #[test]
    fn an_editor_offers_each_case_in_the_module_of_its_test() {
        let options = quote!(handler = order, case("small", 1), case("large", 2));
        let test = quote! {
            async fn pays(runner: DurableRunner, label: &str, n: u64) -> TestOutcome { Ok(()) }
        };
        let items = items(options, test);
        let module = items.iter().find_map(|item| match item {
            Item::Mod(module) if module.ident == "pays" => module.content.as_ref(),
            _ => None,
        });
        let (_, cases) = module.unwrap();
        assert_eq!(offered(cases), ["small", "large"]);
    }

    #[test]
    fn an_editor_offers_a_test_by_its_name() {
        let test = quote!(
            async fn pays(runner: DurableRunner) -> TestOutcome {
                Ok(())
            }
        );
        assert_eq!(offered(&items(quote!(handler = order), test)), ["pays"]);
    }
}
