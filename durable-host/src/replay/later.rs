//! A replay on a later day: a handler that reads a clock by the day is found only then.
//!
//! Two clocks are the harness's own: the deadline in the Lambda context and, where it is paused, tokio's clock. That one
//! belongs to a runtime, and the test goes on with its own; so the later day has another one, on another thread.

use std::io;
use std::panic::resume_unwind;
use std::thread;

use tokio::runtime::Builder;
use tokio::time::{Instant, advance};

use crate::quiescence::{OwnedRuntime, notify_idle};

/// Runs work to its end in a runtime of its own, whose paused clock stands at that time.
///
/// # Errors
///
/// If the runtime cannot be started.
pub(super) fn on_clock<T: Send>(
    time: Instant,
    work: impl Future<Output = T> + Send,
) -> io::Result<T> {
    let runtime = Builder::new_current_thread()
        .on_thread_park(notify_idle)
        .enable_all()
        .start_paused(true)
        .build()?;
    thread::scope(|scope| {
        let run = move || {
            let _owned = OwnedRuntime::enter();
            let ended = runtime.block_on(async {
                advance(time.saturating_duration_since(Instant::now())).await;
                work.await
            });
            runtime.shutdown_background();
            ended
        };
        let thread = thread::Builder::new().name("durable-later".to_owned());
        match thread.spawn_scoped(scope, run)?.join() {
            Ok(ended) => Ok(ended),
            Err(panic) => resume_unwind(panic),
        }
    })
}

#[cfg(test)]
mod tests {
    use durable_replay::When;

    use super::*;

    #[test]
    fn the_clock_stands_where_it_is_set() {
        let time = Instant::now() + When::Later.later_by();
        let seen = on_clock(time, async { Instant::now() }).unwrap();
        assert!(seen >= time && seen.saturating_duration_since(time) < When::Later.later_by());
    }
}
