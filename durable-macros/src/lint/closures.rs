//! Closures that have a name before they are passed on: `let body = |_| async { .. }; ctx.step(body)`.

use std::collections::HashMap;

use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprCall, ExprMethodCall};

use super::operations::{self, Role};

/// What the variables are that a body passes to operations.
#[derive(Debug, Default)]
pub(crate) struct Named(HashMap<String, Role>);

impl Named {
    /// Finds them in a body.
    pub(crate) fn find(body: &Block) -> Self {
        let mut named = Self::default();
        named.visit_block(body);
        named
    }

    /// What the closure of a name is.
    pub(crate) fn role(&self, name: &str) -> Option<Role> {
        self.0.get(name).copied()
    }

    fn add<'e>(&mut self, arguments: impl Iterator<Item = &'e Expr>, role: Role) {
        if role == Role::Plain {
            return;
        }
        for argument in arguments {
            if let Some(name) = operations::context_name(argument) {
                self.0.insert(name.to_string(), role);
            }
        }
    }
}

impl<'ast> Visit<'ast> for Named {
    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        self.add(call.args.iter(), operations::role_in_method(call));
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        self.add(call.args.iter(), operations::role_in_call(call));
        visit::visit_expr_call(self, call);
    }
}
