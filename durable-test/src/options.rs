//! The options that runs, started executions and explorations share.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use durable_host::reply::ANY_CALLBACK;
use durable_host::{DriveLimits, Responder};

use crate::faults::{CrashPoint, Faults};
use crate::misuse::Misuse;
use crate::plan::Plan;
use durable_host::Order;

/// Default limit of the invocations of a run.
const MAX_INVOCATIONS: usize = 1_000;

/// The options that start and drive an execution.
#[derive(Clone, Default)]
pub(crate) struct Options {
    pub(crate) name: Option<String>,
    pub(crate) execution_timeout: Option<Duration>,
    /// In real time; `None` is the default of the mode.
    pub(crate) timeout: Option<Duration>,
    pub(crate) max_invocations: Option<usize>,
    pub(crate) replies: Vec<(String, Responder)>,
    /// The positions of the replies for which a callback must ask.
    pub(crate) required_replies: BTreeSet<usize>,
    /// `None` takes the setting of the runner.
    pub(crate) check_determinism: Option<bool>,
    /// `None` takes the setting of the runner.
    pub(crate) check_waits: Option<bool>,
    pub(crate) order: Option<Order>,
    pub(crate) faults: Faults,
    pub(crate) crashes: Vec<CrashPoint>,
    /// The plan of an exploration that is repeated.
    pub(crate) plan: Option<Plan>,
    /// The first misuse; the run fails with it.
    pub(crate) misuse: Option<Misuse>,
}

impl Options {
    pub(crate) fn limits(&self, default_timeout: Duration) -> DriveLimits {
        DriveLimits {
            timeout: self.timeout.unwrap_or(default_timeout),
            max_invocations: self.max_invocations.unwrap_or(MAX_INVOCATIONS),
        }
    }

    /// All faults, those of the plan first, then crashes: if several faults match a call, the first one strikes.
    pub(crate) fn all_faults(&self) -> Faults {
        let plan = self.plan.as_ref().map(Plan::as_faults).unwrap_or_default();
        plan.and(self.own_faults())
    }

    /// All faults but those of the plan.
    pub(crate) fn own_faults(&self) -> Faults {
        let crashes = self.crashes.iter().cloned();
        let crashes = crashes.fold(Faults::new(), Faults::crash);
        crashes.and(self.faults.clone())
    }

    /// Has the run be as in an exploration, in the order of its plan.
    pub(crate) fn follow_plan(&mut self) {
        let Some(plan) = &self.plan else { return };
        self.check_determinism.get_or_insert(false);
        self.check_waits.get_or_insert(false);
        if let Some(order) = plan.chosen_order() {
            self.order = Some(order.clone());
        }
    }

    pub(crate) fn reply(&mut self, reply: (String, Responder), is_required: bool) {
        if is_required && reply.0 != ANY_CALLBACK {
            self.required_replies.insert(self.replies.len());
        }
        self.replies.push(reply);
    }

    pub(crate) fn refuse(&mut self, misuse: Misuse) {
        self.misuse.get_or_insert(misuse);
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answered: Vec<&String> = self.replies.iter().map(|(name, _)| name).collect();
        f.debug_struct("Options")
            .field("name", &self.name)
            .field("timeout", &self.timeout)
            .field("execution_timeout", &self.execution_timeout)
            .field("max_invocations", &self.max_invocations)
            .field("on_callback", &answered)
            .field("check_determinism", &self.check_determinism)
            .field("check_waits", &self.check_waits)
            .field("order", &self.order)
            .field("faults", &self.faults)
            .field("crashes", &self.crashes)
            .finish_non_exhaustive()
    }
}

/// Implements, for a type with `fn options(&mut self) -> &mut Options`, the methods that set them but the order.
macro_rules! run_options {
    ($type:ty) => {
        impl $type {
            /// How long the test waits for a run, in **real** time; one minute by default, and five in cloud
            /// mode. For a started execution it limits each call that drives it.
            ///
            /// In local mode a workflow that waits an hour completes within a timeout of ten seconds. Past
            /// the timeout the run fails with an error that describes what the execution was doing.
            pub fn timeout(mut self, timeout: ::std::time::Duration) -> Self {
                self.options().timeout = Some(timeout);
                self
            }

            /// How long the execution may take, in **virtual** time: the service's own limit, in whole
            /// seconds (`DurableConfig.ExecutionTimeout`). Past it the status is `TimedOut`.
            ///
            /// In cloud mode it belongs to the deployed function, and setting it is an error.
            pub fn execution_timeout(mut self, timeout: ::std::time::Duration) -> Self {
                self.options().execution_timeout = Some(timeout);
                self
            }

            /// Name of the execution: up to 64 letters, digits, `-` and `_`.
            ///
            /// A second run with the same name and input returns the same execution; with another input it is
            /// an error. In cloud mode this includes runs of earlier days, because the service keeps names as
            /// long as executions. Without a name every run starts an execution of its own, in both modes.
            pub fn name(mut self, name: impl Into<String>) -> Self {
                self.options().name = Some(name.into());
                self
            }

            /// Limit of the function's invocations, past which the run fails; 1 000 by default. In cloud mode
            /// invocations are not counted: only the timeouts apply.
            pub fn max_invocations(mut self, max: usize) -> Self {
                self.options().max_invocations = Some(max);
                self
            }

            /// Answers the callbacks with that name or path (`"order/approval"`, `"approval#2"`), of the execution
            /// and of those that it calls, as soon as they wait for it. `wait_for_callback` is matched by its own
            /// name; `*` matches every callback without an answer of its own, and a path goes before a name.
            /// Several answers for one name are a sequence: each callback takes the next one, and the last one
            /// repeats.
            ///
            /// A run in which no callback asks for a [`CallbackReply`](crate::CallbackReply) of a name is an
            /// error, unless it failed before any callback; an exploration, if none of its runs asks for it.
            /// [`CallbackReply::optional`](crate::CallbackReply::optional) allows it.
            pub fn on_callback<K>(
                mut self,
                name: impl Into<String>,
                reply: impl $crate::IntoResponder<K>,
            ) -> Self {
                let is_required = reply.is_required();
                let reply = (name.into(), reply.into_responder());
                self.options().reply(reply, is_required);
                self
            }

            /// Whether a run ends with a check that the handler is deterministic; see
            /// [`RunnerBuilder::check_determinism`](crate::RunnerBuilder::check_determinism). An exploration
            /// skips the check unless this enables it; cloud mode has no check.
            pub fn check_determinism(mut self, check: bool) -> Self {
                self.options().check_determinism = Some(check);
                self
            }

            /// Whether a run ends with a check that the handler waited for nothing outside the SDK; see
            /// [`RunnerBuilder::check_waits`](crate::RunnerBuilder::check_waits). An exploration skips the check
            /// unless this enables it; cloud mode has no check.
            pub fn check_waits(mut self, check: bool) -> Self {
                self.options().check_waits = Some(check);
                self
            }

            /// Injects faults into a run, which then has a host of its own: the same functions, and a virtual
            /// clock at its start. Local mode only.
            pub fn faults(mut self, faults: $crate::faults::Faults) -> Self {
                let options = self.options();
                options.faults = ::std::mem::take(&mut options.faults).and(faults);
                self
            }

            /// Repeats the plan of an explored run, as a failing exploration prints it, on a host of its own. As in an
            /// exploration, determinism and waits are not checked unless this run asks for it. An exploration makes
            /// the undisturbed run and this one, and no others.
            ///
            /// It stands whatever the plan of the runner or in `DURABLE_PLAN` is, which are for runs without one of
            /// their own. A plan whose point the run does not reach is an error, beside optional faults too. Local mode
            /// only.
            ///
            /// ```
            /// # use durable_runtime::prelude::*;
            /// # use durable_test::prelude::*;
            /// # #[durable_step]
            /// # async fn charge() -> u64 { 42 }
            /// # async fn order(_: (), ctx: DurableContext) -> Result<u64, BoxError> { Ok(charge(&ctx).await?) }
            /// # #[tokio::main(flavor = "current_thread")]
            /// # async fn main() -> TestOutcome {
            /// # let runner = DurableRunner::local(order)?;
            /// let result = runner.run(()).plan("crash:2/before-stored".parse()?).await?;
            /// assert_eq!(result.invocations().len(), 2);
            /// # Ok(())
            /// # }
            /// ```
            pub fn plan(mut self, plan: $crate::explore::Plan) -> Self {
                self.options().plan = Some(plan);
                self
            }

            /// Crashes the function at a point of a run, which then has a host of its own: the same
            /// functions, and a virtual clock at its start. Call it once per crash.
            ///
            /// A point that the run does not reach is an error. Local mode only.
            pub fn crash(mut self, point: $crate::faults::CrashPoint) -> Self {
                self.options().crashes.push(point);
                self
            }
        }
    };
}
pub(crate) use run_options;

/// Implements, for such a type, the method that sets the order of its runs.
macro_rules! order_option {
    ($type:ty) => {
        impl $type {
            /// Runs concurrent events in that order, as
            /// [`explore_orders`](crate::DurableRunner::explore_orders) does; its failures name the order.
            /// Local mode only.
            pub fn order(mut self, order: $crate::explore::Order) -> Self {
                self.options().order = Some(order);
                self
            }
        }
    };
}
pub(crate) use order_option;
