//! The axis of time: to scale where the function runs, compressed where nothing does.

use std::collections::HashMap;
use std::time::Duration;

use durable_service::InvocationRecord;
use durable_service::model::{Event, EventEffect, Timestamp};

use super::{Gap, InvocationBar, Span, Tick};
use crate::drawing::Drawing;
use crate::words::human;

/// The share of the axis that all gaps may take, and how much of it a character of a gap's length takes.
const ALL_GAPS: f64 = 0.5;
const CHARACTER: f64 = 1.0 / 60.0;

/// The share of what the gaps leave that moments may take beside stretches that are to scale.
const MOMENTS: f64 = 0.6;

/// Idle time is to scale where it is shorter than this part of the time in which the function runs.
const SHORT: f64 = 0.1;

/// Where each event and each invocation of an execution stands.
pub(super) struct Axis {
    started_at: Timestamp,
    length: Duration,
    gaps: Vec<Gap>,
    /// Positions of the events, by their index.
    events: Vec<f64>,
    /// First and last event of each operation, by index.
    operations: HashMap<String, (usize, usize)>,
    /// Index of the first event of each invocation.
    first_events: Vec<usize>,
    /// Times and positions along the axis, both rising.
    knots: Vec<(Timestamp, f64)>,
}

/// What lies between two knots.
#[derive(Clone, Copy, PartialEq)]
enum Stretch {
    Moment,
    Running(f64),
    Idle(f64),
}

impl Axis {
    pub(super) fn new(
        drawing: &Drawing<'_>,
        history: &[Event],
        invocations: &[InvocationRecord],
    ) -> Self {
        let end = drawing.ended_at.unwrap_or(drawing.seen_at);
        let times = rising(history, drawing.started_at, end);
        let marks = marks(&times, drawing.started_at, end, invocations);
        let stretches = stretches(&marks, invocations, end);
        let widths = widths(&stretches);
        let mut knots = Vec::with_capacity(marks.len());
        let mut gaps = Vec::new();
        let mut events = vec![0.0; times.len()];
        let mut at = 0.0;
        for (index, mark) in marks.iter().enumerate() {
            if let Some(event) = mark.event.and_then(|event| events.get_mut(event)) {
                *event = at;
            }
            knots.push((mark.time, at));
            let (Some(width), Some(next)) = (widths.get(index), marks.get(index + 1)) else {
                continue;
            };
            let span = Span {
                from: at,
                to: at + width,
            };
            if let Some(Stretch::Idle(_)) = stretches.get(index) {
                gaps.push(Gap {
                    span,
                    length: next.time.since(mark.time),
                });
            }
            at = span.to;
        }
        Self {
            started_at: drawing.started_at,
            length: end.since(drawing.started_at),
            gaps,
            events,
            operations: operations(history),
            first_events: first_events(history),
            knots,
        }
    }

    pub(super) fn length(&self) -> Duration {
        self.length
    }

    pub(super) fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// The start, both ends of each gap, and the end.
    pub(super) fn ticks(&self) -> Vec<Tick> {
        let tick = |at: f64| Tick {
            at,
            time: self.time_at(at),
        };
        let mut ticks = vec![tick(0.0)];
        for gap in &self.gaps {
            ticks.push(tick(gap.span.from));
            ticks.push(Tick {
                at: gap.span.to,
                time: self.time_at(gap.span.to),
            });
        }
        ticks.push(Tick {
            at: 1.0,
            time: self.length,
        });
        ticks.dedup_by(|one, other| one.time == other.time);
        ticks
    }

    fn time_at(&self, at: f64) -> Duration {
        let found = self
            .knots
            .iter()
            .find(|(_, position)| *position >= at - 1e-9);
        found.map_or(self.length, |(time, _)| time.since(self.started_at))
    }

    /// Positions of the events, by their index.
    pub(super) fn into_events(self) -> Vec<f64> {
        self.events
    }

    /// Position of an event.
    pub(super) fn event(&self, index: usize) -> f64 {
        self.events.get(index).copied().unwrap_or(1.0)
    }

    /// Where an operation is, by its id; an open one reaches the end.
    pub(super) fn operation(&self, id: &str, is_open: bool) -> Span {
        let (first, last) = self.operations.get(id).copied().unwrap_or_default();
        Span {
            from: self.event(first),
            to: if is_open { 1.0 } else { self.event(last) },
        }
    }

    pub(super) fn invocations(
        &self,
        started_at: Timestamp,
        records: &[InvocationRecord],
    ) -> Vec<InvocationBar> {
        let mut bars: Vec<InvocationBar> = Vec::with_capacity(records.len());
        for (index, record) in records.iter().enumerate() {
            let earliest = bars.last().map_or(0.0, |bar| bar.span.to);
            let first = self.first_events.get(index).map(|event| self.event(*event));
            let from = self.first_at(record.started_at).max(earliest);
            let from = first.map_or(from, |first| from.min(first.max(earliest)));
            let completed = self
                .first_events
                .get(index + 1)
                .and_then(|next| next.checked_sub(1));
            let to = match (record.ended_at, completed) {
                (None, _) => 1.0,
                (Some(_), Some(event)) => self.event(event),
                (Some(ended_at), None) => self.last_at(ended_at),
            };
            bars.push(InvocationBar {
                number: index + 1,
                span: Span {
                    from,
                    to: to.max(from),
                },
                started: record.started_at.since(started_at),
                ended: record.ended_at.map(|ended_at| ended_at.since(started_at)),
                error: record.error.as_ref().map(ToString::to_string),
            });
        }
        bars
    }

    fn first_at(&self, time: Timestamp) -> f64 {
        let found = self.knots.iter().find(|(knot, _)| *knot >= time);
        found.map_or(1.0, |(_, at)| *at)
    }

    fn last_at(&self, time: Timestamp) -> f64 {
        let found = self.knots.iter().rev().find(|(knot, _)| *knot <= time);
        found.map_or(0.0, |(_, at)| *at)
    }
}

/// The times of the events, which never fall: events of AWS may be stored a little out of order.
fn rising(history: &[Event], start: Timestamp, end: Timestamp) -> Vec<Timestamp> {
    let mut latest = start;
    let times = history.iter().map(|event| {
        latest = latest.max(event.timestamp.min(end));
        latest
    });
    times.collect()
}

/// A time that matters to the axis.
struct Mark {
    time: Timestamp,
    /// The event that happens there, by index.
    event: Option<usize>,
}

/// The events, and the other ends of what the chart shows, in the order of time.
fn marks(
    times: &[Timestamp],
    start: Timestamp,
    end: Timestamp,
    invocations: &[InvocationRecord],
) -> Vec<Mark> {
    let mut marks: Vec<Mark> = times
        .iter()
        .enumerate()
        .map(|(index, time)| Mark {
            time: *time,
            event: Some(index),
        })
        .collect();
    let ends = invocations
        .iter()
        .flat_map(|one| [Some(one.started_at), one.ended_at]);
    let others = ends.flatten().chain([start, end]);
    let known: std::collections::HashSet<Timestamp> = times.iter().copied().collect();
    let mut others: Vec<Timestamp> = others
        .map(|time| time.clamp(start, end))
        .filter(|time| !known.contains(time))
        .collect();
    others.sort_unstable();
    others.dedup();
    marks.extend(others.into_iter().map(|time| Mark { time, event: None }));
    // The sort is stable: the events of one time keep their order.
    marks.sort_by_key(|mark| mark.time);
    marks
}

fn stretches(marks: &[Mark], invocations: &[InvocationRecord], end: Timestamp) -> Vec<Stretch> {
    let mut running: Vec<(Timestamp, Timestamp)> = invocations
        .iter()
        .map(|one| (one.started_at, one.ended_at.unwrap_or(end)))
        .collect();
    running.sort_unstable();
    let mut next = 0;
    let mut until = Timestamp::from_millis(i64::MIN);
    let mut stretches: Vec<Stretch> = marks
        .windows(2)
        .map(|pair| {
            let [from, to] = pair else {
                return Stretch::Moment;
            };
            while let Some((start, end)) = running.get(next)
                && *start <= from.time
            {
                until = until.max(*end);
                next += 1;
            }
            let length = to.time.since(from.time).as_secs_f64();
            if length == 0.0 {
                Stretch::Moment
            } else if until > from.time {
                Stretch::Running(length)
            } else {
                Stretch::Idle(length)
            }
        })
        .collect();
    let all: f64 = stretches
        .iter()
        .map(|one| {
            if let Stretch::Running(length) = one {
                *length
            } else {
                0.0
            }
        })
        .sum();
    for stretch in &mut stretches {
        if let Stretch::Idle(length) = *stretch
            && length < all * SHORT
        {
            *stretch = Stretch::Running(length);
        }
    }
    stretches
}

#[expect(clippy::cast_precision_loss, reason = "numbers of stretches are small")]
fn widths(stretches: &[Stretch]) -> Vec<f64> {
    let number =
        |wanted: fn(&Stretch) -> bool| stretches.iter().filter(|one| wanted(one)).count() as f64;
    // A gap has the width of its length as a text, with a margin.
    let gap = |length: f64| {
        let text = human(Duration::from_secs_f64(length));
        (text.chars().count() + 2) as f64 * CHARACTER
    };
    let gaps: f64 = stretches
        .iter()
        .map(|one| {
            if let Stretch::Idle(length) = one {
                gap(*length)
            } else {
                0.0
            }
        })
        .sum();
    let moments = number(|one| *one == Stretch::Moment);
    let running = number(|one| matches!(one, Stretch::Running(_)));
    let length: f64 = stretches
        .iter()
        .map(|one| {
            if let Stretch::Running(length) = one {
                *length
            } else {
                0.0
            }
        })
        .sum();
    let of_gaps = if moments + running == 0.0 {
        1.0
    } else {
        gaps.min(ALL_GAPS)
    };
    let rest = 1.0 - of_gaps;
    let of_moments = match (moments > 0.0, running > 0.0) {
        (true, true) => rest * MOMENTS * moments / (moments + running),
        (true, false) => rest,
        (false, _) => 0.0,
    };
    stretches
        .iter()
        .map(|stretch| match stretch {
            Stretch::Moment => of_moments / moments,
            Stretch::Running(own) => (rest - of_moments) * own / length,
            Stretch::Idle(length) => of_gaps * gap(*length) / gaps,
        })
        .collect()
}

fn operations(history: &[Event]) -> HashMap<String, (usize, usize)> {
    let mut operations: HashMap<String, (usize, usize)> = HashMap::new();
    for (index, event) in history.iter().enumerate() {
        if let (Some(id), EventEffect::Operation(..)) = (event.id(), event.details.effect()) {
            match operations.get_mut(id) {
                Some((_, last)) => *last = index,
                None => {
                    operations.insert(id.to_owned(), (index, index));
                }
            }
        }
    }
    operations
}

/// The index of the first event after the end of each invocation, with that of the first event in front.
fn first_events(history: &[Event]) -> Vec<usize> {
    let ends = history.iter().enumerate().filter_map(|(index, event)| {
        (event.details.effect() == EventEffect::Invocation).then_some(index + 1)
    });
    std::iter::once(0).chain(ends).collect()
}
