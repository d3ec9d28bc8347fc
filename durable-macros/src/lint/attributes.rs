//! The attributes of a statement.

use syn::{Attribute, Expr, Stmt};

/// The attributes of a statement. Those of an expression belong to its left end, where the parser puts them.
pub(crate) fn of_statement(statement: &Stmt) -> &[Attribute] {
    match statement {
        Stmt::Local(local) => &local.attrs,
        Stmt::Macro(call) => &call.attrs,
        Stmt::Expr(expression, _) => of_expression(expression),
        Stmt::Item(_) => &[],
    }
}

fn of_expression(expression: &Expr) -> &[Attribute] {
    macro_rules! attributes {
        ($($kind:ident),* $(,)?) => {
            match expression {
                Expr::Assign(one) => of_expression(&one.left),
                Expr::Binary(one) => of_expression(&one.left),
                Expr::Cast(one) => of_expression(&one.expr),
                $(Expr::$kind(one) => &one.attrs,)*
                _ => &[],
            }
        };
    }
    attributes!(
        Array, Async, Await, Block, Break, Call, Closure, Const, Continue, Field, ForLoop, Group,
        If, Index, Infer, Let, Lit, Loop, Macro, Match, MethodCall, Paren, Path, Range, RawAddr,
        Reference, Repeat, Return, Struct, Try, TryBlock, Tuple, Unary, Unsafe, While, Yield,
    )
}
