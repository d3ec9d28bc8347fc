//! The labels of the axis, without those that would stand on another one.

use super::{InvocationBar, Timeline};
use crate::words::human;

/// A label of the axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Label {
    /// Position of its middle, from 0 to 1.
    pub(super) at: f64,
    /// What it says.
    pub(super) text: String,
    /// What it labels.
    pub(super) kind: LabelKind,
}

/// What a label labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LabelKind {
    /// A time.
    Tick,
    /// How long a gap is.
    Gap,
}

impl Timeline {
    /// The labels of the axis for characters of that width, as a part of the axis: those of the longest gaps,
    /// of the end and the start, and of the times between, as far as there is room.
    pub(super) fn labels(&self, character: f64) -> Vec<Label> {
        let mut labels = Labels {
            character,
            taken: Vec::new(),
            placed: Vec::new(),
        };
        for gap in self.gaps_by_length() {
            let middle = f64::midpoint(gap.span.from, gap.span.to);
            labels.add(middle, human(gap.length), LabelKind::Gap);
        }
        labels.add(1.0, human(self.length()), LabelKind::Tick);
        labels.add(0.0, "0s".to_owned(), LabelKind::Tick);
        for tick in self.ticks() {
            labels.add(tick.at, format!("+{}", human(tick.time)), LabelKind::Tick);
        }
        labels.placed
    }

    /// The invocations whose numbers are shown: the number of one that starts on another number is left out.
    pub(super) fn numbered(&self, character: f64) -> Vec<&InvocationBar> {
        let mut taken = 0.0;
        let free = self.invocations().iter().filter(|invocation| {
            let is_free = invocation.span.from >= taken;
            if is_free {
                let width = width(&invocation.number.to_string(), character);
                taken = invocation.span.from + width + 0.5 * character;
            }
            is_free
        });
        free.collect()
    }
}

impl Timeline {
    /// The numbers of deviations, each at its place; those that would overlap share a label. One that would run out
    /// of the chart stands at its end.
    pub(super) fn deviation_labels(&self, character: f64) -> Vec<(f64, String)> {
        let mut marks: Vec<_> = self.placed_deviations().collect();
        marks.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        let mut labels: Vec<(f64, String)> = Vec::new();
        for (at, mark) in marks {
            match labels.last_mut() {
                Some((first, numbers)) if at < *first + width(numbers, character) => {
                    numbers.push(',');
                    numbers.push_str(&mark.number.to_string());
                }
                _ => labels.push((at, mark.number.to_string())),
            }
        }
        // At the end it takes in those that stand where it does.
        while let Some((at, numbers)) = labels.pop() {
            let own = width(&numbers, character);
            let is_at_end = at + own > 1.0;
            match labels.last_mut() {
                Some((before, others))
                    if is_at_end && *before + width(others, character) > 1.0 - own =>
                {
                    others.push(',');
                    others.push_str(&numbers);
                    *before = 1.0;
                }
                _ => {
                    labels.push((if is_at_end { 1.0 } else { at }, numbers));
                    break;
                }
            }
        }
        labels
    }
}

/// Width of a text with the space around it, as a part of the axis.
fn width(text: &str, character: f64) -> f64 {
    let characters = f64::from(u32::try_from(text.chars().count()).unwrap_or(0));
    (characters + 0.75) * character
}

struct Labels {
    character: f64,
    /// Where labels stand already.
    taken: Vec<(f64, f64)>,
    placed: Vec<Label>,
}

impl Labels {
    /// Adds a label, unless it would stand on another one.
    fn add(&mut self, at: f64, text: String, kind: LabelKind) {
        let width = width(&text, self.character);
        let from = (at - width / 2.0).clamp(0.0, (1.0 - width).max(0.0));
        let is_free = |(start, end): &(f64, f64)| from >= *end || from + width <= *start;
        if self.taken.iter().all(is_free) {
            self.taken.push((from, from + width));
            self.placed.push(Label {
                at: from + width / 2.0,
                text,
                kind,
            });
        }
    }
}
