//! Values in the order of a hash map.

use syn::{Expr, ExprCall, ExprMethodCall, GenericArgument, Path, PathArguments};

use super::resolve;
use super::scope::{Binding, Scopes};
use super::source::Source;

/// Methods whose result has the order of what they are called on.
const KEEP_ORDER: [&str; 23] = [
    "chain",
    "clone",
    "cloned",
    "copied",
    "drain",
    "enumerate",
    "filter",
    "filter_map",
    "flat_map",
    "flatten",
    "inspect",
    "into_iter",
    "into_keys",
    "into_values",
    "iter",
    "iter_mut",
    "keys",
    "map",
    "skip",
    "take",
    "values",
    "values_mut",
    "zip",
];

/// Functions that make a map.
const MAKE: [&str; 5] = ["default", "from", "from_iter", "new", "with_capacity"];

/// Whether a value is a hash map or set, or an iterator in the order of one.
pub(crate) fn is_hashed(expression: &Expr, scopes: &Scopes, source: &Source) -> bool {
    match expression {
        Expr::Paren(paren) => is_hashed(&paren.expr, scopes, source),
        Expr::Group(group) => is_hashed(&group.expr, scopes, source),
        Expr::Reference(reference) => is_hashed(&reference.expr, scopes, source),
        Expr::Path(path) => path
            .path
            .get_ident()
            .and_then(|name| scopes.value(&name.to_string()))
            .is_some_and(|binding| *binding == Binding::Hashed),
        Expr::MethodCall(call) if call.method == "collect" => collects(call, scopes, source),
        Expr::MethodCall(call) => {
            KEEP_ORDER.iter().any(|name| call.method == name)
                && is_hashed(&call.receiver, scopes, source)
        }
        Expr::Call(call) => makes(call, scopes, source),
        _ => false,
    }
}

fn collects(call: &ExprMethodCall, scopes: &Scopes, source: &Source) -> bool {
    let Some(turbofish) = &call.turbofish else {
        return false;
    };
    turbofish.args.iter().any(|argument| match argument {
        GenericArgument::Type(ty) => resolve::is_hashed(ty, scopes, source),
        _ => false,
    })
}

fn makes(call: &ExprCall, scopes: &Scopes, source: &Source) -> bool {
    let Expr::Path(path) = &*call.func else {
        return false;
    };
    let mut segments = path.path.segments.clone();
    let Some(function) = segments.pop() else {
        return false;
    };
    if !MAKE.iter().any(|name| function.value().ident == name) {
        return false;
    }
    segments.pop_punct();
    let arguments = match segments.last().map(|last| &last.arguments) {
        Some(PathArguments::AngleBracketed(arguments)) => arguments.args.len(),
        _ => 0,
    };
    let ty = Path {
        leading_colon: path.path.leading_colon,
        segments,
    };
    resolve::is_hashed_path(&ty, arguments, scopes, source)
}
