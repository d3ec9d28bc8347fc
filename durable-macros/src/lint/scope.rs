//! The names that a body binds, from the outermost block to the innermost.

use std::collections::HashMap;

use syn::visit::{self, Visit};
use syn::{Pat, PatIdent};

/// What a name is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Binding {
    /// A durable context, by the number of child closures around it.
    Context(usize),
    /// A hash map or set, whose order is not the same in each process.
    Hashed,
    /// A value that differs between an invocation and its replay.
    Replayed,
    /// Lambda's context, which has such values.
    Invocation,
    /// Any other value.
    Value,
    /// An import.
    Import(Vec<String>),
    /// An item of the body.
    Item,
}

/// The scopes around a place.
#[derive(Debug, Default)]
pub(crate) struct Scopes(Vec<HashMap<String, Binding>>);

impl Scopes {
    /// Enters a scope.
    pub(crate) fn enter(&mut self) {
        self.0.push(HashMap::new());
    }

    /// Leaves the innermost scope.
    pub(crate) fn leave(&mut self) {
        self.0.pop();
    }

    /// Binds a name in the innermost scope.
    pub(crate) fn bind(&mut self, name: String, binding: Binding) {
        if let Some(scope) = self.0.last_mut() {
            scope.insert(name, binding);
        }
    }

    /// Binds the names of a pattern: a plain name to `binding`, those of a structure to values.
    pub(crate) fn bind_pattern(&mut self, pattern: &Pat, binding: Binding) {
        match pattern {
            Pat::Ident(PatIdent {
                ident,
                subpat: None,
                ..
            }) => self.bind(ident.to_string(), binding),
            Pat::Type(typed) => self.bind_pattern(&typed.pat, binding),
            Pat::Paren(paren) => self.bind_pattern(&paren.pat, binding),
            Pat::Reference(reference) => self.bind_pattern(&reference.pat, binding),
            other => {
                let mut names = Names(Vec::new());
                names.visit_pat(other);
                for name in names.0 {
                    self.bind(name, Binding::Value);
                }
            }
        }
    }

    /// What a name is bound to as a value.
    pub(crate) fn value(&self, name: &str) -> Option<&Binding> {
        self.find(name, |_| true)
    }

    /// What the first name of a path is bound to: a module, type or function.
    pub(crate) fn item(&self, name: &str) -> Option<&Binding> {
        self.find(name, |binding| {
            matches!(binding, Binding::Import(_) | Binding::Item)
        })
    }

    fn find(&self, name: &str, accept: impl Fn(&Binding) -> bool) -> Option<&Binding> {
        let mut found = self.0.iter().rev().filter_map(|scope| scope.get(name));
        found.find(|binding| accept(binding))
    }
}

struct Names(Vec<String>);

impl<'ast> Visit<'ast> for Names {
    fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
        self.0.push(pattern.ident.to_string());
        visit::visit_pat_ident(self, pattern);
    }
}
