//! Orders: how choices are made, as a value and as the code that repeats it.

use std::collections::BTreeSet;
use std::fmt;

/// In which order concurrent things happen in a run.
///
/// An order makes the choices between bodies of durable steps, timers and callback answers, and it may delay
/// the answers to checkpoint calls, which are counted from 1 as those of a crash point are.
///
/// `Display` writes the code that makes it.
///
/// [`Scheduler::new`](crate::Scheduler::new) takes it.
///
/// ```
/// use std::time::Duration;
///
/// use durable_host::{DriveLimits, HostSettings, LocalHost, Order, Scheduler};
/// use durable_runtime::IntoService as _;
/// use durable_runtime::prelude::*;
/// use durable_service::StartRequest;
///
/// #[durable_step]
/// async fn double(n: u64) -> u64 {
///     2 * n
/// }
///
/// async fn doubles(numbers: Vec<u64>, ctx: DurableContext) -> Result<Vec<u64>, BoxError> {
///     let calls: Vec<_> = numbers
///         .into_iter()
///         .map(|n| double(&ctx, n).name(format!("double-{n}")).future())
///         .collect();
///     Ok(ctx.try_join_all(calls).await?)
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let host = LocalHost::new(HostSettings::default());
/// host.register("doubles", |options| doubles.into_service(options))?;
/// // Of the two bodies, the second one runs first.
/// let scheduler = Scheduler::new(&Order::choices([1]));
/// host.set_scheduler(&scheduler);
///
/// let arn = host.start(StartRequest::new("doubles", "[1, 2]"))?;
/// let limits = DriveLimits { timeout: Duration::from_mins(1), max_invocations: 10 };
/// host.run_until_closed(&arn, limits).await?;
///
/// let choices = scheduler.choices();
/// assert_eq!((choices[0].chosen, choices[0].options.len()), (1, 2));
/// assert_eq!(scheduler.missed_choice(), None);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Order {
    pub(super) rule: Rule,
    pub(super) late_answers: BTreeSet<u64>,
    pub(super) newest_first: bool,
}

/// How choices are made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Rule {
    Seed(u64),
    Choices(Vec<usize>),
}

impl Order {
    /// Every choice is drawn at random, and so are late answers where something can go on meanwhile, by a
    /// generator of that seed: equal seeds, equal orders. With an odd seed, tasks run newest first.
    #[must_use]
    pub const fn seed(seed: u64) -> Self {
        Self::of(Rule::Seed(seed))
    }

    /// The first choices by their numbers, from 0. Those after them take the first of what there is. A run
    /// that has no such number to choose fails.
    #[must_use]
    pub fn choices(choices: impl IntoIterator<Item = usize>) -> Self {
        Self::of(Rule::Choices(choices.into_iter().collect()))
    }

    /// The answer to the checkpoint call of that number comes late: the service stores the call, and all else
    /// that can go on does so before the answer arrives, except other calls of the invocation, which the SDK
    /// makes one after the other. A run that makes no such call fails.
    #[must_use]
    pub fn late_answer(mut self, call: u64) -> Self {
        self.late_answers.insert(call);
        self
    }

    /// The function's tasks run newest first: of several that can run, the one that was spawned or woken last
    /// does, instead of the first. So the last input of a `race`, a `map` or another combinator makes its first
    /// call first, as may happen on AWS, where functions run on several threads. Of no effect on such a runtime
    /// here, and where tokio's clock is paused.
    #[must_use]
    pub fn newest_first(mut self) -> Self {
        self.newest_first = true;
        self
    }

    /// The seed, if choices are drawn at random.
    #[must_use]
    pub fn drawn_by(&self) -> Option<u64> {
        match self.rule {
            Rule::Seed(seed) => Some(seed),
            Rule::Choices(_) => None,
        }
    }

    /// The first choices by their numbers; empty if they are drawn at random.
    #[must_use]
    pub fn first_choices(&self) -> &[usize] {
        match &self.rule {
            Rule::Seed(_) => &[],
            Rule::Choices(choices) => choices,
        }
    }

    /// The numbers of the checkpoint calls whose answers it has come late, in ascending order.
    pub fn late_calls(&self) -> impl Iterator<Item = u64> {
        self.late_answers.iter().copied()
    }

    /// Whether tasks run newest first.
    #[must_use]
    pub fn is_newest_first(&self) -> bool {
        match self.rule {
            Rule::Seed(seed) => self.newest_first || !seed.is_multiple_of(2),
            Rule::Choices(_) => self.newest_first,
        }
    }

    const fn of(rule: Rule) -> Self {
        Self {
            rule,
            late_answers: BTreeSet::new(),
            newest_first: false,
        }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rule {
            Rule::Seed(seed) => write!(f, "Order::seed({seed})")?,
            Rule::Choices(choices) => write!(f, "Order::choices({choices:?})")?,
        }
        if self.newest_first {
            f.write_str(".newest_first()")?;
        }
        for call in &self.late_answers {
            write!(f, ".late_answer({call})")?;
        }
        Ok(())
    }
}
