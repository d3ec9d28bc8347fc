//! Making a failing plan small: fewer deviations, weaker losses, earlier calls, the first options.

use durable_host::{Choice, Order};

use crate::plan::Loss;
use crate::plan::Plan;

/// Proposes smaller plans, one after the other; each is compared with the smallest that failed so far.
pub(super) struct Shrink {
    smallest: Plan,
    /// Smaller ones of it that are still to be tried, the last one first.
    candidates: Vec<Plan>,
    proposed: Option<Plan>,
    /// How many runs are left.
    left: usize,
}

impl Shrink {
    /// Of a plan whose run made these choices, in at most so many runs.
    pub(super) fn new(plan: Plan, choices: &[Choice], max: usize) -> Self {
        let smallest = with_explicit_choices(plan, choices);
        Self {
            candidates: smaller(&smallest),
            smallest,
            proposed: None,
            left: max,
        }
    }

    /// The next smaller plan to try.
    pub(super) fn next(&mut self) -> Option<Plan> {
        self.left = self.left.checked_sub(1)?;
        self.proposed = self.candidates.pop();
        self.proposed.clone()
    }

    /// Whether the plan proposed last still fails.
    pub(super) fn answer(&mut self, fails: bool) {
        if let Some(proposed) = self.proposed.take()
            && fails
        {
            self.candidates = smaller(&proposed);
            self.smallest = proposed;
        }
    }
}

/// A plan that was drawn by a seed as the choices that it came to.
fn with_explicit_choices(plan: Plan, choices: &[Choice]) -> Plan {
    let Some(order) = plan
        .chosen_order()
        .filter(|order| order.drawn_by().is_some())
    else {
        return plan;
    };
    let chosen = Order::choices(choices.iter().map(|choice| choice.chosen));
    let order = reordered(
        &chosen,
        order.late_calls().collect(),
        order.is_newest_first(),
    );
    plan.order(order)
}

fn reordered(choices: &Order, late: Vec<u64>, newest_first: bool) -> Order {
    let order = Order::choices(choices.first_choices().iter().copied());
    let order = if newest_first {
        order.newest_first()
    } else {
        order
    };
    late.into_iter().fold(order, Order::late_answer)
}

/// The plans that are smaller by one thing, the most promising one last.
fn smaller(plan: &Plan) -> Vec<Plan> {
    let mut found = Vec::new();
    found.extend((0..plan.crashes().len()).map(|index| plan.without_crash(index)));
    found.extend((0..plan.faults().len()).map(|index| plan.without_fault(index)));
    found.extend((0..plan.variants().len()).map(|index| plan.without_variant(index)));
    if let Some(order) = plan.chosen_order() {
        found.extend(
            smaller_orders(order)
                .into_iter()
                .map(|order| plan.clone().order(order)),
        );
    }
    for (index, point) in plan.crashes().iter().enumerate() {
        let (Some(loss), Some(number)) = (Loss::of(point), point.number()) else {
            continue;
        };
        let weaker = Loss::ALL
            .iter()
            .filter(|other| other.is_of_call() && **other < loss);
        found.extend(weaker.map(|weaker| plan.with_crash(index, weaker.at(number))));
        found.extend((1..number).map(|earlier| plan.with_crash(index, loss.at(earlier))));
    }
    found.reverse();
    found
}

fn smaller_orders(order: &Order) -> Vec<Order> {
    let late: Vec<u64> = order.late_calls().collect();
    let newest_first = order.is_newest_first();
    let choices = order.first_choices();
    let mut found = Vec::new();
    if newest_first && order.drawn_by().is_none() {
        found.push(reordered(order, late.clone(), false));
    }
    for index in 0..late.len() {
        let fewer = late.iter().enumerate().filter(|(at, _)| *at != index);
        found.push(reordered(
            order,
            fewer.map(|(_, call)| *call).collect(),
            newest_first,
        ));
    }
    for (index, _) in choices
        .iter()
        .enumerate()
        .filter(|(_, choice)| **choice > 0)
    {
        let mut fewer = choices.to_vec();
        if let Some(choice) = fewer.get_mut(index) {
            *choice = 0;
        }
        while fewer.last() == Some(&0) {
            fewer.pop();
        }
        found.push(reordered(
            &Order::choices(fewer),
            late.clone(),
            newest_first,
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The smallest plan of those that fail.
    fn smallest(plan: &str, fails: impl Fn(&Plan) -> bool) -> String {
        let mut shrink = Shrink::new(plan.parse().unwrap(), &[], 200);
        while let Some(plan) = shrink.next() {
            let is_failing = fails(&plan);
            shrink.answer(is_failing);
        }
        shrink.smallest.to_string()
    }

    #[test]
    fn what_does_not_matter_is_dropped() {
        let fails = |plan: &Plan| plan.to_string().contains("crash:5");
        assert_eq!(
            smallest(
                "crash:3/after-stored;crash:5/given-up;order:0,2,1;late:7;variant:page-of-one",
                fails
            ),
            "crash:5/before-stored;order:default"
        );
    }

    #[test]
    fn a_crash_moves_to_the_earliest_call_that_fails() {
        let fails = |plan: &Plan| plan.crashes().iter().any(|point| point.number() >= Some(4));
        assert_eq!(
            smallest("crash:9/after-stored", fails),
            "crash:4/before-stored"
        );
    }

    #[test]
    fn the_one_choice_that_matters_stays() {
        let fails = |plan: &Plan| {
            let order = plan.chosen_order().unwrap();
            order.first_choices().get(2) == Some(&1)
        };
        assert_eq!(smallest("order:1,2,1,3;newest-first", fails), "order:0,0,1");
    }
}
