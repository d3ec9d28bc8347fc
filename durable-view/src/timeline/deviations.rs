//! What was done to an execution from outside, such as a crash, on its axis.

use super::Timeline;

/// What sets an execution apart from an undisturbed one, such as a crash: at an event of its history, or all the time.
///
/// [`Timeline::marked`] takes them; [`Timeline`] has an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deviation {
    /// Index of the last event before it; none if it is of the whole execution.
    pub event: Option<usize>,
    /// What it is, in words.
    pub text: String,
}

/// A [`Deviation`] on the axis.
///
/// [`Timeline::deviations`] lists them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DeviationMark {
    /// Its number, from 1.
    pub number: usize,
    /// Its position, from 0 to 1; none if it is of the whole execution.
    pub at: Option<f64>,
    /// What it is, in words.
    pub text: String,
}

impl Timeline {
    /// Marks what sets the execution apart.
    #[must_use]
    pub fn marked(mut self, deviations: &[Deviation]) -> Self {
        let marks = deviations.iter().enumerate();
        let marks = marks.map(|(index, deviation)| DeviationMark {
            number: index + 1,
            at: deviation.event.map(|event| self.position(event)),
            text: deviation.text.clone(),
        });
        self.deviations = marks.collect();
        self
    }

    /// What sets the execution apart, in the order in which it was given.
    #[must_use]
    pub fn deviations(&self) -> &[DeviationMark] {
        &self.deviations
    }

    /// The marks that have a position, with it.
    pub(super) fn placed_deviations(&self) -> impl Iterator<Item = (f64, &DeviationMark)> {
        let marks = self.deviations.iter();
        marks.filter_map(|mark| mark.at.map(|at| (at, mark)))
    }

    fn position(&self, event: usize) -> f64 {
        self.events.get(event).copied().unwrap_or(1.0)
    }
}
