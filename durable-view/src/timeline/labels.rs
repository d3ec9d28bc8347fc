//! The labels of the axis, without those that would stand on another one.

use super::Timeline;
use crate::words::human;

/// A label of the axis.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Label {
    /// Position of its middle, from 0 to 1.
    pub at: f64,
    /// What it says.
    pub text: String,
    /// What it labels.
    pub kind: LabelKind,
}

/// What a label labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LabelKind {
    /// A time.
    Tick,
    /// How long a gap is.
    Gap,
}

impl Timeline {
    /// The labels of the axis for characters of that width, as a part of the axis: those of the longest gaps,
    /// of the end and the start, and of the times between, as far as there is room.
    #[must_use]
    pub fn labels(&self, character: f64) -> Vec<Label> {
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
        let characters = f64::from(u32::try_from(text.chars().count()).unwrap_or(0));
        let width = characters * self.character + 0.75 * self.character;
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
