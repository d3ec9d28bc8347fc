//! What invocations wrote.

use durable_view::{count, visible_lines};
use maud::{Markup, html};

use super::link;
use crate::logs::InvocationLog;

/// Limit on the lines of an invocation that are shown: its last ones.
const MAX_LINES: usize = 300;

/// What an invocation wrote.
pub(super) fn written(log: &InvocationLog) -> Markup {
    html! {
        details.log {
            summary { "what it wrote " (lines_of(log)) }
            (lines(log))
        }
    }
}

/// What the latest invocations of a function wrote.
pub(super) fn latest(logs: &[InvocationLog]) -> Markup {
    html! {
        details.log {
            summary { "What it wrote last" }
            ol.invocations {
                @for log in logs {
                    li {
                        code { (log.request_id.as_str()) }
                        @if let Some(arn) = &log.execution {
                            " " a href=(link::execution(arn.as_str())) { "of an execution" }
                        }
                        " " (lines_of(log))
                        (lines(log))
                    }
                }
            }
        }
    }
}

fn lines_of(log: &InvocationLog) -> Markup {
    let plural = if log.lines.len() == 1 { "" } else { "s" };
    html! { span.note { (count(log.lines.len())) " line" (plural) } }
}

fn lines(log: &InvocationLog) -> Markup {
    let left_out = log.lines.len().saturating_sub(MAX_LINES);
    let earlier = log.left_out + u64::try_from(left_out).unwrap_or(0);
    html! {
        @if earlier > 0 { p.note { (earlier) " earlier lines are left out" } }
        pre.json {
            @for line in log.lines.iter().skip(left_out) {
                span.note { (format!("{:<7}", line.source.name())) } " " (visible_lines(&line.text)) "\n"
            }
        }
    }
}
