//! Orders: which of several things that could happen next does.
//!
//! Three things leave a host a choice: which of the bodies of durable steps that run side by side runs
//! and ends first; which of the timers and answers that are due at the same time comes first; and whether those
//! are noticed together, or each by an invocation of its own. An [`OrderKeeper`] makes the choices by
//! an [`Order`] and writes them down. It lets one body run at a time, so a body must not wait for what
//! another one does beside it.

mod due;
mod keeper;

use std::fmt;

pub use keeper::{Choice, MissedChoice, OrderKeeper};

/// In which order concurrent things happen in a run.
///
/// `Display` gives the code that makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order(Rule);

/// How choices are made.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Rule {
    Seed(u64),
    Choices(Vec<usize>),
}

impl Order {
    /// Every choice is drawn at random, by a generator of that seed: equal seeds, equal orders.
    #[must_use]
    pub const fn seed(seed: u64) -> Self {
        Self(Rule::Seed(seed))
    }

    /// The first choices by their numbers, from 0. Those after them take the first of what there is. A run
    /// that has no such number to choose fails.
    #[must_use]
    pub fn choices(choices: impl IntoIterator<Item = usize>) -> Self {
        Self(Rule::Choices(choices.into_iter().collect()))
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Rule::Seed(seed) => write!(f, "Order::seed({seed})"),
            Rule::Choices(choices) => write!(f, "Order::choices({choices:?})"),
        }
    }
}
