//! Recognizes types by their tokens.

use syn::{Ident, Type, TypeReference};

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
