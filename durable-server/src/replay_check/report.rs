//! What a replay check found, as JSON and as text.

use std::fmt::Write as _;

use durable_replay::{Difference, Effect, Replay};
use durable_view::{count, visible};
use serde::{Deserialize, Serialize};

use super::Replayed;

/// What a check found, as the server sends it to the command line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Report {
    /// The function.
    pub(crate) function: String,
    /// Its executions, the newest first.
    pub(crate) executions: Vec<Checked>,
}

/// An execution that was replayed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Checked {
    pub(crate) durable_execution_arn: String,
    pub(crate) name: String,
    pub(crate) status: String,
    pub(crate) verdict: Verdict,
    /// Invocations that were replayed.
    pub(crate) invocations: usize,
    /// Operations on record, and those of them that were compared.
    pub(crate) operations: usize,
    pub(crate) compared: usize,
    /// What differs: first what is not harmless, if anything is, and then what is.
    pub(crate) differences: Vec<Differs>,
}

/// What the present program does to an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Verdict {
    /// It goes on as recorded.
    Same,
    /// It goes on as it would have: what differs is behind it.
    Harmless,
    /// It goes on, and does something else.
    Changes,
    /// It fails.
    Breaks,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Differs {
    /// The recorded invocation in whose replay it shows, from 1.
    pub(crate) invocation: usize,
    pub(crate) effect: Verdict,
    pub(crate) recorded: String,
    pub(crate) replayed: String,
    pub(crate) why: String,
}

/// How many executions have each verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) going_on: usize,
    pub(crate) changes: usize,
    pub(crate) breaks: usize,
}

impl From<Effect> for Verdict {
    fn from(effect: Effect) -> Self {
        match effect {
            Effect::Harmless => Self::Harmless,
            Effect::Changes => Self::Changes,
            Effect::Breaks => Self::Breaks,
        }
    }
}

impl Verdict {
    fn of(replay: &Replay) -> Self {
        match &replay.difference {
            Some(difference) => difference.effect.into(),
            None if replay.accepted.is_empty() => Self::Same,
            None => Self::Harmless,
        }
    }

    /// What happens to an execution, or to one under way like it if it is over.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Same => "goes on",
            Self::Harmless => "goes on (what differs is behind it)",
            Self::Changes => "changes",
            Self::Breaks => "breaks",
        }
    }
}

impl From<&Difference> for Differs {
    fn from(difference: &Difference) -> Self {
        Self {
            invocation: difference.invocation,
            effect: difference.effect.into(),
            recorded: difference.divergence.recorded(),
            replayed: difference.divergence.replayed(),
            why: difference.why.clone(),
        }
    }
}

impl From<&Replayed> for Checked {
    fn from(replayed: &Replayed) -> Self {
        let replay = &replayed.replay;
        let differences = replay.difference.iter().chain(&replay.accepted);
        Self {
            durable_execution_arn: replayed.arn.to_string(),
            name: replayed.name.clone(),
            status: replayed.status.as_str().to_owned(),
            verdict: Verdict::of(replay),
            invocations: replay.invocations,
            operations: replay.recorded,
            compared: replay.compared,
            differences: differences.map(Differs::from).collect(),
        }
    }
}

impl Report {
    /// The report on executions of a function.
    pub(crate) fn new(function: &str, replayed: &[Replayed]) -> Self {
        Self {
            function: function.to_owned(),
            executions: replayed.iter().map(Checked::from).collect(),
        }
    }

    /// How many executions have each verdict.
    pub(crate) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for execution in &self.executions {
            match execution.verdict {
                Verdict::Same | Verdict::Harmless => counts.going_on += 1,
                Verdict::Changes => counts.changes += 1,
                Verdict::Breaks => counts.breaks += 1,
            }
        }
        counts
    }

    /// The report for a person.
    pub(crate) fn to_text(&self) -> String {
        let Counts {
            going_on,
            changes,
            breaks,
        } = self.counts();
        let plural = if self.executions.len() == 1 { "" } else { "s" };
        let mut text = format!(
            "{} execution{plural} of {} replayed on its present program: {} go on, {} change, {} break\n",
            count(self.executions.len()),
            self.function,
            count(going_on),
            count(changes),
            count(breaks)
        );
        for execution in &self.executions {
            let (verdict, name, status) = (
                execution.verdict.words(),
                visible(&execution.name),
                &execution.status,
            );
            let arn = &execution.durable_execution_arn;
            let _ = write!(text, "\n{verdict}: {name} ({status})\n  {arn}\n");
            for differs in &execution.differences {
                let Differs {
                    invocation,
                    recorded,
                    replayed,
                    why,
                    ..
                } = differs;
                let (recorded, replayed) = (visible(recorded), visible(replayed));
                let _ = write!(
                    text,
                    "  invocation {invocation}\n    recorded: {recorded}\n    replayed: {replayed}\n    {}\n",
                    visible(why)
                );
            }
        }
        text
    }
}
