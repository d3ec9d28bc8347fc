//! What a difference does to the executions that are under way when the new version of a handler is deployed.
//!
//! The SDK compares the type, the kind and the name of each operation with its record, and ends an execution
//! in which they differ. It compares nothing else: the duration of a wait that has started, the function that
//! was called and what a completed step returned are taken as recorded. A record is looked at only if the
//! contexts around it are open.

use std::fmt;

use durable_service::model::OperationId;

use super::Divergence;
use super::divergence::Outcome;
use super::recorded::{Ending, Invocation, Recorded};

/// What a difference does to an execution under way: one of the recorded version that is suspended, and
/// resumes with the handler that differs. The later ones are worse.
///
/// [`Difference::effect`] holds it, and [`Accepted::effect`] takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// It goes on as it would have: what differs is behind it wherever it can be suspended.
    Harmless,
    /// It goes on, and does something else from there on.
    Changes,
    /// It fails.
    Breaks,
}

/// `breaks executions under way`
impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Harmless => "harmless to executions under way",
            Self::Changes => "changes executions under way",
            Self::Breaks => "breaks executions under way",
        })
    }
}

/// A difference between a recording and a handler, with where it shows and what it does.
///
/// [`Replay::difference`](crate::Replay::difference) has the one that is not accepted: the [crate](crate#example)
/// has an example.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// Number of the recorded invocation in whose replay it shows, from 1.
    pub invocation: usize,
    /// What differs.
    pub divergence: Divergence,
    /// What it does to executions under way.
    pub effect: Effect,
    /// Why, in a sentence or two.
    pub why: String,
}

/// `invocation 2: recorded: step "charge"; replayed: step "pay" (breaks executions under way)`
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            invocation,
            divergence,
            effect,
            ..
        } = self;
        let (recorded, replayed) = (divergence.recorded(), divergence.replayed());
        write!(
            f,
            "invocation {invocation}: recorded: {recorded}; replayed: {replayed} ({effect})"
        )
    }
}

/// The differences that a replay accepts.
///
/// ```
/// use durable_replay::Accepted;
///
/// let mut accepted = Accepted::harmless();
/// accepted.operation("ship");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accepted {
    effects: Vec<Effect>,
    operations: Vec<String>,
    /// What has its elements in another order in each replay: operations, or the execution.
    unordered: Vec<Option<OperationId>>,
}

impl Accepted {
    /// Accepts all differences of an effect, and of milder ones.
    pub fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Accepts the differences that are harmless to executions under way.
    #[must_use]
    pub fn harmless() -> Self {
        let mut accepted = Self::default();
        accepted.effect(Effect::Harmless);
        accepted
    }

    /// Accepts all differences of an operation, by its name or path.
    pub fn operation(&mut self, name: impl Into<String>) {
        self.operations.push(name.into());
    }

    /// Accepts all differences of an operation, or of the execution, in the order of elements alone.
    pub(crate) fn order_of(&mut self, subject: Option<&OperationId>) {
        self.unordered.push(subject.cloned());
    }

    /// Whether a difference is that of a collection without an order.
    pub(crate) fn is_unordered(&self, found: &Divergence) -> bool {
        let mut unordered = self.unordered.iter();
        unordered.any(|subject| subject.as_ref() == found.subject()) && found.is_of_order_alone()
    }

    pub(crate) fn covers(&self, recorded: &Recorded, found: &Divergence) -> bool {
        if self.is_unordered(found) {
            return true;
        }
        if self.effects.is_empty() && self.operations.is_empty() {
            return false;
        }
        let (effect, _) = of(recorded, found);
        self.effects.iter().any(|accepted| effect <= *accepted)
            || found.operations().any(|operation| {
                let mut names = recorded.names();
                let called = names.add(operation);
                self.operations.iter().any(|name| called.is(name))
            })
    }
}

/// What a difference does, and why.
pub(crate) fn of(recorded: &Recorded, found: &Divergence) -> (Effect, String) {
    let states = Suspended(recorded);
    match found {
        Divergence::Operation { recorded, .. } => states.of_identity(&recorded.to_string(), &recorded.id),
        Divergence::Input {
            operation, part, ..
        } => {
            let (effect, id) = (states.of_start(&operation.id), &operation.id);
            let taken = format!("The {part} of {operation} is taken when it starts");
            let why = if effect == Effect::Harmless {
                format!("{taken}, which every suspended execution has behind it")
            } else if states.any(|state| states.has_started(state, id)) {
                format!("{taken}: an execution that is suspended before it starts it with the new one")
            } else {
                format!("{taken}: an execution under way starts it with the new one")
            };
            (effect, why)
        }
        Divergence::Added { made } => states.of_code(
            made.parent_id.as_ref(),
            &format!("an execution under way makes {made} too"),
        ),
        Divergence::Removed { recorded } => states.of_code(
            recorded.parent_id.as_ref(),
            &format!(
                "an execution under way ends without {recorded}, or without looking at it again: the SDK does \
                 not compare what the handler no longer makes"
            ),
        ),
        Divergence::Context { operation, .. } => states.of_code(
            Some(&operation.id),
            &format!("an execution that has not ended {operation} yet ends it in the new way"),
        ),
        Divergence::Unreadable { operation, .. } => {
            if states.is_none() || states.any(|state| states.looks_at(state, &operation.id)) {
                let why = format!("an execution that has stored {operation} cannot read its result");
                (Effect::Breaks, capital(&why))
            } else {
                let why = format!(
                    "no suspended execution reads {operation} from its record; only one that is interrupted \
                     just after it stored it (a crash, a timeout of the function) fails"
                );
                (states.of_start(&operation.id), capital(&why))
            }
        }
        Divergence::Execution { recorded, made } => match (recorded, made) {
            (_, Outcome::Crashed(_)) => (
                Effect::Breaks,
                "The invocation fails as long as the service tries it again".to_owned(),
            ),
            (Outcome::Succeeded(_) | Outcome::Suspended, Outcome::Failed(_)) => (
                Effect::Breaks,
                "An execution that resumes there ends as FAILED".to_owned(),
            ),
            _ => (
                Effect::Changes,
                "An execution under way ends in the new way".to_owned(),
            ),
        },
    }
}

/// The states in which executions of a recording can be suspended: the ends of its invocations, but for the
/// one that ended it.
struct Suspended<'a>(&'a Recorded);

impl Suspended<'_> {
    /// How many events each of the states has.
    fn states(&self) -> impl Iterator<Item = usize> {
        let invocations = self.0.invocations();
        let count = match self.0.ending() {
            Ending::Returned(_) => invocations.len().saturating_sub(1),
            Ending::Open => invocations.len(),
        };
        invocations.iter().take(count).map(Invocation::end)
    }

    fn is_none(&self) -> bool {
        self.states().next().is_none()
    }

    fn any(&self, is_one: impl FnMut(usize) -> bool) -> bool {
        self.states().any(is_one)
    }

    fn has_started(&self, state: usize, id: &OperationId) -> bool {
        self.0
            .operation(id)
            .is_some_and(|operation| operation.first_event() < state)
    }

    /// Whether a replay of the state runs the code in a context, or comes to it later.
    fn runs(&self, state: usize, context: Option<&OperationId>) -> bool {
        let mut next = context;
        while let Some(id) = next {
            let Some(operation) = self.0.operation(id) else {
                return true;
            };
            if self.0.is_closed_at(operation, state) {
                return false;
            }
            next = operation.sketch.parent_id.as_ref();
        }
        true
    }

    /// Whether the SDK compares an operation with its record in the state.
    fn looks_at(&self, state: usize, id: &OperationId) -> bool {
        let parent = self
            .0
            .operation(id)
            .and_then(|operation| operation.sketch.parent_id.as_ref());
        self.has_started(state, id) && self.runs(state, parent)
    }

    fn of_identity(&self, what: &str, id: &OperationId) -> (Effect, String) {
        if self.is_none() || self.any(|state| self.looks_at(state, id)) {
            let why = format!(
                "An execution that has {what} on record fails with NonDeterministicExecutionError when it \
                 resumes: the SDK compares the type, the kind and the name of each operation"
            );
            return (Effect::Breaks, why);
        }
        let why = format!(
            "The SDK compares operations with their records, but no suspended execution has {what} on record \
             where it looks; only one that is interrupted just after it stored it (a crash, a timeout of the \
             function) fails with NonDeterministicExecutionError"
        );
        (self.of_start(id), why)
    }

    fn of_start(&self, id: &OperationId) -> Effect {
        let starts_later = |state| {
            let operation = self.0.operation(id);
            let parent = operation.and_then(|operation| operation.sketch.parent_id.as_ref());
            !self.has_started(state, id) && self.runs(state, parent)
        };
        if self.any(starts_later) {
            Effect::Changes
        } else {
            Effect::Harmless
        }
    }

    /// The effect of other code in a context.
    fn of_code(&self, context: Option<&OperationId>, what: &str) -> (Effect, String) {
        if self.is_none() || self.any(|state| self.runs(state, context)) {
            return (Effect::Changes, capital(what));
        }
        let around = context.and_then(|id| self.0.operation(id));
        let around = around.map_or_else(String::new, |context| context.sketch.to_string());
        let why =
            format!("Every suspended execution has ended {around}, whose result is on record");
        (Effect::Harmless, why)
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}
