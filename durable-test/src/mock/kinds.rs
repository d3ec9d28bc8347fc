//! What can be mocked: the functions that the attributes make.

use durable_runtime::sdk::DurableContext;
use durable_runtime::{ChildCall, DurableFn, StepCall};

use super::arity::each_arity;

/// A function with `#[durable_step]` or `#[durable_with_child_context]`; a generic one with its types, as in
/// `load::<Order>`.
///
/// `K` only distinguishes the implementations; it is always inferred.
///
/// [`DurableRunner::mock`](crate::DurableRunner::mock) takes it; the [module](super) has examples.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no durable step or child-context block, so it cannot be mocked",
    note = "name a function with `#[durable_step]` or `#[durable_with_child_context]`, as in `runner.mock(charge_payment)`",
    note = "an inline `ctx.step(..)` cannot be mocked: move its body to a function with `#[durable_step]`"
)]
pub trait Mockable<K>: 'static {
    /// The marker of the function.
    type Marker: DurableFn;
    /// The tuple of its arguments, without the context.
    type Arguments: Send + 'static;
    /// Its value.
    type Value: Send + 'static;
    /// The error that it declares.
    type Error: 'static;
}

/// Marks steps, with arguments, value, error and marker.
#[derive(Debug)]
pub struct OfStep<A, T, E, M>(std::marker::PhantomData<(A, T, E, M)>);

/// Marks child-context blocks.
#[derive(Debug)]
pub struct OfBlock<A, T, E, M>(std::marker::PhantomData<(A, T, E, M)>);

macro_rules! mockable {
    ($($argument:ident $value:ident),*) => {
        mockable!(@of StepCall, OfStep, $($argument)*);
        mockable!(@of ChildCall, OfBlock, $($argument)*);
    };
    (@of $call:ident, $kind:ident, $($argument:ident)*) => {
        impl<Item, Value, Error, Marker, $($argument),*>
            Mockable<$kind<($($argument,)*), Value, Error, Marker>> for Item
        where
            Item: Fn(&DurableContext, $($argument),*) -> $call<Value, Error, Marker> + 'static,
            Value: Send + 'static,
            Error: 'static,
            Marker: DurableFn,
            $($argument: Send + 'static,)*
        {
            type Marker = Marker;
            type Arguments = ($($argument,)*);
            type Value = Value;
            type Error = Error;
        }
    };
}

each_arity!(mockable);
