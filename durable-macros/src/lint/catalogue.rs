//! The lints and their names.

/// A kind of code that breaks a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Lint {
    /// Reads of a clock.
    Clock,
    /// Random numbers and ids.
    Random,
    /// Tasks and threads beside the execution.
    Spawn,
    /// Races that are not recorded.
    Select,
    /// Time that passes outside the execution.
    Sleep,
    /// Files, network, processes and standard input.
    Io,
    /// The environment of the process.
    Env,
    /// Ends of the process.
    Exit,
    /// Operations in the order of a hash map.
    HashOrder,
    /// Operations on a context that is not the running one.
    OuterContext,
    /// Names of operations that differ from run to run.
    OperationName,
    /// Branches on what differs between an invocation and its replay.
    Replay,
}

impl Lint {
    /// All lints, in the order in which messages list them.
    pub(crate) const ALL: [Self; 12] = [
        Self::Clock,
        Self::Random,
        Self::Spawn,
        Self::Select,
        Self::Sleep,
        Self::Io,
        Self::Env,
        Self::Exit,
        Self::HashOrder,
        Self::OuterContext,
        Self::OperationName,
        Self::Replay,
    ];

    /// The name in `allow(..)`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Clock => "clock",
            Self::Random => "random",
            Self::Spawn => "spawn",
            Self::Select => "select",
            Self::Sleep => "sleep",
            Self::Io => "io",
            Self::Env => "env",
            Self::Exit => "exit",
            Self::HashOrder => "hash_order",
            Self::OuterContext => "outer_context",
            Self::OperationName => "operation_name",
            Self::Replay => "replay",
        }
    }

    /// Why the code breaks a replay.
    pub(crate) fn why(self) -> &'static str {
        match self {
            Self::Clock => "a replay reads the clock again and sees another time",
            Self::Random => "a replay draws again and gets another value",
            Self::Spawn => {
                "a replay does not wait for a task or thread that the SDK does not know, and a durable operation in it fails"
            }
            Self::Select => {
                "the winner of this race is not recorded, so a replay can take the other branch"
            }
            Self::Sleep => {
                "this time is not recorded: the function is billed while it passes, and a replay spends it again"
            }
            Self::Io => "a replay does this again and can get another answer",
            Self::Env => {
                "a replay reads the environment again, and a new version of the function can have another"
            }
            Self::Exit => {
                "this ends the process, not the execution: the service invokes the function again, which ends the process again"
            }
            Self::HashOrder => {
                "a hash map has another order in each process, so a replay makes these operations in another order"
            }
            Self::OuterContext => {
                "this operation belongs to the context outside, so a replay cannot find it in its place"
            }
            Self::OperationName => {
                "an operation needs the same name in a replay, and this one differs"
            }
            Self::Replay => "a replay takes the other branch and makes other operations",
        }
    }
}
