//! Building runners in local mode.

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use durable_host::{HostSettings, Transport};
use durable_runtime::IntoService;
use durable_runtime::sdk::{BoxError, DurableContext};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::backend::{Local, LocalConfig};
use crate::misuse::Misuse;
use crate::mock::Mocks;
use crate::plan::{self, Plan};
use crate::recent::RecentResults;
use crate::settings::{Limits, Policy};
use crate::spec::Handler;
use crate::uses::Uses;
use crate::{DurableRunner, Error, ErrorKind};

impl DurableRunner {
    /// A runner in local mode for a handler, with the default settings.
    ///
    /// # Errors
    ///
    /// If the SDK rejects the local client.
    ///
    /// ```
    /// use durable_runtime::prelude::*;
    /// use durable_test::DurableRunner;
    ///
    /// async fn double(n: u64, _ctx: DurableContext) -> Result<u64, BoxError> {
    ///     Ok(2 * n)
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let runner = DurableRunner::local(double)?;
    /// assert_eq!(runner.run(21).await?.result::<u64>()?, 42);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn local<K, H>(handler: H) -> Result<Self, Error>
    where
        H: IntoService<K> + Clone,
    {
        Self::builder(handler).build()
    }

    /// A runner in local mode for a handler, with settings of its own.
    ///
    /// The ids of its executions, which are in their ARNs, follow from the place of this call, so that those of
    /// parallel tests differ and those of one test repeat.
    #[track_caller]
    pub fn builder<K, H>(handler: H) -> RunnerBuilder
    where
        H: IntoService<K> + Clone,
    {
        let place = Location::caller().to_string();
        RunnerBuilder::new(Handler::new(handler)).ids_of(&place)
    }

    /// A runner of the same handler with other settings and the same mocks, without executions and
    /// registered functions.
    ///
    /// ```
    /// # use durable_runtime::prelude::*;
    /// # use durable_test::prelude::*;
    /// # async fn handler(_: (), _ctx: DurableContext) -> Result<(), BoxError> { Ok(()) }
    /// # fn main() -> TestOutcome {
    /// # let runner = DurableRunner::local(handler)?;
    /// let limits = durable_test::settings::Limits { operations: 10, ..Default::default() };
    /// let strict = runner.reconfigured(|settings| settings.limits(limits))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If an argument of the builder is invalid, the SDK rejects the local client, or the runner is in cloud
    /// mode.
    pub fn reconfigured(
        &self,
        change: impl FnOnce(RunnerBuilder) -> RunnerBuilder,
    ) -> Result<Self, Error> {
        let local = self.seen(self.configured("`reconfigured`"))?;
        let builder = change(RunnerBuilder {
            config: local.config().clone(),
            misuse: None,
        });
        let backend = self.seen(builder.backend())?;
        // The report of a failing test has the runs of both.
        let (recent, uses) = (self.recent().clone(), self.uses().clone());
        Ok(Self::new(backend, recent, uses))
    }
}

impl DurableRunner {
    /// A runner of another handler with the same settings and mocks, without executions and registered
    /// functions: for a closure over the test's own clients. In cloud mode the deployed function stays, with
    /// the clients that it has there.
    ///
    /// See [`clients`](crate::clients) for how a workflow gets its clients.
    ///
    /// ```
    /// # use durable_runtime::prelude::*;
    /// # use durable_test::prelude::*;
    /// # async fn greet(name: String, _ctx: DurableContext, greeting: &'static str) -> Result<String, BoxError> {
    /// #     Ok(format!("{greeting}, {name}!"))
    /// # }
    /// # async fn hello(name: String, ctx: DurableContext) -> Result<String, BoxError> { greet(name, ctx, "Hello").await }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let runner = DurableRunner::local(hello)?;
    /// let runner = runner.with_handler(|name, ctx| greet(name, ctx, "Moin"));
    /// assert_eq!(runner.run("Ada").await?.result::<String>()?, "Moin, Ada!");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use = "the runner itself keeps its handler"]
    #[track_caller]
    pub fn with_handler<F, I, Fut, O>(&self, handler: F) -> Self
    where
        F: Fn(I, DurableContext) -> Fut + Clone + Send + Sync + 'static,
        I: DeserializeOwned + Send + 'static,
        Fut: Future<Output = Result<O, BoxError>> + Send + 'static,
        O: Serialize + Send + 'static,
    {
        let Ok(local) = self.configured("`with_handler`") else {
            return self.clone();
        };
        let config = LocalConfig {
            handler: Handler::new(handler),
            ..local.config().clone()
        };
        match Local::new(config) {
            Ok(backend) => {
                let (recent, uses) = (self.recent().clone(), self.uses().clone());
                Self::new(Arc::new(backend), recent, uses)
            }
            Err(error) => {
                let other = self.clone();
                other.record(Misuse::of(&error, "with_handler", Location::caller()));
                other
            }
        }
    }
}

/// Settings of a runner in local mode.
///
/// ```
/// # use durable_runtime::prelude::*;
/// # use durable_test::prelude::*;
/// # async fn double(n: u64, _: DurableContext) -> Result<u64, BoxError> { Ok(2 * n) }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> TestOutcome {
/// let runner = DurableRunner::builder(double)
///     .function_name("doubles")
///     .location("eu-central-1", "123456789012")
///     .function_timeout(Duration::from_secs(30))
///     .build()?;
/// let result = runner.run(21).await?;
/// assert!(result.arn().starts_with("arn:aws:lambda:eu-central-1:123456789012:function:doubles:"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until `.build()`"]
pub struct RunnerBuilder {
    config: LocalConfig,
    /// The first misuse.
    misuse: Option<Misuse>,
}

impl RunnerBuilder {
    pub(crate) fn new(handler: Handler) -> Self {
        Self {
            config: LocalConfig {
                handler,
                function: "function".to_owned(),
                settings: HostSettings::default(),
                check_determinism: true,
                check_waits: true,
                mocks: Mocks::default(),
                plan: None,
            },
            misuse: None,
        }
    }

    /// Makes the ids of executions those of a test, by its name.
    pub(crate) fn ids_of(mut self, test: &str) -> Self {
        // FNV-1a, whose result no version of the standard library changes.
        let hash = test.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        // The last four hexadecimal digits of an id count the executions.
        self.config.settings.service.started_before = u64::from(hash) << 16;
        self
    }

    /// The function's name in ARNs: 1 to 64 letters, digits, `-` and `_`. `build()` fails with any other.
    #[track_caller]
    pub fn function_name(mut self, name: &str) -> Self {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if (1..=64).contains(&name.len()) && name.chars().all(is_word) {
            name.clone_into(&mut self.config.function);
            return self;
        }
        let reason = "a function's name has 1 to 64 letters, digits, `-` and `_`";
        self.refuse(format!("function_name({name:?})"), reason)
    }

    /// The service's limits.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.config.settings.service.limits = limits;
        self
    }

    /// The service's behaviour where AWS's documentation leaves it open.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.config.settings.service.policy = policy;
        self
    }

    /// AWS Region and account in ARNs: a Region such as `eu-central-1`, and twelve digits. `build()` fails
    /// with anything else.
    #[track_caller]
    pub fn location(mut self, region: impl Into<String>, account: impl Into<String>) -> Self {
        let (region, account) = (region.into(), account.into());
        let is_region = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let reason = if region.is_empty() || !region.chars().all(is_region) {
            "a Region has lower-case letters, digits and `-`, as in \"eu-central-1\""
        } else if account.len() != 12 || !account.chars().all(|c| c.is_ascii_digit()) {
            "an account has twelve digits, as in \"123456789012\""
        } else {
            self.config.settings.service.region = region;
            self.config.settings.service.account = account;
            return self;
        };
        self.refuse(format!("location({region:?}, {account:?})"), reason)
    }

    /// Limit of the time of one invocation, which sets the deadline in the Lambda context. Fifteen minutes by
    /// default.
    pub fn function_timeout(mut self, timeout: Duration) -> Self {
        self.config.settings.function_timeout = timeout;
        self
    }

    /// How the SDK's calls reach the local service.
    pub fn transport(mut self, transport: Transport) -> Self {
        self.config.settings.transport = transport;
        self
    }

    /// How long the SDK holds checkpoint writes back, to send them together with others: its own
    /// `checkpoint_delay`, which the deployed function sets with `run_with_options`. It passes on tokio's clock.
    pub fn checkpoint_delay(mut self, delay: Duration) -> Self {
        self.config.settings.checkpoint_delay = Some(delay);
        self
    }

    /// Whether the SDK sends checkpoint writes together that come while another one is sent: its own
    /// `checkpoint_batching`, which the deployed function sets with `run_with_options`. Off by default, as in
    /// the SDK.
    pub fn checkpoint_batching(mut self, batching: bool) -> Self {
        self.config.settings.checkpoint_batching = batching;
        self
    }

    /// Makes time that passes on tokio's clock pass on the virtual one too. tokio's clock must be paused, and
    /// the runner built inside its runtime; `#[durable_test(start_paused)]` does both.
    pub fn follow_tokio(mut self, follow: bool) -> Self {
        self.config.settings.follow_tokio = follow;
        self
    }

    /// Whether each run ends with a check that the handler is deterministic. On by default.
    ///
    /// The check replays the handler from the whole record of the execution. The handler must start the
    /// recorded operations and no others, and return the same outcome; otherwise the run fails with an error
    /// that shows both sides. No step body runs in the replay. Executions that did not end with a result or
    /// an error of the handler are not checked.
    ///
    /// With `start_paused` the last invocation is replayed a second time, a day later, so that a clock that is read by the
    /// day shows: tokio's clock and the deadline in the Lambda context are ahead. `std::time` cannot be moved.
    pub fn check_determinism(mut self, check: bool) -> Self {
        self.config.check_determinism = check;
        self
    }

    /// Whether each run ends with a check that the handler waited for nothing outside the SDK. On by default.
    ///
    /// Between the operations a handler waits for nothing: what takes time is a step, a wait, a callback or an
    /// invoke. A timer of tokio, a socket, a thread or a task of its own is waited for again in each replay, is
    /// paid for, and what it brings may differ. The check finds a handler that is pending while no step body
    /// and no call of the SDK is under way and the runtime has nothing to run, and that goes on afterwards; the
    /// run fails with an error that names the operations before and after. It works where the runtime
    /// says when it is idle: in a `#[durable_test]` on one thread. With `flavor = "multi_thread"`, and in a runtime
    /// that the harness did not make, there is no such check.
    ///
    /// A `Serdes` that does I/O, other than the SDK's `FileSystemSerdes`, looks the same; turn the check off for
    /// it.
    pub fn check_waits(mut self, check: bool) -> Self {
        self.config.check_waits = check;
        self
    }

    /// The plan that every run, start and exploration of the runner repeats, unless it has one of its own;
    /// `DURABLE_PLAN` in the environment goes first.
    pub fn plan(mut self, plan: Plan) -> Self {
        self.config.plan = Some(plan);
        self
    }

    /// The runner.
    ///
    /// # Errors
    ///
    /// If an argument of the builder is invalid, the text in `DURABLE_PLAN` is no plan, or the SDK rejects the local
    /// client.
    pub fn build(mut self) -> Result<DurableRunner, Error> {
        if let Some(plan) = plan::requested()? {
            self.config.plan = Some(plan);
        }
        let backend = self.backend()?;
        Ok(DurableRunner::new(
            backend,
            RecentResults::default(),
            Uses::default(),
        ))
    }

    #[track_caller]
    fn refuse(mut self, call: String, reason: &str) -> Self {
        self.misuse.get_or_insert(Misuse::Argument {
            call,
            reason: reason.to_owned(),
            at: Location::caller(),
        });
        self
    }

    fn backend(self) -> Result<Arc<Local>, Error> {
        if let Some(misuse) = self.misuse {
            return Err(ErrorKind::from(misuse).into());
        }
        Ok(Arc::new(Local::new(self.config)?))
    }
}
