//! Why an exploration claims nothing about sequences of crashes.

use std::collections::BTreeSet;

use super::Choice;
use crate::explore::orders::{has_due_times, has_free_bodies, unseen_bodies};
use crate::explore::repeated::Explored;
use crate::plan::Loss;

/// The losses that make up any sequence of crashes.
const NEEDED: &[Loss] = &[
    Loss::BeforeStored,
    Loss::AfterStored,
    Loss::ResponseLost,
    Loss::AnswerLost,
    Loss::GivenUp,
];

/// What the runs showed that a claim depends on.
#[derive(Debug, Default)]
pub(super) struct Claims {
    /// Whether states leave failures out, for nothing is ever due in the undisturbed run.
    pub(super) forgets_failures: bool,
    /// Whether something is due in another run all the same.
    has_late_times: bool,
    /// Steps whose bodies no hook saw.
    unseen: BTreeSet<String>,
    /// Whether bodies ran side by side that the harness does not hold.
    pub(super) has_free_bodies: bool,
}

impl Claims {
    /// Notes what a run shows.
    pub(super) fn look_at(&mut self, run: &Explored) {
        self.unseen.extend(unseen_bodies(&run.trace));
        self.has_late_times |= self.forgets_failures && has_due_times(&run.trace);
        self.has_free_bodies |= has_free_bodies(&run.trace);
    }

    /// The reasons in words, none if sequences of crashes can be claimed.
    pub(super) fn missing(
        &self,
        choice: &Choice,
        one_thread: bool,
        is_controlled: bool,
        counts_bodies: bool,
    ) -> Vec<String> {
        let mut reasons = Vec::new();
        let losses = &choice.losses;
        if !NEEDED.iter().all(|needed| losses.contains(needed)) {
            let tried: Vec<&str> = losses.iter().map(|loss| loss.name()).collect();
            reasons.push(if tried.is_empty() {
                "no losses were tried".to_owned()
            } else {
                format!("of the losses only {} were tried", tried.join(", "))
            });
        }
        if !one_thread {
            reasons.push("several threads run the function".to_owned());
        }
        if !is_controlled {
            reasons.push("not all is under the harness's control".to_owned());
        }
        if self.has_late_times {
            reasons.push(
                "a run has a timer, a callback, a retry or an invoke, and the undisturbed one has none: by how many \
                 failures it was late is not compared"
                    .to_owned(),
            );
        }
        if counts_bodies && !self.unseen.is_empty() {
            let unseen: Vec<&str> = self.unseen.iter().map(String::as_str).collect();
            reasons.push(format!(
                "the test has state outside of the workflow, and the bodies of {} are not counted, for they are not \
                 those of a #[durable_step]; `.outside(|| hash)` tells the states apart",
                unseen.join(", ")
            ));
        }
        reasons
    }
}

#[cfg(test)]
mod tests {
    use durable_runtime::prelude::*;

    use super::super::tests::search;
    use super::*;
    use crate::DurableRunner;

    async fn thinks((): (), ctx: DurableContext) -> Result<(), BoxError> {
        ctx.wait(Duration::from_mins(5)).name("think").await?;
        Ok(())
    }

    #[tokio::test]
    async fn what_is_due_in_another_run_alone_is_a_reason() {
        let search = search(DurableRunner::local(thinks)).await;
        for (forgets_failures, reasons) in [(false, 0), (true, 1)] {
            let mut claims = Claims {
                forgets_failures,
                ..Claims::default()
            };
            claims.look_at(&search.trials.first.explored);
            let found = claims.missing(&search.trials.choice, true, true, true);
            assert_eq!(found.len(), reasons);
            let of_times = |reason: &String| reason.starts_with("a run has a timer, a callback");
            assert!(found.iter().all(of_times), "{found:?}");
        }
    }
}
