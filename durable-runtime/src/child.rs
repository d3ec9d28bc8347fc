//! Child-context blocks as functions: the call that `#[durable_with_child_context]` expands to.

use crate::hook;
use crate::operation::{BoxedBody, DurableFn, StepFuture};
use crate::sdk::DurableContext;
use crate::sdk::builders::ChildBuilder;
use crate::step::{callee, hooked};

/// The body of a child-context block, with its arguments inside.
///
/// A [`ChildCall`] holds it; [`durable_with_child_context`](durable_macros::durable_with_child_context) has an
/// example.
pub type ChildFn<T, E, M> = Box<dyn FnOnce(DurableContext) -> StepFuture<T, E, M> + Send>;

/// What a call of a child-context block returns: the SDK's own builder, already named. `T` is the block's
/// value, `E` the error that it declares, `M` its marker.
///
/// [`durable_with_child_context`](durable_macros::durable_with_child_context) has an example.
pub type ChildCall<T, E, M> = ChildBuilder<T, ChildFn<T, E, M>, StepFuture<T, E, M>>;

/// Builds the call of a child-context block. `F` is the function item of the block.
pub fn child<T, E, M, F, A, B>(
    ctx: &DurableContext,
    name: &'static str,
    _: F,
    arguments: A,
    body: B,
) -> ChildCall<T, E, M>
where
    T: Send + 'static,
    E: 'static,
    M: DurableFn,
    F: 'static,
    A: Send + 'static,
    B: FnOnce(DurableContext, A) -> BoxedBody<T> + Send + 'static,
{
    let site = hook::installed().and_then(|hook| hook.enter_block(ctx, callee::<M, F>()));
    let body: ChildFn<T, E, M> = match site {
        Some(site) => Box::new(move |inner| {
            let body = move |arguments| body(inner, arguments);
            StepFuture::new(Box::pin(hooked(site, 1, arguments, body)))
        }),
        None => Box::new(move |inner| StepFuture::new(body(inner, arguments))),
    };
    ctx.run_in_child_context(body).name(name)
}
