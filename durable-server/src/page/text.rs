//! How times, statuses and texts look on the pages.

use durable_service::model::{ExecutionStatus, Timestamp};
use durable_view::timeline::Tone;
use maud::{Markup, html};

/// A time, which the script of the pages can show as local time.
pub(super) fn time(at: Timestamp) -> Markup {
    let iso = at.to_string();
    let (date, clock) = iso.split_once('T').unwrap_or((&iso, ""));
    let clock = clock.trim_end_matches('Z');
    html! {
        time datetime=(iso) title=(iso) { (date) " " (clock) " UTC" }
    }
}

/// The status of an execution: a sign, a colour and the word.
pub(super) fn status(status: ExecutionStatus) -> Markup {
    let sign = match status {
        ExecutionStatus::Running => "▶",
        ExecutionStatus::Pausing | ExecutionStatus::Paused => "‖",
        ExecutionStatus::Succeeded => "✓",
        ExecutionStatus::Failed => "✕",
        ExecutionStatus::TimedOut => "⧖",
        ExecutionStatus::Stopped => "■",
    };
    html! {
        span class={ "status " (Tone::of_execution(status).class()) } {
            span aria-hidden="true" { (sign) } " " (words(status.as_str()))
        }
    }
}

/// A name of the API in words: `TIMED_OUT` is `timed out`.
pub(super) fn words(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', " ")
}
