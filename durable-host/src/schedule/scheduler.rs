//! The scheduler: it holds bodies before they run, and lets one run at a time; it holds answers that are late.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::Arc;

use durable_service::model::Timestamp;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::watch;

use super::calls::SeenCall;
use super::order::{Order, Rule};
use crate::quiescence::{Activity, Method, Moment};
use crate::world::{Body, BodyEnd, BodyWatcher, CallTrace, Hold};

/// A choice that was made.
///
/// [`Scheduler::choices`] lists them; [`Order`] has an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The index of what was chosen, from 0.
    pub chosen: usize,
    /// What there was to choose from.
    pub options: Vec<String>,
    /// What kind of things these are.
    pub among: Among,
}

/// What there is to choose from.
///
/// A [`Choice`] has it; [`Order`] has an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Among {
    /// What is held: which goes on next.
    Held {
        /// How many of the options, the first ones, are late answers to checkpoint calls; the others are bodies of
        /// steps, by their paths.
        late_answers: usize,
    },
    /// What is due at one time: which comes first.
    Due {
        /// Whether all of their orders lead to the same: they belong to different operations of one execution, and are
        /// noticed together.
        commutes: bool,
    },
    /// Whether things due at one time are noticed together or one by one.
    Notice,
    /// Invocations of several executions that are due: which is made next.
    Invocations,
}

impl Choice {
    /// How many of the options, the first ones, are late answers to checkpoint calls.
    #[must_use]
    pub fn late_answers(&self) -> usize {
        match self.among {
            Among::Held { late_answers } => late_answers,
            Among::Due { .. } | Among::Notice | Among::Invocations => 0,
        }
    }

    /// How many options there are that may lead to something different.
    #[must_use]
    pub fn different_options(&self) -> usize {
        match self.among {
            Among::Due { commutes: true } => 1,
            _ => self.options.len(),
        }
    }
}

/// A choice that an order makes and a run did not offer.
///
/// [`Scheduler::missed_choice`] returns it; [`Order`] has an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissedChoice {
    /// Which of the run's choices, from 0.
    pub index: usize,
    /// The number that the order has there.
    pub wanted: usize,
    /// What there was to choose from.
    pub options: Vec<String>,
}

/// Makes the choices of a run by an order. Clones are the same scheduler.
///
/// [`LocalHost::set_scheduler`](crate::LocalHost::set_scheduler) takes it; [`Order`] has an example.
#[derive(Debug, Clone)]
pub struct Scheduler(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Notified whenever a body starts or ends.
    changed: watch::Sender<()>,
}

#[derive(Debug)]
struct State {
    order: Order,
    /// Whether its choices are drawn at random, although its order says nothing of them.
    draws: bool,
    random: fastrand::Rng,
    choices: Vec<Choice>,
    /// The first choice of the rule that the run did not offer.
    missed: Option<MissedChoice>,
    /// Bodies that run, by their numbers; one at a time but for those that started before.
    running: HashSet<u64>,
    /// What waits for its turn.
    held: Vec<Held>,
    /// The one whose turn it is.
    chosen: Option<Id>,
    /// Checkpoint calls so far.
    calls: Vec<SeenCall>,
    /// Answers that were held so far.
    answers: u64,
    /// Whether anything goes on beside what is held.
    activity: Activity,
    /// The things due together that are under way: their time, and whether each is noticed alone.
    together: Option<(Timestamp, bool)>,
    is_finished: bool,
}

/// What is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Id {
    /// The answer to a checkpoint call; answers come before bodies.
    Answer(u64),
    /// The run of a body, by its number.
    Body(u64),
}

/// Something that waits for its turn.
#[derive(Debug)]
struct Held {
    id: Id,
    /// What it is called in a choice.
    label: String,
    /// Sorts things of one label.
    operation: Option<String>,
}

/// What something held does next.
enum Turn {
    Go,
    /// Look again when every other task had a chance to run; with the moment of this look.
    Ask(Moment),
    /// A body runs, and nothing goes on before it ends.
    Wait,
}

impl Scheduler {
    /// A scheduler of that order.
    #[must_use]
    pub fn new(order: &Order) -> Self {
        let seed = match order.rule {
            Rule::Seed(seed) => seed,
            Rule::Choices(_) => 0,
        };
        Self::with(order.clone(), false, seed)
    }

    /// A scheduler that draws every choice at random, by a generator of that seed. Unlike one of
    /// [`Order::seed`] it changes nothing else: no answer is late, and tasks run in their order.
    #[must_use]
    pub fn drawing(seed: u64) -> Self {
        Self::with(Order::choices([]), true, seed)
    }

    fn with(order: Order, draws: bool, seed: u64) -> Self {
        Self(Arc::new(Shared {
            state: Mutex::new(State {
                order,
                draws,
                random: fastrand::Rng::with_seed(seed),
                choices: Vec::new(),
                missed: None,
                running: HashSet::new(),
                held: Vec::new(),
                chosen: None,
                calls: Vec::new(),
                answers: 0,
                activity: Activity::default(),
                together: None,
                is_finished: false,
            }),
            changed: watch::Sender::new(()),
        }))
    }

    /// The choices made so far, where there was something to choose.
    #[must_use]
    pub fn choices(&self) -> Vec<Choice> {
        self.lock().choices.clone()
    }

    /// Its order; that of the choices so far if it [draws](Self::drawing) them.
    #[must_use]
    pub fn order(&self) -> Order {
        let state = self.lock();
        if state.draws {
            return Order::choices(state.choices.iter().map(|choice| choice.chosen));
        }
        state.order.clone()
    }

    /// How many choices were made so far.
    #[must_use]
    pub fn number_of_choices(&self) -> usize {
        self.lock().choices.len()
    }

    /// The first choice of the order that the run did not offer; the first option was taken instead, or the run, which
    /// is over, has no such choice.
    #[must_use]
    pub fn missed_choice(&self) -> Option<MissedChoice> {
        let state = self.lock();
        let made = state.choices.len();
        let beyond = state.order.first_choices().iter().enumerate().skip(made);
        // The first option is what a run without a choice takes.
        let mut beyond = beyond.filter(|(_, wanted)| **wanted > 0);
        state.missed.clone().or_else(|| {
            beyond.next().map(|(index, wanted)| MissedChoice {
                index,
                wanted: *wanted,
                options: Vec::new(),
            })
        })
    }

    /// The checkpoint calls so far that the service stored, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<SeenCall> {
        self.lock().calls.clone()
    }

    /// The first checkpoint call whose answer the order has come late, and that the run does not make.
    #[must_use]
    pub fn missed_call(&self) -> Option<u64> {
        let state = self.lock();
        let mut late = state.order.late_answers.iter().copied();
        late.find(|number| !state.calls.iter().any(|call| call.number == *number))
    }

    /// Whether the function's tasks run newest first, where that can be.
    #[must_use]
    pub fn is_newest_first(&self) -> bool {
        self.lock().order.is_newest_first()
    }

    /// Notes a checkpoint call that the service stored; returns whether its answer is late.
    pub(crate) fn delays(&self, call: &CallTrace) -> bool {
        let late_answer = {
            let mut state = self.lock();
            let State { order, random, .. } = &mut *state;
            let late_answer = order.delays(random, call);
            let seen = SeenCall {
                number: call.number.unwrap_or_default(),
                choices_before: state.choices.len(),
                late_answer,
            };
            state.calls.push(seen);
            late_answer
        };
        self.0.something_happened();
        late_answer
    }

    /// Holds the answer to a checkpoint call until nothing else can go on, or bodies of steps alone, and
    /// then until it is chosen.
    pub(crate) fn hold_answer(&self, call: &str) -> Hold {
        let id = {
            let mut state = self.lock();
            state.answers += 1;
            let id = Id::Answer(state.answers);
            state.held.push(Held {
                id,
                label: format!("answer to {call}"),
                operation: None,
            });
            id
        };
        self.0.something_happened();
        let held = Parked {
            shared: Arc::clone(&self.0),
            id,
        };
        Box::pin(held.turn())
    }

    /// Makes no choices any more: bodies run when they run.
    pub fn finish(&self) {
        self.lock().is_finished = true;
        self.0.changed.send_replace(());
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.lock().is_finished
    }

    /// Chooses one of the things due at a time.
    pub(super) fn choose_due(&self, options: Vec<String>, commutes: bool) -> usize {
        self.lock().choose(options, Among::Due { commutes })
    }

    /// Chooses one of the invocations that are due.
    pub(super) fn choose_invocation(&self, options: Vec<String>) -> usize {
        self.lock().choose(options, Among::Invocations)
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
        let one_by_one = state.choose(options.to_vec(), Among::Notice) == 1;
        state.together = Some((due, one_by_one));
        one_by_one
    }

    /// Writes how what is due now, or will be at this very time, is noticed, if that has been decided.
    pub(crate) fn write_outlook(&self, now: Timestamp, to: &mut String) {
        if let Some((time, one_by_one)) = self.lock().together
            && time == now
        {
            // Writing to a string does not fail.
            let _ = writeln!(to, "one by one: {one_by_one}");
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    fn something_happened(&self) {
        self.lock().activity.note();
        self.changed.send_replace(());
    }
}

impl State {
    /// Chooses one of these options.
    fn choose(&mut self, options: Vec<String>, among: Among) -> usize {
        if options.len() < 2 {
            return 0;
        }
        let chosen = match &self.order.rule {
            Rule::Choices(choices) if !self.draws => {
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
            Rule::Choices(_) | Rule::Seed(_) => self.random.usize(..options.len()),
        };
        self.choices.push(Choice {
            chosen,
            options,
            among,
        });
        chosen
    }

    /// Whose turn it is, asked by something held that waited in vain since a moment for anything to happen.
    fn turn(&mut self, id: Id, quiet_since: Option<Moment>) -> Turn {
        if self.is_finished || self.chosen == Some(id) {
            return Turn::Go;
        }
        if !self.running.is_empty() {
            return match id {
                Id::Body(_) => Turn::Wait,
                // What runs may wait for what this answer lets go on.
                Id::Answer(_) if self.activity.is_quiet(quiet_since, self.held.len()) => Turn::Go,
                Id::Answer(_) => Turn::Ask(self.activity.moment()),
            };
        }
        let is_quiet = self.activity.is_quiet(quiet_since, self.held.len());
        if self.chosen.is_none() && is_quiet {
            // Threads may have brought them in any order.
            self.held.sort_by_cached_key(|held| {
                let is_body = matches!(held.id, Id::Body(_));
                (is_body, held.label.clone(), held.operation.clone(), held.id)
            });
            let labels = self.held.iter().map(|held| held.label.clone()).collect();
            let answers = self.held.iter();
            let answers = answers.filter(|held| matches!(held.id, Id::Answer(_)));
            let late_answers = answers.count();
            let chosen = self.choose(labels, Among::Held { late_answers });
            self.chosen = self.held.get(chosen).map(|held| held.id);
        }
        if self.chosen == Some(id) {
            Turn::Go
        } else {
            Turn::Ask(self.activity.moment())
        }
    }
}

impl BodyWatcher for Scheduler {
    fn starts(&self, body: &Body) -> Option<Hold> {
        let is_finished = {
            let mut state = self.lock();
            if state.is_finished {
                state.running.insert(body.number);
            } else {
                state.held.push(Held {
                    id: Id::Body(body.number),
                    label: body.path.clone(),
                    operation: body.operation.as_ref().map(ToString::to_string),
                });
            }
            state.is_finished
        };
        self.0.something_happened();
        let held = Parked {
            shared: Arc::clone(&self.0),
            id: Id::Body(body.number),
        };
        (!is_finished).then(|| -> Hold { Box::pin(held.turn()) })
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

/// Something held; it is let go when this is dropped.
struct Parked {
    shared: Arc<Shared>,
    id: Id,
}

impl Parked {
    async fn turn(self) {
        let mut changed = self.shared.changed.subscribe();
        let method = Method::here();
        let mut quiet_since = None;
        loop {
            changed.mark_unchanged();
            let turn = self.shared.lock().turn(self.id, quiet_since);
            match turn {
                Turn::Go => {
                    if let Id::Body(number) = self.id {
                        self.shared.lock().running.insert(number);
                    }
                    return;
                }
                Turn::Ask(moment) => {
                    let change = async {
                        // The sender lives as long as this.
                        let _ = changed.changed().await;
                    };
                    quiet_since = method.wait_or(change).await.then_some(moment);
                }
                Turn::Wait => {
                    // The sender lives as long as this.
                    let _ = changed.changed().await;
                    quiet_since = None;
                }
            }
        }
    }
}

impl Drop for Parked {
    fn drop(&mut self) {
        {
            let mut state = self.shared.lock();
            state.held.retain(|held| held.id != self.id);
            if state.chosen == Some(self.id) {
                state.chosen = None;
            }
        }
        self.shared.something_happened();
    }
}
