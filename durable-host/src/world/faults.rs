//! What goes wrong in a host, and where.

use std::fmt::{self, Write as _};
use std::time::Duration;

use durable_service::model::{ErrorObject, OperationAction, OperationUpdate};

/// Checkpoint calls, chosen by what they store and by their number: [`Calls::all`] or [`Calls::of`] a
/// name, then perhaps [`action`](Calls::action), then perhaps one of [`nth`](Calls::nth),
/// [`every`](Calls::every) and [`first`](Calls::first). A number alone stands for `Calls::all().nth(number)`,
/// a name alone for `Calls::of(name).nth(1)`. A name may be a path, `"batch/item-1/charge"`, and have a number:
/// `"charge#2"` is the second operation of that name to start in its context.
///
/// Calls are counted from 1 over all executions of a host, in the order in which they arrive. A call
/// whose token is dead already, such as one of an invocation that was given up, does not count.
///
/// A [`Fault`] holds them, with an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calls {
    operation: Option<String>,
    action: Option<OperationAction>,
    which: Which,
}

/// Which of the calls that match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    All,
    Nth(u64),
    Every(u64),
    First(u64),
}

impl Calls {
    /// Every call.
    #[must_use]
    pub const fn all() -> Self {
        Self {
            operation: None,
            action: None,
            which: Which::All,
        }
    }

    /// Calls that store something about an operation of that name or path: `"charge"`, `"charge#2"`,
    /// `"batch/item-1/charge"`.
    #[must_use]
    pub fn of(operation: impl Into<String>) -> Self {
        Self {
            operation: Some(operation.into()),
            ..Self::all()
        }
    }

    /// Of these calls, those that store such an update.
    #[must_use]
    pub fn action(mut self, action: OperationAction) -> Self {
        self.action = Some(action);
        self
    }

    /// Of these calls, the one of that number, from 1. Only these calls count.
    #[must_use]
    pub fn nth(mut self, number: u64) -> Self {
        self.which = Which::Nth(number);
        self
    }

    /// Of these calls, those whose number is a multiple of `n`. Only these calls count.
    #[must_use]
    pub fn every(mut self, n: u64) -> Self {
        self.which = Which::Every(n);
        self
    }

    /// Of these calls, the first `number`.
    #[must_use]
    pub fn first(mut self, number: u64) -> Self {
        self.which = Which::First(number);
        self
    }

    /// The number of the one call that it is, if it is chosen by that.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        match (&self.operation, self.action, self.which) {
            (None, None, Which::Nth(number)) => Some(number),
            _ => None,
        }
    }

    fn matches(
        &self,
        updates: &[OperationUpdate],
        called: &dyn Fn(&str, &OperationUpdate) -> bool,
    ) -> bool {
        if self.operation.is_none() && self.action.is_none() {
            return true;
        }
        updates.iter().any(|update| {
            let named = self
                .operation
                .as_ref()
                .is_none_or(|wanted| called(wanted, update));
            named && self.action.is_none_or(|action| update.action == action)
        })
    }
}

impl Which {
    /// Whether it is the call that matches for the `seen`th time.
    const fn has(self, seen: u64) -> bool {
        match self {
            Self::All => true,
            Self::Nth(number) => seen == number,
            Self::Every(n) => n > 0 && seen.is_multiple_of(n),
            Self::First(number) => seen <= number,
        }
    }
}

/// As the code that makes it.
impl fmt::Display for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.operation, self.action, self.which) {
            (None, None, Which::Nth(number)) => return write!(f, "{number}"),
            (Some(operation), None, Which::Nth(1)) => return write!(f, "{operation:?}"),
            (Some(operation), ..) => write!(f, "Calls::of({operation:?})")?,
            (None, ..) => f.write_str("Calls::all()")?,
        }
        if let Some(action) = self.action {
            write!(f, ".action(OperationAction::{action:?})")?;
        }
        match self.which {
            Which::All => Ok(()),
            Which::Nth(number) => write!(f, ".nth({number})"),
            Which::Every(n) => write!(f, ".every({n})"),
            Which::First(number) => write!(f, ".first({number})"),
        }
    }
}

impl From<u64> for Calls {
    fn from(number: u64) -> Self {
        Self::all().nth(number)
    }
}

impl From<&str> for Calls {
    fn from(operation: &str) -> Self {
        Self::of(operation).nth(1)
    }
}

/// What happens to a checkpoint call.
///
/// [`Fault::Call`] holds one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallFault {
    /// The function is killed before the service stores it.
    KilledBefore,
    /// The function is killed after the service stored it, before the answer arrives.
    KilledAfter,
    /// It is stored, its answer is lost, and the client sends it once more.
    AnswerLost,
    /// It is stored and answered, but the service has ended the invocation as timed out. The function
    /// runs on, beside the next invocation, and its token is dead.
    Fenced,
    /// It is refused for too many requests: HTTP status 429.
    Throttled,
    /// It fails within the service: HTTP status 500.
    ServerError,
    /// It is refused for its token.
    StaleToken,
    /// It is stored, and its answer takes that much virtual time.
    Late(Duration),
    /// It is stored, and all else that can go on does so before its answer arrives.
    Overtaken,
}

/// What happens to an invocation.
///
/// [`Fault::Invocation`] holds one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvocationFault {
    /// The function runs to its end, and is killed before its response arrives.
    ResponseLost,
    /// The function runs to its end, but longer than it may: the service does not hear its response.
    Overlong,
    /// Its event is delivered twice. The second delivery runs beside it, and its response is dropped.
    DeliveredTwice,
}

/// Something that goes wrong.
///
/// [`HostSettings::faults`](crate::HostSettings::faults) holds them.
///
/// ```
/// use std::time::Duration;
///
/// use durable_host::{CallFault, Calls, DriveLimits, Fault, HostSettings, LocalHost};
/// use durable_runtime::IntoService as _;
/// use durable_runtime::prelude::*;
/// use durable_service::StartRequest;
///
/// async fn sleeper(_: (), ctx: DurableContext) -> Result<(), BoxError> {
///     ctx.wait(Duration::from_hours(24)).await?;
///     Ok(())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // The function is killed at the call that starts the wait, and invoked again.
/// let killed = Fault::Call(Calls::all().nth(1), CallFault::KilledBefore);
/// let host = LocalHost::new(HostSettings { faults: vec![killed], ..HostSettings::default() });
/// host.register("sleeper", |options| sleeper.into_service(options))?;
///
/// let arn = host.start(StartRequest::new("sleeper", "null"))?;
/// let limits = DriveLimits { timeout: Duration::from_mins(1), max_invocations: 10 };
/// host.run_until_closed(&arn, limits).await?;
///
/// assert_eq!(host.invocations(), 3);
/// assert!(host.missed_faults().is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A checkpoint call.
    Call(Calls, CallFault),
    /// The invocation of that number, from 1, over all executions of the host.
    Invocation(u64, InvocationFault),
    /// The body of a durable step takes virtual time before it runs.
    SlowStep {
        /// Name or path of the step.
        name: String,
        /// How long.
        takes: Duration,
        /// How many runs of the body, from the first on.
        runs: u64,
    },
    /// A function, invoked by the service, fails without running.
    Unavailable {
        /// Name of the function.
        function: String,
        /// How it fails.
        error: ErrorObject,
        /// How many of its invocations, from the first on.
        times: u64,
    },
}

/// The plan of what goes wrong, under way.
#[derive(Debug, Default)]
pub(crate) struct FaultPlan {
    rules: Vec<Rule>,
    /// Calls so far.
    calls: u64,
    /// Invocations so far.
    invocations: u64,
}

#[derive(Debug)]
struct Rule {
    fault: Fault,
    /// How often it could have struck.
    seen: u64,
    struck: bool,
}

impl Rule {
    /// What the fault does, wherever it strikes.
    fn fault_kind(&self) -> String {
        match &self.fault {
            Fault::Call(_, what) => format!("{what:?}"),
            Fault::Invocation(_, what) => format!("{what:?}"),
            other => format!("{other:?}"),
        }
    }
}

impl FaultPlan {
    pub(super) fn new(faults: Vec<Fault>) -> Self {
        let rule = |fault| Rule {
            fault,
            seen: 0,
            struck: false,
        };
        Self {
            rules: faults.into_iter().map(rule).collect(),
            calls: 0,
            invocations: 0,
        }
    }

    /// Counts a call; its number, and what is to happen to it. `called` is whether the operation of an update is
    /// called that.
    pub(super) fn call(
        &mut self,
        updates: &[OperationUpdate],
        called: &dyn Fn(&str, &OperationUpdate) -> bool,
    ) -> (u64, Option<CallFault>) {
        self.calls += 1;
        let fault = self.strike(|fault, seen| match fault {
            Fault::Call(calls, what) if calls.matches(updates, called) => {
                *seen += 1;
                calls.which.has(*seen).then_some(*what)
            }
            _ => None,
        });
        (self.calls, fault)
    }

    /// Counts an invocation; what is to happen to it.
    pub(super) fn invocation(&mut self) -> Option<InvocationFault> {
        self.invocations += 1;
        let number = self.invocations;
        self.strike(|fault, _| match fault {
            Fault::Invocation(wanted, what) if *wanted == number => Some(*what),
            _ => None,
        })
    }

    /// The time that a body of a step is to take. `called` is whether the step is called that.
    pub(super) fn slow_step(&mut self, called: &dyn Fn(&str) -> bool) -> Option<Duration> {
        self.strike(|fault, seen| match fault {
            Fault::SlowStep { name, takes, runs } if called(name) => {
                *seen += 1;
                (*seen <= *runs).then_some(*takes)
            }
            _ => None,
        })
    }

    /// What an invocation of a function is to fail with.
    pub(super) fn unavailable(&mut self, invoked: &str) -> Option<ErrorObject> {
        self.strike(|fault, seen| match fault {
            Fault::Unavailable {
                function,
                error,
                times,
            } if function == invoked => {
                *seen += 1;
                (*seen <= *times).then(|| error.clone())
            }
            _ => None,
        })
    }

    /// The first rule that strikes; rules after it are asked all the same, for they count.
    fn strike<T>(&mut self, ask: impl Fn(&Fault, &mut u64) -> Option<T>) -> Option<T> {
        let mut struck = None;
        for rule in &mut self.rules {
            if let Some(what) = ask(&rule.fault, &mut rule.seen)
                && struck.is_none()
            {
                rule.struck = true;
                struck = Some(what);
            }
        }
        struck
    }

    /// Writes what may still strike, and after how many more calls and invocations.
    pub(super) fn write_outlook(&self, to: &mut String) {
        for rule in &self.rules {
            let left = match &rule.fault {
                Fault::Call(calls, _) => calls.number().map(|number| (number, self.calls)),
                Fault::Invocation(number, _) => Some((*number, self.invocations)),
                _ => None,
            };
            // Writing to a string does not fail.
            let _ = match left {
                Some((number, so_far)) if number <= so_far => Ok(()),
                Some((number, so_far)) => {
                    writeln!(to, "{} {}", number - so_far, rule.fault_kind())
                }
                None => writeln!(to, "{:?} {}", rule.fault, rule.seen),
            };
        }
    }

    /// The faults that never struck.
    pub(crate) fn missed(&self) -> Vec<Fault> {
        self.rules
            .iter()
            .filter(|rule| !rule.struck)
            .map(|rule| rule.fault.clone())
            .collect()
    }

    /// Calls so far.
    pub(crate) fn calls(&self) -> u64 {
        self.calls
    }

    /// Invocations so far.
    pub(crate) fn invocations(&self) -> u64 {
        self.invocations
    }
}
