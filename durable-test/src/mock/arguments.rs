//! The methods that depend on how many arguments the function has.

use std::sync::Arc;

use durable_runtime::DurableFn;

use super::arity::each_arity;
use super::outcome::{Computes, Outcome};
use super::{Mock, MockCore};

macro_rules! arguments {
    // The documentation shows the methods once.
    () => { arguments!(@methods []); };
    ($($argument:ident $value:ident),+) => {
        arguments!(@methods [#[doc(hidden)]] $($argument $value),+);
    };
    (@methods [$(#[$doc:meta])?] $($argument:ident $value:ident),*) => {
        impl<S, $($argument,)* T, E> MockCore<S, ($($argument,)*), T, E>
        where
            S: DurableFn,
            T: Send + 'static,
            E: 'static,
            $($argument: Send + 'static,)*
        {
            $(#[$doc])?
            /// Has each run return what a closure makes of the arguments: a value or a `Result`, or a future
            /// of either.
            pub fn with<H, R, K>(&self, run: H) -> &Self
            where
                H: Computes<S, ($($argument,)*), R> + Fn($($argument),*) -> R + Send + Sync + 'static,
                R: Outcome<S, T, E, K>,
            {
                self.parts.set_run(Arc::new(move |($($value,)*)| run($($value),*).into_run()));
                self
            }
        }

        impl<S, $($argument,)* T, E> Mock<S, ($($argument,)*), T, E>
        where
            S: DurableFn,
            T: Send + 'static,
            E: 'static,
            $($argument: Clone + Send + 'static,)*
        {
            $(#[$doc])?
            /// As [`MockCore::with`].
            pub fn with<H, R, K>(&self, run: H) -> &Self
            where
                H: Computes<S, ($($argument,)*), R> + Fn($($argument),*) -> R + Send + Sync + 'static,
                R: Outcome<S, T, E, K>,
            {
                self.recording().core.with(run);
                self
            }
        }

        impl<S, R, Closure, $($argument,)*> Computes<S, ($($argument,)*), R> for Closure
        where
            Closure: Fn($($argument),*) -> R,
        {
        }
    };
}

each_arity!(arguments);

/// How [`Mock::calls`] gives the arguments of a run: the value itself where there is one argument, else the
/// tuple.
pub trait Arguments {
    /// The arguments of a run.
    type Call;

    /// The arguments of a run.
    fn into_call(self) -> Self::Call;
}

macro_rules! call {
    ($argument:ident $value:ident) => {
        impl<$argument> Arguments for ($argument,) {
            type Call = $argument;

            fn into_call(self) -> $argument {
                self.0
            }
        }
    };
    ($($argument:ident $value:ident),*) => {
        impl<$($argument),*> Arguments for ($($argument,)*) {
            type Call = Self;

            fn into_call(self) -> Self {
                self
            }
        }
    };
}

each_arity!(call);

impl<S, A, T, E> Mock<S, A, T, E>
where
    S: DurableFn,
    A: Arguments + Clone + Send + 'static,
    T: Send + 'static,
    E: 'static,
{
    /// The arguments of each run, in the order of the runs: the bare value where the function has one
    /// argument, else a tuple.
    ///
    /// # Panics
    ///
    /// If the body ran before the mock was told anything. Its arguments went to the body; with
    /// [`real`](Self::real) they are recorded too.
    #[must_use]
    #[track_caller]
    pub fn calls(&self) -> Vec<A::Call> {
        let calls = self.core.parts.calls();
        let all: Option<Vec<A>> = calls.into_iter().collect();
        #[expect(clippy::panic, reason = "a misused assertion of a test fails it")]
        let Some(all) = all else {
            panic!(
                "the arguments of `{name}` went to its body and were not recorded: call `.real()` on the \
                 mock before the run",
                name = self.core.parts.name()
            )
        };
        all.into_iter().map(A::into_call).collect()
    }
}
