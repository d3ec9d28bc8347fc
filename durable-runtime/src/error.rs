//! Converts the error of a body into the SDK's `BoxError`, and keeps the name of its type.

use std::any::Any;
use std::error::Error;

use crate::sdk::{BoxError, OperationError, TypedError};

/// Picks the conversion of an error by what its type implements: the output of the macros calls
/// `(&ErrorTag::new(error)).boxed()`, and method resolution finds [`ViaStdError`] before
/// [`ViaBoxed`].
pub struct ErrorTag<E>(std::cell::Cell<Option<E>>);

impl<E> ErrorTag<E> {
    /// Wraps an error for its conversion.
    pub fn new(error: E) -> Self {
        Self(std::cell::Cell::new(Some(error)))
    }
}

impl<E> std::fmt::Debug for ErrorTag<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ErrorTag")
    }
}

/// Conversion of a `std::error::Error`: its type's name becomes the recorded error type.
pub trait ViaStdError {
    /// The error as the SDK takes it.
    fn boxed(&self) -> BoxError;
}

impl<E: Error + Send + Sync + 'static> ViaStdError for ErrorTag<E> {
    fn boxed(&self) -> BoxError {
        let Some(error) = self.0.take() else {
            return BoxError::from("the error was already taken");
        };
        let any: &dyn Any = &error;
        // These two carry a recorded type of their own, which a wrapper would hide.
        if any.is::<TypedError>() || any.is::<OperationError>() {
            Box::new(error)
        } else {
            Box::new(TypedError::new(error))
        }
    }
}

/// Conversion of anything else that becomes a `BoxError`: a `BoxError` itself, a string.
///
/// An error type that has neither conversion is a compile error that names both traits.
pub trait ViaBoxed {
    /// The error as the SDK takes it.
    fn boxed(&self) -> BoxError;
}

impl<E: Into<BoxError>> ViaBoxed for &ErrorTag<E> {
    fn boxed(&self) -> BoxError {
        match self.0.take() {
            Some(error) => error.into(),
            None => BoxError::from("the error was already taken"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Declined;
    impl std::fmt::Display for Declined {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("declined")
        }
    }
    impl Error for Declined {}

    #[test]
    fn a_std_error_keeps_its_type_name() {
        let boxed = ErrorTag::new(Declined).boxed();
        let typed = boxed.downcast_ref::<TypedError>().unwrap();
        assert_eq!(typed.error_type(), "Declined");
    }

    #[test]
    fn a_typed_error_is_not_wrapped_twice() {
        let boxed = ErrorTag::new(TypedError::with_type("Custom", Declined)).boxed();
        let typed = boxed.downcast_ref::<TypedError>().unwrap();
        assert_eq!(typed.error_type(), "Custom");
    }

    #[test]
    fn a_string_and_a_boxed_error_pass_through() {
        let text = (&ErrorTag::new("plain")).boxed();
        assert_eq!(text.to_string(), "plain");
        let boxed: BoxError = Box::new(Declined);
        let kept = (&ErrorTag::new(boxed)).boxed();
        assert!(kept.downcast_ref::<Declined>().is_some());
    }
}
