//! Reading plans.

use std::str::FromStr;

use durable_host::Order;

use super::{FaultKind, Loss, Plan, PlanError, Variant};

/// What an item may be.
const ITEMS: &str = "an item is `crash:7/after-stored`, `fault:7/throttled`, `order:0,2`, `late:4`, `newest-first` \
                     or `variant:page-of-one`, and items are separated by `;`";

/// The plan of the undisturbed run.
const NONE: &str = "none";

impl FromStr for Plan {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        if text.trim() == NONE {
            return Ok(Self::default());
        }
        let mut reader = Reader {
            text,
            plan: Self::default(),
            choices: None,
            late: Vec::new(),
            newest_first: false,
        };
        for item in items(text) {
            reader.item(item)?;
        }
        Ok(reader.finish())
    }
}

/// The text between semicolons that stand outside of quotes.
fn items(text: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    text.split(move |c| {
        is_quoted ^= c == '"';
        c == ';' && !is_quoted
    })
    .map(str::trim)
}

struct Reader<'a> {
    text: &'a str,
    plan: Plan,
    /// The order before its late answers.
    choices: Option<Order>,
    late: Vec<u64>,
    newest_first: bool,
}

impl<'a> Reader<'a> {
    fn item(&mut self, item: &'a str) -> Result<(), PlanError> {
        if item.is_empty() {
            return Err(self.error(
                item,
                "an item is empty",
                format!("{ITEMS}; `{NONE}` is the undisturbed run"),
            ));
        }
        if item == "newest-first" {
            self.newest_first = true;
            return Ok(());
        }
        let Some((kind, value)) = item.split_once(':') else {
            return Err(self.error(item, format!("`{item}` is no item"), ITEMS));
        };
        let value = value.trim();
        match kind.trim() {
            "crash" => self.crash(value),
            "fault" => self.fault(value),
            "order" => self.order(value),
            "late" => {
                self.late.extend(self.numbers(value, 1)?);
                Ok(())
            }
            "variant" => {
                let known = Variant::ALL.iter().map(|one| (one.name(), *one));
                let variant = self.word(value, "variant of the service", known)?;
                if self.plan.variants.contains(&variant) {
                    return Err(self.error(
                        value,
                        format!("variant `{value}` is set twice"),
                        "keep one of the two",
                    ));
                }
                self.plan.variants.push(variant);
                Ok(())
            }
            _ => Err(self.error(item, format!("`{kind}` is no kind of item"), ITEMS)),
        }
    }

    fn crash(&mut self, value: &'a str) -> Result<(), PlanError> {
        let (place, loss) = self.place(value, "a loss, as in `crash:7/after-stored`")?;
        let known = Loss::ALL.iter().map(|one| (one.name(), *one));
        let loss = self.word(loss, "loss", known)?;
        let point = match (quoted(place), loss) {
            (None, _) => loss.at(self.number(place, 1)?),
            (Some(_), Loss::ResponseLost) => {
                let allowed = "it is that of an invocation, by its number: `crash:2/response-lost`";
                return Err(self.error(place, "a response has no name", allowed));
            }
            (Some(name), _) => loss.of_operation(&name),
        };
        self.plan.crashes.push(point);
        Ok(())
    }

    fn fault(&mut self, value: &'a str) -> Result<(), PlanError> {
        let (place, kind) = self.place(value, "a fault, as in `fault:7/throttled`")?;
        let known = FaultKind::ALL.iter().map(|one| (one.name(), *one));
        let kind = self.word(kind, "fault", known)?;
        let number = self.number(place, 1)?;
        self.plan.faults.push((number, kind));
        Ok(())
    }

    fn order(&mut self, value: &'a str) -> Result<(), PlanError> {
        if self.choices.is_some() {
            return Err(self.error(
                value,
                "the order is set twice",
                "a plan has one `order:` item",
            ));
        }
        let order = match value.strip_prefix("seed-") {
            Some(seed) => Order::seed(self.number(seed, 0)?),
            None if value == "default" => Order::choices([]),
            None => {
                let numbers = self.numbers(value, 0)?;
                Order::choices(
                    numbers
                        .into_iter()
                        .map(|one| usize::try_from(one).unwrap_or(usize::MAX)),
                )
            }
        };
        self.choices = Some(order);
        Ok(())
    }

    fn finish(self) -> Plan {
        let mut plan = self.plan;
        let has_order = self.choices.is_some() || self.newest_first || !self.late.is_empty();
        if has_order {
            let order = self.choices.unwrap_or_else(|| Order::choices([]));
            let order = if self.newest_first {
                order.newest_first()
            } else {
                order
            };
            plan.order = Some(self.late.into_iter().fold(order, Order::late_answer));
        }
        plan
    }

    /// What stands before and after the last slash.
    fn place(&self, value: &'a str, what: &str) -> Result<(&'a str, &'a str), PlanError> {
        let split = value.rsplit_once('/');
        let (place, kind) = split.ok_or_else(|| {
            self.error(
                value,
                format!("`{value}` has no `/`"),
                format!("write a number, `/` and {what}"),
            )
        })?;
        Ok((place.trim(), kind.trim()))
    }

    fn word<T>(
        &self,
        word: &'a str,
        what: &str,
        mut known: impl Iterator<Item = (&'static str, T)> + Clone,
    ) -> Result<T, PlanError> {
        let names: Vec<String> = known.clone().map(|(name, _)| format!("`{name}`")).collect();
        let found = known.find(|(name, _)| *name == word);
        found.map(|(_, meaning)| meaning).ok_or_else(|| {
            self.error(
                word,
                format!("`{word}` is no {what}"),
                format!("it is one of {}", names.join(", ")),
            )
        })
    }

    fn numbers(&self, list: &'a str, min: u64) -> Result<Vec<u64>, PlanError> {
        let numbers = list.split(',').map(str::trim);
        numbers.map(|number| self.number(number, min)).collect()
    }

    fn number(&self, text: &'a str, min: u64) -> Result<u64, PlanError> {
        let is_plain = text.chars().all(|c| c.is_ascii_digit());
        let number = text.parse().ok().filter(|number| *number >= min);
        number.filter(|_| is_plain).ok_or_else(|| {
            self.error(
                text,
                format!("`{text}` is no number here"),
                format!("it is a whole number from {min}"),
            )
        })
    }

    fn error(
        &self,
        part: &'a str,
        what: impl Into<String>,
        allowed: impl Into<String>,
    ) -> PlanError {
        PlanError::new(self.text, part, what, allowed)
    }
}

/// What stands in quotes, with `\"` and `\\` as in Rust.
fn quoted(text: &str) -> Option<String> {
    serde_json::from_str(text).ok()
}
