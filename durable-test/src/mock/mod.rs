//! Typed mocks of durable steps, child-context blocks and called functions.
//!
//! [`DurableRunner::mock`] takes a function with `#[durable_step]` or `#[durable_with_child_context]` and
//! returns a mock of the types of its signature. While the test runs, the mock takes the place of the body;
//! names, retries, recorded results and replays stay those of the step.
//!
//! ```
//! use durable_runtime::prelude::*;
//! use durable_test::prelude::*;
//! # use serde::{Deserialize, Serialize};
//!
//! # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
//! # struct Receipt { id: String, cents: u64 }
//! # #[derive(Debug)]
//! # enum PaymentError { Busy }
//! # impl std::fmt::Display for PaymentError {
//! #     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str("busy") }
//! # }
//! # impl std::error::Error for PaymentError {}
//! #[durable_step(retry(max_attempts = 3, initial_delay = "2s"))]
//! async fn charge_payment(id: String, cents: u64) -> Result<Receipt, PaymentError> {
//!     // Calls the payment provider.
//! #   Ok(Receipt { id, cents })
//! }
//!
//! #[durable_execution]
//! async fn order(id: String, ctx: DurableContext) -> Result<Receipt, BoxError> {
//!     Ok(charge_payment(&ctx, id, 4_990).await?)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let runner = DurableRunner::local(order)?;
//! let charge = runner.mock(charge_payment);
//! charge.with(|id, cents| Ok(Receipt { id, cents }));
//! charge.fails(2, || PaymentError::Busy);
//! charge.takes(Duration::from_secs(3));
//!
//! let result = runner.run("order-1").await?;
//!
//! assert_eq!(result.result::<Receipt>()?.cents, 4_990);
//! assert_eq!(charge.calls(), vec![("order-1".to_owned(), 4_990); 3]);
//! assert_eq!(result.duration(), Duration::from_secs(3 + 2 + 3 + 4 + 3));
//! # Ok(())
//! # }
//! ```
//!
//! # What a mock applies to
//!
//! A mock belongs to a runner, its clones, and the runners that `reconfigured` and `with_handler` make of it;
//! tests side by side do not meet. It applies to runs, started executions, faults and explorations. A generic
//! step is mocked per instance: `runner.mock(load::<Order>)`.
//!
//! # What is counted
//!
//! Each run of the body counts: each attempt of a step, also one that a crash cuts off, and each execution
//! of a block, once however often its handler is replayed. [`Mock::fails`] counts in the same way, but an
//! attempt that runs again after a crash fails or succeeds as it did before.
//!
//! - On one runner the numbers add up over its runs.
//! - In an exploration each explored run starts afresh: `fails` fails its first runs again, and within
//!   `.check(..)` `count` and `calls` are those of the run that is checked. After it they have grown by those
//!   of the undisturbed run.
//! - In a replay, at the end of a run or of a recording, no step runs. A mocked block stands in without its
//!   `fails`, and is not counted.
//!
//! # Cloud mode
//!
//! A deployed function has its own steps. In cloud mode a mock is an error that the next run reports; mark
//! the test `local_only`.

#![allow(
    clippy::must_use_candidate,
    reason = "what a call that sets up a mock returns is for the next such call"
)]

mod arguments;
mod arity;
mod function;
mod kinds;
mod outcome;
mod parts;
mod registry;
mod session;

use std::any::{TypeId, type_name};
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use durable_runtime::DurableFn;

use crate::DurableRunner;
use crate::misuse::Misuse;
use crate::results::type_name::short;
pub use function::{FunctionMock, FunctionOutcome};
pub use kinds::Mockable;
pub(crate) use kinds::OfStep;
pub use outcome::{ErrorOf, Outcome, ReturnedBy};
use parts::Parts;
pub(crate) use registry::Mocks;

impl DurableRunner {
    /// A mock of a durable step or child-context block, named by its function. Until it is told otherwise,
    /// the body runs. A second mock of the same function is the first one.
    ///
    /// An inline `ctx.step(..)` has no name in the program, so it cannot be mocked: make it a
    /// `#[durable_step]`.
    ///
    /// See the [module](crate::mock) for an example and for what is counted. Local mode only.
    #[track_caller]
    #[allow(
        clippy::needless_pass_by_value,
        reason = "a function is passed by its name"
    )]
    pub fn mock<K, F>(&self, function: F) -> Mock<F::Marker, F::Arguments, F::Value, F::Error>
    where
        F: Mockable<K>,
    {
        let _ = function;
        let at = Location::caller();
        let called = instance_name(F::Marker::ENTRY.function, type_name::<F>());
        if self.configured("`mock`").is_err() {
            self.record(Misuse::local_only(&format!("mock({called})"), at));
        }
        let name = type_name::<F>();
        if without_generics(name) != type_name::<F::Marker>() {
            self.record(Misuse::Argument {
                call: format!("mock({name})"),
                reason: format!(
                    "it is not the durable function itself, but returns a call of `{}`. Mock that one",
                    F::Marker::ENTRY.function
                ),
                at,
            });
        }
        let parts = self.mocks().body(TypeId::of::<F>(), &called);
        Mock {
            core: MockCore {
                parts,
                types: PhantomData,
            },
        }
    }

    /// A mock of a function that `ctx.invoke` reaches, by its name without a qualifier. It need not be
    /// registered. Until it is told otherwise, the function itself is called.
    ///
    /// ```
    /// # use durable_runtime::prelude::*;
    /// # use durable_test::prelude::*;
    /// # async fn quote(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    /// #     Ok(ctx.invoke::<u64, u64>("price", cents).await?)
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let runner = DurableRunner::local(quote)?;
    /// let price = runner.mock_function("price");
    /// price.with(|cents: u64| cents * 119 / 100);
    ///
    /// assert_eq!(runner.run(1_000).await?.result::<u64>()?, 1_190);
    /// assert_eq!(price.calls(), [1_000]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Local mode only.
    #[track_caller]
    pub fn mock_function(&self, name: &str) -> FunctionMock {
        let at = Location::caller();
        if let Ok(local) = self.configured("`mock_function`") {
            local.host().mock_function(name);
        } else {
            let call = format!("mock_function({name:?})");
            self.record(Misuse::local_only(&call, at));
        }
        FunctionMock::new(self.mocks().function(name))
    }
}

/// The name of a function item without its generic arguments.
fn without_generics(name: &str) -> &str {
    if !name.ends_with('>') {
        return name;
    }
    let mut depth = 0_usize;
    for (index, character) in name.char_indices().rev() {
        match character {
            // Part of an arrow, as in `fn() -> u8`.
            '>' if name
                .get(..index)
                .is_some_and(|before| before.ends_with('-')) => {}
            '>' => depth += 1,
            '<' => {
                depth -= 1;
                if depth == 0 {
                    return name.get(..index).unwrap_or(name);
                }
            }
            _ => {}
        }
    }
    name
}

/// How a test names a function: with its types if it is generic, as in `load::<Order>`.
fn instance_name(function: &str, item: &str) -> String {
    let generics = item
        .strip_prefix(without_generics(item))
        .unwrap_or_default();
    if generics.is_empty() {
        return function.to_owned();
    }
    format!("{function}::{}", short(generics))
}

/// A mock of a step or block; see [`DurableRunner::mock`]. Clones are the same mock.
///
/// `S` is the step, `A` the tuple of its arguments, `T` its value and `E` its error. The methods that make it
/// do something return the mock, so that they can be chained.
pub struct Mock<S, A, T, E> {
    core: MockCore<S, A, T, E>,
}

/// What a [`Mock`] can do whatever its arguments are. The methods of `Mock` itself are for arguments that are
/// `Clone`, and have them recorded.
///
/// The [module](self) has examples.
pub struct MockCore<S, A, T, E> {
    parts: Arc<Parts<A, T>>,
    types: PhantomData<fn() -> (S, E)>,
}

impl<S, A, T, E> Clone for Mock<S, A, T, E> {
    fn clone(&self) -> Self {
        let core = MockCore {
            parts: Arc::clone(&self.core.parts),
            types: PhantomData,
        };
        Self { core }
    }
}

impl<S, A, T, E> Deref for Mock<S, A, T, E> {
    type Target = MockCore<S, A, T, E>;

    fn deref(&self) -> &Self::Target {
        &self.core
    }
}

impl<S: DurableFn, A, T, E> fmt::Debug for Mock<S, A, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.core.fmt(f)
    }
}

impl<S: DurableFn, A, T, E> fmt::Debug for MockCore<S, A, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mock")
            .field("of", &self.parts.name())
            .finish_non_exhaustive()
    }
}

impl<S, A, T, E> MockCore<S, A, T, E>
where
    S: DurableFn,
    A: Send + 'static,
    T: Send + 'static,
    E: 'static,
{
    /// Has each run return that value.
    pub fn returns<V>(&self, value: V) -> &Self
    where
        V: ReturnedBy<S, T>,
    {
        self.parts.set_value(value.into_run());
        self
    }

    /// Has the next `runs` runs fail with an error that the function could return, then does what was set
    /// otherwise: a value, or the body. Several calls are a sequence, in their order.
    ///
    /// An error that converts into the declared one will do: for a step that declares `BoxError`, any error,
    /// or a text.
    pub fn fails<X>(&self, runs: u32, error: impl Fn() -> X + Send + Sync + 'static) -> &Self
    where
        X: ErrorOf<S, E>,
    {
        let error = move || error().into_recorded();
        self.parts.add_failures(runs, Arc::new(error));
        self
    }

    /// Has each run take that much virtual time, before it does anything else. A body that runs takes it
    /// too.
    pub fn takes(&self, time: Duration) -> &Self {
        self.parts.set_time(time);
        self
    }

    /// Has the body run, as before the mock was told anything else; runs are recorded all the same.
    pub fn real(&self) -> &Self {
        self.parts.set_real();
        self
    }

    /// How often the body ran; see the [module](crate::mock) for what counts.
    #[must_use]
    pub fn count(&self) -> usize {
        self.parts.count()
    }

    /// Requires that number of runs. Checked when the test ends; a failed check names the calls. A test that
    /// fails otherwise shows its own failure first.
    #[track_caller]
    pub fn expects(&self, runs: usize) -> &Self {
        self.parts.expect(runs, Location::caller());
        self
    }
}

impl<S, A, T, E> Mock<S, A, T, E>
where
    S: DurableFn,
    A: Clone + Send + 'static,
    T: Send + 'static,
    E: 'static,
{
    /// As [`MockCore::returns`].
    pub fn returns<V>(&self, value: V) -> &Self
    where
        V: ReturnedBy<S, T>,
    {
        self.recording().core.returns(value);
        self
    }

    /// As [`MockCore::fails`].
    pub fn fails<X>(&self, runs: u32, error: impl Fn() -> X + Send + Sync + 'static) -> &Self
    where
        X: ErrorOf<S, E>,
    {
        self.recording().core.fails(runs, error);
        self
    }

    /// As [`MockCore::takes`].
    pub fn takes(&self, time: Duration) -> &Self {
        self.recording().core.takes(time);
        self
    }

    /// As [`MockCore::real`].
    pub fn real(&self) -> &Self {
        self.recording().core.real();
        self
    }

    /// Has the arguments of all runs recorded from now on.
    fn recording(&self) -> &Self {
        self.core.parts.clone_with(A::clone);
        self
    }
}

impl<S, A, T, E> Mock<S, A, T, E>
where
    S: DurableFn,
    A: Clone + fmt::Debug + Send + 'static,
    T: Send + 'static,
    E: 'static,
{
    /// As [`MockCore::expects`].
    #[track_caller]
    pub fn expects(&self, runs: usize) -> &Self {
        self.recording();
        self.core.parts.show_with(|call| format!("{call:?}"));
        self.core.expects(runs);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::{instance_name, without_generics};

    #[test]
    fn the_generic_arguments_of_an_item_are_left_out() {
        for (name, without) in [
            ("shop::charge", "shop::charge"),
            ("shop::load<shop::Order>", "shop::load"),
            ("shop::load<alloc::vec::Vec<u8>, fn() -> u8>", "shop::load"),
            (
                "<shop::A as shop::B>::run::load<u8>",
                "<shop::A as shop::B>::run::load",
            ),
        ] {
            assert_eq!(without_generics(name), without);
        }
    }

    #[test]
    fn an_instance_is_named_as_in_the_program() {
        let name = instance_name("load", "shop::load<shop::Order, alloc::vec::Vec<u8>>");
        assert_eq!(name, "load::<shop::Order, Vec<u8>>");
        assert_eq!(instance_name("charge", "shop::charge"), "charge");
    }
}
