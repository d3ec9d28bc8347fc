//! The report of an exploration of orders.

use std::collections::BTreeSet;
use std::fmt;

use durable_host::{Choice, LostToken, Order, SeenCall, Trace};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::frontier::Requested;
use super::sampling::Sampling;
use crate::explore::allowed::Unused;
use crate::explore::budget::Cut;
use crate::explore::reduction::NotIndependent;
use crate::explore::reproduction::Reproduction;
use crate::explore::unstable::{Listed, Unstable};
use crate::plan::Repeat;

/// An order that was run. Names would not do for its options: branches may share one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct RunOrder {
    /// The option taken at each choice, and the number of options.
    taken: Vec<(usize, usize)>,
    /// Whether tasks ran newest first.
    newest_first: bool,
    /// The calls whose answers came late.
    late: Vec<u64>,
}

/// The orders that were run; all had the same outcome.
///
/// Returned by [`explore_orders`](crate::Run::explore_orders), with an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderReport {
    function: String,
    orders: BTreeSet<RunOrder>,
    pub(super) runs: usize,
    pub(super) is_exhaustive: bool,
    pub(super) lost_tokens: usize,
    pub(super) classes: usize,
    pub(super) sampling: Option<Sampling>,
    pub(super) estimated: Option<usize>,
    pub(super) cut: Option<Cut>,
    pub(super) unstable: Vec<Unstable>,
    pub(super) unused: Vec<String>,
    pub(super) not_independent: Vec<String>,
}

impl OrderReport {
    pub(super) fn new(function: &str) -> Self {
        Self {
            function: function.to_owned(),
            orders: BTreeSet::new(),
            runs: 0,
            is_exhaustive: false,
            lost_tokens: 0,
            classes: 0,
            sampling: None,
            estimated: None,
            cut: None,
            unstable: Vec::new(),
            unused: Vec::new(),
            not_independent: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, choices: &[Choice], order: &Requested, runs: usize) {
        let taken = choices
            .iter()
            .map(|choice| (choice.chosen, choice.options.len()));
        self.orders.insert(RunOrder {
            taken: taken.collect(),
            newest_first: order.newest_first,
            late: order.late.clone(),
        });
        self.runs += runs;
    }

    /// Number of distinct orders that were run.
    #[must_use]
    pub fn orders(&self) -> usize {
        self.orders.len()
    }

    /// Number of runs: repetitions included, and orders in which the same things happened as in others.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.runs
    }

    /// Number of classes of the orders that were run: in orders of one class the same calls and bodies came one after
    /// the other.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// What random orders say about all orders; none if no orders were drawn at random.
    #[must_use]
    pub fn sampling(&self) -> Option<Sampling> {
        self.sampling
    }

    /// About how many orders there are, without late answers and without those that lead to the same as others, by
    /// [Knuth's estimate](Sampling::estimated_orders); none if all were run, or their number was not estimated.
    #[must_use]
    pub fn estimated_orders(&self) -> Option<usize> {
        self.estimated.filter(|_| self.cut.is_some())
    }

    /// Whether all orders of the choices that the harness controls were run, but for those that lead to the same as
    /// others. One invocation runs at a time: where functions call each other, these are the orders of their
    /// invocations, and bodies of two executions do not interleave.
    #[must_use]
    pub fn is_exhaustive(&self) -> bool {
        self.is_exhaustive
    }

    /// Number of orders in which the SDK lost its checkpoint token, as
    /// [`Allow::lost_token`](crate::explore::Allow::lost_token) allows.
    #[must_use]
    pub fn lost_tokens(&self) -> usize {
        self.lost_tokens
    }

    /// Why orders were left out; `None` if none was, for a limit of the exploration.
    #[must_use]
    pub fn cut(&self) -> Option<Cut> {
        self.cut
    }

    /// What was not compared, for it differs between two undisturbed runs as well.
    #[must_use]
    pub fn unstable(&self) -> &[Unstable] {
        &self.unstable
    }

    /// What the test allows and no run needed, as code: [`Allow`](crate::explore::Allow)s that can be left out. Empty if
    /// the exploration was not a full one.
    #[must_use]
    pub fn unused_allows(&self) -> &[String] {
        &self.unused
    }

    /// The steps that the test calls [independent](crate::explore::ExploreOrders::independent) and that are not, for
    /// the handler gave up a body of theirs.
    #[must_use]
    pub fn not_independent(&self) -> &[String] {
        &self.not_independent
    }
}

impl Serialize for OrderReport {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut report = to.serialize_struct("OrderReport", 12)?;
        report.serialize_field("function", &self.function)?;
        report.serialize_field("orders", &self.orders())?;
        report.serialize_field("runs", &self.runs)?;
        report.serialize_field("is_exhaustive", &self.is_exhaustive)?;
        report.serialize_field("lost_tokens", &self.lost_tokens)?;
        report.serialize_field("classes", &self.classes)?;
        report.serialize_field("sampling", &self.sampling)?;
        report.serialize_field("estimated_orders", &self.estimated_orders())?;
        report.serialize_field("cut", &self.cut)?;
        report.serialize_field("unstable", &self.unstable)?;
        report.serialize_field("unused_allows", &self.unused)?;
        report.serialize_field("not_independent", &self.not_independent)?;
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
        write!(f, "{function}: {which} orders agree ({runs} runs")?;
        if self.classes < orders {
            write!(f, ", {} classes", self.classes)?;
        }
        f.write_str(")")?;
        if let Some(cut) = self.cut {
            write!(f, "; others were left out: {cut}")?;
        }
        match (self.estimated_orders(), self.sampling) {
            (Some(estimated), Some(sampling)) => write!(
                f,
                "\nof about {estimated} orders without late answers by an estimate; a bug that needs 2 particular \
                 choices is missed with at most {} %",
                sampling.missed_percent(2)
            )?,
            (Some(estimated), None) => write!(
                f,
                "\nof about {estimated} orders without late answers by an estimate"
            )?,
            (None, _) => {}
        }
        if self.lost_tokens > 0 {
            write!(
                f,
                "\nin {} more the SDK lost its checkpoint token, as the test allows",
                self.lost_tokens
            )?;
        }
        NotIndependent(&self.not_independent).fmt(f)?;
        Listed(&self.unstable).fmt(f)?;
        Unused(&self.unused).fmt(f)
    }
}

fn taken(choice: &Choice) -> Option<&str> {
    choice.options.get(choice.chosen).map(String::as_str)
}

/// What an order chose and delayed, in words.
pub(super) fn described(
    is_newest_first: bool,
    choices: &[Choice],
    calls: &[SeenCall],
    trace: &[Trace],
) -> String {
    const MAX: usize = 12;
    let mut happened = Vec::new();
    let delayed = |before: usize| {
        let here = move |call: &&SeenCall| call.choices_before == before;
        let late = calls.iter().filter(here).filter(|call| call.late_answer);
        late.map(|call| format!("a late answer to {}", in_words(call.number, trace)))
    };
    if is_newest_first {
        happened.push("tasks newest first".to_owned());
    }
    for (index, choice) in choices.iter().enumerate() {
        happened.extend(delayed(index));
        happened.extend(taken(choice).map(str::to_owned));
    }
    happened.extend(delayed(choices.len()));
    if happened.len() > MAX {
        happened.truncate(MAX);
        happened.push("…".to_owned());
    }
    if happened.is_empty() {
        return "nothing delayed".to_owned();
    }
    happened.join(", then ")
}

fn in_words(number: u64, trace: &[Trace]) -> String {
    let call = trace.iter().find_map(|entry| match entry {
        Trace::Call(call) if call.number == Some(number) => Some(call),
        _ => None,
    });
    call.map_or_else(|| format!("checkpoint call {number}"), ToString::to_string)
}

/// Two orders in which a handler has different outcomes.
///
/// The error of [`explore_orders`](crate::Run::explore_orders).
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
    /// The checkpoint token that the SDK lost in the other order: then the difference is the SDK's doing.
    pub lost_token: Option<LostToken>,
    /// The first operations that ended in the other order, in a sentence.
    pub reordered: Option<String>,
    /// How the other run is repeated as a plan.
    pub(super) repeat: Repeat,
    /// How the runs are repeated.
    pub(super) reproduction: Reproduction,
}

/// The outcome of an order.
///
/// [`OrdersDisagree`] has two; [`Run::explore_orders`](crate::Run::explore_orders) has an example of an exploration.
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
            lost_token,
            reordered,
            repeat,
            reproduction,
        } = self;
        if let Some(lost_token) = lost_token {
            return write!(
                f,
                "\"{function}\" ends otherwise in one order of its concurrent events, and that is the SDK's \
                 doing, not the handler's: the {what} differs\n  {}: {}\n  {}: {}\n{lost_token}. It happens \
                 on AWS as well, whenever the timing is such; the SDK's `checkpoint_batching` avoids it, for \
                 which `.checkpoint_batching(true)` of the runner's settings stands in a test. Run it again \
                 with\n  runner.run(input).order({}){reproduction}\nTo go on with the other orders, allow it: \
                 `.allow(Allow::lost_token())`",
                first.choices, first.found, other.choices, other.found, other.order
            );
        }
        write!(
            f,
            "the outcome of \"{function}\" depends on the order of concurrent events: the {what} \
             differs\n  {}: {}\n  {}: {}\n",
            first.choices, first.found, other.choices, other.found
        )?;
        if let Some(reordered) = reordered {
            writeln!(f, "In the second one {reordered}")?;
        }
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
             runner.run(input).order({}){reproduction}\nthe second one also with\n{repeat}\nTake \
             results in the order of the calls, or sort them, before anything depends on them. If both \
             are correct, allow them with `.allow(Allow::outcome_if(|one, other| ..))` or \
             `.allow(Allow::operations())`",
            first.order, other.order
        )
    }
}
