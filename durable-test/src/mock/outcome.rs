//! What a run of a mocked function may come to.

use std::any::{TypeId, type_name};
use std::sync::Arc;

use durable_runtime::hook::HookFuture;
use durable_runtime::sdk::{BoxError, OperationError, TypedError};

use super::parts::ValueFn;

/// A value that step `S` returns.
///
/// [`Mock::returns`](super::Mock::returns) uses it; the [module](super) has examples.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what a mock of the durable function `{S}` can return each time",
    label = "expected a `{T}` that is `Clone`",
    note = "`{S}` returns `{T}`; a value that is not `Clone` is made for each run by `.with(..)`"
)]
pub trait ReturnedBy<S, T>: Sized {
    #[doc(hidden)]
    fn into_run(self) -> ValueFn<T>;
}

impl<S, T: Clone + Send + Sync + 'static> ReturnedBy<S, T> for T {
    fn into_run(self) -> ValueFn<T> {
        Arc::new(move || Ok(self.clone()))
    }
}

/// An error that step `S`, which declares the error `E`, could return.
///
/// [`Mock::fails`](super::Mock::fails) uses it; the [module](super) has examples.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an error of the durable function `{S}`",
    label = "expected `{E}`, or what converts into it",
    note = "`{S}` declares the error `{E}`"
)]
pub trait ErrorOf<S, E>: Sized {
    #[doc(hidden)]
    fn into_recorded(self) -> BoxError;
}

impl<S, E: Recorded, X: Into<E>> ErrorOf<S, E> for X {
    fn into_recorded(self) -> BoxError {
        self.into().recorded()
    }
}

/// A closure that takes the arguments `A` of step `S`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not take the arguments of the durable function `{S}`",
    note = "`{S}` takes `{A}`, without its context"
)]
pub trait Computes<S, A, R> {}

/// What a closure in place of step `S` may return: the step's value `T`, a `Result` of it with the step's
/// error `E`, or a future of either.
///
/// `K` only distinguishes the implementations; it is always inferred.
///
/// [`Mock::with`](super::Mock::with) takes what returns one; the [module](super) has examples.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what the durable function `{S}` returns",
    label = "expected `{T}` or `Result<{T}, {E}>`, or a future of either",
    note = "`{S}` returns `{T}`, and declares the error `{E}`"
)]
pub trait Outcome<S, T, E, K> {
    #[doc(hidden)]
    fn into_run(self) -> HookFuture<Result<T, BoxError>>;
}

/// Marks a value.
#[derive(Debug)]
pub struct ByValue;

/// Marks a `Result`.
#[derive(Debug)]
pub struct ByResult;

/// Marks a future of what `K` marks.
#[derive(Debug)]
pub struct ByFuture<K>(std::marker::PhantomData<K>);

/// Marks what never returns.
#[derive(Debug)]
pub struct ByPanic;

impl<S, T: Send + 'static, E> Outcome<S, T, E, ByValue> for T {
    fn into_run(self) -> HookFuture<Result<T, BoxError>> {
        Box::pin(std::future::ready(Ok(self)))
    }
}

impl<S, T: Send + 'static, E: Recorded> Outcome<S, T, E, ByResult> for Result<T, E> {
    fn into_run(self) -> HookFuture<Result<T, BoxError>> {
        Box::pin(std::future::ready(self.map_err(E::recorded)))
    }
}

impl<S, T, E, K, F> Outcome<S, T, E, ByFuture<K>> for F
where
    S: 'static,
    E: 'static,
    F: Future + Send + 'static,
    F::Output: Outcome<S, T, E, K>,
{
    fn into_run(self) -> HookFuture<Result<T, BoxError>> {
        Box::pin(async move {
            let run = { self.await.into_run() };
            run.await
        })
    }
}

/// The result of a function type, by which the type of what never returns can be named.
#[doc(hidden)]
pub trait Output {
    /// The result.
    type Of;
}

impl<T> Output for fn() -> T {
    type Of = T;
}

/// The type of what never returns.
pub(super) type Never = <fn() -> ! as Output>::Of;

impl<S, T: Send + 'static, E> Outcome<S, T, E, ByPanic> for Never {
    fn into_run(self) -> HookFuture<Result<T, BoxError>> {
        self
    }
}

/// An error type that a durable function declares.
pub trait Recorded: 'static {
    #[doc(hidden)]
    fn recorded(self) -> BoxError;
}

impl<E: Into<BoxError> + 'static> Recorded for E {
    /// As the attribute records it: an error type by its name, and what is an error only as a `BoxError` as
    /// such.
    fn recorded(self) -> BoxError {
        let name = type_name::<E>();
        let boxed = self.into();
        if boxed.is::<TypedError>() || boxed.is::<OperationError>() || is_untyped::<E>() {
            return boxed;
        }
        Box::new(TypedError::with_type(short(name), boxed))
    }
}

/// Whether a type is no error type itself, but becomes a `BoxError`.
fn is_untyped<E: 'static>() -> bool {
    let untyped = [
        TypeId::of::<BoxError>(),
        TypeId::of::<String>(),
        TypeId::of::<&'static str>(),
        TypeId::of::<std::borrow::Cow<'static, str>>(),
    ];
    // Error types of other crates that stand for any error, and have no `Error` of their own.
    let of_crates = ["anyhow::Error", "eyre::Report"];
    untyped.contains(&TypeId::of::<E>()) || of_crates.contains(&type_name::<E>())
}

/// A type's name without the paths in it, as the SDK writes it.
fn short(name: &str) -> String {
    let mut short = String::with_capacity(name.len());
    for part in name.split_inclusive(['<', '>', ',', ' ', '(', ')', '[', ']', '&', ';']) {
        short.push_str(part.rsplit("::").next().unwrap_or(part));
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_recorded_as_the_attribute_records_it() {
        let typed = std::io::Error::other("no").recorded();
        let typed = typed
            .downcast_ref::<TypedError>()
            .map(TypedError::error_type);
        assert_eq!(typed, Some("Error"));
        let twice = TypedError::with_type("Own", "text").recorded();
        let twice = twice
            .downcast_ref::<TypedError>()
            .map(TypedError::error_type);
        assert_eq!(twice, Some("Own"));
        assert!(!BoxError::from("text").recorded().is::<TypedError>());
        assert!(!"text".to_owned().recorded().is::<TypedError>());
    }

    #[test]
    fn a_short_name_has_no_paths() {
        assert_eq!(
            short("shop::pay::Error<alloc::string::String>"),
            "Error<String>"
        );
    }
}
