//! The durable functions that the attributes make, as types and as entries of the registry.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::sdk::BoxError;

/// A boxed future of a body.
pub(crate) type BoxedBody<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// The future of a body. Its type also holds the error `E` that the function declares and the marker `M` of
/// the function, so that both can be inferred from the function.
///
/// A [`StepCall`](crate::StepCall) runs it; [`durable_step`](durable_macros::durable_step) has an example.
pub struct StepFuture<T, E, M> {
    body: BoxedBody<T>,
    declared: PhantomData<fn() -> (E, M)>,
}

impl<T, E, M> StepFuture<T, E, M> {
    pub(crate) fn new(body: BoxedBody<T>) -> Self {
        Self {
            body,
            declared: PhantomData,
        }
    }
}

impl<T, E, M> Future for StepFuture<T, E, M> {
    type Output = Result<T, BoxError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.body.as_mut().poll(cx)
    }
}

impl<T, E, M> fmt::Debug for StepFuture<T, E, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StepFuture")
    }
}

/// The marker of a durable step or child-context block: the type of the function's name that its attribute
/// emits beside the function.
///
/// [`durable_step`](durable_macros::durable_step) implements it.
pub trait DurableFn: 'static {
    /// Its entry in the registry.
    const ENTRY: &'static OperationEntry;
}

/// Which kind of operation a durable function makes.
///
/// [`OperationEntry`] holds it; [`operations`] has an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OperationKind {
    /// A step: `#[durable_step]`.
    Step,
    /// A child-context block: `#[durable_with_child_context]`.
    Block,
}

/// A step or child-context block that its attribute registered. The instances of a generic function share
/// one entry.
///
/// [`operations`] lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationEntry {
    /// What it makes.
    pub kind: OperationKind,
    /// Name of the function.
    pub function: &'static str,
    /// Path of the module that holds it.
    pub module: &'static str,
    /// Source file.
    pub file: &'static str,
    /// Line in the source file.
    pub line: u32,
}

impl fmt::Display for OperationEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}:{})", self.function, self.file, self.line)
    }
}

/// An entry in the registry; written by the attributes.
///
/// [`operations`] lists the entries.
#[derive(Debug)]
pub struct RegisteredOperation(pub &'static OperationEntry);

inventory::collect!(RegisteredOperation);

/// All registered steps and child-context blocks, by kind, function, module and line.
///
/// An [`OperationEntry`] says where each is.
///
/// ```
/// use durable_runtime::prelude::*;
/// use durable_runtime::{OperationKind, operations};
///
/// #[durable_step]
/// async fn charge(cents: u64) -> u64 {
///     cents
/// }
///
/// let all = operations();
/// let charge = all.iter().find(|entry| entry.function == "charge");
/// assert_eq!(charge.map(|entry| entry.kind), Some(OperationKind::Step));
/// ```
#[must_use]
pub fn operations() -> Vec<&'static OperationEntry> {
    let registered = inventory::iter::<RegisteredOperation>.into_iter();
    let mut entries: Vec<_> = registered
        .map(|RegisteredOperation(entry)| *entry)
        .collect();
    entries.sort();
    entries
}
