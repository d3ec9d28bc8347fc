//! Plans from outside: the one that the environment asks for, and how a person repeats one.

use std::env;
use std::fmt;

use super::{Plan, PlanError};
use crate::harness::current;
use crate::{Error, ErrorKind};

/// The variable whose plan the tests of this process repeat.
const VARIABLE: &str = "DURABLE_PLAN";

/// The plan that the environment asks for, if it does.
///
/// # Errors
///
/// If its text is no plan.
pub(crate) fn requested() -> Result<Option<Plan>, Error> {
    let Some(text) = env::var_os(VARIABLE).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let text = text.to_string_lossy();
    let plan = text.parse().map_err(|error| invalid(VARIABLE, error))?;
    Ok(Some(plan))
}

/// The error about a text that is no plan; `place` is where it stands.
pub(crate) fn invalid(place: &'static str, error: PlanError) -> Error {
    ErrorKind::InvalidPlan { place, error }.into()
}

impl Plan {
    /// The error about something in this plan that a run does not reach.
    pub(crate) fn not_reached(&self, error: Error) -> Error {
        ErrorKind::PlanNotReached {
            plan: self.clone(),
            error: Box::new(error),
        }
        .into()
    }
}

/// How a person repeats a plan, in two lines.
#[derive(Debug, Clone)]
pub(crate) struct Repeat {
    plan: Plan,
    /// Name of the test that runs now.
    test: Option<String>,
}

impl Repeat {
    pub(crate) fn of(plan: Plan) -> Self {
        Self {
            plan,
            test: current::name(),
        }
    }
}

impl fmt::Display for Repeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plan = self.plan.to_string();
        let name = self.test.as_deref().unwrap_or("NAME");
        let quoted = quoted(&plan);
        write!(
            f,
            "  {VARIABLE}={quoted} cargo test {name} -- --exact\n  #[durable_test(.., plan = {plan:?})]"
        )
    }
}

/// A text as one word of a shell. Only the names of operations, which stand in quotes, have what a shell would expand.
fn quoted(text: &str) -> String {
    if text.contains('"') {
        format!("'{}'", text.replace('\'', "'\\''"))
    } else {
        format!("\"{text}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shell_reads_the_plan_as_one_word() {
        assert_eq!(quoted("crash:2/given-up"), "\"crash:2/given-up\"");
        assert_eq!(
            quoted("crash:\"it's $5\"/given-up"),
            r#"'crash:"it'\''s $5"/given-up'"#
        );
    }
}
