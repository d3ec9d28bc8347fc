//! Exploring crashes, orders, faults and variants of the service in one budget.

mod claims;
mod coverage;
mod deviations;
mod explain;
mod failure;
mod frontier;
mod inevitable;
mod report;
mod search;
mod trials;
mod words;

use std::fmt;
use std::future::IntoFuture;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;

use durable_host::NoteStates;
use serde::Serialize;

use super::template::{Template, exploration_options, reduction_options};
use super::workers::Workers;
use crate::faults::Variant;
use crate::misuse::Misuse;
use crate::plan::FaultKind;
use crate::plan::Loss;
use crate::{DurableRunner, Error, Run};
pub use coverage::StepCoverage;
pub use failure::ExplorationFailure;
pub use report::ExplorationReport;
use search::Search;

/// How many runs an exploration makes by default.
const MAX_RUNS: usize = 500;

impl DurableRunner {
    /// Explores a run without options of its own: short for `runner.run(input).explore()`, see [`Run::explore`].
    #[track_caller]
    pub fn explore(&self, input: impl Serialize) -> Explore {
        self.run(input).explore()
    }
}

impl Run {
    /// Runs the workflow under crashes, in other orders of its concurrent events, with faults and on variants of the
    /// service, in one budget: await what this returns. Every run must have the outcome of the undisturbed one.
    ///
    /// Runs with one deviation come first, then those with two, and so on; each differs from a run before by one
    /// crash, one choice, one late answer or one fault more. What the next invocation of a function will see is a
    /// *state*: all that the service and the test have stored. The future depends on nothing else, so a state that was
    /// met before is not explored again. When every single crash was tried from every state that crashes lead to, any
    /// sequence of crashes has been covered, and the report says `closed: every sequence of crashes`; else
    /// `open: 12 states left`.
    ///
    /// That holds under assumptions, which the book lists: bodies of steps depend on their arguments alone, and crashes
    /// are few enough in a row for the service to go on. If the test has state of its own outside of the workflow, such
    /// as a fake bank that [`setup`](Explore::setup) resets, states with different effects are told apart by how often
    /// each body ran, unless [`outside`](Explore::outside) hashes it.
    ///
    /// As in [`explore_orders`](Run::explore_orders), bodies run one at a time. Several outcomes that are correct are
    /// allowed as there, by [`allow`](Explore::allow). A failing plan is made as small as possible; the message has it in
    /// words and as text that repeats it ([`Plan`](crate::explore::Plan)). Local mode only.
    ///
    /// ```
    /// # use durable_runtime::prelude::*;
    /// # use durable_test::prelude::*;
    /// # #[durable_step]
    /// # async fn charge() -> u64 { 42 }
    /// # #[durable_step]
    /// # async fn ship() -> u64 { 1 }
    /// async fn order(_: (), ctx: DurableContext) -> Result<u64, BoxError> {
    ///     Ok(charge(&ctx).await? + ship(&ctx).await?)
    /// }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///
    /// let runner = DurableRunner::local(order)?;
    /// let report = runner.run(()).explore().await?;
    /// assert!(report.is_closed(), "{report}");
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn explore(self) -> Explore {
        let mut template = Template::new(self);
        let options = &mut template.request.options;
        if let Some(order) = options.order.take() {
            options.refuse(Misuse::Argument {
                call: "explore()".to_owned(),
                reason: format!(
                    "an exploration chooses the orders of its runs; leave `.order({order})` out"
                ),
                at: Location::caller(),
            });
        }
        template.limits.runs = Some(MAX_RUNS);
        Explore {
            template,
            choice: Choice {
                losses: Loss::ALL
                    .iter()
                    .copied()
                    // Orders have late answers of their own, at fewer calls.
                    .filter(|loss| *loss != Loss::AnswerLate)
                    .collect(),
                faults: Vec::new(),
                variants: Variant::ALL.to_vec(),
                orders: true,
                every_plan: false,
                never_repeats: Vec::new(),
            },
        }
    }
}

/// An exploration of everything, with its options and those of its runs; it starts when it is awaited.
///
/// It makes 500 runs at most, unless [`budget`](Self::budget) says otherwise.
///
/// Made by [`Run::explore`](crate::Run::explore), with an example.
#[must_use = "nothing happens until it is awaited"]
pub struct Explore {
    template: Template,
    choice: Choice,
}

/// What to explore.
struct Choice {
    losses: Vec<Loss>,
    faults: Vec<FaultKind>,
    variants: Vec<Variant>,
    orders: bool,
    every_plan: bool,
    never_repeats: Vec<String>,
}

exploration_options!(Explore);
reduction_options!(Explore);

impl Explore {
    fn template(&mut self) -> &mut Template {
        &mut self.template
    }

    /// The kinds of loss to try; all by default but [`Loss::AnswerLate`], which orders have. With none, no crashes.
    pub fn losses(mut self, losses: impl IntoIterator<Item = Loss>) -> Self {
        self.choice.losses = losses.into_iter().collect();
        self
    }

    /// Faults to try beside crashes, at every checkpoint call or invocation; none by default.
    pub fn try_faults(mut self, kinds: impl IntoIterator<Item = FaultKind>) -> Self {
        self.choice.faults = kinds.into_iter().collect();
        self
    }

    /// The variants of the service to try; all by default.
    pub fn variants(mut self, variants: impl IntoIterator<Item = Variant>) -> Self {
        self.choice.variants = variants.into_iter().collect();
        self
    }

    /// Whether orders of concurrent events are explored; they are by default.
    pub fn orders(mut self, explored: bool) -> Self {
        self.choice.orders = explored;
        self
    }

    /// Hashes the state that the test has outside of the workflow, such as that of a fake bank: equal hashes must mean
    /// that no run can tell the states apart. States are then compared with it; without it, those in which some body
    /// ran more often count as different, and sequences of crashes are hardly ever closed.
    ///
    /// It is called before each invocation.
    pub fn outside(mut self, hash: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.template.outside = Some(Arc::new(hash));
        self
    }

    /// Runs those plans as well that are known to lead to the same as another one: a state that was met before is
    /// explored again, a crash is run that leaves what another one left, and so is [every order](Self::every_order). It
    /// shows what leaving them out saves, and that it loses nothing; the budget has to be large.
    ///
    /// ```
    /// # use durable_runtime::prelude::*;
    /// # use durable_test::prelude::*;
    /// # #[durable_step]
    /// # async fn charge() -> u64 { 42 }
    /// # #[durable_step]
    /// # async fn ship() -> u64 { 1 }
    /// async fn order(_: (), ctx: DurableContext) -> Result<u64, BoxError> {
    ///     Ok(charge(&ctx).await? + ship(&ctx).await?)
    /// }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///
    /// let runner = DurableRunner::local(order)?;
    /// let pruned = runner.explore(()).await?;
    /// let every = runner.explore(()).every_plan().budget(2 * pruned.plans()).await?;
    /// assert!(pruned.is_closed() && !every.is_closed());
    /// assert_eq!(every.merged(), 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn every_plan(mut self) -> Self {
        self.choice.every_plan = true;
        self.every_order()
    }

    /// Requires that the bodies of these steps, by name or path, never run again after a run that did not fail.
    pub fn never_repeats<S: Into<String>>(mut self, steps: impl IntoIterator<Item = S>) -> Self {
        let steps = steps.into_iter().map(Into::into);
        self.choice.never_repeats.extend(steps);
        self
    }

    async fn explore(self) -> Result<ExplorationReport, Error> {
        self.start().await?.finish().await
    }

    /// Makes the undisturbed run.
    async fn start(mut self) -> Result<Search, Error> {
        let counts_bodies = self.template.outside.is_none()
            && (self.template.has_state_outside() || !self.choice.never_repeats.is_empty());
        self.template.note = NoteStates::Stored {
            bodies: counts_bodies,
            failures: true,
            instants: true,
        };
        let limits = self.template.limits;
        let threads = self.template.threads;
        let reduction = self.template.reduction.clone();
        let run = self.template.ready("`explore`")?;
        let workers = Workers::start(&run, threads)?;
        Search::start(run, workers, self.choice, limits, counts_bodies, reduction).await
    }
}

impl fmt::Debug for Explore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explore")
            .field("run", &self.template.request)
            .field("losses", &self.choice.losses)
            .field("faults", &self.choice.faults)
            .field("variants", &self.choice.variants)
            .field("limits", &self.template.limits)
            .finish_non_exhaustive()
    }
}

impl IntoFuture for Explore {
    type Output = Result<ExplorationReport, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.explore())
    }
}

#[cfg(test)]
mod tests {
    use super::deviations::Ran;
    use super::search::Search;
    use crate::{DurableRunner, Error};

    /// A search that has made its undisturbed run.
    pub(super) async fn search(runner: Result<DurableRunner, Error>) -> Search {
        runner.unwrap().explore(()).start().await.unwrap()
    }

    /// The run of a plan.
    pub(super) async fn run(search: &Search, plan: &str) -> Ran {
        search.trials.make(&plan.parse().unwrap()).await.unwrap()
    }
}
