//! From a path in a body to the rule for it.

use syn::{ExprPath, Path, Type};

use super::rules::{self, MacroRule, Rule};
use super::scope::{Binding, Scopes};
use super::source::{Meaning, Source};

/// What is known of a path.
#[derive(Debug, PartialEq, Eq)]
enum Resolved {
    /// Its full path.
    Full(Vec<String>),
    /// Its end; what its first name means is not known.
    End(Vec<String>),
    /// Something of the user's.
    Own,
}

/// The rule that a function's path breaks.
pub(crate) fn function(path: &ExprPath, scopes: &Scopes, source: &Source) -> Option<&'static Rule> {
    let names = names_of(path)?;
    let last = names.last()?;
    // A path of one name may be an import under another one, which only the resolution tells.
    if names.len() > 1 && !rules::is_last_name(last) {
        return None;
    }
    // `<SystemTime>::now` has a colon of its own.
    let absolute = path.qself.is_none() && path.path.leading_colon.is_some();
    match resolve(names, absolute, scopes, source) {
        Resolved::Full(full) => rules::of_full_path(&full),
        Resolved::End(end) => rules::of_end(&end),
        Resolved::Own => None,
    }
}

/// The rule that a macro breaks.
pub(crate) fn macro_call(
    path: &Path,
    scopes: &Scopes,
    source: &Source,
) -> Option<&'static MacroRule> {
    let names = idents(path);
    match resolve(names, path.leading_colon.is_some(), scopes, source) {
        Resolved::Full(path) | Resolved::End(path) => rules::of_macro(&path),
        Resolved::Own => None,
    }
}

/// Whether a type is a hash map or set of the standard library, with its own hasher.
pub(crate) fn is_hashed(ty: &Type, scopes: &Scopes, source: &Source) -> bool {
    let Type::Path(path) = ty else { return false };
    let arguments = path.path.segments.last().map(|last| &last.arguments);
    let arguments = match arguments {
        Some(syn::PathArguments::AngleBracketed(arguments)) => arguments.args.len(),
        _ => 0,
    };
    path.qself.is_none() && is_hashed_path(&path.path, arguments, scopes, source)
}

/// Whether a path names such a type, with so many generic arguments.
pub(crate) fn is_hashed_path(
    path: &Path,
    arguments: usize,
    scopes: &Scopes,
    source: &Source,
) -> bool {
    let most = match path.segments.last() {
        Some(last) if last.ident == "HashMap" => 2,
        Some(last) if last.ident == "HashSet" => 1,
        _ => return false,
    };
    if arguments > most {
        return false;
    }
    match resolve(idents(path), path.leading_colon.is_some(), scopes, source) {
        Resolved::Full(full) => full.first().is_some_and(|root| root == "std"),
        Resolved::End(end) => end.len() == 1 || end.first().is_some_and(|one| one == "collections"),
        Resolved::Own => false,
    }
}

fn idents(path: &Path) -> Vec<String> {
    path.segments
        .iter()
        .map(|segment| segment.ident.to_string())
        .collect()
}

/// The names of a path; `<SystemTime>::now` is `SystemTime::now`.
fn names_of(path: &ExprPath) -> Option<Vec<String>> {
    let Some(of) = &path.qself else {
        return Some(idents(&path.path));
    };
    let Type::Path(ty) = &*of.ty else { return None };
    if of.position > 0 {
        return None;
    }
    Some([idents(&ty.path), idents(&path.path)].concat())
}

/// Crates that a path can begin with.
const ROOTS: [&str; 24] = [
    "async_std",
    "chrono",
    "dotenvy",
    "fastrand",
    "futures",
    "futures_lite",
    "futures_timer",
    "futures_util",
    "getrandom",
    "jiff",
    "nanoid",
    "quanta",
    "rand",
    "rayon",
    "reqwest",
    "smol",
    "std",
    "tokio",
    "ulid",
    "ureq",
    "uuid",
    "web_time",
    "core",
    "alloc",
];

fn resolve(names: Vec<String>, absolute: bool, scopes: &Scopes, source: &Source) -> Resolved {
    let Some((first, rest)) = names.split_first() else {
        return Resolved::Own;
    };
    if absolute {
        return Resolved::Full(standard(names));
    }
    let import = match scopes.item(first) {
        Some(Binding::Import(path)) => Some(path),
        Some(_) => return Resolved::Own,
        // A variable hides a function of one name, but no module.
        None if rest.is_empty() && scopes.value(first).is_some() => return Resolved::Own,
        None => match source.meaning(first) {
            Some(Meaning::Import(path)) => Some(path),
            Some(Meaning::Item) => return Resolved::Own,
            None => None,
        },
    };
    if let Some(path) = import {
        return Resolved::Full(standard([path.as_slice(), rest].concat()));
    }
    if ["crate", "self", "super", "Self"].contains(&first.as_str()) {
        return Resolved::Own;
    }
    if !rest.is_empty() && ROOTS.contains(&first.as_str()) {
        return Resolved::Full(standard(names));
    }
    Resolved::End(names)
}

/// A path with `std` for its parts.
fn standard(mut path: Vec<String>) -> Vec<String> {
    if let Some(first) = path.first_mut()
        && (first == "core" || first == "alloc")
    {
        "std".clone_into(first);
    }
    path
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;
    use crate::lint::catalogue::Lint;

    fn lint(path: &ExprPath, scopes: &Scopes) -> Option<Lint> {
        function(path, scopes, &Source::default()).map(|rule| rule.lint)
    }

    fn bound(name: &str, binding: Binding) -> Scopes {
        let mut scopes = Scopes::default();
        scopes.enter();
        scopes.bind(name.to_owned(), binding);
        scopes
    }

    fn import(name: &str, path: &str) -> Scopes {
        let path = path.split("::").map(str::to_owned).collect();
        bound(name, Binding::Import(path))
    }

    #[test]
    fn a_known_name_is_found_by_its_end() {
        let none = Scopes::default();
        assert_eq!(
            lint(&parse_quote!(SystemTime::now), &none),
            Some(Lint::Clock)
        );
        assert_eq!(lint(&parse_quote!(::core::time::sleep), &none), None);
        assert_eq!(
            lint(&parse_quote!(<SystemTime>::now), &none),
            Some(Lint::Clock)
        );
        assert_eq!(
            lint(&parse_quote!(rand::random::<u8>), &none),
            Some(Lint::Random)
        );
    }

    #[test]
    fn an_import_says_what_a_name_is() {
        let scopes = import("Clock", "std::time::SystemTime");
        assert_eq!(lint(&parse_quote!(Clock::now), &scopes), Some(Lint::Clock));
        let scopes = import("sleep", "tokio::time::sleep");
        assert_eq!(lint(&parse_quote!(sleep), &scopes), Some(Lint::Sleep));
        let scopes = import("SystemTime", "crate::clock::SystemTime");
        assert_eq!(lint(&parse_quote!(SystemTime::now), &scopes), None);
    }

    #[test]
    fn what_is_the_users_is_left_alone() {
        let none = Scopes::default();
        assert_eq!(lint(&parse_quote!(crate::SystemTime::now), &none), None);
        assert_eq!(lint(&parse_quote!(time::now), &none), None);
        assert_eq!(lint(&parse_quote!(sleep), &none), None);
        let scopes = bound("Instant", Binding::Item);
        assert_eq!(lint(&parse_quote!(Instant::now), &scopes), None);
        let scopes = bound("time", Binding::Value);
        assert_eq!(lint(&parse_quote!(time::sleep), &scopes), Some(Lint::Sleep));
    }

    #[test]
    fn hash_maps_are_those_of_the_standard_library() {
        let none = Scopes::default();
        let is = |ty: Type, scopes| is_hashed(&ty, scopes, &Source::default());
        assert!(is(parse_quote!(HashMap<String, u8>), &none));
        assert!(is(parse_quote!(std::collections::HashSet<u8>), &none));
        assert!(!is(parse_quote!(HashMap<String, u8, Fixed>), &none));
        assert!(!is(parse_quote!(BTreeMap<String, u8>), &none));
        let scopes = import("HashMap", "indexmap::IndexMap");
        assert!(!is(parse_quote!(HashMap<String, u8>), &scopes));
    }
}
