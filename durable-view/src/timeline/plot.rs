//! The parts of the picture that stand along the axis of time: one piece of code draws them for the picture, for
//! the page of a timeline and for other pages.
//!
//! Positions are percentages of the width, so that a part fits wherever it stands.

use std::fmt::Write as _;

use super::labels::LabelKind;
use super::marks::{self, Lasting, Mark};
use super::{Row, Span, Timeline, Tone, escape};
use crate::words::{human, visible};

/// Height of a bar, and of a line of the scale.
pub(super) const BAR: f64 = 22.0;
pub(super) const LINE: f64 = 20.0;

/// The style sheet of the parts.
pub(super) const STYLE: &str = include_str!("plot.css");

impl Timeline {
    /// The style sheet of the parts of the picture: [`scale_svg`](Self::scale_svg),
    /// [`numbers_svg`](Self::numbers_svg), [`backdrop_svg`](Self::backdrop_svg) and [`Row::bar_svg`]. It also has
    /// the colours of the tones, as `--dt-tone` within an element of the class of a [`Tone`].
    pub const PLOT_STYLE: &'static str = STYLE;

    /// The times along the axis and the lengths of the gaps, as an `svg` element of HTML that is 20 pixels high.
    ///
    /// `character` is the width of a character as a part of the axis: labels that would overlap are left out.
    #[must_use]
    pub fn scale_svg(&self, character: f64) -> String {
        inline("dt-scale", &scale(self, character))
    }

    /// The numbers of the invocations, as an `svg` element of HTML that is 20 pixels high.
    #[must_use]
    pub fn numbers_svg(&self, character: f64) -> String {
        inline("dt-numbers", &numbers(self, character))
    }

    /// The gaps and the invocations, as an `svg` element of HTML to stand behind the bars.
    #[must_use]
    pub fn backdrop_svg(&self) -> String {
        inline("dt-backdrop", &backdrop(self))
    }
}

impl Timeline {
    /// The numbers of the deviations that have a place, as an `svg` element of HTML that is 20 pixels high.
    ///
    /// `character` is the width of a character as a part of the axis: numbers that would overlap share a label.
    #[must_use]
    pub fn deviations_svg(&self, character: f64) -> String {
        inline("dt-numbers", &deviations(self, character))
    }
}

impl Row {
    /// Its bar, as an `svg` element of HTML that is 22 pixels high.
    #[must_use]
    pub fn bar_svg(&self) -> String {
        let title = format!("<title>{}</title>", escape(&self.when()));
        inline("dt-bar", &(title + &bar(self)))
    }
}

/// An element of HTML. What it shows is said beside it in words.
fn inline(class: &str, content: &str) -> String {
    format!("<svg class=\"dt-plot {class}\" aria-hidden=\"true\">{content}</svg>")
}

pub(super) fn scale(timeline: &Timeline, character: f64) -> String {
    let mut svg = String::new();
    for label in timeline.labels(character) {
        let class = match label.kind {
            LabelKind::Gap => "dt-label dt-gap",
            LabelKind::Tick => "dt-label",
        };
        let (at, text) = (percent(label.at), label.text);
        let _ = write!(
            svg,
            "<text class=\"{class}\" x=\"{at}\" y=\"14\" text-anchor=\"middle\">{text}</text>"
        );
    }
    svg
}

pub(super) fn numbers(timeline: &Timeline, character: f64) -> String {
    let mut svg = String::new();
    for invocation in timeline.numbered(character) {
        let class = match invocation.error {
            Some(_) => "dt-label bad",
            None => "dt-label",
        };
        let (at, number) = (percent(invocation.span.from), invocation.number);
        let _ = write!(
            svg,
            "<text class=\"{class}\" x=\"{at}\" dx=\"3\" y=\"14\">{number}</text>"
        );
    }
    svg
}

pub(super) fn deviations(timeline: &Timeline, character: f64) -> String {
    let mut svg = String::new();
    for (at, numbers) in timeline.deviation_labels(character) {
        // Right of its place, or left of it where the chart ends.
        let (anchor, dx) = if at < 1.0 { ("start", 3) } else { ("end", -3) };
        let at = percent(at);
        let _ = write!(
            svg,
            "<text class=\"dt-label bad\" x=\"{at}\" dx=\"{dx}\" y=\"14\" text-anchor=\"{anchor}\">{numbers}</text>"
        );
    }
    svg
}

/// A line through the chart for each deviation that has a place.
fn deviation_lines(svg: &mut String, timeline: &Timeline) {
    for (at, deviation) in timeline.placed_deviations() {
        let at = percent(at);
        let title = format!("{}: {}", deviation.number, visible(&deviation.text));
        let _ = write!(
            svg,
            "<g><title>{}</title><line class=\"dt-deviation\" x1=\"{at}\" x2=\"{at}\" y2=\"100%\"/></g>",
            lines(&title)
        );
    }
}

pub(super) fn backdrop(timeline: &Timeline) -> String {
    let mut svg = String::new();
    for invocation in &timeline.invocations {
        let (x, width) = place(invocation.span);
        let ended = invocation.ended.map_or_else(
            || "running".to_owned(),
            |ended| format!("to +{}", human(ended)),
        );
        let error = invocation.error.as_deref();
        let error = error.map_or_else(String::new, |error| format!("\n{}", visible(error)));
        let (number, started) = (invocation.number, human(invocation.started));
        let title = format!("invocation {number}\n+{started} {ended}{error}");
        let class = if error.is_empty() {
            "dt-inv"
        } else {
            "dt-inv bad"
        };
        let _ = writeln!(
            svg,
            "<g><title>{}</title><rect class=\"{class}\" x=\"{x}\" width=\"{width}\" height=\"100%\"/>\
             <line class=\"dt-edge\" x1=\"{x}\" x2=\"{x}\" y2=\"100%\"/></g>",
            lines(&title)
        );
    }
    let class = if timeline.is_dense() {
        "dt-idle dt-dense"
    } else {
        "dt-idle"
    };
    for gap in &timeline.gaps {
        let (from, to) = (percent(gap.span.from), percent(gap.span.to));
        let _ = write!(
            svg,
            "<g><title>idle for {}</title><line class=\"{class}\" x1=\"{from}\" x2=\"{to}\"/></g>",
            human(gap.length)
        );
    }
    deviation_lines(&mut svg, timeline);
    svg
}

/// The bar of a row. All that it is made of are numbers and names of our own.
pub(super) fn bar(row: &Row) -> String {
    let mut svg = String::new();
    let mut add = |text: String| svg.push_str(&text);
    for mark in marks::of(row) {
        match mark {
            Mark::Thread(span) => add(line("dt-thread", span)),
            Mark::Attempt(span, tone) => {
                let (x, width) = place(span);
                let tone = tone.class();
                add(format!(
                    "<rect class=\"dt-work {tone}\" x=\"{x}\" width=\"{width}\" y=\"9\" height=\"4\"/>"
                ));
            }
            Mark::Lasting(what, span) => {
                let class = match what {
                    Lasting::Context => "dt-context",
                    Lasting::Invoke => "dt-invoke",
                    Lasting::Wait => "dt-wait",
                };
                add(line(class, span));
                add(cap(span.from));
                if row.tone != Tone::Open {
                    add(cap(span.to));
                }
            }
            Mark::Many(span) => {
                let (x, width) = place(span);
                add(format!(
                    "<rect class=\"dt-many\" x=\"{x}\" width=\"{width}\" y=\"8\" height=\"6\" rx=\"3\"/>"
                ));
            }
            Mark::End(at, tone) => add(end(at, tone)),
        }
    }
    svg
}

/// How something came out: by its shape, too, for readers who do not tell the colours apart.
fn end(at: f64, tone: Tone) -> String {
    let (at, class) = (percent(at), tone.class());
    match tone {
        Tone::Good | Tone::Neutral => {
            format!("<circle class=\"dt-end {class}\" cx=\"{at}\" cy=\"11\" r=\"4\"/>")
        }
        Tone::Open => shape(&at, class, "M-1 -4.5l7 4.5l-7 4.5z"),
        Tone::Bad => shape(&at, class, "M0 -5l5 5l-5 5l-5 -5z"),
    }
}

/// A shape around a position: paths know no percentages.
fn shape(at: &str, class: &str, path: &str) -> String {
    format!(
        "<svg x=\"{at}\" y=\"11\" overflow=\"visible\"><path class=\"dt-end {class}\" d=\"{path}\"/></svg>"
    )
}

fn line(class: &str, span: Span) -> String {
    let (from, to) = (percent(span.from), percent(span.to));
    format!("<line class=\"{class}\" x1=\"{from}\" x2=\"{to}\" y1=\"11\" y2=\"11\"/>")
}

fn cap(at: f64) -> String {
    let at = percent(at);
    format!("<line class=\"dt-cap\" x1=\"{at}\" x2=\"{at}\" y1=\"6\" y2=\"16\"/>")
}

/// Where a stretch of the axis is: its left end and its width.
fn place(span: Span) -> (String, String) {
    (percent(span.from), percent((span.to - span.from).max(0.0)))
}

fn percent(position: f64) -> String {
    format!("{:.2}%", position * 100.0)
}

/// A text of several lines, each escaped.
pub(super) fn lines(text: &str) -> String {
    text.lines().map(escape).collect::<Vec<_>>().join("\n")
}
