//! A crash: what is lost, and where.

use std::fmt;

use durable_host::{CallFault, Calls, Fault, InvocationFault};
use serde::{Serialize, Serializer};

use crate::as_rust::AsRust;

/// A crash of a function, for [`crash`](crate::Run::crash) of a run.
///
/// Checkpoint calls are counted from 1 across all executions of the run. A name or path instead of a number
/// selects the first call that stores something about the operation with that name; `"charge#2"` is the second
/// `charge` of its context.
///
/// `Display` and `Debug` show the code that makes it.
///
/// ```
/// use durable_test::prelude::*;
///
/// assert_eq!(CrashPoint::before_stored(3).to_string(), "CrashPoint::before_stored(3)");
/// let crash = CrashPoint::after_stored("batch/item-1/charge#2");
/// ```
///
/// The first call about a step stores its start, before its body runs, and before work under `.spawn()` does.
/// `Calls::of("charge").action(OperationAction::Succeed).nth(1)` is the one with its result.
///
/// A run with one is in the example of [`Run`](crate::Run).
#[derive(Clone, PartialEq, Eq)]
pub struct CrashPoint(Fault);

impl CrashPoint {
    /// The function is killed before the service stored the call.
    #[must_use]
    pub fn before_stored(calls: impl Into<Calls>) -> Self {
        Self(Fault::Call(calls.into(), CallFault::KilledBefore))
    }

    /// The function is killed after the service stored the call, before the answer.
    #[must_use]
    pub fn after_stored(calls: impl Into<Calls>) -> Self {
        Self(Fault::Call(calls.into(), CallFault::KilledAfter))
    }

    /// The answer to the call is lost, and the client sends the call again.
    #[must_use]
    pub fn answer_lost(calls: impl Into<Calls>) -> Self {
        Self(Fault::Call(calls.into(), CallFault::AnswerLost))
    }

    /// The call is stored, and all else that can go on does so before the answer arrives, except other calls
    /// of the invocation, which the SDK makes one after the other. Nothing is lost, unless the function gives
    /// up what made the call meanwhile. No virtual time passes.
    #[must_use]
    pub fn answer_late(calls: impl Into<Calls>) -> Self {
        Self(Fault::Call(calls.into(), CallFault::Overtaken))
    }

    /// The service times the invocation out after the call. The function keeps running beside the next
    /// invocation, fenced: its token is dead. No virtual time passes except the back-off.
    #[must_use]
    pub fn given_up(calls: impl Into<Calls>) -> Self {
        Self(Fault::Call(calls.into(), CallFault::Fenced))
    }

    /// The function is killed at the end of that invocation, counted from 1 across all executions of the run,
    /// before its response arrives.
    #[must_use]
    pub fn response_lost(invocation: u64) -> Self {
        Self(Fault::Invocation(invocation, InvocationFault::ResponseLost))
    }

    pub(crate) fn fault(&self) -> &Fault {
        &self.0
    }

    pub(super) fn into_fault(self) -> Fault {
        self.0
    }

    /// Number of the checkpoint call that it strikes.
    pub(crate) fn number(&self) -> Option<u64> {
        match &self.0 {
            Fault::Call(calls, _) => calls.number(),
            _ => None,
        }
    }

    /// Whether the function keeps running after the crash.
    pub(crate) fn runs_on(&self) -> bool {
        matches!(self.0, Fault::Call(_, CallFault::Fenced))
    }
}

impl fmt::Display for CrashPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        AsRust(&self.0).fmt(f)
    }
}

impl fmt::Debug for CrashPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// As the code that builds it.
impl Serialize for CrashPoint {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}
