//! Orders: how choices are made, as a value and as the code that repeats it.

use std::fmt;

/// In which order concurrent things happen in a run.
///
/// `Display` writes the code that makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order(pub(super) Rule);

/// How choices are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rule {
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
