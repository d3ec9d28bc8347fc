//! The attempts of steps, which only the history tells apart.

use std::collections::HashMap;
use std::time::Duration;

use durable_service::model::{Event, EventDetails, Timestamp};

use super::axis::Axis;
use super::{AttemptDot, Span, Tone};

/// The attempts of each step, by its id.
pub(super) struct Attempts(HashMap<String, Vec<AttemptDot>>);

impl Attempts {
    pub(super) fn of(history: &[Event], axis: &Axis, started_at: Timestamp) -> Self {
        let mut attempts: HashMap<String, Vec<AttemptDot>> = HashMap::new();
        for (index, event) in history.iter().enumerate() {
            let Some(id) = event.id() else { continue };
            let at = axis.event(index);
            let time = event.timestamp.since(started_at);
            match &event.details {
                EventDetails::StepStarted => {
                    let own = attempts.entry(id.to_owned()).or_default();
                    // An attempt that a crash cut off is started again.
                    if own.last().is_none_or(|last| last.ended.is_some()) {
                        own.push(started(own.len() + 1, at, time));
                    }
                }
                EventDetails::StepSucceeded { retry, .. } => {
                    let again = retry.next_attempt_delay_seconds.is_some();
                    let tone = if again { Tone::Neutral } else { Tone::Good };
                    end(
                        attempts.entry(id.to_owned()).or_default(),
                        at,
                        time,
                        tone,
                        None,
                    );
                }
                EventDetails::StepFailed { error, .. } => {
                    let error = error.as_ref().map(ToString::to_string);
                    let own = attempts.entry(id.to_owned()).or_default();
                    end(own, at, time, Tone::Bad, error);
                }
                _ => {}
            }
        }
        Self(attempts)
    }

    pub(super) fn get(&self, id: &str) -> Vec<AttemptDot> {
        self.0.get(id).cloned().unwrap_or_default()
    }
}

fn started(number: usize, at: f64, time: Duration) -> AttemptDot {
    AttemptDot {
        number,
        span: Span { from: at, to: 1.0 },
        tone: Tone::Open,
        started: time,
        ended: None,
        error: None,
    }
}

fn end(own: &mut Vec<AttemptDot>, at: f64, time: Duration, tone: Tone, error: Option<String>) {
    // The start of an attempt may be missing: a step may start and end in one checkpoint.
    if own.last().is_none_or(|last| last.ended.is_some()) {
        own.push(started(own.len() + 1, at, time));
    }
    if let Some(last) = own.last_mut() {
        last.span.to = at;
        last.tone = tone;
        last.ended = Some(time);
        last.error = error;
    }
}
