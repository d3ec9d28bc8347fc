//! What `handler = ..` of a test may name.
//!
//! A durable step is callable with a context, so it is easily taken for a handler. It has an implementation of
//! [`Declared`] here, which names the step, so that the compiler's message does too.

use durable_runtime::IntoService;

use crate::mock::{Mockable, OfStep};
use crate::spec::Handler;

/// A function that a test declares: a handler, or a step that is mistaken for one.
///
/// `Kind` only distinguishes the implementations; it is always inferred.
#[diagnostic::on_unimplemented(
    message = "this is not a durable handler",
    label = "not a durable handler",
    note = "a handler is an `async fn(event: E, ctx: DurableContext) -> Result<T, BoxError>`; with `#[durable_execution]` the error may be of any type",
    note = "of a plain function, the event must be `Deserialize`, the result `Serialize`, and the future `Send`; `#[durable_execution]` on the function says which of them is missing, and where"
)]
pub trait Declared<Kind> {
    /// The type that says whether it is a handler: a wrapper of the function, or the marker of a step.
    type Declaration;
}

/// What can be the handler of a test.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a durable step, not a handler",
    label = "a durable step",
    note = "name the handler that calls it, or test its body alone: `{Self}::body(..)`"
)]
pub trait IsHandler {
    /// The type of its function.
    type Function;

    /// The handler.
    fn handler(function: Self::Function) -> Handler;
}

/// A handler of a kind.
#[derive(Debug)]
pub struct Handles<H, K>(std::marker::PhantomData<(H, K)>);

impl<H, K> Declared<Handles<H, K>> for H
where
    H: IntoService<K> + Clone,
{
    type Declaration = Handles<H, K>;
}

#[diagnostic::do_not_recommend]
impl<H, K> IsHandler for Handles<H, K>
where
    H: IntoService<K> + Clone,
{
    type Function = H;

    fn handler(function: H) -> Handler {
        Handler::new(function)
    }
}

/// A step, with what distinguishes its kind.
#[derive(Debug)]
pub struct Step<A, T, E, M>(std::marker::PhantomData<(A, T, E, M)>);

#[diagnostic::do_not_recommend]
impl<F, A, T, E, M> Declared<Step<A, T, E, M>> for F
where
    F: Mockable<OfStep<A, T, E, M>>,
{
    type Declaration = F::Marker;
}

/// The handler of a test.
pub fn handler<K, H>(function: H) -> Handler
where
    H: Declared<K>,
    H::Declaration: IsHandler<Function = H>,
{
    <H::Declaration as IsHandler>::handler(function)
}
