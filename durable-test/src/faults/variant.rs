//! Variants of the service: what AWS may do otherwise, and a correct function does not notice.

use std::fmt;

/// Something that the service may do otherwise, without any fault.
///
/// [`Explore::variants`](crate::explore::Explore::variants) chooses among them, and
/// [`Plan::variant`](crate::explore::Plan::variant) holds one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Variant {
    /// The state of an invocation comes in pages of one operation. As text: `page-of-one`.
    PageOfOne,
    /// No step runs in the invocation in which one before it ended: the environment of the function is reclaimed as
    /// soon as a step is stored and none other is under way. As text: `always-suspend`.
    AlwaysSuspend,
    /// The answer to a checkpoint call shows what the call itself changed, and nothing that happened beside it. As
    /// text: `no-new-state`.
    NoNewState,
    /// After each suspension the function is invoked once more, although nothing has changed. As text:
    /// `empty-invocation`.
    EmptyInvocation,
    /// Each invocation begins 100 ms late. As text: `slow-first-byte`.
    SlowFirstByte,
}

impl Variant {
    /// All variants.
    pub const ALL: &[Self] = &[
        Self::PageOfOne,
        Self::AlwaysSuspend,
        Self::NoNewState,
        Self::EmptyInvocation,
        Self::SlowFirstByte,
    ];

    /// Its name in the text of a plan.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PageOfOne => "page-of-one",
            Self::AlwaysSuspend => "always-suspend",
            Self::NoNewState => "no-new-state",
            Self::EmptyInvocation => "empty-invocation",
            Self::SlowFirstByte => "slow-first-byte",
        }
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
