//! Replays stored executions on the present program of their function, without changing them.
//!
//! The program runs in a process of its own, and its calls go to a scratch service that answers with what was recorded
//! and stores nothing. An open execution is replayed as it stands: does its next invocation get through what is on
//! record? One that is over is replayed from its start, invocation by invocation.

mod program;
mod report;
mod scratch;

use durable_replay::{Accepted, Replay, Replayer};
use durable_service::model::{ExecutionArn, ExecutionStatus};
use durable_service::{Execution, InvocationRecord, Service};

pub(crate) use program::Program;
pub(crate) use report::{Checked, Differs, Report, Verdict};

/// An execution that was replayed.
#[derive(Debug, Clone)]
pub(crate) struct Replayed {
    pub(crate) arn: ExecutionArn,
    pub(crate) name: String,
    pub(crate) status: ExecutionStatus,
    pub(crate) replay: Replay,
}

/// Which executions are replayed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wanted {
    /// Only those that are open.
    pub(crate) open: bool,
    /// The newest so many; all without.
    pub(crate) limit: Option<usize>,
}

impl Wanted {
    /// The executions of a function, the newest first.
    pub(crate) fn select(self, service: &Service, function: &str) -> Vec<ExecutionArn> {
        let has_run = |execution: &&Execution| {
            execution.function() == function
                && execution
                    .invocations()
                    .iter()
                    .any(InvocationRecord::has_ended)
                && !(self.open && execution.status().is_terminal())
        };
        let executions = service.executions().rev().filter(has_run);
        executions
            .take(self.limit.unwrap_or(usize::MAX))
            .map(|execution| execution.arn().clone())
            .collect()
    }
}

/// Replays executions, one after the other. `look` shows one of them; one that is gone meanwhile is left out.
///
/// # Errors
///
/// If the program cannot be started.
pub(crate) async fn replay(
    program: &Program,
    arns: Vec<ExecutionArn>,
    look: impl Fn(&ExecutionArn, &mut dyn FnMut(&Execution)),
) -> Result<Vec<Replayed>, String> {
    let mut all = Vec::new();
    for arn in arns {
        let mut started = None;
        look(&arn, &mut |execution| {
            let replayer = Replayer::of_execution(program, execution);
            let is_open = !execution.status().is_terminal();
            started = Some((
                if is_open {
                    replayer.at_present()
                } else {
                    replayer
                },
                execution.name().to_owned(),
                execution.status(),
            ));
        });
        let Some((replayer, name, status)) = started else {
            continue;
        };
        let replay = replayer.accepting(Accepted::harmless()).run().await?;
        all.push(Replayed {
            arn,
            name,
            status,
            replay,
        });
    }
    Ok(all)
}
