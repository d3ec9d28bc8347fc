//! What the SDK says, by `tracing`, of the operations whose outcomes it takes from their records.
//!
//! A pass that hears of them needs no further one to find out whether they are still made. What the SDK says in the
//! handler's own future is heard, not what it says in tasks.

use std::cell::RefCell;
use std::fmt::{Debug, Write as _};
use std::sync::{Arc, LazyLock};

use durable_replay::Pass;
use durable_runtime::sdk::observability::{self, event_names, field_names};
use durable_service::model::ExecutionArn;
use parking_lot::Mutex;
use tracing::dispatcher::{self, Dispatch};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{Interest, NoSubscriber, Subscriber};
use tracing::{Event, Metadata};

thread_local! {
    /// What hears the events of this thread.
    static LISTENER: RefCell<Option<Listener>> = const { RefCell::new(None) };
}

/// A pass that is being polled.
struct Listener {
    arn: ExecutionArn,
    pass: Arc<Mutex<Pass>>,
}

/// Polls the handler of a pass, which hears what the SDK says of an execution meanwhile.
///
/// A subscriber of the test keeps its events: then nothing is heard, unless it hands them to [`note_replayed`]. The same
/// holds where the `log` crate has a logger, for `tracing` sends it events only as long as there was no subscriber.
pub(super) fn hear<T>(arn: &ExecutionArn, pass: &Arc<Mutex<Pass>>, poll: impl FnOnce() -> T) -> T {
    static OWN: LazyLock<Dispatch> = LazyLock::new(|| as_one_of_several(Replays));
    let _listening = Listening::start(Some(Listener {
        arn: arn.clone(),
        pass: Arc::clone(pass),
    }));
    let is_free = dispatcher::get_default(Dispatch::is::<NoSubscriber>);
    if is_free && log::max_level() == log::LevelFilter::Off {
        dispatcher::with_default(&OWN, poll)
    } else {
        poll()
    }
}

/// A subscriber whose interest in an event counts whichever thread comes to it first. While `tracing` knows a single
/// subscriber, it asks the default one of that thread instead, and keeps to the answer; so there is another one.
pub fn as_one_of_several(subscriber: impl Subscriber + Send + Sync + 'static) -> Dispatch {
    static OTHER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::new()));
    LazyLock::force(&OTHER);
    Dispatch::new(subscriber)
}

/// Keeps the pass that this thread is at from hearing what is said until the guard is dropped: it is about another
/// execution, whose ARN may be the same on its own host.
pub(crate) fn deafen() -> Listening {
    Listening::start(None)
}

/// The time in which a listener hears; the one before it hears again after that.
#[must_use = "the time ends when this is dropped"]
pub(crate) struct Listening {
    before: Option<Listener>,
}

impl Listening {
    fn start(listener: Option<Listener>) -> Self {
        Self {
            before: LISTENER.replace(listener),
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        LISTENER.set(self.before.take());
    }
}

/// Whether an event or span of this metadata may say that an operation is replayed.
fn is_lifecycle(metadata: &Metadata<'_>) -> bool {
    metadata.is_event() && metadata.target() == observability::TARGET
}

/// Hands an event to the check of determinism that this thread is at, if there is one: where the SDK says that it took
/// an operation from its record, the check need not find out by another invocation.
///
/// For a subscriber that is the default of a thread while [`LocalHost`](crate::LocalHost) replays there.
pub fn note_replayed(event: &Event<'_>) {
    if !is_lifecycle(event.metadata()) {
        return;
    }
    LISTENER.with_borrow(|listener| {
        let Some(listener) = listener else {
            return;
        };
        let mut fields = Fields::default();
        event.record(&mut fields);
        if fields.arn != listener.arn.as_str() {
            return;
        }
        let mut pass = listener.pass.lock();
        // The SDK announces each invocation as it begins, so this is noted in every pass that can hear.
        pass.note_heard();
        if fields.message == event_names::OPERATION_REPLAYED {
            pass.note_replayed(fields.operation_id.into());
        }
    });
}

/// The fields of an event of the SDK that matter here.
#[derive(Default)]
struct Fields {
    message: String,
    arn: String,
    operation_id: String,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            field_names::EXECUTION_ARN => value.clone_into(&mut self.arn),
            field_names::OPERATION_ID => value.clone_into(&mut self.operation_id),
            _ => {}
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            // A `String` takes all that is written.
            let _ = write!(self.message, "{value:?}");
        }
    }
}

/// The subscriber of a thread that has no other: it takes the SDK's own events and nothing else.
struct Replays;

impl Subscriber for Replays {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if is_lifecycle(metadata) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        is_lifecycle(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::DEBUG)
    }

    fn event(&self, event: &Event<'_>) {
        note_replayed(event);
    }

    // No span is enabled, so the rest is not called.

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
