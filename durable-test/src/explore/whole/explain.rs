//! What is said about a run that fails: the smallest plan that does, in words, and what avoids it.

use super::deviations::Ran;
use super::failure::ExplorationFailure;
use super::frontier::Point;
use super::inevitable::Inevitable;
use super::trials::Trials;
use super::words;
use crate::explore::crashes::report::Finding;
use crate::explore::shrink::Shrink;
use crate::plan::{Plan, Repeat};
use crate::results::Deviation;
use crate::{Error, ErrorKind, ExecutionResult};

/// What a failing run may take to be made small.
const MAX_SHRINKING: usize = 60;

impl Trials {
    /// Makes a failing plan small, and says all that is to be said about it.
    pub(super) async fn explain(
        &mut self,
        ran: &Ran,
        findings: Vec<Finding>,
    ) -> Result<Error, Error> {
        let wanted = kind_of(&findings);
        let plan = self.smallest(ran, &wanted).await?;
        let mut again = self.make(&plan).await?;
        let mut findings = self.findings(&mut again).await?;
        let mut notes = Vec::new();
        if kind_of(&findings) == wanted {
            notes.extend(self.inevitable(&again, &wanted).await?);
        } else {
            again = self.make(&ran.plan).await?;
            findings = self.findings(&mut again).await?;
            let disagreeing = if kind_of(&findings) == wanted {
                &plan
            } else {
                &ran.plan
            };
            notes.push(format!(
                "two runs of the plan {disagreeing} do not agree: something is not under the harness's control, such \
                 as a clock, random numbers, the order of a HashMap or another thread"
            ));
        }
        if findings.is_empty() {
            findings = vec![Finding::Uncontrolled];
        }
        let deviations = words::of(&again, &self.first);
        let Ran { plan, explored, .. } = again;
        Ok(self.failure(plan, deviations, findings, explored.result, notes))
    }

    /// The smallest plan that was found to fail in the same way.
    async fn smallest(&mut self, ran: &Ran, wanted: &str) -> Result<Plan, Error> {
        let mut shrink = Shrink::new(ran.plan.clone(), &ran.choices, MAX_SHRINKING);
        let mut smallest = ran.plan.clone();
        while let Some(candidate) = shrink.next() {
            let fails = self.fails(&candidate, wanted).await?;
            shrink.answer(fails);
            if fails {
                smallest = candidate;
            }
        }
        Ok(smallest)
    }

    /// Whether a plan fails in that way, and all of it strikes.
    async fn fails(&mut self, plan: &Plan, wanted: &str) -> Result<bool, Error> {
        let mut ran = self.make(plan).await?;
        if ran.explored.missed.is_some() {
            return Ok(false);
        }
        let findings = self.findings(&mut ran).await?;
        Ok(kind_of(&findings) == wanted)
    }

    /// Which of the ways to go on avoid the failure.
    async fn inevitable(&mut self, ran: &Ran, wanted: &str) -> Result<Option<String>, Error> {
        let last = ran.plan.last_call();
        let mut later = Vec::new();
        let offers = self.offers(ran);
        for segment in ran.segments() {
            later.extend(
                self.deviations(ran, &segment, offers.as_ref())
                    .into_iter()
                    .filter_map(|deviation| match deviation.waiting.at {
                        Point::Call(number) if number > last => Some((number, deviation.waiting)),
                        _ => None,
                    }),
            );
        }
        later.sort_by_key(|(number, _)| *number);
        let mut inevitable = Inevitable::new(later.len());
        while let Some(index) = inevitable.next() {
            let Some((_, way)) = later.get(index) else {
                break;
            };
            let fails = self.fails(&way.plan, wanted).await?;
            inevitable.answer(fails, way.at);
        }
        Ok(inevitable.in_words(&ran.explored.trace))
    }

    /// The error about a failing run; a report of the test shows it beside the undisturbed one.
    pub(super) fn failure(
        &self,
        plan: Plan,
        deviations: Vec<Deviation>,
        findings: Vec<Finding>,
        actual: ExecutionResult,
        notes: Vec<String>,
    ) -> Error {
        let runner = &self.run.runner;
        let expected = self.first.explored.result.clone();
        let words = deviations.iter().map(|deviation| deviation.text.clone());
        let words = words.collect();
        let actual = actual.deviating(deviations);
        runner.recent().record(&expected);
        if plan.deviations() > 0 {
            runner.recent().record(&actual);
        }
        let failure = ExplorationFailure {
            function: runner.function().to_owned(),
            repeat: Repeat::of(plan.clone()),
            plan,
            words,
            findings,
            expected,
            actual,
            notes,
            survived: self.survived,
        };
        ErrorKind::Exploration(Box::new(failure)).into()
    }
}

/// In which way a run fails: what makes two failures the same one.
fn kind_of(findings: &[Finding]) -> String {
    findings.first().map(Finding::kind).unwrap_or_default()
}
