//! The kinds of fault that a plan can have beside crashes.

use std::fmt;

use crate::faults::Faults;

/// A kind of fault, of a checkpoint call or of an invocation.
///
/// [`Explore::try_faults`](crate::explore::Explore::try_faults) takes them, and [`Plan::fault`](super::Plan::fault) has
/// one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// A checkpoint call is refused for too many requests (HTTP status 429).
    Throttled,
    /// A checkpoint call fails within the service (HTTP status 500).
    ServerError,
    /// The event of an invocation is delivered twice.
    DeliveredTwice,
    /// An invocation exceeds the function's timeout: it runs to its end, and the service drops its response.
    Overrun,
}

impl FaultKind {
    /// All kinds.
    pub const ALL: &[Self] = &[
        Self::Throttled,
        Self::ServerError,
        Self::DeliveredTwice,
        Self::Overrun,
    ];

    /// Its name in the text of a plan.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::ServerError => "server-error",
            Self::DeliveredTwice => "delivered-twice",
            Self::Overrun => "overrun",
        }
    }

    /// Whether it is one of a checkpoint call.
    pub(crate) const fn is_of_call(self) -> bool {
        matches!(self, Self::Throttled | Self::ServerError)
    }

    /// Those faults and this one, at that call or invocation.
    pub(super) fn at(self, number: u64, faults: Faults) -> Faults {
        match self {
            Self::Throttled => faults.throttle(number),
            Self::ServerError => faults.server_error(number),
            Self::DeliveredTwice => faults.deliver_twice(number),
            Self::Overrun => faults.overrun(number),
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
