//! Child-context blocks as functions: the call that `#[durable_with_child_context]` expands to.

use crate::sdk::DurableContext;
use crate::sdk::builders::ChildBuilder;
use crate::step::StepFuture;

/// The body of a child-context block, with its arguments inside.
pub type ChildFn<T> = Box<dyn FnOnce(DurableContext) -> StepFuture<T> + Send>;

/// What a call of a child-context block returns: the SDK's own builder, already named.
pub type ChildCall<T> = ChildBuilder<T, ChildFn<T>, StepFuture<T>>;

/// Builds the call of a child-context block.
pub fn child<T, F>(ctx: &DurableContext, name: &'static str, body: F) -> ChildCall<T>
where
    T: Send + 'static,
    F: FnOnce(DurableContext) -> StepFuture<T> + Send + 'static,
{
    let body: ChildFn<T> = Box::new(body);
    ctx.run_in_child_context(body).name(name)
}
