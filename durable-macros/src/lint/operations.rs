//! The SDK's operations, as calls in a body: which calls make one, and what their closures are.

use syn::{Expr, ExprCall, ExprClosure, ExprMethodCall, Ident, Pat, Type};

use crate::parse::types;

/// The methods of a context that make an operation.
const METHODS: [&str; 14] = [
    "create_callback",
    "invoke",
    "join_all",
    "map",
    "parallel",
    "race",
    "run_in_child_context",
    "select_ok",
    "step",
    "try_join_all",
    "wait",
    "wait_for_callback",
    "wait_for_condition",
    "with_retry",
];

/// What a closure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The body of a step, or a policy: its outcome is recorded.
    Recorded,
    /// A block with a context of its own.
    Child,
    /// Part of the body around it.
    Plain,
}

/// Whether a method of a context makes an operation.
pub(crate) fn is_operation(method: &Ident) -> bool {
    METHODS.iter().any(|name| method == name)
}

/// What the closures among a method's arguments are. Steps are recognized on any receiver, because a lint in
/// one would be a false alarm.
pub(crate) fn role_in_method(call: &ExprMethodCall) -> Role {
    let arguments = call.args.len();
    match call.method.to_string().as_str() {
        "step" | "wait_for_condition" | "wait_for_callback" | "retry_strategy"
        | "wait_strategy_fn" | "wait_strategy" | "serdes" => Role::Recorded,
        "run_in_child_context" | "with_retry" => Role::Child,
        "map" if arguments == 2 => Role::Child,
        _ => Role::Plain,
    }
}

/// What the closures among a function's arguments are.
pub(crate) fn role_in_call(call: &ExprCall) -> Role {
    let Expr::Path(path) = &*call.func else {
        return Role::Plain;
    };
    let mut names = path.path.segments.iter().rev().map(|part| &part.ident);
    match (names.next(), names.next()) {
        (Some(new), Some(branch)) if new == "new" && branch == "Branch" => Role::Child,
        _ => Role::Plain,
    }
}

/// What a closure is by the types of its own arguments, else by the call that takes it.
pub(crate) fn role(closure: &ExprClosure, by_call: Role) -> Role {
    let first = closure.inputs.first();
    let Some(Pat::Type(typed)) = first else {
        return by_call;
    };
    let named = |name| types::holds(&typed.ty, name).is_some();
    if named("StepContext") {
        Role::Recorded
    } else if named("DurableContext") {
        Role::Child
    } else {
        by_call
    }
}

/// Whether a type is a context.
pub(crate) fn is_context(ty: &Type) -> bool {
    types::holds(ty, "DurableContext").is_some()
}

/// The name that an expression is a context by: `ctx`, `&ctx`, `ctx.clone()`.
pub(crate) fn context_name(expression: &Expr) -> Option<&Ident> {
    match expression {
        Expr::Path(path) => path.path.get_ident(),
        Expr::Reference(reference) => context_name(&reference.expr),
        Expr::Paren(paren) => context_name(&paren.expr),
        Expr::Group(group) => context_name(&group.expr),
        Expr::MethodCall(call) if call.method == "clone" && call.args.is_empty() => {
            context_name(&call.receiver)
        }
        Expr::Call(call) if call.args.len() == 1 && last_name(&call.func)? == "clone" => {
            call.args.first().and_then(context_name)
        }
        _ => None,
    }
}

/// Whether a function may make operations with a context that it is given: not a constructor, a clone or a
/// drop.
pub(crate) fn may_operate(function: &Expr) -> bool {
    let Some(name) = last_name(function) else {
        return false;
    };
    let name = name.to_string();
    name.starts_with(char::is_lowercase)
        && !["clone", "drop", "new", "from", "into", "size_of_val"].contains(&name.as_str())
}

fn last_name(function: &Expr) -> Option<&Ident> {
    match function {
        Expr::Path(path) => path.path.segments.last().map(|part| &part.ident),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn closures_are_what_their_call_makes_of_them() {
        let method = |call| role_in_method(&call);
        assert_eq!(method(parse_quote!(ctx.step(|_| a))), Role::Recorded);
        assert_eq!(
            method(parse_quote!(ctx.map(items, |c, i, _| a))),
            Role::Child
        );
        assert_eq!(method(parse_quote!(items.map(|i| a))), Role::Plain);
        let call = parse_quote!(sdk::Branch::new("a", |c| b));
        assert_eq!(role_in_call(&call), Role::Child);
    }

    #[test]
    fn a_typed_argument_says_more_than_the_call() {
        let closure = parse_quote!(|ctx: sdk::DurableContext| a);
        assert_eq!(role(&closure, Role::Plain), Role::Child);
        let closure = parse_quote!(|step: StepContext| a);
        assert_eq!(role(&closure, Role::Plain), Role::Recorded);
    }

    #[test]
    fn a_context_is_found_behind_references_and_clones() {
        for expression in [
            parse_quote!(ctx),
            parse_quote!(&ctx),
            parse_quote!((&ctx).clone()),
            parse_quote!(DurableContext::clone(&ctx)),
        ] {
            assert_eq!(context_name(&expression).unwrap(), "ctx");
        }
        assert!(context_name(&parse_quote!(ctx.step())).is_none());
    }
}
