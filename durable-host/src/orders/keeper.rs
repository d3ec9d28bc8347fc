//! The keeper of an order: it holds bodies before they run, and lets one run at a time.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use durable_service::model::Timestamp;
use tokio::sync::watch;

use super::{Order, Rule};
use crate::bodies::{Body, BodyEnd, BodyWatcher, Hold};
use crate::quiet::{QUIET_ROUNDS, QUIET_TIME, on_one_thread};

/// A choice that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The number of what was taken, from 0.
    pub taken: usize,
    /// What there was to choose from.
    pub options: Vec<String>,
}

/// A choice that an order makes and a run did not offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissedChoice {
    /// Which of the run's choices, from 0.
    pub index: usize,
    /// The number that the order has there.
    pub wanted: usize,
    /// What there was to choose from.
    pub options: Vec<String>,
}

/// Makes the choices of a run by an order. Clones are the same keeper.
#[derive(Debug, Clone)]
pub struct OrderKeeper(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Told whenever a body begins or ends.
    changed: watch::Sender<()>,
}

#[derive(Debug)]
struct State {
    rule: Rule,
    random: fastrand::Rng,
    choices: Vec<Choice>,
    /// The first choice of the rule that the run did not offer.
    missed: Option<MissedChoice>,
    /// Bodies that run, by their numbers; one at a time but for those that began before.
    running: HashSet<u64>,
    /// Bodies that wait for their turn to run.
    held: Vec<Body>,
    /// The one whose turn it is.
    chosen: Option<u64>,
    /// Questions of held bodies since something happened.
    quiet: usize,
    /// The things due together that are under way: their time, and whether each is noticed alone.
    together: Option<(Timestamp, bool)>,
    is_over: bool,
}

/// What a held body does next.
enum Turn {
    Go,
    /// Ask again when every other task had a chance to run.
    Ask,
    /// A body runs, and nothing goes on before it ends.
    Wait,
}

impl OrderKeeper {
    /// A keeper of that order.
    #[must_use]
    pub fn new(order: &Order) -> Self {
        let seed = match order.0 {
            Rule::Seed(seed) => seed,
            Rule::Choices(_) => 0,
        };
        Self(Arc::new(Shared {
            state: Mutex::new(State {
                rule: order.0.clone(),
                random: fastrand::Rng::with_seed(seed),
                choices: Vec::new(),
                missed: None,
                running: HashSet::new(),
                held: Vec::new(),
                chosen: None,
                quiet: 0,
                together: None,
                is_over: false,
            }),
            changed: watch::Sender::new(()),
        }))
    }

    /// The choices made so far, where there was something to choose.
    #[must_use]
    pub fn choices(&self) -> Vec<Choice> {
        self.lock().choices.clone()
    }

    /// The first choice of the order that the run did not offer; the first option was taken instead.
    #[must_use]
    pub fn missed_choice(&self) -> Option<MissedChoice> {
        self.lock().missed.clone()
    }

    /// Makes no choices any more: bodies run when they run.
    pub fn finish(&self) {
        self.lock().is_over = true;
        self.0.changed.send_replace(());
    }

    pub(crate) fn is_over(&self) -> bool {
        self.lock().is_over
    }

    /// Chooses one of the things due at a time.
    pub(super) fn choose(&self, options: Vec<String>) -> usize {
        self.lock().choose(options)
    }

    /// Whether the things that are due at that time are noticed each by an invocation of its own. It is
    /// decided when there are several for the first time.
    pub(super) fn one_by_one(&self, due: Timestamp, several: bool) -> bool {
        let mut state = self.lock();
        if let Some((time, one_by_one)) = state.together
            && time == due
        {
            return one_by_one;
        }
        if !several {
            return false;
        }
        let options = ["noticed together", "noticed one by one"].map(str::to_owned);
        let one_by_one = state.choose(options.to_vec()) == 1;
        state.together = Some((due, one_by_one));
        one_by_one
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn something_happened(&self) {
        self.lock().quiet = 0;
        self.changed.send_replace(());
    }
}

impl State {
    fn choose(&mut self, options: Vec<String>) -> usize {
        if options.len() < 2 {
            return 0;
        }
        let taken = match &self.rule {
            Rule::Seed(_) => self.random.usize(..options.len()),
            Rule::Choices(choices) => {
                let index = self.choices.len();
                let wanted = choices.get(index).copied().unwrap_or(0);
                if wanted < options.len() {
                    wanted
                } else {
                    self.missed.get_or_insert_with(|| MissedChoice {
                        index,
                        wanted,
                        options: options.clone(),
                    });
                    0
                }
            }
        };
        self.choices.push(Choice { taken, options });
        taken
    }

    /// Whose turn it is, asked by a held body; `is_quiet` if it has waited for anything to happen in vain.
    fn turn(&mut self, number: u64, is_quiet: bool) -> Turn {
        if self.is_over || self.chosen == Some(number) {
            return Turn::Go;
        }
        if !self.running.is_empty() {
            return Turn::Wait;
        }
        self.quiet += 1;
        let is_quiet = is_quiet || self.quiet > QUIET_ROUNDS * self.held.len();
        if self.chosen.is_none() && is_quiet {
            // Threads may have brought them in any order.
            self.held.sort_by_cached_key(|body| {
                let operation = body.operation.as_ref().map(ToString::to_string);
                (body.name.clone(), operation, body.number)
            });
            let names = self.held.iter().map(|body| body.name.clone()).collect();
            let taken = self.choose(names);
            self.chosen = self.held.get(taken).map(|body| body.number);
        }
        if self.chosen == Some(number) {
            Turn::Go
        } else {
            Turn::Ask
        }
    }
}

impl BodyWatcher for OrderKeeper {
    fn begins(&self, body: &Body) -> Option<Hold> {
        let is_over = {
            let mut state = self.lock();
            if state.is_over {
                state.running.insert(body.number);
            } else {
                state.held.push(body.clone());
            }
            state.is_over
        };
        self.0.something_happened();
        let held = Held {
            shared: Arc::clone(&self.0),
            number: body.number,
        };
        (!is_over).then(|| -> Hold { Box::pin(held.turn()) })
    }

    fn ends(&self, body: &Body, _: BodyEnd) -> Option<Hold> {
        self.lock().running.remove(&body.number);
        self.0.something_happened();
        None
    }

    fn is_dropped(&self, body: &Body) {
        self.lock().running.remove(&body.number);
        self.0.something_happened();
    }
}

/// A held body; it is let go when this is dropped.
struct Held {
    shared: Arc<Shared>,
    number: u64,
}

impl Held {
    async fn turn(self) {
        let mut changed = self.shared.changed.subscribe();
        let is_alone = on_one_thread();
        let mut is_quiet = false;
        loop {
            changed.mark_unchanged();
            let turn = self.shared.lock().turn(self.number, is_quiet);
            match turn {
                Turn::Go => {
                    self.shared.lock().running.insert(self.number);
                    return;
                }
                Turn::Ask if is_alone => tokio::task::yield_now().await,
                Turn::Ask => {
                    let change = tokio::time::timeout(QUIET_TIME, changed.changed());
                    is_quiet = change.await.is_err();
                }
                Turn::Wait => {
                    // The sender lives as long as this.
                    let _ = changed.changed().await;
                    is_quiet = false;
                }
            }
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        {
            let mut state = self.shared.lock();
            state.held.retain(|body| body.number != self.number);
            if state.chosen == Some(self.number) {
                state.chosen = None;
            }
        }
        self.shared.something_happened();
    }
}
