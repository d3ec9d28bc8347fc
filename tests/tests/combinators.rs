//! The SDK's combinators: results, the tree of operations, failures and completion settings.

#[path = "combinators/join.rs"]
mod join;
#[path = "combinators/map.rs"]
mod map;
#[path = "combinators/parallel.rs"]
mod parallel;
#[path = "combinators/poll.rs"]
mod poll;
#[path = "combinators/race.rs"]
mod race;
#[path = "combinators/with_retry.rs"]
mod with_retry;

durable_test::main!();
