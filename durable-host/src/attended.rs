//! The world whose invocation a thread polls, for what is said about the code that runs there.

use std::cell::RefCell;
use std::time::Duration;

use durable_service::model::ExecutionArn;

use crate::world::{SharedWorld, WeakWorld};

thread_local! {
    static WORLD: RefCell<Option<WeakWorld>> = const { RefCell::new(None) };
}

/// Puts the world back that a thread attended before.
struct Before(Option<WeakWorld>);

impl Drop for Before {
    fn drop(&mut self) {
        WORLD.set(self.0.take());
    }
}

/// Polls a piece of an invocation of that world.
pub(crate) fn attend<T>(world: &SharedWorld, poll: impl FnOnce() -> T) -> T {
    let _before = Before(WORLD.replace(Some(world.downgrade())));
    poll()
}

/// Whether this thread polls an invocation of that world right now.
pub(crate) fn is_attended(world: &SharedWorld) -> bool {
    WORLD.with_borrow(|attended| {
        let attended = attended.as_ref().and_then(WeakWorld::upgrade);
        attended.is_some_and(|attended| attended.is(world))
    })
}

/// What can be said about the code that runs.
///
/// [`seen`] returns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The execution: its function's name, and the name that it was started with or its number.
    pub execution: String,
    /// Virtual time since the execution started.
    pub since_start: Duration,
    /// Name of the operation.
    pub operation: Option<String>,
}

/// Looks at an execution of the host whose invocation this thread polls, and at one of its operations by id.
/// `None` if the thread polls no invocation, or the host is at work: it never waits.
///
/// [`Seen`] says what can be said.
#[must_use]
pub fn seen(arn: &ExecutionArn, operation: Option<&str>) -> Option<Seen> {
    let world = WORLD.with_borrow(|world| world.as_ref()?.upgrade())?;
    let world = world.try_lock()?;
    let execution = world.execution(arn).ok()?;
    let operation = operation.and_then(|id| execution.operation(id));
    Some(Seen {
        execution: format!("{}/{}", execution.function(), short(execution.name())),
        since_start: world.now().since(execution.started_at()),
        operation: operation.and_then(|operation| operation.name.clone()),
    })
}

/// A name that a person gave, or the number in one that the service made.
fn short(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((_, number)) if name.len() == 36 && number.len() == 12 => {
            // Above the last four digits stands what tells tests apart.
            let digits = number.get(8..).unwrap_or(number);
            let digits = digits.trim_start_matches('0');
            if digits.is_empty() { "0" } else { digits }
        }
        _ => name,
    }
}
