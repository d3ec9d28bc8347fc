//! What a test logs by `tracing`, as lines among what it prints.
//!
//! A line has the virtual time since the start of the execution, and names execution, operation and attempt. The
//! lines are printed, so that they are held back with what the test prints, and shown with its failure. Lines
//! that a replay repeats are left out. `RUST_LOG` sets levels, as in `info,my_crate=debug`; without it lines of
//! level `INFO` and above are printed. A test that sets a subscriber of its own keeps it.

use std::fmt::{self, Write as _};
use std::sync::LazyLock;
use std::time::Duration;

use durable_host::sdk::readable::readable;
use durable_host::{Seen, as_one_of_several, is_replayed, note_replayed, seen};
use durable_runtime::sdk::observability::TARGET;
use durable_runtime::sdk::observability::field_names::{
    ATTEMPT, EXECUTION_ARN, IS_REPLAY, OPERATION_ID,
};
use durable_view::human;
use tracing::dispatcher::{self, DefaultGuard, Dispatch};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::NoSubscriber;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::{LookupSpan, Registry};

/// Prints what this thread logs, until the guard is dropped; nothing if it has a subscriber already.
pub(super) fn print() -> Option<DefaultGuard> {
    static LINES: LazyLock<Dispatch> = LazyLock::new(|| {
        let levels = std::env::var("RUST_LOG").ok();
        let levels = levels.and_then(|levels| levels.parse::<Targets>().ok());
        let levels = levels.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
        // The check of determinism is told what the SDK takes from records.
        let lifecycle = Targets::new().with_target(TARGET, LevelFilter::DEBUG);
        let registry = Registry::default().with(Lines.with_filter(levels));
        as_one_of_several(registry.with(Replays.with_filter(lifecycle)))
    });
    let is_free = dispatcher::get_default(Dispatch::is::<NoSubscriber>);
    is_free.then(|| dispatcher::set_default(&LINES))
}

/// Prints events.
struct Lines;

/// Passes on what the SDK says of operations that are replayed.
struct Replays;

impl<S: Subscriber> Layer<S> for Replays {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        note_replayed(event);
    }
}

/// The fields of a span or an event.
#[derive(Default)]
struct Fields {
    message: String,
    others: Vec<(&'static str, String)>,
}

impl Fields {
    fn get(&self, name: &str) -> Option<&str> {
        let mut fields = self.others.iter();
        let (_, value) = fields.find(|(field, _)| *field == name)?;
        Some(value)
    }

    fn set(&mut self, field: &Field, value: &str) {
        let value = readable(value).into_owned();
        if field.name() == "message" {
            self.message = value;
            return;
        }
        self.others.retain(|(name, _)| *name != field.name());
        self.others.push((field.name(), value));
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(field, &format!("{value:?}"));
    }
}

impl<S> Layer<S> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut place = Place::default();
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(fields) = span.extensions().get::<Fields>() {
                place.learn(span.name(), fields);
            }
        }
        let mut execution = place.execution.iter();
        if place.is_replay == Some(true) || execution.any(|arn| is_replayed(arn)) {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        eprintln!("{}", line(event, &fields, &place));
    }
}

/// Where an event happened, from the innermost span outwards.
#[derive(Default)]
struct Place {
    execution: Option<String>,
    operation: Option<String>,
    attempt: Option<String>,
    is_replay: Option<bool>,
    /// The test's own spans, with their fields, the innermost first.
    spans: Vec<String>,
}

impl Place {
    fn learn(&mut self, span: &str, fields: &Fields) {
        let Some(execution) = fields.get(EXECUTION_ARN) else {
            let mut text = span.to_owned();
            if !fields.others.is_empty() {
                let pairs = fields.others.iter();
                let pairs: Vec<String> = pairs
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                let _ = write!(text, "{{{}}}", pairs.join(" "));
            }
            self.spans.push(text);
            return;
        };
        self.execution.get_or_insert_with(|| execution.to_owned());
        let is_replay = fields.get(IS_REPLAY) == Some("true");
        self.is_replay.get_or_insert(is_replay);
        if self.operation.is_none()
            && let Some(operation) = fields.get(OPERATION_ID)
        {
            self.operation = Some(operation.to_owned());
            self.attempt = fields.get(ATTEMPT).map(str::to_owned);
        }
    }
}

fn line(event: &Event<'_>, fields: &Fields, place: &Place) -> String {
    let seen = place.execution.as_deref();
    let seen = seen.and_then(|execution| seen_at(execution, place.operation.as_deref()));
    let time = seen
        .as_ref()
        .map_or(Duration::ZERO, |seen| seen.since_start);
    let metadata = event.metadata();
    let mut line = format!("+{} {:>5} ", human(time), metadata.level());
    for span in place.spans.iter().rev() {
        let _ = write!(line, "{span}:");
    }
    if !place.spans.is_empty() {
        line.push(' ');
    }
    let _ = write!(line, "{}: {}", metadata.target(), fields.message);
    for (name, value) in &fields.others {
        let _ = write!(line, " {name}={value}");
    }
    if let Some(arn) = &place.execution {
        let execution = seen.as_ref().map_or(arn, |seen| &seen.execution);
        let _ = write!(line, " execution={execution}");
    }
    if let Some(id) = &place.operation {
        let name = seen.and_then(|seen| seen.operation);
        let _ = write!(line, " operation={}", name.as_ref().unwrap_or(id));
    }
    if let Some(attempt) = &place.attempt {
        let _ = write!(line, " attempt={attempt}");
    }
    line
}

fn seen_at(execution: &str, operation: Option<&str>) -> Option<Seen> {
    seen(&execution.parse().ok()?, operation)
}
