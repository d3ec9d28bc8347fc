//! Tasks and threads.

use super::{Rule, rule, vague};
use crate::lint::catalogue::Lint::Spawn;

const TASK: &str =
    "{ctx}.run_in_child_context(|ctx| async move { .. }).name(\"background\").spawn()";
const WORK: &str = "{ctx}.step(|_| async { Ok({call}.await?) }).name(\"work\").await?";
const MANY: &str = "{ctx}.map(items, |ctx, item, _| async move { .. }).name(\"each\").await?";

pub(super) const RULES: &[Rule] = &[
    rule(Spawn, "tokio::spawn", TASK),
    rule(Spawn, "tokio::task::spawn", TASK),
    rule(Spawn, "tokio::task::spawn_local", TASK),
    rule(Spawn, "tokio::task::spawn_blocking", WORK),
    rule(Spawn, "tokio::task::JoinSet::new", MANY),
    rule(Spawn, "std::thread::spawn", TASK),
    rule(Spawn, "std::thread::scope", TASK),
    vague(Spawn, "std::thread::Builder::new", TASK),
    vague(Spawn, "async_std::task::spawn", TASK),
    vague(Spawn, "smol::spawn", TASK),
    vague(Spawn, "rayon::spawn", TASK),
];
