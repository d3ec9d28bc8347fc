//! What explorations share: the options of the runs that they repeat.

use std::panic::Location;
use std::sync::Arc;

use durable_host::NoteStates;

use super::allow::Allow;
use super::budget::{Budget, Limits};
use super::reduction::Reduction;
use crate::misuse::Misuse;
use crate::run::Request;
use crate::{Error, ExecutionResult, Run, TestOutcome};

/// A check of each run.
pub(super) type Check = dyn Fn(&ExecutionResult) -> TestOutcome + Send + Sync;

/// Hashes state.
pub(super) type Outside = Arc<dyn Fn() -> u64 + Send + Sync>;

/// A run to repeat, with the test's checks of each repetition.
pub(super) struct Template {
    pub(super) request: Request,
    pub(super) setup: Option<Box<dyn Fn() + Send + Sync>>,
    pub(super) check: Option<Box<Check>>,
    /// The line from which on the test function is this exploration's: that of its check.
    pub(super) check_at: u32,
    pub(super) allowed: Vec<Allow>,
    pub(super) limits: Limits,
    pub(super) threads: usize,
    pub(super) note: NoteStates,
    pub(super) outside: Option<Outside>,
    pub(super) reduction: Reduction,
}

impl Template {
    pub(super) fn new(run: Run) -> Self {
        Self {
            request: run.into_request(),
            setup: None,
            check: None,
            check_at: 0,
            allowed: Vec::new(),
            limits: Limits::default(),
            threads: 1,
            note: NoteStates::No,
            outside: None,
            reduction: Reduction::default(),
        }
    }

    /// Whether there may be state outside of the workflow that its runs change: the test resets it, or mocks count.
    pub(super) fn has_state_outside(&self) -> bool {
        self.setup.is_some() || !self.request.runner.mocks().is_empty()
    }

    /// Whether there may be, by the test, by what answers callbacks or by the functions themselves.
    ///
    /// # Errors
    ///
    /// If the runner is in cloud mode.
    pub(super) fn may_have_state_outside(&self, what: &'static str) -> Result<bool, Error> {
        let local = self.request.runner.local_backend(what)?;
        Ok(self.has_state_outside()
            || !self.request.options.replies.is_empty()
            || local.functions_may_have_state())
    }

    /// Limits the exploration; a limit of nothing is refused.
    pub(super) fn limit(&mut self, budget: Budget, at: &'static Location<'static>) {
        if let Budget::Runs(runs) = budget {
            self.at_least_once("budget", runs, at);
        }
        self.limits.set(budget);
    }

    pub(super) fn at_least_once(
        &mut self,
        call: &str,
        number: usize,
        at: &'static Location<'static>,
    ) {
        if number == 0 {
            self.request.options.refuse(Misuse::Argument {
                call: format!("{call}(0)"),
                reason: "an exploration of nothing finds nothing; the number is 1 at least"
                    .to_owned(),
                at,
            });
        }
    }
}

/// Implements, for an exploration with `fn template(&mut self) -> &mut Template`, the methods that set it.
macro_rules! exploration_options {
    ($type:ty) => {
        $crate::options::run_options!($type);

        impl $type {
            fn options(&mut self) -> &mut $crate::options::Options {
                &mut self.template().request.options
            }

            /// Called before every run, to reset the state that the workflow works on. With it, runs on
            /// several [`threads`](Self::threads) take turns, for they share that state.
            pub fn setup(mut self, setup: impl Fn() + Send + Sync + 'static) -> Self {
                self.template().setup = Some(Box::new(setup));
                self
            }

            /// Called after every run, for requirements of the test, such as that the customer was charged
            /// once. It may return an error, or panic as `assert!` does. The first run must pass it too.
            #[track_caller]
            pub fn check(
                mut self,
                check: impl Fn(&$crate::ExecutionResult) -> $crate::TestOutcome + Send + Sync + 'static,
            ) -> Self {
                self.template().check = Some(Box::new(check));
                self.template().check_at = ::std::panic::Location::caller().line();
                self
            }

            /// How many threads make runs; one by default, which is the test's own. The report is the same
            /// whatever their number. Each has a runtime of its own, so what a handler uses must not belong to
            /// the runtime of the test.
            #[track_caller]
            pub fn threads(mut self, threads: usize) -> Self {
                let at = ::std::panic::Location::caller();
                self.template().at_least_once("threads", threads, at);
                self.template().threads = threads;
                self
            }

            /// Limit of the exploration: a number of runs, or a `Duration` of real time. The report says what
            /// was left out. Called twice, it can set both.
            #[track_caller]
            pub fn budget(mut self, budget: impl Into<$crate::explore::Budget>) -> Self {
                let at = ::std::panic::Location::caller();
                self.template().limit(budget.into(), at);
                self
            }

            /// Explores only that many of the possible runs, as the seed chooses them: the same ones each
            /// time.
            #[track_caller]
            pub fn sample(mut self, runs: usize) -> Self {
                let at = ::std::panic::Location::caller();
                self.template().at_least_once("sample", runs, at);
                self.template().limits.sample = Some(runs);
                self
            }

            /// Allows runs to differ from the first one.
            ///
            /// The report of a full exploration lists what no run needed
            /// (`unused_allows`). An operation that no run has is an error: its name is misspelt.
            pub fn allow(mut self, allowed: $crate::explore::Allow) -> Self {
                self.template().allowed.push(allowed);
                self
            }
        }
    };
}
pub(super) use exploration_options;

/// Implements, for an exploration of orders, the methods that say which ones need not be run.
macro_rules! reduction_options {
    ($type:ty) => {
        impl $type {
            /// Says that the order in which the bodies of these steps run, by name or path, makes no difference outside of
            /// the workflow, and that the handler waits for all of them, whichever ends first.
            ///
            /// Where nothing else competes in an invocation, not all orders of these bodies are run, but as many as there
            /// are bodies. Where other bodies do, orders are left out that differ from another one by two independent
            /// bodies that follow each other. In those that are run each body comes before each other one and after it. So
            /// an outcome that depends on which of two is first is still found. A body that the handler gives up, as `race`
            /// and `min_successful` do, is not independent, whatever the test says: the report names it, and all of its
            /// orders are run. So are those beside a crash, a fault or a variant of the service.
            ///
            /// ```
            /// # use durable_runtime::prelude::*;
            /// # use durable_test::prelude::*;
            /// #[durable_step]
            /// async fn price(shop: String) -> usize { shop.len() }
            ///
            /// async fn cheapest(shops: Vec<String>, ctx: DurableContext) -> Result<usize, BoxError> {
            ///     let prices: Vec<_> = shops.into_iter().map(|shop| price(&ctx, shop).future()).collect();
            ///     Ok(ctx.try_join_all(prices).await?.into_iter().min().unwrap_or(0))
            /// }
            /// # #[tokio::main(flavor = "current_thread")]
            /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
            ///
            /// let runner = DurableRunner::local(cheapest)?;
            /// let shops = ["Alma", "Bo", "Cyd", "Dee", "Elm", "Fay"];
            /// let report = runner.run(shops).explore_orders().independent(["price"]).await?;
            /// assert_eq!(report.orders(), 6); // of 720
            /// # Ok(())
            /// # }
            /// ```
            ///
            /// # Errors
            ///
            /// The exploration fails if no such body runs.
            pub fn independent<S: Into<String>>(
                mut self,
                steps: impl IntoIterator<Item = S>,
            ) -> Self {
                let steps = steps.into_iter().map(Into::into);
                self.template().reduction.independent.extend(steps);
                self
            }

            /// Runs those orders as well that are known to lead to the same as another one: things due at one time
            /// that are noticed together come in every order, independent bodies too; and an exploration of orders alone
            /// explores a state again to which another order led. It shows what leaving them out saves, and that it loses
            /// nothing.
            pub fn every_order(mut self) -> Self {
                self.template().reduction.is_off = true;
                self
            }
        }
    };
}
pub(super) use reduction_options;
