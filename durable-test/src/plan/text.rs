//! Writing plans.

use std::fmt;

use durable_host::{CallFault, Fault, Order};

use super::Loss;
use super::Plan;
use crate::faults::CrashPoint;

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut items = Vec::new();
        items.extend(self.crashes.iter().map(crash));
        let faults = self.faults.iter();
        items.extend(faults.map(|(number, kind)| format!("fault:{number}/{kind}")));
        if let Some(order) = &self.order {
            items.extend(order_items(order));
        }
        let variants = self.variants.iter();
        items.extend(variants.map(|variant| format!("variant:{variant}")));
        if items.is_empty() {
            return f.write_str("none");
        }
        f.write_str(&items.join(";"))
    }
}

fn crash(point: &CrashPoint) -> String {
    let loss = Loss::of(point).map_or("unknown", Loss::name);
    let place = match point.fault() {
        Fault::Invocation(number, _) => number.to_string(),
        // A call by its number or a name in quotes. Any other choice of calls has no text of its own.
        Fault::Call(calls, _) => calls.to_string(),
        _ => String::new(),
    };
    format!("crash:{place}/{loss}")
}

fn order_items(order: &Order) -> Vec<String> {
    let mut items = Vec::new();
    let numbers = |numbers: Vec<String>| numbers.join(",");
    let choices = order.first_choices().iter();
    let choices = numbers(choices.map(ToString::to_string).collect());
    let late = numbers(order.late_calls().map(|call| call.to_string()).collect());
    match order.drawn_by() {
        Some(seed) => items.push(format!("order:seed-{seed}")),
        None if !choices.is_empty() => items.push(format!("order:{choices}")),
        None if late.is_empty() && !order.is_newest_first() => {
            items.push("order:default".to_owned());
        }
        None => {}
    }
    if !late.is_empty() {
        items.push(format!("late:{late}"));
    }
    if order.drawn_by().is_none() && order.is_newest_first() {
        items.push("newest-first".to_owned());
    }
    items
}

impl Loss {
    /// The loss of a crash; none if it is no loss of one call or invocation.
    pub(crate) fn of(point: &CrashPoint) -> Option<Self> {
        match point.fault() {
            Fault::Call(_, CallFault::KilledBefore) => Some(Self::BeforeStored),
            Fault::Call(_, CallFault::KilledAfter) => Some(Self::AfterStored),
            Fault::Call(_, CallFault::AnswerLost) => Some(Self::AnswerLost),
            Fault::Call(_, CallFault::Overtaken) => Some(Self::AnswerLate),
            Fault::Call(_, CallFault::Fenced) => Some(Self::GivenUp),
            Fault::Invocation(..) => Some(Self::ResponseLost),
            _ => None,
        }
    }
}
