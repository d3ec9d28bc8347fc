//! Small workflows as data.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One operation of a small workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Op {
    /// A step that succeeds.
    Step,
    /// A step that fails for good; the workflow goes on.
    Failing,
    /// A step that succeeds at its second attempt, a second later.
    Retried,
    /// A wait of a second.
    Wait,
    /// A callback that is answered after a second.
    Callback,
    /// A check that holds when it is made for the second time.
    Poll,
    /// A child context.
    Child(Vec<Op>),
    /// A `map` over two items.
    Map(Vec<Op>),
    /// A block that `with_retry` runs twice, for it fails at its end; the workflow goes on.
    Retry(Vec<Op>),
    /// A `parallel` of these branches.
    Parallel(Vec<Vec<Op>>),
    /// A `try_join_all` of child contexts.
    Join(Vec<Vec<Op>>),
    /// A `race` of child contexts.
    Race(Vec<Vec<Op>>),
}

/// What runs side by side.
fn branches(f: &mut fmt::Formatter<'_>, name: &str, branches: &[Vec<Op>]) -> fmt::Result {
    write!(f, "{name}(")?;
    for (position, branch) in branches.iter().enumerate() {
        let before = if position == 0 { "" } else { " | " };
        write!(f, "{before}{}", Program(branch))?;
    }
    f.write_str(")")
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step => f.write_str("step"),
            Self::Failing => f.write_str("failing"),
            Self::Retried => f.write_str("retried"),
            Self::Wait => f.write_str("wait"),
            Self::Callback => f.write_str("callback"),
            Self::Poll => f.write_str("poll"),
            Self::Child(body) => write!(f, "child({})", Program(body)),
            Self::Map(body) => write!(f, "map({})", Program(body)),
            Self::Retry(body) => write!(f, "retry({})", Program(body)),
            Self::Parallel(all) => branches(f, "parallel", all),
            Self::Join(all) => branches(f, "join", all),
            Self::Race(all) => branches(f, "race", all),
        }
    }
}

/// Operations one after the other: `step, race(wait | callback)`.
pub(crate) struct Program<'a>(pub(crate) &'a [Op]);

impl fmt::Display for Program<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, op) in self.0.iter().enumerate() {
            let before = if position == 0 { "" } else { ", " };
            write!(f, "{before}{op}")?;
        }
        Ok(())
    }
}

impl Program<'_> {
    /// Whether an operation of it, at any depth, is of that kind.
    pub(crate) fn any(&self, is_wanted: fn(&Op) -> bool) -> bool {
        self.0.iter().any(|op| {
            is_wanted(op)
                || match op {
                    Op::Child(body) | Op::Map(body) | Op::Retry(body) => {
                        Program(body).any(is_wanted)
                    }
                    Op::Parallel(all) | Op::Join(all) | Op::Race(all) => {
                        all.iter().any(|branch| Program(branch).any(is_wanted))
                    }
                    _ => false,
                }
        })
    }

    /// Whether it may return that value.
    pub(crate) fn may_return(&self, value: &Value) -> bool {
        let Some(values) = value.as_array() else {
            return false;
        };
        let mut both = self.0.iter().zip(values);
        values.len() == self.0.len() && both.all(|(op, value)| op.may_return(value))
    }
}

impl Op {
    fn may_return(&self, value: &Value) -> bool {
        let all = |bodies: &[&Vec<Op>]| {
            value.as_array().is_some_and(|values| {
                let mut both = bodies.iter().zip(values);
                values.len() == bodies.len()
                    && both.all(|(body, value)| Program(body).may_return(value))
            })
        };
        match self {
            Self::Step => value == "done",
            Self::Failing => value == "failed",
            Self::Retried => value == "done at last",
            Self::Wait => value == "waited",
            Self::Callback => value == "answered",
            Self::Poll => value == 2,
            Self::Child(body) => Program(body).may_return(value),
            Self::Retry(_) => value == "given up",
            Self::Map(body) => all(&[body, body]),
            Self::Parallel(bodies) | Self::Join(bodies) => all(&bodies.iter().collect::<Vec<_>>()),
            Self::Race(bodies) => bodies.iter().any(|body| Program(body).may_return(value)),
        }
    }
}
