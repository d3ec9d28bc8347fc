//! What a durable function returns, told by its type and not by the name that the type is written with.

use std::convert::Infallible;
use std::marker::PhantomData;

/// A `Result` that a durable function returns, seen through its alias.
#[diagnostic::on_unimplemented(
    message = "a durable function must return a `Result<T, E>`, and `{Self}` is none",
    note = "write the return type as `Result<T, E>`, or as an alias of it"
)]
pub trait Returned {
    /// The value of the `Ok` side.
    type Value;
    /// The error of the `Err` side.
    type Error;

    /// The `Result` itself.
    ///
    /// # Errors
    ///
    /// The error that the function returned.
    fn returned(self) -> Result<Self::Value, Self::Error>;
}

impl<T, E> Returned for Result<T, E> {
    type Value = T;
    type Error = E;

    fn returned(self) -> Self {
        self
    }
}

/// Tells whether `T` is a `Result`.
///
/// The compiler prefers a constant of the type to one of a trait. So `<Probe<T>>::IS_RESULT` is the one of a
/// `Result` if `T` is one, and that of [`Unless`] if not, where that trait is in scope. A constant
/// in a signature cannot ask about generic parameters; [`plain`] asks in a body, by `OUTCOME`.
#[derive(Debug)]
pub struct Probe<T>(PhantomData<T>);

impl<T, E> Probe<Result<T, E>> {
    /// It is one.
    pub const IS_RESULT: bool = true;
    /// It is one.
    pub const OUTCOME: IsResult = IsResult;
}

/// The answers of a [`Probe`] unless its type is a `Result`.
pub trait Unless {
    /// It is none.
    const IS_RESULT: bool = false;
    /// It is none.
    const OUTCOME: IsPlain = IsPlain;
}

impl<T> Unless for Probe<T> {}

/// What a step or a child-context block returned, as a `Result`: itself if it is one, else the `Ok` side of
/// one that has no `Err` side.
pub trait Settled<const IS_RESULT: bool> {
    /// The value that is recorded.
    type Value;
    /// The error of the `Err` side.
    type Error;

    /// The `Result`.
    ///
    /// # Errors
    ///
    /// The error that the function returned.
    fn settled(self) -> Result<Self::Value, Self::Error>;
}

impl<T, E> Settled<true> for Result<T, E> {
    type Value = T;
    type Error = E;

    fn settled(self) -> Self {
        self
    }
}

impl<T> Settled<false> for T {
    type Value = T;
    type Error = Infallible;

    fn settled(self) -> Result<T, Infallible> {
        Ok(self)
    }
}

/// A type that is a `Result`.
#[derive(Debug)]
pub struct IsResult;

/// A type that is none.
#[derive(Debug)]
pub struct IsPlain;

/// Refuses a `Result` where the attribute took the type for a plain value.
pub fn plain<P: Plain>(_: P) {}

/// What [`plain`] accepts.
#[diagnostic::on_unimplemented(
    message = "this is a generic `Result` under another name",
    label = "write `Result<T, E>`, so that an `Err` is recorded as a failure",
    note = "an alias is recognized if its name ends in `Result`, or if it has no generic parameter of the function"
)]
pub trait Plain {}

impl Plain for IsPlain {}

/// Requires of the value of a step or block what the SDK's own serialization requires.
pub fn recorded<T: serde::Serialize + serde::de::DeserializeOwned>() {}

#[cfg(test)]
mod tests {
    use super::*;

    type Outcome<T> = Result<T, String>;

    struct ChargeResult;

    #[test]
    fn an_alias_is_a_result_and_a_type_of_that_name_is_none() {
        const { assert!(<Probe<Outcome<u8>>>::IS_RESULT) };
        const { assert!(!<Probe<ChargeResult>>::IS_RESULT) };
        const { assert!(!<Probe<Option<Outcome<u8>>>>::IS_RESULT) };
    }

    #[test]
    fn a_result_keeps_its_error_and_a_value_has_none() {
        let failed: Outcome<u8> = Err("no".to_owned());
        assert_eq!(Settled::<true>::settled(failed), Err("no".to_owned()));
        assert_eq!(Settled::<false>::settled(5), Ok(5));
    }
}
