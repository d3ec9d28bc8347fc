//! The arguments of a function, as its wrapper passes them on.

use proc_macro2::Span;
use quote::format_ident;
use syn::{Attribute, FnArg, Ident, Pat, PatType, Type};

use super::borrows::{self, Borrow};
use crate::error::{self, Problems};
use crate::kind::Kind;

/// An argument of the wrapper.
#[derive(Debug, Clone)]
pub(crate) struct Argument {
    /// Its name: the user's where the pattern is a plain name.
    pub(crate) ident: Ident,
    /// Its type.
    pub(crate) ty: Type,
}

impl Argument {
    /// Copies an argument of that function. One of the function's own name gets another, for the wrapper calls the
    /// function by its name.
    pub(crate) fn new(index: usize, argument: &PatType, function: &Ident) -> Self {
        let fresh = || format_ident!("argument_{index}", span = Span::mixed_site());
        let ident = match &*argument.pat {
            Pat::Ident(pattern)
                if pattern.by_ref.is_none()
                    && pattern.subpat.is_none()
                    && pattern.ident != *function
                    && !pattern.ident.to_string().starts_with('_') =>
            {
                pattern.ident.clone()
            }
            _ => fresh(),
        };
        let ty = (*argument.ty).clone();
        Self { ident, ty }
    }
}

/// The typed arguments of a function; reports a `self`.
pub(crate) fn typed<'a>(
    inputs: impl IntoIterator<Item = &'a FnArg>,
    kind: Kind,
    problems: &mut Problems,
) -> Vec<&'a PatType> {
    let mut typed = Vec::new();
    for input in inputs {
        match input {
            FnArg::Receiver(receiver) => problems.add(error::receiver(receiver, kind)),
            FnArg::Typed(argument) => {
                for attribute in argument.attrs.iter().filter(|one| is_condition(one)) {
                    problems.add(error::conditional_argument(attribute, kind));
                }
                typed.push(argument);
            }
        }
    }
    typed
}

/// Reports the borrows in an argument's type.
pub(crate) fn check_owned(ty: &Type, kind: Kind, problems: &mut Problems) {
    for borrow in borrows::find(ty) {
        problems.add(match borrow {
            Borrow::Reference(token, owned) => error::borrowed(token, kind, Some(&owned)),
            Borrow::Lifetime(token) => error::borrowed(token, kind, None),
        });
    }
}

fn is_condition(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr")
}

#[cfg(test)]
mod tests {
    use syn::{ItemFn, parse_quote};

    use super::*;

    #[test]
    fn plain_names_are_kept_and_patterns_get_fresh_ones() {
        let function: ItemFn = parse_quote! {
            fn f(plain: u8, mut changed: u8, (a, b): (u8, u8), _: u8, _unused: u8, f: u8) {}
        };
        let mut problems = Problems::default();
        let names: Vec<_> = typed(&function.sig.inputs, Kind::Step, &mut problems)
            .into_iter()
            .enumerate()
            .map(|(index, argument)| {
                Argument::new(index, argument, &function.sig.ident)
                    .ident
                    .to_string()
            })
            .collect();
        let expected = [
            "plain",
            "changed",
            "argument_2",
            "argument_3",
            "argument_4",
            "argument_5",
        ];
        assert_eq!(names, expected);
        assert!(problems.into_error().is_none());
    }
}
