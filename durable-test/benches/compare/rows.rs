//! What is compared: a row for each workload.

use crate::contenders::{Round, Task, crashes, ours, sdk};
use crate::workflows::{callbacks, failures, map, retries, steps, waits};

/// Who runs a workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contender {
    /// The SDK's `LocalRunner` as it is.
    SdkDefault,
    /// The SDK's `LocalRunner` with `single_page`.
    SdkSinglePage,
    /// Ours.
    Checked,
    /// Ours, without the check of determinism.
    Unchecked,
}

impl Contender {
    pub(crate) const ALL: [Self; 4] = [
        Self::SdkDefault,
        Self::SdkSinglePage,
        Self::Checked,
        Self::Unchecked,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SdkDefault => "default",
            Self::SdkSinglePage => "single_page",
            Self::Checked => "ours",
            Self::Unchecked => "unchecked",
        }
    }
}

/// A workload, with what makes a round of it for a contender that can run it.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    make: Box<dyn Fn(Contender) -> Option<Round>>,
}

impl Row {
    pub(crate) fn round(&self, contender: Contender) -> Option<Round> {
        (self.make)(contender)
    }
}

/// A row for all contenders; the third argument says whether the SDK's default is among them, which takes
/// time by the square of the operations.
macro_rules! row {
    ($name:literal, $task:expr, $by_default:literal) => {
        Row {
            name: $name,
            make: Box::new(|contender| match contender {
                Contender::SdkDefault => $by_default.then(|| sdk($task, false)),
                Contender::SdkSinglePage => Some(sdk($task, true)),
                Contender::Checked => Some(ours($task, true)),
                Contender::Unchecked => Some(ours($task, false)),
            }),
        }
    };
}

pub(crate) fn rows() -> Vec<Row> {
    vec![
        row!("1 step, a runner each", Task::one(steps, 1), true),
        row!("100 steps", Task::one(steps, 100), true),
        row!("1,000 steps", Task::one(steps, 1_000), true),
        row!("2,900 steps", Task::one(steps, 2_900), false),
        row!("100 waits", Task::one(waits, 100), true),
        row!("300 waits", Task::one(waits, 300), true),
        row!("map of 100, a step each", Task::one(map, 100), true),
        row!("map of 1,000, a step each", Task::one(map, 1_000), false),
        row!("20 retried steps", Task::one(retries, 20), true),
        row!("20 failing steps", Task::one(failures, 20), true),
        row!("20 callbacks", Task::replied_to(callbacks, 20), true),
        row!(
            "1,000 executions of 3 steps, one runner",
            Task::many(steps, 3, 1_000),
            true
        ),
        row!(
            "256 cases of a property, 5 steps each",
            Task::cases(steps, 5, 256),
            true
        ),
        Row {
            name: "explore_crashes, 50 steps",
            make: Box::new(|contender| {
                (contender == Contender::Checked).then(|| crashes(Task::one(steps, 50)))
            }),
        },
    ]
}
