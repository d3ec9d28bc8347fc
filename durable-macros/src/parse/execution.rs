//! `#[durable_execution]`

use proc_macro2::TokenStream;
use syn::visit::{self, Visit};
use syn::{PatType, ReturnType, Type, TypeImplTrait, parse_quote};

use super::Parsed;
use super::arguments::{self, Argument};
use super::function::Function;
use super::name;
use super::options::Options;
use super::types::{self, Fallibility, Holding};
use crate::error::{self, Problems};
use crate::kind::Kind;
use crate::lint::allow::Allowed;

/// A durable handler.
#[derive(Debug)]
pub(crate) struct Execution {
    pub(crate) name: String,
    pub(crate) function: Function,
    /// The lints that are silent in it.
    pub(crate) allowed: Allowed,
    /// The event and the context.
    pub(crate) arguments: Vec<Argument>,
    /// The `Result` that the function returns.
    pub(crate) returned: Type,
}

/// Reads a handler.
pub(crate) fn parse(options: TokenStream, item: TokenStream) -> syn::Result<Parsed<Execution>> {
    let mut problems = Problems::default();
    let mut function = Function::read(item, Kind::Handler, &mut problems)?;
    let owner = Kind::Handler.attribute();
    let mut options = Options::read(options, owner, &["name", "allow"], &mut problems);

    let name = name::handler(&mut options, &function.signature.ident, &mut problems);
    let allowed = Allowed::take(&mut options, &mut problems);
    function.check_qualifiers(Kind::Handler, &mut problems);
    function.check_async(Kind::Handler, &mut problems);
    function.check_concrete(Kind::Handler, &mut problems);

    let signature = &function.signature;
    let inputs = arguments::typed(&signature.inputs, Kind::Handler, &mut problems);
    check_arguments(&inputs, &function, &mut problems);
    for input in &inputs {
        if types::holds(&input.ty, "DurableContext").is_none() {
            arguments::check_owned(&input.ty, Kind::Handler, &mut problems);
        }
        let mut check = NoImpls(&mut problems);
        check.visit_type(&input.ty);
    }
    let arguments = inputs
        .into_iter()
        .enumerate()
        .map(|(index, input)| Argument::new(index, input, &signature.ident))
        .collect();
    let returned = returned(&function, &mut problems);

    let data = Execution {
        name,
        function,
        allowed,
        arguments,
        returned,
    };
    Ok(Parsed { data, problems })
}

fn check_arguments(inputs: &[&PatType], function: &Function, problems: &mut Problems) {
    let context = |input: &PatType| types::holds(&input.ty, "DurableContext");
    match inputs {
        [] => {
            let receiver = function.signature.receiver().is_some();
            if !receiver {
                let span = function.signature.paren_token.span.join();
                problems.add(error::handler_without_arguments(span));
            }
        }
        [only] if context(only).is_some() => problems.add(error::handler_without_event(only)),
        [only] => problems.add(error::handler_without_context(only)),
        [first, second, rest @ ..] => {
            match (context(first), context(second)) {
                (_, Some(Holding::Value)) => {}
                (_, Some(Holding::Reference)) => {
                    problems.add(error::context_by_reference(&second.ty, "DurableContext"));
                }
                (Some(_), None) => {
                    problems.add(error::handler_arguments_swapped(&function.signature.inputs));
                }
                (None, None) => problems.add(error::handler_context_type(&second.ty)),
            }
            for input in rest {
                problems.add(error::handler_argument_too_many(input));
            }
        }
    }
}

/// The return type. Whether a name is an alias of a `Result` is left to the compiler.
fn returned(function: &Function, problems: &mut Problems) -> Type {
    match &function.signature.output {
        ReturnType::Default => {
            let span = function.signature.paren_token.span.join();
            problems.add(error::no_result(span));
            parse_quote!(())
        }
        ReturnType::Type(_, ty) => {
            if types::fallibility(ty) == Fallibility::Plain {
                problems.add(error::not_a_result(ty));
            }
            (**ty).clone()
        }
    }
}

/// Reports each `impl Trait`.
struct NoImpls<'a>(&'a mut Problems);

impl<'ast> Visit<'ast> for NoImpls<'_> {
    fn visit_type_impl_trait(&mut self, ty: &'ast TypeImplTrait) {
        self.0.add(error::impl_trait_argument(ty, Kind::Handler));
    }

    fn visit_type(&mut self, ty: &'ast Type) {
        visit::visit_type(self, ty);
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn errors(options: TokenStream, item: TokenStream) -> Vec<String> {
        let parsed = parse(options, item).unwrap();
        parsed.problems.texts()
    }

    fn only_error(item: TokenStream) -> String {
        let errors = errors(quote!(), item);
        assert_eq!(errors.len(), 1, "{errors:?}");
        errors[0].clone()
    }

    #[test]
    fn a_handler_takes_an_event_and_a_context() {
        let item = quote!(
            async fn f(Event { id }: Event, _: sdk::DurableContext) -> OrderResult {}
        );
        let parsed = parse(quote!(name = "orders"), item).unwrap();
        assert!(parsed.problems.into_error().is_none());
        assert_eq!(parsed.data.name, "orders");
        assert_eq!(parsed.data.arguments.len(), 2);
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = only_error(quote!(
            async fn f() -> Result<u8, E> {}
        ));
        assert!(error.contains("an event and a context"), "{error}");
        let error = only_error(quote!(
            async fn f(ctx: DurableContext) -> Result<u8, E> {}
        ));
        assert!(error.contains("the event is missing"), "{error}");
        let error = only_error(quote!(
            async fn f(event: E) -> Result<u8, E> {}
        ));
        assert!(error.contains("the context is missing"), "{error}");
    }

    #[test]
    fn what_is_in_the_wrong_place_is_named() {
        let error = only_error(quote!(
            async fn f(c: DurableContext, e: E) -> Result<u8, E> {}
        ));
        assert!(error.contains("swap the two"), "{error}");
        let error = only_error(quote!(
            async fn f(a: A, b: B) -> Result<u8, E> {}
        ));
        assert!(error.contains("the second argument"), "{error}");
        let error = only_error(quote!(
            async fn f(a: A, c: DurableContext, b: B) -> Result<u8, E> {}
        ));
        assert!(error.contains("takes two arguments"), "{error}");
    }

    #[test]
    fn everything_wrong_is_reported() {
        let item = quote!(
            fn f<T>(event: &T, ctx: &DurableContext) -> u8 {}
        );
        let errors = errors(quote!(nme = "x"), item);
        assert_eq!(errors.len(), 6, "{errors:?}");
    }
}
