//! The kinds of loss that an exploration of crashes tries.

use crate::faults::{Calls, CrashPoint};

/// A kind of loss.
///
/// [`ExploreCrashes::losses`](crate::explore::ExploreCrashes::losses) chooses among them;
/// [`Run::explore_crashes`](crate::Run::explore_crashes) has an example of an exploration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Loss {
    /// The function is killed before the service stored a checkpoint call.
    BeforeStored,
    /// The function is killed after the service stored a checkpoint call, before the answer.
    AfterStored,
    /// The answer to a checkpoint call is lost, and the client sends the call again.
    AnswerLost,
    /// The answer to a checkpoint call arrives after all else that can go on. Tried at calls beside which other
    /// tasks of the function are alive; anywhere else it makes no difference.
    AnswerLate,
    /// The service times the invocation out after a checkpoint call. The function keeps running beside the
    /// next invocation, fenced: its token is dead.
    GivenUp,
    /// The function is killed at the end of an invocation, before its response arrives.
    ResponseLost,
}

impl Loss {
    /// All kinds, in the order in which they are tried.
    pub const ALL: &[Self] = &[
        Self::BeforeStored,
        Self::AfterStored,
        Self::ResponseLost,
        Self::AnswerLost,
        Self::AnswerLate,
        Self::GivenUp,
    ];

    /// Its name in the text of a [plan](crate::explore::Plan).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BeforeStored => "before-stored",
            Self::AfterStored => "after-stored",
            Self::AnswerLost => "answer-lost",
            Self::AnswerLate => "answer-late",
            Self::GivenUp => "given-up",
            Self::ResponseLost => "response-lost",
        }
    }

    /// Whether this loss applies to a checkpoint call.
    pub(crate) fn is_of_call(self) -> bool {
        self != Self::ResponseLost
    }

    /// The crash at that checkpoint call, or at that invocation for a lost response.
    pub(crate) fn at(self, number: u64) -> CrashPoint {
        match self {
            Self::ResponseLost => CrashPoint::response_lost(number),
            _ => self.of_calls(number.into()),
        }
    }

    /// The crash at the first call about an operation of that name or path.
    pub(crate) fn of_operation(self, name: &str) -> CrashPoint {
        self.of_calls(name.into())
    }

    /// A response is that of an invocation, and lost after its last call.
    fn of_calls(self, calls: Calls) -> CrashPoint {
        match self {
            Self::BeforeStored => CrashPoint::before_stored(calls),
            Self::AfterStored | Self::ResponseLost => CrashPoint::after_stored(calls),
            Self::AnswerLost => CrashPoint::answer_lost(calls),
            Self::AnswerLate => CrashPoint::answer_late(calls),
            Self::GivenUp => CrashPoint::given_up(calls),
        }
    }
}
