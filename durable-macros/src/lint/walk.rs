//! The walk through a body: what runs again in a replay, on which context, and which rules it breaks.

use proc_macro2::Span;
use syn::visit::{self, Visit};
use syn::{
    Arm, Attribute, Block, Expr, ExprCall, ExprClosure, ExprForLoop, ExprIf, ExprLet, ExprMatch,
    ExprMethodCall, ExprPath, ExprWhile, Ident, Item, Local, Macro, Pat, Stmt,
};

use super::allow::Allowed;
use super::catalogue::Lint;
use super::closures::Named;
use super::operations::{self, Role};
use super::scope::{Binding, Scopes};
use super::source::{self, Source};
use super::{attributes, hashed, macros, message, replayed, resolve};
use crate::error::{Problems, tokens_text};

/// How the code around a place is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Zone {
    /// In each replay.
    Replayed,
    /// In each replay, for the name of an operation.
    Name,
    /// In each replay, for a log line.
    Log,
    /// Once: its outcome is recorded.
    Recorded,
}

pub(super) struct Walk<'a> {
    pub(super) scopes: Scopes,
    pub(super) source: &'a Source,
    named: Named,
    zone: Zone,
    /// The number of child closures around.
    depth: usize,
    /// The names of their contexts, and first that of the function.
    contexts: Vec<Option<String>>,
    allowed: Vec<Allowed>,
    problems: &'a mut Problems,
    /// The operations so far.
    operations: usize,
    /// What can change the execution, so far: operations, jumps, assignments.
    effects: usize,
    /// Whether the next `if` or `match` is a statement, whose value is not used.
    statement: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        context: Option<String>,
        source: &'a Source,
        allowed: Allowed,
        problems: &'a mut Problems,
    ) -> Self {
        let mut scopes = Scopes::default();
        scopes.enter();
        Self {
            scopes,
            source,
            named: Named::default(),
            zone: Zone::Replayed,
            depth: 0,
            contexts: vec![context],
            allowed: vec![allowed],
            problems,
            operations: 0,
            effects: 0,
            statement: false,
        }
    }

    /// Walks through what runs once: the body of a step.
    pub(super) fn recorded(&mut self, body: &Block) {
        self.zone = Zone::Recorded;
        self.body(body);
    }

    /// Walks through the body of a function whose arguments are bound.
    pub(super) fn body(&mut self, body: &Block) {
        self.named = Named::find(body);
        self.visit_block(body);
    }

    fn report(&mut self, lint: Lint, error: impl FnOnce() -> syn::Error) {
        if !self.allowed.iter().any(|allowed| allowed.contains(lint)) {
            self.problems.add(error());
        }
    }

    fn context(&self) -> String {
        let name = self.contexts.last().cloned().flatten();
        name.unwrap_or_else(|| "ctx".to_owned())
    }

    /// The number of child closures around the one that a name is the context of.
    fn depth_of(&self, name: &Ident) -> Option<usize> {
        match self.scopes.value(&name.to_string()) {
            Some(Binding::Context(depth)) => Some(*depth),
            _ => None,
        }
    }

    /// An operation on the context of a name.
    fn operation(&mut self, name: &Ident) {
        let Some(depth) = self.depth_of(name) else {
            return;
        };
        self.operations += 1;
        self.effects += 1;
        if self.zone == Zone::Recorded {
            self.report(Lint::OuterContext, || {
                message::operation_in_step(name.span(), &name.to_string())
            });
        } else if depth < self.depth {
            let inner = self.contexts.last().cloned().flatten();
            self.report(Lint::OuterContext, || {
                message::outer_context(name.span(), &name.to_string(), inner.as_deref())
            });
        }
    }

    fn in_zone(&mut self, zone: Zone, walk: impl FnOnce(&mut Self)) {
        // A body that runs once has nothing in it that runs again.
        let outer = self.zone;
        if outer != Zone::Recorded {
            self.zone = zone;
        }
        walk(self);
        self.zone = outer;
    }

    fn in_scope(&mut self, walk: impl FnOnce(&mut Self)) {
        self.scopes.enter();
        walk(self);
        self.scopes.leave();
    }

    fn allowing(&mut self, attributes: &[Attribute], walk: impl FnOnce(&mut Self)) {
        // Their errors are reported where they are removed.
        let allowed = Allowed::of(attributes, &mut Problems::default());
        self.allowed.push(allowed);
        walk(self);
        self.allowed.pop();
    }

    fn function(&mut self, path: &ExprPath, call: Option<&ExprCall>) {
        let Some(rule) = resolve::function(path, &self.scopes, self.source) else {
            return;
        };
        // A process that ends records no result either.
        if self.zone == Zone::Recorded && rule.lint == Lint::Exit {
            self.report(Lint::Exit, || message::exit_in_step(path));
        }
        if matches!(self.zone, Zone::Recorded | Zone::Log) {
            return;
        }
        let context = self.context();
        let text = match call {
            Some(call) => message::call_text(path, call),
            None => format!("{}()", tokens_text(path)),
        };
        let first = call.and_then(|call| call.args.first()).map(tokens_text);
        let cure = message::cure(rule.cure, &context, &text, first.as_deref());
        let is_value = matches!(rule.lint, Lint::Clock | Lint::Random | Lint::Io | Lint::Env);
        if self.zone == Zone::Name && is_value {
            self.report(Lint::OperationName, || message::operation_name(path, &cure));
        } else {
            self.report(rule.lint, || message::rule(path, rule.lint, &cure));
        }
    }

    /// An argument that may be a closure with a role.
    fn argument(&mut self, argument: &Expr, role: Role) {
        match argument {
            Expr::Closure(closure) => self.closure(closure, role),
            Expr::Paren(paren) => self.argument(&paren.expr, role),
            Expr::Group(group) => self.argument(&group.expr, role),
            Expr::Reference(reference) if role != Role::Plain => {
                self.argument(&reference.expr, role);
            }
            Expr::Block(block) if role != Role::Plain => self.in_scope(|walk| {
                walk.declare(&block.block);
                for statement in &block.block.stmts {
                    match statement {
                        Stmt::Expr(last, None) => walk.argument(last, role),
                        other => walk.visit_stmt(other),
                    }
                }
            }),
            Expr::Call(call) if role != Role::Plain && call.args.len() == 1 => {
                for argument in &call.args {
                    self.argument(argument, role);
                }
            }
            other => self.visit_expr(other),
        }
    }

    fn closure(&mut self, closure: &ExprClosure, by_call: Role) {
        let role = operations::role(closure, by_call);
        self.in_scope(|walk| match role {
            Role::Recorded => {
                walk.bind_values(closure.inputs.iter());
                walk.in_zone(Zone::Recorded, |walk| walk.visit_expr(&closure.body));
            }
            Role::Child if walk.zone != Zone::Recorded => {
                let depth = walk.depth + 1;
                walk.bind_values(closure.inputs.iter().skip(1));
                let first = closure.inputs.first();
                if let Some(first) = first {
                    walk.scopes.bind_pattern(first, Binding::Context(depth));
                }
                walk.contexts.push(first.and_then(plain_name));
                walk.depth = depth;
                walk.in_zone(Zone::Replayed, |walk| walk.visit_expr(&closure.body));
                walk.depth -= 1;
                walk.contexts.pop();
            }
            Role::Child | Role::Plain => {
                walk.bind_values(closure.inputs.iter());
                walk.visit_expr(&closure.body);
            }
        });
    }

    fn bind_values<'p>(&mut self, patterns: impl Iterator<Item = &'p Pat>) {
        for pattern in patterns {
            self.scopes.bind_pattern(pattern, Binding::Value);
        }
    }

    /// Binds the items and imports of a block, which hold in all of it.
    fn declare(&mut self, block: &Block) {
        for statement in &block.stmts {
            let Stmt::Item(item) = statement else {
                continue;
            };
            if let Item::Use(import) = item {
                for (name, path) in source::imports(import) {
                    self.scopes.bind(name, Binding::Import(path));
                }
            } else if let Some(name) = source::name_of(item) {
                self.scopes.bind(name, Binding::Item);
            }
        }
    }

    /// What a variable is bound to by its initial value.
    fn binding(&self, local: &Local) -> Binding {
        let typed = match &local.pat {
            Pat::Type(typed) => Some(&*typed.ty),
            _ => None,
        };
        if typed.is_some_and(|ty| resolve::is_hashed(ty, &self.scopes, self.source)) {
            return Binding::Hashed;
        }
        let Some(init) = &local.init else {
            return Binding::Value;
        };
        if let Some(depth) =
            operations::context_name(&init.expr).and_then(|name| self.depth_of(name))
        {
            return Binding::Context(depth);
        }
        if typed.is_none() && hashed::is_hashed(&init.expr, &self.scopes, self.source) {
            return Binding::Hashed;
        }
        replayed::binding(&init.expr, &self.scopes).unwrap_or(Binding::Value)
    }

    /// A branch whose condition may differ in a replay.
    fn branch(&mut self, condition: &Expr, is_value: bool, walk: impl FnOnce(&mut Self)) {
        let found = replayed::find(condition, &self.scopes);
        let before = self.effects;
        walk(self);
        if let Some((what, span)) = found
            && self.zone != Zone::Recorded
            && (is_value || self.effects > before)
        {
            self.report_replay(&what, span);
        }
    }

    fn report_replay(&mut self, what: &str, span: Span) {
        self.report(Lint::Replay, || message::replay(span, what));
    }
}

fn plain_name(pattern: &Pat) -> Option<String> {
    match pattern {
        Pat::Ident(pattern) => Some(pattern.ident.to_string()),
        Pat::Type(typed) => plain_name(&typed.pat),
        _ => None,
    }
}

impl<'ast> Visit<'ast> for Walk<'_> {
    fn visit_block(&mut self, block: &'ast Block) {
        self.in_scope(|walk| {
            walk.declare(block);
            visit::visit_block(walk, block);
        });
    }

    fn visit_item(&mut self, _: &'ast Item) {}

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        self.allowing(attributes::of_statement(statement), |walk| {
            walk.statement = matches!(statement, Stmt::Expr(Expr::If(_) | Expr::Match(_), _));
            visit::visit_stmt(walk, statement);
            walk.statement = false;
        });
    }

    fn visit_local(&mut self, local: &'ast Local) {
        if let Some(init) = &local.init {
            let role = plain_name(&local.pat).and_then(|name| self.named.role(&name));
            self.argument(&init.expr, role.unwrap_or(Role::Plain));
            if let Some((_, otherwise)) = &init.diverge {
                self.visit_expr(otherwise);
            }
        }
        let binding = self.binding(local);
        self.scopes.bind_pattern(&local.pat, binding);
    }

    fn visit_expr(&mut self, expression: &'ast Expr) {
        let statement = std::mem::take(&mut self.statement);
        match expression {
            Expr::If(_) | Expr::Match(_) => self.statement = statement,
            Expr::Assign(_)
            | Expr::Await(_)
            | Expr::Break(_)
            | Expr::Continue(_)
            | Expr::Return(_)
            | Expr::Try(_) => self.effects += 1,
            _ => {}
        }
        visit::visit_expr(self, expression);
    }

    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        self.function(path, None);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        match &*call.func {
            Expr::Path(path) => self.function(path, Some(call)),
            other => self.visit_expr(other),
        }
        let role = operations::role_in_call(call);
        for argument in &call.args {
            self.argument(argument, role);
            if operations::may_operate(&call.func)
                && let Some(name) = operations::context_name(argument)
            {
                self.operation(name);
            }
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        let before = self.operations;
        self.visit_expr(&call.receiver);
        let context = operations::context_name(&call.receiver);
        let context = context.filter(|name| self.depth_of(name).is_some());
        if let Some(name) = context
            && operations::is_operation(&call.method)
        {
            self.operation(name);
        }
        let names_operation =
            call.method == "name" && call.args.len() == 1 && self.operations > before;
        let zone = if names_operation {
            Zone::Name
        } else {
            self.zone
        };
        let role = operations::role_in_method(call);
        let before = self.operations;
        self.in_zone(zone, |walk| {
            for argument in &call.args {
                walk.argument(argument, role);
                if let Expr::Reference(_) = argument
                    && let Some(name) = operations::context_name(argument)
                {
                    walk.operation(name);
                }
            }
        });
        let is_hashed = |walk: &Self, one| hashed::is_hashed(one, &walk.scopes, walk.source);
        if self.zone == Zone::Recorded {
            return;
        }
        if self.operations > before && is_hashed(self, &call.receiver) {
            self.report(Lint::HashOrder, || message::hash_order(&call.receiver));
        }
        if let (Some(_), "map", Some(items)) =
            (context, call.method.to_string().as_str(), call.args.first())
            && is_hashed(self, items)
        {
            self.report(Lint::HashOrder, || message::hash_order(items));
        }
    }

    fn visit_expr_closure(&mut self, closure: &'ast ExprClosure) {
        self.closure(closure, Role::Plain);
    }

    fn visit_expr_let(&mut self, condition: &'ast ExprLet) {
        self.visit_expr(&condition.expr);
        self.scopes.bind_pattern(&condition.pat, Binding::Value);
    }

    fn visit_expr_if(&mut self, branch: &'ast ExprIf) {
        let is_value = !std::mem::take(&mut self.statement) && branch.else_branch.is_some();
        self.in_scope(|walk| {
            walk.visit_expr(&branch.cond);
            walk.branch(&branch.cond, is_value, |walk| {
                walk.visit_block(&branch.then_branch);
                if let Some((_, otherwise)) = &branch.else_branch {
                    walk.statement = !is_value;
                    walk.visit_expr(otherwise);
                }
            });
        });
    }

    fn visit_expr_match(&mut self, branch: &'ast ExprMatch) {
        let is_value = !std::mem::take(&mut self.statement);
        self.visit_expr(&branch.expr);
        self.branch(&branch.expr, is_value, |walk| {
            for arm in &branch.arms {
                walk.visit_arm(arm);
            }
        });
    }

    fn visit_arm(&mut self, arm: &'ast Arm) {
        self.allowing(&arm.attrs, |walk| {
            walk.in_scope(|walk| {
                walk.scopes.bind_pattern(&arm.pat, Binding::Value);
                if let Some((_, guard)) = &arm.guard {
                    walk.visit_expr(guard);
                }
                walk.visit_expr(&arm.body);
            });
        });
    }

    fn visit_expr_while(&mut self, branch: &'ast ExprWhile) {
        self.in_scope(|walk| {
            walk.visit_expr(&branch.cond);
            walk.branch(&branch.cond, false, |walk| walk.visit_block(&branch.body));
        });
    }

    fn visit_expr_for_loop(&mut self, each: &'ast ExprForLoop) {
        self.visit_expr(&each.expr);
        let hashed = hashed::is_hashed(&each.expr, &self.scopes, self.source);
        let before = self.operations;
        self.in_scope(|walk| {
            walk.scopes.bind_pattern(&each.pat, Binding::Value);
            walk.visit_block(&each.body);
        });
        if hashed && self.zone != Zone::Recorded && self.operations > before {
            self.report(Lint::HashOrder, || message::hash_order(&each.expr));
        }
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        if self.zone == Zone::Replayed
            && let Some(rule) = resolve::macro_call(&call.path, &self.scopes, self.source)
        {
            let context = self.context();
            let text = format!("{}!(..)", tokens_text(&call.path));
            let cure = message::cure(rule.cure, &context, &text, None);
            self.report(rule.lint, || message::rule(&call.path, rule.lint, &cure));
            return;
        }
        let zone = if macros::is_log(&call.path) {
            Zone::Log
        } else {
            self.zone
        };
        self.in_zone(zone, |walk| {
            for expression in macros::expressions(call) {
                walk.visit_expr(&expression);
            }
        });
    }
}
