//! Faults on demand: what goes wrong in a run, and where.

mod crash_point;

use std::fmt;
use std::time::Duration;

use durable_host::{CallFault, Fault, HostSettings, InvocationFault, LocalHost};
use durable_service::model::ErrorObject;

use crate::as_rust::{AsRust, THROTTLED};
use crate::{Error, ErrorKind};
pub use crash_point::CrashPoint;
pub use durable_host::Calls;
pub use durable_service::model::OperationAction;

/// What goes wrong in a run: between the function and the service, or around its invocations.
///
/// A fault strikes at a call, an invocation or a step, in virtual time, so a run with faults repeats like any other.
/// One that never strikes is an error of the run: a misspelt name would test nothing.
///
/// A failed call is one that failed for good: the AWS client's own retries, three attempts unless the
/// function configures others, are behind it.
///
/// ```
/// # use durable_runtime::prelude::*;
/// # use durable_test::prelude::*;
/// use durable_test::faults::Calls;
///
/// # #[durable_step]
/// # async fn charge() -> u64 { 42 }
/// # async fn order(_: (), ctx: DurableContext) -> Result<u64, BoxError> { Ok(charge(&ctx).await?) }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let runner = DurableRunner::local(order)?;
/// let faults = Faults::new()
///     .throttle(Calls::of("charge").first(2))
///     .slow_step("charge", Duration::from_hours(1), 1);
/// let result = runner.run(()).faults(faults).await?;
/// assert_eq!(result.result::<u64>()?, 42);
/// assert_eq!(result.invocations().len(), 4);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "faults do nothing until a run has them"]
pub struct Faults {
    list: Vec<Fault>,
    state_page_items: Option<usize>,
}

impl Faults {
    /// Nothing goes wrong.
    pub fn new() -> Self {
        Self::default()
    }

    /// Calls are refused for too many requests (HTTP status 429). The SDK gives the invocation up, and
    /// the service makes the next one after its back-off.
    pub fn throttle(self, calls: impl Into<Calls>) -> Self {
        self.call(calls, CallFault::Throttled)
    }

    /// Calls fail within the service (HTTP status 500). The SDK gives the invocation up, and the service
    /// makes the next one after its back-off.
    pub fn server_error(self, calls: impl Into<Calls>) -> Self {
        self.call(calls, CallFault::ServerError)
    }

    /// Calls are refused as if their token were stale. Version 0.1.0 of the SDK does not know the
    /// service's message, takes the refusal for final and fails the execution.
    pub fn stale_token(self, calls: impl Into<Calls>) -> Self {
        self.call(calls, CallFault::StaleToken)
    }

    /// Calls are stored, but their answers are lost: the client sends the same call once more, with the
    /// same client token, and the service answers as before.
    pub fn lose_answer(self, calls: impl Into<Calls>) -> Self {
        self.call(calls, CallFault::AnswerLost)
    }

    /// Calls are stored, but their answers take that much virtual time. Past the function's timeout the
    /// invocation ends.
    pub fn delay_answer(self, calls: impl Into<Calls>, delay: Duration) -> Self {
        self.call(calls, CallFault::Late(delay))
    }

    /// The event of that invocation, counted from 1 over all executions of the run, is delivered twice.
    /// The second delivery runs beside the first with the same token, of which the first call wins, and
    /// its response is dropped.
    pub fn deliver_twice(self, invocation: u64) -> Self {
        self.invocation(invocation, InvocationFault::DeliveredTwice)
    }

    /// That invocation, counted from 1 over all executions of the run, does all that it does, but takes
    /// longer than the function's timeout: the service does not hear its response.
    pub fn overrun(self, invocation: u64) -> Self {
        self.invocation(invocation, InvocationFault::Overlong)
    }

    /// The body of the `#[durable_step]`s of that name takes that much virtual time before it runs, in
    /// so many of its runs, from the first on. Past the function's timeout the invocation ends before the
    /// body has run.
    ///
    /// Bodies that are slow side by side take their times side by side: the clock moves to the first that
    /// is due once nothing else goes on, which takes a tenth of a second of real time on a runtime with
    /// several threads. A body that waits for something in real time is not seen to go on. In a chosen
    /// [`order`](crate::Run::order) bodies run one after the other, and their times add up.
    ///
    /// The steps of `ctx.step(..)` cannot be slowed down so.
    pub fn slow_step(mut self, name: impl Into<String>, takes: Duration, runs: u64) -> Self {
        self.list.push(Fault::SlowStep {
            name: name.into(),
            takes,
            runs,
        });
        self
    }

    /// So many invocations of that function, from the first on, fail before it runs. The service invokes
    /// a durable function again after 1 s, 2 s, 4 s and so on, and fails its execution after five
    /// failures in a row. It calls a plain function once: the operation that called it fails with this
    /// error (docs/service.md, 5.4 and 7.2).
    pub fn unavailable(self, function: impl Into<String>, times: u64) -> Self {
        let error = ErrorObject::new(
            "ServiceException",
            "An error occurred and the request cannot be processed.",
        );
        self.fails(function, error, times)
    }

    /// So many invocations of that function, from the first on, are refused for too many requests. The
    /// service invokes a durable function again after 1 s, 2 s, 4 s and so on, and fails its execution
    /// after five failures in a row. It calls a plain function once: the operation that called it fails
    /// with this error (docs/service.md, 5.4 and 7.2).
    pub fn throttle_function(self, function: impl Into<String>, times: u64) -> Self {
        let error = ErrorObject::new(THROTTLED, "Rate Exceeded.");
        self.fails(function, error, times)
    }

    /// Invocations carry none of the state, and the function reads it in pages of so many operations.
    pub fn state_pages(mut self, items: usize) -> Self {
        self.state_page_items = Some(items);
        self
    }

    /// These faults and a crash.
    pub(crate) fn crash(mut self, point: CrashPoint) -> Self {
        self.list.push(point.into_fault());
        self
    }

    /// These faults and those.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.list.extend(other.list);
        self.state_page_items = other.state_page_items.or(self.state_page_items);
        self
    }

    fn call(mut self, calls: impl Into<Calls>, what: CallFault) -> Self {
        self.list.push(Fault::Call(calls.into(), what));
        self
    }

    fn invocation(mut self, number: u64, what: InvocationFault) -> Self {
        self.list.push(Fault::Invocation(number, what));
        self
    }

    fn fails(mut self, function: impl Into<String>, error: ErrorObject, times: u64) -> Self {
        self.list.push(Fault::Unavailable {
            function: function.into(),
            error,
            times,
        });
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty() && self.state_page_items.is_none()
    }

    pub(crate) fn list(&self) -> &[Fault] {
        &self.list
    }

    pub(crate) fn apply(self, settings: &mut HostSettings) {
        settings.faults.extend(self.list);
        if let Some(items) = self.state_page_items {
            let policy = &mut settings.service.policy;
            policy.page_items = items;
            // Not even the first operation fits.
            policy.event_page_bytes = 1;
        }
    }
}

/// As the code that makes them.
impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faults::new()")?;
        for fault in &self.list {
            write!(f, ".{}", AsRust(fault))?;
        }
        match self.state_page_items {
            Some(items) => write!(f, ".state_pages({items})"),
            None => Ok(()),
        }
    }
}

/// Checks that the faults of a host struck, but for the excused ones.
///
/// # Errors
///
/// The faults that did not.
pub(crate) fn check_struck(host: &LocalHost, excused: &[Fault]) -> Result<(), Error> {
    let missed: Vec<String> = host
        .missed_faults()
        .iter()
        .filter(|fault| !excused.contains(fault))
        .map(|fault| AsRust(fault).to_string())
        .collect();
    if missed.is_empty() {
        return Ok(());
    }
    Err(ErrorKind::FaultMissed {
        faults: missed.join(", "),
        calls: host.checkpoint_calls(),
        invocations: host.invocations(),
    }
    .into())
}
