//! Values as the Rust that makes them, for messages that show how a run is repeated.

use std::fmt;
use std::time::Duration;

use durable_host::{CallFault, Fault, InvocationFault};

/// Displays a value as the Rust that makes it.
pub(crate) struct AsRust<'a, T>(pub(crate) &'a T);

impl fmt::Display for AsRust<'_, Duration> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.0;
        let nanos = time.subsec_nanos();
        if nanos == 0 {
            write!(f, "Duration::from_secs({})", time.as_secs())
        } else if nanos.is_multiple_of(1_000_000) {
            write!(f, "Duration::from_millis({})", time.as_millis())
        } else {
            write!(f, "Duration::from_nanos({})", time.as_nanos())
        }
    }
}

/// A crash as the [`CrashPoint`](crate::faults::CrashPoint), any other fault as the method of
/// [`Faults`](crate::faults::Faults).
impl fmt::Display for AsRust<'_, Fault> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Fault::Call(calls, what) => match what {
                CallFault::KilledBefore => write!(f, "CrashPoint::before_stored({calls})"),
                CallFault::KilledAfter => write!(f, "CrashPoint::after_stored({calls})"),
                CallFault::AnswerLost => write!(f, "CrashPoint::answer_lost({calls})"),
                CallFault::Fenced => write!(f, "CrashPoint::given_up({calls})"),
                CallFault::Overtaken => write!(f, "CrashPoint::answer_late({calls})"),
                CallFault::Throttled => write!(f, "throttle({calls})"),
                CallFault::ServerError => write!(f, "server_error({calls})"),
                CallFault::StaleToken => write!(f, "stale_token({calls})"),
                CallFault::Late(delay) => {
                    write!(f, "delay_answer({calls}, {})", AsRust(delay))
                }
            },
            Fault::Invocation(number, what) => match what {
                InvocationFault::ResponseLost => write!(f, "CrashPoint::response_lost({number})"),
                InvocationFault::Overlong => write!(f, "overrun({number})"),
                InvocationFault::DeliveredTwice => write!(f, "deliver_twice({number})"),
            },
            Fault::SlowStep { name, takes, runs } => {
                write!(f, "slow_step({name:?}, {}, {runs})", AsRust(takes))
            }
            Fault::Unavailable {
                function,
                error,
                times,
            } => {
                let is_throttled = error.error_type.as_deref() == Some(THROTTLED);
                let call = if is_throttled {
                    "throttle_function"
                } else {
                    "unavailable"
                };
                write!(f, "{call}({function:?}, {times})")
            }
        }
    }
}

/// The type of the error with which a throttled function fails.
pub(crate) const THROTTLED: &str = "TooManyRequestsException";
