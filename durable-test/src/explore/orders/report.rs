//! What an exploration of orders tried.

use std::collections::BTreeSet;
use std::fmt;

use durable_host::Choice;

/// What was tried, when all orders agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderReport {
    function: String,
    /// What was taken at each choice, and among how many: names do not tell branches apart that share one.
    orders: BTreeSet<Vec<(usize, usize)>>,
    runs: usize,
    is_exhaustive: bool,
}

impl OrderReport {
    pub(super) fn new(function: &str) -> Self {
        Self {
            function: function.to_owned(),
            orders: BTreeSet::new(),
            runs: 0,
            is_exhaustive: false,
        }
    }

    pub(super) fn add(&mut self, choices: &[Choice], runs: usize) {
        let taken = choices
            .iter()
            .map(|choice| (choice.chosen, choice.options.len()));
        self.orders.insert(taken.collect());
        self.runs += runs;
    }

    pub(super) fn complete(&mut self) {
        self.is_exhaustive = true;
    }

    /// Different orders that were run.
    #[must_use]
    pub fn orders(&self) -> usize {
        self.orders.len()
    }

    /// Runs, repetitions included.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.runs
    }

    /// Whether these are all orders that there are.
    #[must_use]
    pub fn is_exhaustive(&self) -> bool {
        self.is_exhaustive
    }
}

/// `cheapest: all 6 orders agree (6 runs)`
impl fmt::Display for OrderReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { function, runs, .. } = self;
        let orders = self.orders();
        let which = if self.is_exhaustive {
            format!("all {orders}")
        } else {
            orders.to_string()
        };
        write!(f, "{function}: {which} orders agree ({runs} runs)")
    }
}

fn taken(choice: &Choice) -> Option<&str> {
    choice.options.get(choice.chosen).map(String::as_str)
}

/// The choices of an order in words.
pub(super) fn described(choices: &[Choice]) -> String {
    const MOST: usize = 12;
    let mut taken: Vec<&str> = choices.iter().filter_map(taken).take(MOST).collect();
    if choices.len() > MOST {
        taken.push("…");
    }
    if taken.is_empty() {
        return "nothing to choose".to_owned();
    }
    taken.join(", then ")
}
