//! What a change of a function's program means for executions.

use durable_service::model::ExecutionArn;
use durable_view::count;

use super::Engine;

/// Limit on the executions that a line of the log names.
const MAX_NAMED: usize = 5;

impl Engine {
    /// Replaces the processes of a function whose program has changed on disk, and says which open executions meet
    /// the changed one.
    pub(crate) async fn change_code(&self, name: &str) {
        let Some(function) = self.fleet.function(name) else {
            return;
        };
        // Which executions meet the changed program is not stored, so a store that fails does not matter.
        let met = || self.act(|world, _| world.change_code(name)).0;
        let ((idle, running), met) = self.fleet.replace(function, met).await;
        let mut line = format!(
            "the program of function {name} changed: {} idle processes ended, {} finish their invocations first",
            count(idle),
            count(running)
        );
        if !met.is_empty() {
            let named: Vec<&str> = met
                .iter()
                .take(MAX_NAMED)
                .map(ExecutionArn::as_str)
                .collect();
            let more = if met.len() > MAX_NAMED { ", …" } else { "" };
            line = format!(
                "{line}. {} open executions meet the changed code: {}{more}. `durable replay-check {name}` says \
                 whether they go on",
                count(met.len()),
                named.join(", ")
            );
        }
        self.note(&line);
    }
}
