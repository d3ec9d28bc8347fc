//! The borrows in a type, which a durable function cannot hold.

use syn::visit::{self, Visit};
use syn::{Lifetime, ParenthesizedGenericArguments, TraitBound, Type, TypeBareFn, TypeReference};

use crate::error::tokens_text;

/// A borrow that is not `'static`.
#[derive(Debug)]
pub(crate) enum Borrow {
    /// A reference, and the type to take instead.
    Reference(TypeReference, String),
    /// A lifetime argument.
    Lifetime(Lifetime),
}

/// Finds the borrows in a type. Function pointers and `Fn(..)` bounds may contain some, because those last
/// for a call only.
pub(crate) fn find(ty: &Type) -> Vec<Borrow> {
    let mut finder = Finder::default();
    finder.visit_type(ty);
    finder.found
}

#[derive(Default)]
struct Finder {
    found: Vec<Borrow>,
    bound: Vec<Lifetime>,
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
        let kept = reference
            .lifetime
            .as_ref()
            .is_some_and(|lifetime| lifetime.ident == "static" || self.bound.contains(lifetime));
        if kept {
            visit::visit_type(self, &reference.elem);
        } else {
            let owned = owned(&reference.elem);
            self.found.push(Borrow::Reference(reference.clone(), owned));
        }
    }

    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        if lifetime.ident != "static" && !self.bound.contains(lifetime) {
            self.found.push(Borrow::Lifetime(lifetime.clone()));
        }
    }

    fn visit_trait_bound(&mut self, bound: &'ast TraitBound) {
        let outer = self.bound.len();
        if let Some(lifetimes) = &bound.lifetimes {
            for parameter in &lifetimes.lifetimes {
                if let syn::GenericParam::Lifetime(parameter) = parameter {
                    self.bound.push(parameter.lifetime.clone());
                }
            }
        }
        self.visit_path(&bound.path);
        self.bound.truncate(outer);
    }

    fn visit_type_bare_fn(&mut self, _: &'ast TypeBareFn) {}

    fn visit_parenthesized_generic_arguments(&mut self, _: &'ast ParenthesizedGenericArguments) {}
}

/// The type that owns what a reference to `ty` borrows.
fn owned(ty: &Type) -> String {
    match super::types::plain(ty) {
        Type::Slice(slice) => format!("Vec<{}>", tokens_text(&slice.elem)),
        Type::Path(path) if path.path.is_ident("str") => "String".to_owned(),
        Type::Path(path) if path.path.is_ident("Path") => "PathBuf".to_owned(),
        Type::TraitObject(object) => format!("Box<{}>", tokens_text(object)),
        Type::Reference(reference) => owned(&reference.elem),
        other => tokens_text(other),
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    fn names(ty: &Type) -> Vec<String> {
        find(ty)
            .into_iter()
            .map(|borrow| match borrow {
                Borrow::Reference(_, owned) => owned,
                Borrow::Lifetime(lifetime) => lifetime.to_string(),
            })
            .collect()
    }

    #[test]
    fn references_are_found_with_what_owns_them() {
        assert_eq!(names(&parse_quote!(&str)), ["String"]);
        assert_eq!(names(&parse_quote!(&mut &'a [u8])), ["Vec<u8>"]);
        assert_eq!(names(&parse_quote!(Option<(&Order, u8)>)), ["Order"]);
        assert_eq!(names(&parse_quote!([&'a str; 2])), ["String"]);
    }

    #[test]
    fn lifetime_arguments_are_found() {
        assert_eq!(names(&parse_quote!(Cow<'_, str>)), ["'_"]);
        assert_eq!(names(&parse_quote!(Box<dyn Trait + 'a>)), ["'a"]);
        assert_eq!(names(&parse_quote!(impl Trait<'a>)), ["'a"]);
    }

    #[test]
    fn what_is_static_or_bound_or_in_a_call_is_fine() {
        assert!(find(&parse_quote!(&'static str)).is_empty());
        assert!(find(&parse_quote!(Cow<'static, str>)).is_empty());
        assert!(find(&parse_quote!(fn(&str) -> &str)).is_empty());
        assert!(find(&parse_quote!(impl Fn(&str) + Send + 'static)).is_empty());
        assert!(find(&parse_quote!(Box<dyn for<'a> Trait<'a>>)).is_empty());
    }

    #[test]
    fn what_a_static_reference_holds_is_looked_at() {
        assert_eq!(names(&parse_quote!(&'static Cow<'a, str>)), ["'a"]);
    }
}
