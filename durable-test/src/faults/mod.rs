//! Faults on demand: what goes wrong in a run, and where.
//!
//! ```
//! # use durable_runtime::prelude::*;
//! # use durable_test::prelude::*;
//! use durable_test::faults::{Calls, OperationAction};
//!
//! # #[durable_step(retry(max_attempts = 2, initial_delay = "1s"))]
//! # async fn charge(cents: u64) -> Result<u64, BoxError> { Ok(cents) }
//! # #[durable_execution]
//! # async fn order(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
//! #     let paid = charge(&ctx, cents).await?;
//! #     ctx.wait(Duration::from_hours(1)).name("cool-off").await?;
//! #     Ok(paid)
//! # }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let runner = DurableRunner::local(order)?;
//! // The call that stores the result of `charge` is throttled: the function is invoked again, and charges again.
//! let stores_the_charge = Calls::of("charge").action(OperationAction::Succeed).nth(1);
//! let result = runner.run(4_990).faults(Faults::new().throttle(stores_the_charge)).await?;
//!
//! assert_eq!(result.result::<u64>()?, 4_990);
//! assert!(result.invocations().len() > 2);
//! # Ok(())
//! # }
//! ```

mod crash_point;
mod variant;

use std::fmt;
use std::time::Duration;

use durable_host::{CallFault, Fault, HostSettings, InvocationFault, LocalHost, Variants};
use durable_service::model::ErrorObject;

use crate::as_rust::{AsRust, THROTTLED};
use crate::{Error, ErrorKind};
pub use crash_point::CrashPoint;
pub use durable_host::Calls;
pub use durable_service::model::OperationAction;
pub use variant::Variant;

/// How late an invocation begins where its first byte is slow.
const SLOW_FIRST_BYTE: Duration = Duration::from_millis(100);

/// What goes wrong in a run: between the function and the service, or around its invocations.
///
/// A fault strikes at a call, an invocation or a step, in virtual time, so a run with faults repeats like any
/// other. A fault that never strikes fails the run: a misspelt name would test nothing.
///
/// A failed call has used up the retries of the AWS client: three attempts, unless the function configures
/// others.
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
#[derive(Clone, Default, PartialEq, Eq)]
#[must_use = "faults do nothing until a run has them"]
pub struct Faults {
    list: Vec<Fault>,
    state_page_items: Option<usize>,
    /// What the service does otherwise.
    variants: Variants,
    /// Whether the answers to checkpoint calls show nothing but what the calls themselves change.
    hides_new_state: bool,
    /// Whether they may miss.
    is_optional: bool,
}

impl Faults {
    /// No faults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Throttles calls (HTTP status 429). The SDK fails the invocation, and the service starts the next one
    /// after its back-off.
    pub fn throttle(self, calls: impl Into<Calls>) -> Self {
        self.call(calls, CallFault::Throttled)
    }

    /// Fails calls with an error of the service (HTTP status 500). The SDK fails the invocation, and the
    /// service starts the next one after its back-off.
    pub fn server_error(self, calls: impl Into<Calls>) -> Self {
        self.call(calls, CallFault::ServerError)
    }

    /// Rejects calls as if their token were stale. Version 0.1.0 of the SDK does not recognise the service's
    /// message, treats the error as final and fails the execution.
    pub fn stale_token(self, calls: impl Into<Calls>) -> Self {
        self.call(calls, CallFault::StaleToken)
    }

    /// Stores calls, but loses their answers: the client sends the same call again, with the same client
    /// token, and the service repeats its answer.
    pub fn lose_answer(self, calls: impl Into<Calls>) -> Self {
        self.call(calls, CallFault::AnswerLost)
    }

    /// Stores calls, but delays their answers by that much virtual time, while all else in the function goes
    /// on, except other checkpoint calls, which the SDK makes one after the other. Delayed answers and slow
    /// bodies that are concurrent overlap. Past the function's timeout the invocation ends.
    pub fn delay_answer(self, calls: impl Into<Calls>, delay: Duration) -> Self {
        self.call(calls, CallFault::Late(delay))
    }

    /// Delivers the event of that invocation twice; invocations are counted from 1 across all executions of
    /// the run. The second delivery runs beside the first with the same token. The first call with the token
    /// wins, and the response of the second delivery is dropped.
    pub fn deliver_twice(self, invocation: u64) -> Self {
        self.invocation(invocation, InvocationFault::DeliveredTwice)
    }

    /// Makes that invocation, counted from 1 across all executions of the run, exceed the function's timeout:
    /// its body runs to the end, but the service drops its response.
    pub fn overrun(self, invocation: u64) -> Self {
        self.invocation(invocation, InvocationFault::Overlong)
    }

    /// Delays the body of the `#[durable_step]`s with that name or path by that much virtual time, in its first
    /// `runs` runs. Past the function's timeout the invocation ends before the body has run.
    ///
    /// Slow bodies that run concurrently overlap: the clock moves to the earliest due time once the function
    /// is quiescent, which takes a tenth of a second of real time on a runtime with several threads. A body
    /// that waits for something in real time counts as quiescent. In a chosen [`order`](crate::Run::order)
    /// bodies run one after the other, and their times add up.
    ///
    /// Steps of `ctx.step(..)` cannot be delayed.
    pub fn slow_step(mut self, name: impl Into<String>, takes: Duration, runs: u64) -> Self {
        self.list.push(Fault::SlowStep {
            name: name.into(),
            takes,
            runs,
        });
        self
    }

    /// Fails the first `times` invocations of that function before it runs. The service invokes a durable
    /// function again after 1 s, 2 s, 4 s and so on, and fails its execution after five failures in a row. It
    /// calls a plain function once: the operation that called it fails with this error (docs/service.md, 5.4
    /// and 7.2).
    pub fn unavailable(self, function: impl Into<String>, times: u64) -> Self {
        let error = ErrorObject::new(
            "ServiceException",
            "An error occurred and the request cannot be processed.",
        );
        self.fails(function, error, times)
    }

    /// Throttles the first `times` invocations of that function. The service invokes a durable function again
    /// after 1 s, 2 s, 4 s and so on, and fails its execution after five failures in a row. It calls a plain
    /// function once: the operation that called it fails with this error (docs/service.md, 5.4 and 7.2).
    pub fn throttle_function(self, function: impl Into<String>, times: u64) -> Self {
        let error = ErrorObject::new(THROTTLED, "Rate Exceeded.");
        self.fails(function, error, times)
    }

    /// Leaves the state out of the invocations: the function reads it in pages of `items` operations.
    pub fn state_pages(mut self, items: usize) -> Self {
        self.state_page_items = Some(items);
        self
    }

    /// Allows that faults never strike, as generated ones may. Without it a fault that never strikes fails the
    /// run.
    pub fn optional(mut self) -> Self {
        self.is_optional = true;
        self
    }

    /// These faults and a crash.
    pub fn crash(mut self, point: CrashPoint) -> Self {
        self.list.push(point.into_fault());
        self
    }

    /// These faults on a variant of the service.
    pub(crate) fn variant(mut self, variant: Variant) -> Self {
        match variant {
            Variant::PageOfOne => self.state_page_items = Some(1),
            Variant::AlwaysSuspend => self.variants.always_suspend = true,
            Variant::NoNewState => self.hides_new_state = true,
            Variant::EmptyInvocation => self.variants.empty_invocation = true,
            Variant::SlowFirstByte => self.variants.slow_first_byte = Some(SLOW_FIRST_BYTE),
        }
        self
    }

    /// These faults and those.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.list.extend(other.list);
        self.hides_new_state |= other.hides_new_state;
        self.variants.always_suspend |= other.variants.always_suspend;
        self.variants.empty_invocation |= other.variants.empty_invocation;
        let slow = other.variants.slow_first_byte;
        self.variants.slow_first_byte = slow.or(self.variants.slow_first_byte);
        self.state_page_items = other.state_page_items.or(self.state_page_items);
        self.is_optional |= other.is_optional;
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
        self.list.is_empty()
            && self.state_page_items.is_none()
            && self.variants == Variants::default()
            && !self.hides_new_state
    }

    pub(crate) fn is_optional(&self) -> bool {
        self.is_optional
    }

    pub(crate) fn apply(self, settings: &mut HostSettings) {
        settings.faults.extend(self.list);
        settings.variants = self.variants;
        settings.service.policy.answers_show_changes &= !self.hides_new_state;
        if let Some(items) = self.state_page_items {
            let policy = &mut settings.service.policy;
            policy.page_items = items;
            // Not even the first operation fits.
            policy.event_page_bytes = 1;
        }
    }
}

/// As the code that builds them.
impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faults::new()")?;
        for fault in &self.list {
            match fault {
                Fault::Call(
                    _,
                    CallFault::KilledBefore
                    | CallFault::KilledAfter
                    | CallFault::AnswerLost
                    | CallFault::Fenced,
                )
                | Fault::Invocation(_, InvocationFault::ResponseLost) => {
                    write!(f, ".crash({})", AsRust(fault))?;
                }
                _ => write!(f, ".{}", AsRust(fault))?,
            }
        }
        if let Some(items) = self.state_page_items {
            write!(f, ".state_pages({items})")?;
        }
        f.write_str(if self.is_optional { ".optional()" } else { "" })
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Checks that these faults of a host struck, which come before its others: if several match a call, the first one
/// strikes.
///
/// # Errors
///
/// Those of them that never struck.
pub(crate) fn check_these_struck(
    host: &LocalHost,
    these: &Faults,
    others: &Faults,
) -> Result<(), Error> {
    missed_error(host, &missed_of(host.missed_faults(), these, others))
}

/// The missed ones of these, out of all that were missed.
fn missed_of(missed: Vec<Fault>, these: &Faults, others: &Faults) -> Vec<Fault> {
    let mut others: Vec<&Fault> = others.list.iter().collect();
    let mut missed = missed;
    missed.retain(|fault| {
        // Of equal ones it is a later one that misses.
        if let Some(position) = others.iter().position(|other| *other == fault) {
            others.swap_remove(position);
            return false;
        }
        these.list.contains(fault)
    });
    missed
}

/// Checks that all faults of a host struck.
///
/// # Errors
///
/// The faults that never struck.
pub(crate) fn check_struck(host: &LocalHost) -> Result<(), Error> {
    missed_error(host, &host.missed_faults())
}

fn missed_error(host: &LocalHost, missed: &[Fault]) -> Result<(), Error> {
    let missed: Vec<String> = missed
        .iter()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_must_strike_counts_as_missed() {
        let throttled = |call: u64| Faults::new().throttle(call);
        let missed = |list: &[&Faults], these: &Faults, others: &Faults| {
            let list = list.iter().flat_map(|faults| faults.list.clone());
            missed_of(list.collect(), these, others).len()
        };
        let (one, two) = (throttled(1), throttled(2));
        assert_eq!(missed(&[&two], &one, &two), 0);
        assert_eq!(missed(&[&one], &one, &two), 1);
        assert_eq!(missed(&[&one, &one], &one, &one), 1);
        assert_eq!(missed(&[&one], &one, &one), 0);
    }
}
