//! Random actions: small values that a [`World`](crate::world::World) turns into calls.
//!
//! They name executions, operations and tokens by number, so that they still mean something after
//! the shrinking of a failure has dropped the actions before them.

use durable_service::model::{OperationAction, OperationType};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;

/// Ids of operations that updates choose from.
pub(crate) const POOL: [&str; 16] = [
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p",
];

/// What happens next.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    /// An execution is started.
    Start {
        durable: u8,
        name: Option<u8>,
        input: u8,
        timeout: Option<u64>,
        flaw: Option<u8>,
    },
    /// The invocation that is due starts, or that of a given execution, due or not.
    StartInvocation { execution: Option<u8> },
    /// A function checkpoints.
    Checkpoint {
        who: Who,
        token: Token,
        client: Option<u8>,
        changes: Vec<Change>,
    },
    /// A function repeats its last checkpoint, to the letter or with another client token.
    Repeat { who: Who, same_client: bool },
    /// A caller completes a callback.
    Complete { callback: Which, ending: u8 },
    /// A caller sends a heartbeat.
    Heartbeat { callback: Which },
    /// A caller stops an execution, or one that does not exist.
    Stop { execution: Option<u8>, error: bool },
    /// Time passes, and mostly what is due is done.
    Pass { time: Time, fire: bool },
    /// An invocation ends.
    End {
        who: Who,
        answer: u8,
        wrong_request: bool,
    },
    /// A worker takes the call of a plain function.
    TakePlain,
    /// A call of a plain function ends, perhaps not for the first time.
    EndPlain { call: u8, outcome: u8 },
    /// A function reads its state in pages.
    Pages {
        who: Who,
        token: Token,
        max_items: u8,
        marker: Option<u8>,
    },
}

/// Which execution acts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Who {
    /// One with an invocation in flight, if there is one.
    Running(u8),
    /// Any.
    Any(u8),
}

/// Which token it presents.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Token {
    Current,
    /// One that the execution held at some time.
    Earlier(u8),
    /// The current one of another execution.
    Other(u8),
    Garbage(u8),
}

/// Which callback is meant.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Which {
    /// An open one, if there is one.
    Open(u8),
    /// Any that ever was.
    Any(u8),
    /// None that ever was.
    MadeUp(u8),
}

/// How far time moves.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Time {
    ToNextDue,
    Millis(u16),
    Seconds(u8),
}

/// An update that fits the state of its operation, unless it has a flaw.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// Index in the pool from which on an operation is looked for.
    pub(crate) id: u8,
    /// What a new operation is.
    pub(crate) kind: OperationType,
    /// Which of the actions that fit.
    pub(crate) action: u8,
    /// Bits that decide on members.
    pub(crate) data: u8,
    /// Seconds of waits, delays and deadlines.
    pub(crate) seconds: u8,
    /// Which context a new operation belongs to.
    pub(crate) parent: u8,
    /// What is wrong with it; some flaws do not matter to some updates.
    pub(crate) flaw: Option<Flaw>,
}

/// What is wrong with an update.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Flaw {
    Action(OperationAction),
    Kind(OperationType),
    Parent(u8),
    PayloadAndError,
    Seconds(i64),
    NoOptions,
    Name,
    SubType,
    Id(u8),
    Twice,
    Function(u8),
    TooLarge,
    ExecutionFirst,
}

impl Action {
    /// Whether it is an action of a function that runs.
    pub(crate) fn needs_running(&self) -> bool {
        matches!(
            self,
            Self::Checkpoint {
                who: Who::Running(_),
                ..
            } | Self::Repeat {
                who: Who::Running(_),
                ..
            } | Self::End {
                who: Who::Running(_),
                ..
            } | Self::Pages {
                who: Who::Running(_),
                ..
            }
        )
    }
}

pub(crate) fn actions(
    length: impl Into<proptest::collection::SizeRange>,
) -> impl Strategy<Value = Vec<Action>> {
    vec(action(), length)
}

fn action() -> impl Strategy<Value = Action> {
    let byte = any::<u8>;
    prop_oneof![
        3 => (0..2_u8, weighted(0.5, 0..4_u8), 0..3_u8, weighted(0.3, 1..120_u64), weighted(0.1, 0..4_u8))
            .prop_map(|(durable, name, input, timeout, flaw)| Action::Start {
                durable, name, input, timeout, flaw,
            }),
        12 => weighted(0.3, byte()).prop_map(|execution| Action::StartInvocation { execution }),
        44 => (who(), token(), weighted(0.5, 0..3_u8), vec(change(), 0..=6))
            .prop_map(|(who, token, client, changes)| Action::Checkpoint { who, token, client, changes }),
        6 => (who(), prop::bool::weighted(0.8))
            .prop_map(|(who, same_client)| Action::Repeat { who, same_client }),
        8 => (callback(), byte()).prop_map(|(callback, ending)| Action::Complete { callback, ending }),
        5 => callback().prop_map(|callback| Action::Heartbeat { callback }),
        1 => (weighted(0.5, byte()), any::<bool>())
            .prop_map(|(execution, error)| Action::Stop { execution, error }),
        16 => (time(), prop::bool::weighted(0.8)).prop_map(|(time, fire)| Action::Pass { time, fire }),
        13 => (who(), byte(), prop::bool::weighted(0.05))
            .prop_map(|(who, answer, wrong_request)| Action::End { who, answer, wrong_request }),
        4 => Just(Action::TakePlain),
        4 => (byte(), byte()).prop_map(|(call, outcome)| Action::EndPlain { call, outcome }),
        6 => (who(), token(), 0..6_u8, weighted(0.1, byte()))
            .prop_map(|(who, token, max_items, marker)| Action::Pages { who, token, max_items, marker }),
    ]
}

fn who() -> impl Strategy<Value = Who> {
    prop_oneof![
        12 => any::<u8>().prop_map(Who::Running),
        1 => any::<u8>().prop_map(Who::Any),
    ]
}

fn token() -> impl Strategy<Value = Token> {
    prop_oneof![
        20 => Just(Token::Current),
        2 => any::<u8>().prop_map(Token::Earlier),
        1 => any::<u8>().prop_map(Token::Other),
        1 => (0..4_u8).prop_map(Token::Garbage),
    ]
}

fn callback() -> impl Strategy<Value = Which> {
    prop_oneof![
        6 => any::<u8>().prop_map(Which::Open),
        2 => any::<u8>().prop_map(Which::Any),
        1 => (0..5_u8).prop_map(Which::MadeUp),
    ]
}

fn time() -> impl Strategy<Value = Time> {
    prop_oneof![
        4 => Just(Time::ToNextDue),
        1 => (0..2_000_u16).prop_map(Time::Millis),
        2 => (1..30_u8).prop_map(Time::Seconds),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    let kind = prop_oneof![
        1 => Just(OperationType::Execution),
        14 => Just(OperationType::Context),
        20 => Just(OperationType::Step),
        8 => Just(OperationType::Wait),
        8 => Just(OperationType::Callback),
        8 => Just(OperationType::ChainedInvoke),
    ];
    let numbers = (any::<[u8; 4]>(), 1..20_u8);
    (kind, numbers, weighted(0.07, flaw())).prop_map(
        |(kind, ([id, action, data, parent], seconds), flaw)| Change {
            id,
            kind,
            action,
            data,
            seconds,
            parent,
            flaw,
        },
    )
}

fn flaw() -> impl Strategy<Value = Flaw> {
    prop_oneof![
        3 => select(OperationAction::ALL).prop_map(Flaw::Action),
        2 => select(OperationType::ALL).prop_map(Flaw::Kind),
        2 => (0..5_u8).prop_map(Flaw::Parent),
        1 => Just(Flaw::PayloadAndError),
        1 => select(vec![i64::MIN, -1, 0, 31_622_401, 100_000_000, i64::MAX]).prop_map(Flaw::Seconds),
        1 => Just(Flaw::NoOptions),
        1 => Just(Flaw::Name),
        1 => Just(Flaw::SubType),
        1 => (0..4_u8).prop_map(Flaw::Id),
        2 => Just(Flaw::Twice),
        2 => (0..6_u8).prop_map(Flaw::Function),
        1 => Just(Flaw::TooLarge),
        1 => Just(Flaw::ExecutionFirst),
    ]
}
