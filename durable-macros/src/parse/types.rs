//! Recognizes types by their tokens.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericParam, Generics, Ident, Type, TypeReference};

/// A type without the parentheses and invisible groups around it.
pub(crate) fn plain(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => plain(&group.elem),
        Type::Paren(paren) => plain(&paren.elem),
        other => other,
    }
}

/// The last segment of a type's path.
pub(crate) fn last_segment(ty: &Type) -> Option<&Ident> {
    match plain(ty) {
        Type::Path(path) => path.path.segments.last().map(|segment| &segment.ident),
        _ => None,
    }
}

/// Whether a type is a `Result`, as far as its tokens tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fallibility {
    /// It is one.
    Result,
    /// It is none.
    Plain,
    /// A name that may be an alias.
    Unknown,
}

/// Names of the standard library that no `Result` bears.
const PLAIN: [&str; 31] = [
    "Arc",
    "BTreeMap",
    "BTreeSet",
    "Box",
    "Cow",
    "Duration",
    "HashMap",
    "HashSet",
    "Option",
    "PathBuf",
    "String",
    "SystemTime",
    "Vec",
    "VecDeque",
    "bool",
    "char",
    "f32",
    "f64",
    "i128",
    "i16",
    "i32",
    "i64",
    "i8",
    "isize",
    "str",
    "u128",
    "u16",
    "u32",
    "u64",
    "u8",
    "usize",
];

/// Whether a type is a `Result`, by its last name.
pub(crate) fn fallibility(ty: &Type) -> Fallibility {
    match last_segment(ty) {
        None if matches!(plain(ty), Type::Macro(_)) => Fallibility::Unknown,
        None => Fallibility::Plain,
        Some(name) if name == "Result" => Fallibility::Result,
        Some(name) if PLAIN.iter().any(|plain| name == plain) => Fallibility::Plain,
        Some(_) => Fallibility::Unknown,
    }
}

/// Whether a type's name ends in `Result`.
pub(crate) fn ends_in_result(ty: &Type) -> bool {
    last_segment(ty).is_some_and(|name| name.to_string().ends_with("Result"))
}

/// Whether a type names one of these generic parameters.
pub(crate) fn mentions_any(ty: &Type, generics: &Generics) -> bool {
    let mentions = |ident: &Ident| names(ty.to_token_stream(), ident);
    generics.params.iter().any(|parameter| match parameter {
        GenericParam::Type(ty) => mentions(&ty.ident),
        GenericParam::Const(constant) => mentions(&constant.ident),
        GenericParam::Lifetime(_) => false,
    })
}

fn names(tokens: TokenStream, ident: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(found) => found == *ident,
        TokenTree::Group(group) => names(group.stream(), ident),
        _ => false,
    })
}

/// The first generic argument of a type's last name, or the type itself: what is recorded of a `Result`.
pub(crate) fn first_argument(ty: &Type) -> &Type {
    let Type::Path(path) = plain(ty) else {
        return ty;
    };
    let arguments = path.path.segments.last().map(|last| &last.arguments);
    let Some(syn::PathArguments::AngleBracketed(arguments)) = arguments else {
        return ty;
    };
    let first = arguments.args.iter().find_map(|argument| match argument {
        syn::GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    first.unwrap_or(ty)
}

/// How an argument takes a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holding {
    /// The type itself.
    Value,
    /// A reference to it.
    Reference,
}

/// Whether a type has this name, or is a reference to one that has it.
pub(crate) fn holds(ty: &Type, name: &str) -> Option<Holding> {
    match plain(ty) {
        Type::Reference(TypeReference { elem, .. }) => {
            holds(elem, name).map(|_| Holding::Reference)
        }
        other => last_segment(other)
            .is_some_and(|segment| segment == name)
            .then_some(Holding::Value),
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn a_name_is_found_at_the_end_of_a_path() {
        let ty = parse_quote!(sdk::StepContext);
        assert_eq!(holds(&ty, "StepContext"), Some(Holding::Value));
        assert_eq!(holds(&ty, "DurableContext"), None);
    }

    #[test]
    fn a_name_is_found_behind_references_and_parentheses() {
        let ty = parse_quote!(&mut (&StepContext));
        assert_eq!(holds(&ty, "StepContext"), Some(Holding::Reference));
        let ty = parse_quote!((StepContext));
        assert_eq!(holds(&ty, "StepContext"), Some(Holding::Value));
    }

    #[test]
    fn an_argument_of_a_type_is_not_its_name() {
        let ty = parse_quote!(Vec<StepContext>);
        assert_eq!(holds(&ty, "StepContext"), None);
    }
}
