//! Explores small workflows, and counts.

use std::fmt;

use durable_test::explore::{Allow, ExplorationReport};
use durable_test::prelude::*;

use super::handler::interpret;
use super::program::{Op, Program};

/// How far each workflow is explored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// Plans of crashes, orders and variants together.
    pub(crate) plans: usize,
    /// Runs of each of the two explorations that go deeper into one of these.
    pub(crate) runs: usize,
}

/// What explorations of several workflows came to.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    workflows: usize,
    plans: usize,
    states: usize,
    closed: usize,
    with_lost_tokens: usize,
    /// What was found, each with its workflow.
    pub(crate) findings: Vec<String>,
}

impl Tally {
    /// Explores a workflow, and returns what is wrong.
    pub(crate) async fn add(&mut self, program: &[Op], effort: Effort) -> Option<&str> {
        self.workflows += 1;
        let wrong = match explore(program, effort).await {
            Ok(report) => {
                self.plans += report.plans();
                self.states += report.states();
                self.closed += usize::from(report.is_closed());
                self.with_lost_tokens += usize::from(report.lost_tokens() > 0);
                let is_controlled = report.uncontrolled().is_empty();
                (!is_controlled).then(|| report.to_string())
            }
            Err(error) => Some(error.to_string()),
        };
        let wrong = wrong?;
        let json = serde_json::to_string(program).unwrap_or_default();
        self.findings
            .push(format!("{}\n  {json}\n{wrong}", Program(program)));
        self.findings.last().map(String::as_str)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} workflows, {} plans, {} states; {} closed, {} in which the SDK lost its token; {} findings",
            self.workflows,
            self.plans,
            self.states,
            self.closed,
            self.with_lost_tokens,
            self.findings.len()
        )
    }
}

/// When callbacks are answered: when waits end.
const SECOND: Duration = Duration::from_secs(1);

/// A run of a workflow whose callbacks are answered after that time.
pub(crate) fn run(
    program: &[Op],
    answer_after: Duration,
) -> Result<durable_test::Run, durable_test::Error> {
    let run = DurableRunner::local(interpret)?.run(program);
    if !Program(program).any(|op| *op == Op::Callback) {
        return Ok(run);
    }
    let answer = CallbackReply::success("answered").after(answer_after);
    Ok(run.on_callback("*", answer))
}

/// The undisturbed run with its replays, crashes, orders, and all together.
async fn explore(program: &[Op], effort: Effort) -> Result<ExplorationReport, durable_test::Error> {
    let is_race = Program(program).any(|op| matches!(op, Op::Race(_)));
    let owned = program.to_vec();
    let check = move |result: &ExecutionResult| -> TestOutcome {
        let value = result.result()?;
        let is_right = Program(&owned).may_return(&value);
        assert!(is_right, "it returns {value}");
        Ok(())
    };
    // With the harness's checks of a plain run: replays, and what the handler reads.
    check(&run(program, SECOND)?.await?)?;
    macro_rules! allow {
        ($exploration:expr) => {{
            let exploration = $exploration.check(check.clone());
            if is_race {
                // Either branch may win, and `check` accepts no other result.
                let exploration = exploration.allow(Allow::lost_token());
                exploration
                    .allow(Allow::outcome())
                    .allow(Allow::operations())
            } else {
                exploration
            }
        }};
    }
    let crashes = run(program, SECOND)?.explore_crashes().budget(effort.runs);
    allow!(crashes).await?;
    let orders = run(program, SECOND)?.explore_orders().budget(effort.runs);
    allow!(orders).await?;
    let whole = run(program, SECOND)?.explore().budget(effort.plans);
    allow!(whole).await
}
