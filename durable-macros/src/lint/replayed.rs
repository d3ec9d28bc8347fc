//! What differs between an invocation and its replay: whether it is one, and the request's own data.

use proc_macro2::Span;
use syn::visit::{self, Visit};
use syn::{Expr, ExprAwait, ExprClosure, ExprField, ExprMethodCall, ExprPath, Member};

use super::scope::{Binding, Scopes};

/// The fields of Lambda's context that each invocation has anew.
const FIELDS: [&str; 3] = ["deadline", "request_id", "xray_trace_id"];

/// The first such value in an expression: its name and place.
pub(crate) fn find(expression: &Expr, scopes: &Scopes) -> Option<(String, Span)> {
    let mut finder = Finder {
        scopes,
        found: None,
        awaits: false,
    };
    finder.visit_expr(expression);
    finder.found
}

/// What a variable is whose initial value is such a one. The result of an operation is not, because it is
/// recorded.
pub(crate) fn binding(expression: &Expr, scopes: &Scopes) -> Option<Binding> {
    if let Expr::MethodCall(call) = expression
        && call.method == "lambda_context"
    {
        return Some(Binding::Invocation);
    }
    let mut finder = Finder {
        scopes,
        found: None,
        awaits: false,
    };
    finder.visit_expr(expression);
    finder
        .found
        .filter(|_| !finder.awaits)
        .map(|_| Binding::Replayed)
}

struct Finder<'a> {
    scopes: &'a Scopes,
    found: Option<(String, Span)>,
    awaits: bool,
}

impl Finder<'_> {
    fn add(&mut self, name: &str, span: Span) {
        self.found.get_or_insert_with(|| (name.to_owned(), span));
    }

    fn is_invocation(&self, base: &Expr) -> bool {
        match base {
            Expr::MethodCall(call) => call.method == "lambda_context",
            Expr::Path(path) => path
                .path
                .get_ident()
                .and_then(|name| self.scopes.value(&name.to_string()))
                .is_some_and(|binding| *binding == Binding::Invocation),
            Expr::Paren(paren) => self.is_invocation(&paren.expr),
            _ => false,
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if call.method == "is_replaying" && call.args.is_empty() {
            self.add("is_replaying", call.method.span());
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_field(&mut self, field: &'ast ExprField) {
        if let Member::Named(name) = &field.member
            && let Some(known) = FIELDS.iter().find(|known| name == *known)
            && self.is_invocation(&field.base)
        {
            self.add(known, name.span());
        }
        visit::visit_expr_field(self, field);
    }

    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        if let Some(name) = path.path.get_ident()
            && self.scopes.value(&name.to_string()) == Some(&Binding::Replayed)
        {
            self.add(&name.to_string(), name.span());
        }
    }

    fn visit_expr_closure(&mut self, _: &'ast ExprClosure) {}

    fn visit_expr_await(&mut self, awaited: &'ast ExprAwait) {
        self.awaits = true;
        visit::visit_expr_await(self, awaited);
    }
}
