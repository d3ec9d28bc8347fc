//! An execution over time: rows of bars, which text, SVG, HTML and Mermaid draw.
//!
//! [`Timeline`] has an example.

mod attempts;
mod axis;
mod deviations;
mod escape;
mod html;
mod labels;
mod marks;
mod mermaid;
mod plot;
mod rows;
mod svg;
#[cfg(test)]
mod tests;
mod text;

use std::time::Duration;

use durable_service::InvocationRecord;
use durable_service::model::{
    Event, ExecutionStatus, OperationId, OperationStatus, OperationType, Timestamp,
};

use crate::drawing::Drawing;
use crate::words::{human, visible};
use attempts::Attempts;
use axis::Axis;
pub use deviations::{Deviation, DeviationMark};
pub use escape::escape;

/// An execution over time: what the renderers share.
///
/// Positions are numbers from 0 to 1 along the axis of time. The axis is to scale while an invocation runs. Idle
/// time, while nothing runs, is compressed into [gaps](Gap), and a moment at which much happens is stretched, so
/// that what happens in it stands in its order: on a virtual clock a hundred steps may share one instant.
///
/// - `Display` is text for a terminal, at most 100 columns wide. Alike siblings of a large execution are folded;
///   `{:#}` shows every operation.
/// - [`to_svg`](Self::to_svg) is a picture, [`to_html`](Self::to_html) a page with all details, and
///   [`to_mermaid`](Self::to_mermaid) a Gantt chart for a Markdown text.
///
/// ```
/// use durable_service::fold::Fold;
/// use durable_service::wire::read;
/// use durable_view::timeline::Deviation;
/// use durable_view::{Drawing, Outline, Timeline};
/// # use serde_json::json;
///
/// # let events = [
/// #     json!({"EventId": 1, "EventTimestamp": 0, "EventType": "ExecutionStarted", "Id": "0",
/// #            "ExecutionStartedDetails": {"Input": {"Payload": "{}"}, "ExecutionTimeout": 86400}}),
/// #     json!({"EventId": 2, "EventTimestamp": 1, "EventType": "WaitStarted", "Id": "1",
/// #            "SubType": "Wait", "Name": "cool-off",
/// #            "WaitStartedDetails": {"Duration": 3900, "ScheduledEndTimestamp": 3901}}),
/// # ];
/// let events = events.iter().map(read::event).collect::<Result<Vec<_>, _>>()?;
/// let fold = Fold::of(&events);
/// let outline = Outline::new(fold.operations().cloned().collect());
/// let execution = fold.execution().ok_or("the history has no start")?;
/// let drawing = Drawing {
///     function: "order_workflow",
///     status: fold.status(),
///     error: fold.error(),
///     started_at: execution.started_at,
///     ended_at: execution.ended_at,
///     seen_at: execution.started_at.after_seconds(61),
///     invocations: fold.invocations().len(),
///     outline: &outline,
/// };
///
/// let crash = Deviation { event: Some(1), text: "killed".to_owned() };
/// let timeline = Timeline::new(&drawing, &events, fold.invocations()).marked(&[crash]);
/// assert_eq!(timeline.headline(), "order_workflow: RUNNING after 1m 1s (0 invocations)");
/// assert_eq!(timeline.rows()[0].label, "cool-off");
/// assert_eq!(timeline.deviations()[0].text, "killed");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Timeline {
    headline: String,
    function: String,
    status: ExecutionStatus,
    error: Option<String>,
    started_at: Timestamp,
    length: Duration,
    ticks: Vec<Tick>,
    gaps: Vec<Gap>,
    invocations: Vec<InvocationBar>,
    rows: Vec<Row>,
    deviations: Vec<DeviationMark>,
    /// Positions of the events, by their index.
    events: Vec<f64>,
}

/// A stretch of the axis.
///
/// [`Timeline::rows`] have theirs.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Span {
    /// Position of its start, from 0 to 1.
    pub from: f64,
    /// Position of its end.
    pub to: f64,
}

/// A labelled time on the axis.
///
/// [`Timeline::ticks`] lists them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Tick {
    /// Its position, from 0 to 1.
    pub at: f64,
    /// The time since the start of the execution.
    pub time: Duration,
}

/// Idle time, which the axis compresses.
///
/// [`Timeline::gaps`] lists them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Gap {
    /// Where it is.
    pub span: Span,
    /// How long it is.
    pub length: Duration,
}

/// An invocation of the function.
///
/// [`Timeline::invocations`] lists them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct InvocationBar {
    /// Its number, from 1.
    pub number: usize,
    /// Where it is.
    pub span: Span,
    /// When it started, since the start of the execution.
    pub started: Duration,
    /// When it ended; none while it runs.
    pub ended: Option<Duration>,
    /// What it failed with.
    pub error: Option<String>,
}

/// How something came out, which decides its colour.
///
/// [`Row`] holds it; [`Timeline`] has an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Tone {
    /// It succeeded.
    Good,
    /// It was cancelled, or an attempt is to be followed by another one although it did not fail.
    Neutral,
    /// It is open.
    Open,
    /// It failed, timed out or was stopped.
    Bad,
}

/// A row of the chart.
///
/// [`Timeline::rows`] lists them.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Row {
    /// What it is called.
    pub label: String,
    /// Number of contexts that it is inside of.
    pub depth: usize,
    /// How it came out.
    pub tone: Tone,
    /// Where its bar is.
    pub span: Span,
    /// When it started, since the start of the execution.
    pub started: Duration,
    /// When it ended; none while it is open.
    pub ended: Option<Duration>,
    /// How long it took, or has taken so far.
    pub took: Duration,
    /// What the row stands for.
    pub kind: RowKind,
}

/// What a row stands for.
///
/// [`Row`] holds it; [`Timeline`] has an example.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum RowKind {
    /// An operation.
    #[non_exhaustive]
    Operation {
        /// Its id.
        id: OperationId,
        /// Its type.
        operation_type: OperationType,
        /// What the SDK calls its kind.
        sub_type: Option<String>,
        /// Its status.
        status: OperationStatus,
        /// Its attempts, if it is a step.
        attempts: Vec<AttemptDot>,
        /// Its error.
        error: Option<String>,
        /// Its result, shortened.
        result: Option<String>,
        /// When it is due, since the start of the execution, if it is open and waits for a time.
        due: Option<Duration>,
    },
    /// Siblings that came out alike.
    #[non_exhaustive]
    Folded {
        /// Their rows, with those of what is inside them.
        rows: Vec<Row>,
    },
}

/// An attempt of a step.
///
/// [`Row`] lists them; [`Timeline`] has an example.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AttemptDot {
    /// Its number, from 1.
    pub number: usize,
    /// Where it is; the dot stands at its end.
    pub span: Span,
    /// How it came out.
    pub tone: Tone,
    /// When it started, since the start of the execution.
    pub started: Duration,
    /// When it ended; none while it runs.
    pub ended: Option<Duration>,
    /// What it failed with.
    pub error: Option<String>,
}

impl Timeline {
    /// The timeline of an execution, from its drawing, its events and its invocations.
    ///
    /// The history gives the attempts and the order of what happens at one time. Events of payloads that were
    /// left out will do.
    #[must_use]
    pub fn new(drawing: &Drawing<'_>, history: &[Event], invocations: &[InvocationRecord]) -> Self {
        let axis = Axis::new(drawing, history, invocations);
        let attempts = Attempts::of(history, &axis, drawing.started_at);
        Self {
            headline: drawing.headline(),
            function: drawing.function.to_owned(),
            status: drawing.status,
            error: drawing.error.map(ToString::to_string),
            started_at: drawing.started_at,
            length: axis.length(),
            ticks: axis.ticks(),
            gaps: axis.gaps().to_vec(),
            invocations: axis.invocations(drawing.started_at, invocations),
            rows: rows::of(drawing, &axis, &attempts),
            deviations: Vec::new(),
            events: axis.into_events(),
        }
    }

    /// A line about the execution: `order_workflow: SUCCEEDED in 1h (2 invocations)`.
    #[must_use]
    pub fn headline(&self) -> &str {
        &self.headline
    }

    /// Name of the function.
    #[must_use]
    pub fn function(&self) -> &str {
        &self.function
    }

    /// Status of the execution.
    #[must_use]
    pub fn status(&self) -> ExecutionStatus {
        self.status
    }

    /// Error of the execution.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// How long the execution took, or has taken so far.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.length
    }

    /// The labelled times of the axis, from the left.
    #[must_use]
    pub fn ticks(&self) -> &[Tick] {
        &self.ticks
    }

    /// The compressed stretches of the axis, from the left.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// The invocations, the first one first.
    #[must_use]
    pub fn invocations(&self) -> &[InvocationBar] {
        &self.invocations
    }

    /// The gaps, the longest first: where labels would overlap, the longest gaps keep theirs.
    pub(crate) fn gaps_by_length(&self) -> Vec<&Gap> {
        let mut gaps: Vec<&Gap> = self.gaps.iter().collect();
        gaps.sort_by_key(|gap| std::cmp::Reverse(gap.length));
        gaps
    }

    /// Whether the gaps are so narrow that hatching them would only be noise.
    pub(crate) fn is_dense(&self) -> bool {
        let narrow = |gap: &Gap| gap.span.to - gap.span.from < 0.02;
        self.gaps.first().is_some_and(narrow)
    }

    /// The rows, in the order of the tree; those of a large execution with alike siblings folded.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// A picture, as SVG: legible on light and dark backgrounds, with details on hover.
    #[must_use]
    pub fn to_svg(&self) -> String {
        svg::render(self)
    }

    /// A page, as HTML: self-contained, without scripts. Each row opens its details on hover and on focus.
    #[must_use]
    pub fn to_html(&self) -> String {
        html::page(self)
    }

    /// The part of [`to_html`](Self::to_html) that shows the execution, for a page of several parts: it is
    /// styled by [`Timeline::STYLE`].
    #[must_use]
    pub fn to_html_section(&self) -> String {
        html::section(self)
    }

    /// The style sheet of the HTML.
    pub const STYLE: &'static str = html::STYLE;

    /// A Gantt chart in the language of Mermaid, which GitHub and others draw in Markdown. Times are in UTC.
    #[must_use]
    pub fn to_mermaid(&self) -> String {
        mermaid::render(self)
    }
}

impl Tone {
    /// How an operation comes out.
    #[must_use]
    pub const fn of(status: OperationStatus) -> Self {
        match status {
            OperationStatus::Started | OperationStatus::Pending | OperationStatus::Ready => {
                Self::Open
            }
            OperationStatus::Succeeded => Self::Good,
            OperationStatus::Cancelled => Self::Neutral,
            OperationStatus::Failed | OperationStatus::TimedOut | OperationStatus::Stopped => {
                Self::Bad
            }
        }
    }

    /// How an execution comes out.
    #[must_use]
    pub const fn of_execution(status: ExecutionStatus) -> Self {
        Self::of(status.operation_status())
    }

    /// Its name in style sheets: `good`, `neutral`, `open` or `bad`.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Neutral => "neutral",
            Self::Open => "open",
            Self::Bad => "bad",
        }
    }
}

impl Row {
    /// From when to when it lasted, since the start of the execution: `from +1s to +3s`.
    #[must_use]
    pub fn when(&self) -> String {
        between(self.started, self.ended)
    }

    /// What stands beside the bar: how long it took, and what is remarkable.
    #[must_use]
    pub fn note(&self) -> String {
        let mut notes = vec![human(self.took)];
        if let RowKind::Operation {
            status, attempts, ..
        } = &self.kind
        {
            if attempts.len() > 1 {
                notes.push(format!("{} attempts", attempts.len()));
            }
            if *status != OperationStatus::Succeeded {
                notes.push(status.to_string());
            }
        }
        notes.join(" · ")
    }

    /// Its details, as names and values.
    pub(crate) fn details(&self) -> Vec<(String, String)> {
        let mut details = Vec::new();
        let mut add = |name: &str, value: String| details.push((name.to_owned(), value));
        if let RowKind::Operation {
            id: _,
            operation_type,
            sub_type,
            status,
            attempts,
            error,
            result,
            due,
        } = &self.kind
        {
            let kind = crate::fold::kind_word(*operation_type);
            match sub_type {
                Some(sub_type) if !sub_type.eq_ignore_ascii_case(kind) => {
                    add("type", format!("{kind} ({})", visible(sub_type)));
                }
                _ => add("type", kind.to_owned()),
            }
            add("status", status.to_string());
            add("time", self.when());
            if let Some(due) = due {
                add("due", format!("+{}", human(*due)));
            }
            // Of one attempt the rest is said already.
            let shown = if attempts.len() > 1 {
                attempts.as_slice()
            } else {
                &[]
            };
            for attempt in shown.iter().take(MAX_ATTEMPTS) {
                let error = attempt.error.as_deref().map(visible);
                let error = error.map_or_else(String::new, |error| format!(": {error}"));
                let time = between(attempt.started, attempt.ended);
                add(
                    &format!("attempt {}", attempt.number),
                    format!("{time}{error}"),
                );
            }
            if shown.len() > MAX_ATTEMPTS {
                add("…", format!("{} more attempts", shown.len() - MAX_ATTEMPTS));
            }
            if let Some(error) = error {
                add("error", visible(error));
            }
            if let Some(result) = result {
                add("result", visible(result));
            }
        } else {
            add("time", self.when());
        }
        details
    }
}

/// Limit on the attempts that details list.
const MAX_ATTEMPTS: usize = 12;

fn between(started: Duration, ended: Option<Duration>) -> String {
    match ended {
        Some(ended) if ended == started => format!("at +{}", human(started)),
        Some(ended) => format!("from +{} to +{}", human(started), human(ended)),
        None => format!("since +{}", human(started)),
    }
}
