//! What became of the executions of a function on its present program.

use durable_view::{count, visible};
use maud::{Markup, html};

use super::{link, text};
use crate::replay_check::{Checked, Report, Verdict};

/// The page of a check.
pub(super) fn render(report: &Report) -> Markup {
    let counts = report.counts();
    html! {
        h1 { "Replays of " (report.function) }
        p {
            (count(report.executions.len())) " executions were replayed on its present program, and not changed: "
            (count(counts.going_on)) " go on, " (count(counts.changes)) " change, " (count(counts.breaks)) " break."
        }
        p.note {
            "An open execution was replayed as it stands. One that is over shows what becomes of those under way like it."
        }
        @if report.executions.is_empty() {
            p.empty { "No execution of it has been invoked yet." }
        } @else {
            table.replays {
                thead { tr {
                    th scope="col" { "On the present program" }
                    th scope="col" { "Execution" }
                    th scope="col" { "What differs" }
                } }
                tbody { @for checked in &report.executions { (row(checked)) } }
            }
        }
        p { a.button href="/functions" { "Back" } }
    }
}

fn row(checked: &Checked) -> Markup {
    let (sign, tone) = match checked.verdict {
        Verdict::Same | Verdict::Harmless => ("✓", "good"),
        Verdict::Changes => ("≠", "open"),
        Verdict::Breaks => ("✕", "bad"),
    };
    html! {
        tr {
            td { span class={ "status " (tone) } { span aria-hidden="true" { (sign) } " " (checked.verdict.words()) } }
            td {
                a.main href=(link::execution(&checked.durable_execution_arn)) { (visible(&checked.name)) }
                " " span.note { (text::words(&checked.status)) }
            }
            td {
                @for differs in &checked.differences {
                    dl.facts {
                        dt { "Recorded" } dd { (visible(&differs.recorded)) }
                        dt { "Replayed" } dd { (visible(&differs.replayed)) }
                        dt { "Invocation" } dd { (differs.invocation) }
                    }
                    p { (visible(&differs.why)) }
                }
            }
        }
    }
}
