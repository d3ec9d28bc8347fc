//! Parses a function that is called with a context and runs later: a step or a child-context block.

use proc_macro2::Span;
use quote::format_ident;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{
    GenericParam, Generics, Ident, PatType, ReturnType, Type, TypeImplTrait, TypeNever, TypeParam,
    parse_quote,
};

use super::arguments::{self, Argument};
use super::borrows::{self, Borrow};
use super::function::Function;
use super::types::{self, Fallibility, Holding};
use crate::error::{self, Problems};
use crate::kind::Kind;

/// A function that is called with a context and runs later.
#[derive(Debug)]
pub(crate) struct Call {
    /// The function, as the user wrote it.
    pub(crate) function: Function,
    /// Whether its first argument is the context, which the operation passes.
    pub(crate) takes_context: bool,
    /// The other arguments, as the wrapper takes them.
    pub(crate) arguments: Vec<Argument>,
    /// The generics of the wrapper.
    pub(crate) generics: Generics,
    /// The generic arguments with which the wrapper names the body.
    pub(crate) turbofish: Vec<Ident>,
    /// What the function returns.
    pub(crate) returned: Returned,
    /// Whether the type of what it returns names a generic parameter.
    pub(crate) returns_generic: bool,
    /// Whether callers bring their own serialization.
    pub(crate) custom_serdes: bool,
}

/// What a function returns.
#[derive(Debug)]
pub(crate) enum Returned {
    /// A `Result`.
    Result(Type),
    /// A value; the function cannot fail.
    Value(Type),
    /// One of the two, for the compiler to tell: a name can be an alias of a `Result`.
    Either(Type),
    /// A type with generic parameters, which the compiler cannot tell in a signature; it is taken for a value.
    Generic(Type),
}

impl Returned {
    /// The type, as it is written.
    pub(crate) fn ty(&self) -> &Type {
        match self {
            Self::Result(ty) | Self::Value(ty) | Self::Either(ty) | Self::Generic(ty) => ty,
        }
    }
}

impl Call {
    /// Reads the signature of a function.
    pub(crate) fn read(mut function: Function, kind: Kind, problems: &mut Problems) -> Self {
        function.check_qualifiers(kind, problems);
        let signature = &function.signature;
        let inputs = arguments::typed(&signature.inputs, kind, problems);
        let takes_context = match kind {
            Kind::Child => child_context(&inputs, signature.paren_token.span.join(), problems),
            _ => step_context(&inputs, problems),
        };

        let mut generics = signature.generics.clone();
        let turbofish = own_generics(&mut generics, kind, problems);
        let mut name_impls = NameImpls::default();
        let mut arguments = Vec::new();
        for (index, input) in inputs
            .into_iter()
            .enumerate()
            .skip(usize::from(takes_context))
        {
            let mut argument = Argument::new(index, input, &signature.ident);
            if !is_context(&argument.ty) {
                arguments::check_owned(&argument.ty, kind, problems);
            }
            name_impls.visit_type_mut(&mut argument.ty);
            arguments.push(argument);
        }
        generics
            .params
            .extend(name_impls.parameters.into_iter().map(GenericParam::Type));

        let (returned, returns_generic) =
            returned(&signature.output, &signature.generics, kind, problems);
        Self {
            function,
            takes_context,
            arguments,
            generics,
            turbofish,
            returned,
            returns_generic,
            custom_serdes: false,
        }
    }
}

fn is_context(ty: &Type) -> bool {
    types::holds(ty, "StepContext").is_some() || types::holds(ty, "DurableContext").is_some()
}

/// Whether a step takes its context; reports wrong contexts.
fn step_context(inputs: &[&PatType], problems: &mut Problems) -> bool {
    let mut takes_context = false;
    for (index, input) in inputs.iter().enumerate() {
        if types::holds(&input.ty, "DurableContext").is_some() {
            problems.add(error::durable_context_in_step(input));
        }
        match types::holds(&input.ty, "StepContext") {
            Some(_) if takes_context => problems.add(error::second_step_context(input)),
            Some(_) if index > 0 => problems.add(error::step_context_not_first(input)),
            Some(holding) => {
                if holding == Holding::Reference {
                    problems.add(error::context_by_reference(&input.ty, "StepContext"));
                }
                takes_context = true;
            }
            None => {}
        }
    }
    takes_context
}

/// Whether a child-context block takes its context; reports wrong contexts.
fn child_context(inputs: &[&PatType], span: Span, problems: &mut Problems) -> bool {
    let mut takes_context = false;
    let mut seen = false;
    for (index, input) in inputs.iter().enumerate() {
        if types::holds(&input.ty, "StepContext").is_some() {
            problems.add(error::step_context_in_child(input));
        }
        if let Some(holding) = types::holds(&input.ty, "DurableContext") {
            if seen {
                problems.add(error::second_durable_context(input));
            } else if index > 0 {
                problems.add(error::durable_context_not_first(input));
            } else {
                takes_context = true;
            }
            if holding == Holding::Reference && !seen {
                problems.add(error::context_by_reference(&input.ty, "DurableContext"));
            }
            seen = true;
        }
    }
    if !seen {
        problems.add(error::child_without_context(span));
    }
    takes_context
}

/// Adds `Send + 'static` to the type parameters, because the call runs later, and lists the generic
/// arguments for the body.
fn own_generics(generics: &mut Generics, kind: Kind, problems: &mut Problems) -> Vec<Ident> {
    let mut turbofish = Vec::new();
    for parameter in &mut generics.params {
        match parameter {
            GenericParam::Lifetime(lifetime) => {
                problems.add(error::lifetime_parameter(lifetime, kind));
            }
            GenericParam::Type(ty) => {
                ty.bounds.push(parse_quote!(::core::marker::Send));
                ty.bounds.push(parse_quote!('static));
                turbofish.push(ty.ident.clone());
            }
            GenericParam::Const(constant) => turbofish.push(constant.ident.clone()),
        }
    }
    turbofish
}

/// Names each `impl Trait`, because the wrapper moves the value into a closure.
#[derive(Default)]
struct NameImpls {
    parameters: Vec<TypeParam>,
}

impl VisitMut for NameImpls {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        visit_mut::visit_type_mut(self, ty);
        if let Type::ImplTrait(TypeImplTrait { bounds, .. }) = ty {
            let index = self.parameters.len();
            let ident = format_ident!("Argument{index}", span = Span::mixed_site());
            self.parameters
                .push(parse_quote!(#ident: #bounds + ::core::marker::Send + 'static));
            *ty = parse_quote!(#ident);
        }
    }
}

/// What a function returns, and whether its type is generic.
fn returned(
    output: &ReturnType,
    generics: &Generics,
    kind: Kind,
    problems: &mut Problems,
) -> (Returned, bool) {
    let ReturnType::Type(_, ty) = output else {
        return (Returned::Value(parse_quote!(())), false);
    };
    let mut check = Unrecordable {
        kind,
        problems,
        found: false,
    };
    check.visit_type(ty);
    let mut found = check.found;
    for borrow in borrows::find(ty) {
        found = true;
        problems.add(match borrow {
            Borrow::Reference(token, owned) => error::borrowed_result(token, kind, Some(&owned)),
            Borrow::Lifetime(token) => error::borrowed_result(token, kind, None),
        });
    }
    if found {
        return (Returned::Value(parse_quote!(())), false);
    }
    let generic = types::mentions_any(ty, generics);
    let ty = (**ty).clone();
    let returned = match types::fallibility(&ty) {
        Fallibility::Result => Returned::Result(ty),
        Fallibility::Plain => Returned::Value(ty),
        Fallibility::Unknown if !generic => Returned::Either(ty),
        Fallibility::Unknown if types::ends_in_result(&ty) => Returned::Result(ty),
        Fallibility::Unknown => Returned::Generic(ty),
    };
    (returned, generic)
}

/// Reports types that a record cannot hold.
struct Unrecordable<'a> {
    kind: Kind,
    problems: &'a mut Problems,
    found: bool,
}

impl<'ast> Visit<'ast> for Unrecordable<'_> {
    fn visit_type_impl_trait(&mut self, ty: &'ast TypeImplTrait) {
        self.problems.add(error::impl_trait_result(ty, self.kind));
        self.found = true;
    }

    fn visit_type_never(&mut self, ty: &'ast TypeNever) {
        self.problems.add(error::never_result(ty, self.kind));
        self.found = true;
    }

    fn visit_type_bare_fn(&mut self, _: &'ast syn::TypeBareFn) {}

    fn visit_type(&mut self, ty: &'ast Type) {
        visit::visit_type(self, ty);
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::{ToTokens, quote};

    use super::*;

    fn read(kind: Kind, item: TokenStream) -> (Call, Vec<String>) {
        let mut problems = Problems::default();
        let function = Function::read(item, kind, &mut problems).unwrap();
        let call = Call::read(function, kind, &mut problems);
        let errors = problems.texts();
        (call, errors)
    }

    fn valid(kind: Kind, item: TokenStream) -> Call {
        let (call, errors) = read(kind, item);
        assert!(errors.is_empty(), "{errors:?}");
        call
    }

    fn only_error(kind: Kind, item: TokenStream) -> String {
        let (_, errors) = read(kind, item);
        assert_eq!(errors.len(), 1, "{errors:?}");
        errors[0].clone()
    }

    #[test]
    fn a_step_may_take_its_context() {
        let call = valid(
            Kind::Step,
            quote!(
                fn f(step: sdk::StepContext, a: u8) {}
            ),
        );
        assert!(call.takes_context);
        assert_eq!(call.arguments.len(), 1);
        let call = valid(
            Kind::Step,
            quote!(
                fn f(a: u8) {}
            ),
        );
        assert!(!call.takes_context);
    }

    #[test]
    fn a_result_and_a_value_are_told_by_their_names() {
        let returned = |item| valid(Kind::Step, item).returned;
        for item in [
            quote!(
                fn f() -> Result<u8, E> {}
            ),
            quote!(
                fn f() -> anyhow::Result<u8> {}
            ),
        ] {
            assert!(matches!(returned(item), Returned::Result(_)));
        }
        for item in [
            quote!(
                fn f() -> Option<Result<u8, E>> {}
            ),
            quote!(
                fn f() -> (Outcome, u8) {}
            ),
            quote!(
                fn f() {}
            ),
        ] {
            assert!(matches!(returned(item), Returned::Value(_)));
        }
    }

    #[test]
    fn what_its_name_does_not_tell_is_left_to_the_compiler() {
        let returned = |item| valid(Kind::Step, item).returned;
        for item in [
            quote!(
                fn f() -> ChargeResult {}
            ),
            quote!(
                fn f<T>(a: T) -> Outcome<u8> {}
            ),
        ] {
            assert!(matches!(returned(item), Returned::Either(_)));
        }
        let item = quote!(
            fn f<T>(a: T) -> Outcome<T> {}
        );
        assert!(matches!(returned(item), Returned::Generic(_)));
        let item = quote!(
            fn f<T>(a: T) -> ChargeResult<T> {}
        );
        assert!(matches!(returned(item), Returned::Result(_)));
    }

    #[test]
    fn each_impl_trait_gets_a_name() {
        let item = quote!(
            fn f(a: impl Into<String>, b: Vec<impl IntoIterator<Item = impl Copy>>) {}
        );
        let call = valid(Kind::Step, item);
        assert_eq!(call.generics.params.len(), 3);
        assert!(call.turbofish.is_empty());
        let last = call.arguments[1].ty.to_token_stream().to_string();
        assert_eq!(last, "Vec < Argument2 >");
    }

    #[test]
    fn type_and_const_parameters_are_passed_on() {
        let item = quote!(
            fn f<T: Copy, const N: usize>(a: [T; N]) -> T {}
        );
        let call = valid(Kind::Step, item);
        assert_eq!(call.turbofish, ["T", "N"]);
        let generics = call.generics.params.to_token_stream().to_string();
        assert!(
            generics.contains("T : Copy + :: core :: marker :: Send + 'static"),
            "{generics}"
        );
    }

    #[test]
    fn contexts_have_their_places() {
        let error = only_error(
            Kind::Step,
            quote!(
                fn f(a: u8, s: StepContext) {}
            ),
        );
        assert!(error.contains("must be the first argument"), "{error}");
        let error = only_error(
            Kind::Step,
            quote!(
                fn f(s: StepContext, t: StepContext) {}
            ),
        );
        assert!(error.contains("takes one `StepContext`"), "{error}");
        let error = only_error(
            Kind::Step,
            quote!(
                fn f(s: &StepContext) {}
            ),
        );
        assert!(error.contains("by value"), "{error}");
        let error = only_error(
            Kind::Step,
            quote!(
                fn f(c: &DurableContext) {}
            ),
        );
        assert!(error.contains("cannot run durable operations"), "{error}");
        let error = only_error(
            Kind::Child,
            quote!(
                async fn f(a: u8) {}
            ),
        );
        assert!(error.contains("add `ctx: DurableContext`"), "{error}");
        let error = only_error(
            Kind::Child,
            quote!(
                async fn f(a: u8, c: DurableContext) {}
            ),
        );
        assert!(error.contains("must be the first argument"), "{error}");
        let error = only_error(
            Kind::Child,
            quote!(
                async fn f(c: &DurableContext) {}
            ),
        );
        assert!(error.contains("by value"), "{error}");
    }

    #[test]
    fn borrows_and_unnamed_results_are_refused_together() {
        let item = quote!(
            fn f<'a>(a: &'a str, b: Cow<'_, str>) -> impl Display {}
        );
        let (_, errors) = read(Kind::Step, item);
        assert_eq!(errors.len(), 4, "{errors:?}");
    }
}
