//! The report of an exploration of orders.

use std::collections::BTreeSet;
use std::fmt;

use durable_host::{Choice, Order};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::explore::reproduction::Reproduction;

/// The orders that were run; all had the same outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderReport {
    function: String,
    /// The option taken at each choice, and the number of options. Names would not do: branches may share
    /// one.
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

    /// Number of distinct orders that were run.
    #[must_use]
    pub fn orders(&self) -> usize {
        self.orders.len()
    }

    /// Number of runs, repetitions included.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.runs
    }

    /// Whether all possible orders were run.
    #[must_use]
    pub fn is_exhaustive(&self) -> bool {
        self.is_exhaustive
    }
}

impl Serialize for OrderReport {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut report = to.serialize_struct("OrderReport", 4)?;
        report.serialize_field("function", &self.function)?;
        report.serialize_field("orders", &self.orders())?;
        report.serialize_field("runs", &self.runs)?;
        report.serialize_field("is_exhaustive", &self.is_exhaustive)?;
        report.end()
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
    const MAX: usize = 12;
    let mut taken: Vec<&str> = choices.iter().filter_map(taken).take(MAX).collect();
    if choices.len() > MAX {
        taken.push("…");
    }
    if taken.is_empty() {
        return "nothing to choose".to_owned();
    }
    taken.join(", then ")
}

/// Two orders in which a handler has different outcomes.
#[derive(Debug)]
#[non_exhaustive]
pub struct OrdersDisagree {
    /// The function.
    pub function: String,
    /// What differs: the result, or an operation.
    pub what: String,
    /// One outcome.
    pub first: Side,
    /// The other outcome.
    pub other: Side,
    /// How the runs are repeated.
    pub(super) reproduction: Reproduction,
}

/// The outcome of an order.
#[derive(Debug)]
#[non_exhaustive]
pub struct Side {
    /// The order.
    pub order: Order,
    /// What happened in it, where there was a choice.
    pub choices: String,
    /// The differing value in this order.
    pub found: String,
}

impl fmt::Display for OrdersDisagree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            function,
            what,
            first,
            other,
            reproduction,
        } = self;
        write!(
            f,
            "the outcome of \"{function}\" depends on the order of concurrent events: the {what} \
             differs\n  {}: {}\n  {}: {}\n",
            first.choices, first.found, other.choices, other.found
        )?;
        if first.order == other.order {
            return write!(
                f,
                "Both are runs of one order, `.order({})`: they differ by the scheduling of threads, or by \
                 something else that is not recorded",
                first.order
            );
        }
        write!(
            f,
            "Run each again with\n  runner.run(input).order({}){reproduction}\n  \
             runner.run(input).order({}){reproduction}\nTake \
             results in the order of the calls, or sort them, before anything depends on them. If both \
             are correct, allow them with `.allow(Allow::outcome_if(|one, other| ..))` or \
             `.allow(Allow::operations())`",
            first.order, other.order
        )
    }
}
