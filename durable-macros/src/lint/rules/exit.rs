//! Ends of the process.

use super::{Rule, rule};
use crate::lint::catalogue::Lint::Exit;

const FAIL: &str = "return Err(\"why the execution fails\".into());";

pub(super) const RULES: &[Rule] = &[
    rule(Exit, "std::process::exit", FAIL),
    rule(Exit, "std::process::abort", FAIL),
];
