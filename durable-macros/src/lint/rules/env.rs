//! The environment of the process.

use super::{Rule, rule, vague};
use crate::lint::catalogue::Lint::Env;

const READ: &str = "{ctx}.step(|_| async { Ok({call}?) }).name(\"environment\").await?";
const LIST: &str =
    "{ctx}.step(|_| async { Ok({call}.collect::<Vec<_>>()) }).name(\"environment\").await?";

pub(super) const RULES: &[Rule] = &[
    rule(Env, "std::env::var", READ),
    rule(Env, "std::env::var_os", READ),
    rule(Env, "std::env::vars", LIST),
    rule(Env, "std::env::vars_os", LIST),
    rule(Env, "std::env::args", LIST),
    rule(Env, "std::env::args_os", LIST),
    rule(Env, "std::env::current_dir", READ),
    rule(Env, "std::env::current_exe", READ),
    vague(Env, "std::env::home_dir", READ),
    vague(Env, "std::env::temp_dir", READ),
    vague(Env, "dotenvy::var", READ),
    vague(Env, "std::process::id", READ),
];
