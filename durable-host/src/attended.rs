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
/// [`seen`] returns it, with an example.
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
///
/// ```
/// use std::time::Duration;
///
/// use durable_host::{DriveLimits, HostSettings, LocalHost, seen};
/// use durable_runtime::IntoService as _;
/// use durable_runtime::prelude::*;
/// use durable_service::StartRequest;
/// use durable_service::model::{ExecutionArn, ExecutionStatus};
///
/// async fn late(_: (), ctx: DurableContext) -> Result<(), BoxError> {
///     ctx.wait(Duration::from_hours(24)).await?;
///     let arn = ctx.execution_arn().parse::<ExecutionArn>()?;
///     let now = seen(&arn, None).ok_or("no host runs this")?;
///     assert_eq!(now.since_start, Duration::from_hours(24));
///     Ok(())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let host = LocalHost::new(HostSettings::default());
/// host.register("late", |options| late.into_service(options))?;
///
/// let arn = host.start(StartRequest::new("late", "null"))?;
/// let limits = DriveLimits { timeout: Duration::from_mins(1), max_invocations: 10 };
/// host.run_until_closed(&arn, limits).await?;
///
/// let status = host.with_execution(&arn, |execution| execution.status())?;
/// assert_eq!(status, ExecutionStatus::Succeeded);
/// assert_eq!(seen(&arn, None), None, "no invocation is polled here");
/// # Ok(())
/// # }
/// ```
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
