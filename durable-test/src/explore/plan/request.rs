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
pub(in crate::explore) struct Repeat {
    plan: Plan,
    /// Name of the test that runs now.
    test: Option<String>,
}

impl Repeat {
    pub(in crate::explore) fn of(plan: Plan) -> Self {
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
        let quote = if plan.contains('"') { '\'' } else { '"' };
        write!(
            f,
            "  {VARIABLE}={quote}{plan}{quote} cargo test {name}\n  #[durable_test(.., plan = {plan:?})]"
        )
    }
}
