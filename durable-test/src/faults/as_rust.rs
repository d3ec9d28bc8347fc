//! Faults as the Rust that makes them.

use std::fmt;

use durable_host::{CallFault, Fault, InvocationFault};

/// A fault as the code that asks for it.
pub(super) struct AsRust<'a>(pub(super) &'a Fault);

impl fmt::Display for AsRust<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Fault::Call(calls, what) => match what {
                CallFault::KilledBefore => write!(f, "CrashPoint::before_stored({calls})"),
                CallFault::KilledAfter => write!(f, "CrashPoint::after_stored({calls})"),
                CallFault::AnswerLost => write!(f, "CrashPoint::answer_lost({calls})"),
                CallFault::Fenced => write!(f, "CrashPoint::given_up({calls})"),
                CallFault::Throttled => write!(f, "throttle({calls})"),
                CallFault::ServerError => write!(f, "server_error({calls})"),
                CallFault::StaleToken => write!(f, "stale_token({calls})"),
                CallFault::Late(delay) => write!(f, "delay_answer({calls}, {delay:?})"),
            },
            Fault::Invocation(number, what) => match what {
                InvocationFault::ResponseLost => write!(f, "CrashPoint::response_lost({number})"),
                InvocationFault::Overlong => write!(f, "overrun({number})"),
                InvocationFault::DeliveredTwice => write!(f, "deliver_twice({number})"),
            },
            Fault::SlowStep { name, takes, runs } => {
                write!(f, "slow_step({name:?}, {takes:?}, {runs})")
            }
            Fault::Unavailable {
                function, times, ..
            } => write!(f, "unavailable({function:?}, {times})"),
        }
    }
}
