//! What became of the executions of a function on its present program.

use durable_view::{count, visible};
use maud::{Markup, html};

use super::table::Table;
use super::{link, text};
use crate::replay_check::{Checked, Differs, Report, Verdict};

/// The page of a check.
pub(super) fn render(report: &Report) -> Markup {
    let counts = report.counts();
    html! {
        h1 { "Replays of " (report.function) }
        p {
            @match report.executions.len() {
                1 => "1 execution was",
                several => { (count(several)) " executions were" }
            }
            " replayed on its present program, and not changed: "
            (count(counts.going_on)) " go on, " (count(counts.changes)) " change, " (count(counts.breaks)) " break."
        }
        p.note {
            "An open execution was replayed as it stands. One that is over shows what becomes of those under way like it."
        }
        @if report.executions.is_empty() {
            p.empty { "No execution of it has been invoked yet." }
        } @else {
            (table(report))
        }
        p { a.button href="/functions" { "Back" } }
    }
}

fn table(report: &Report) -> Markup {
    let table = Table {
        class: "replays",
        caption: "Executions that were replayed",
        columns: ["Outcome", "Execution", "What differs"],
        names: 1,
    };
    table.render(report.executions.iter().map(row))
}

fn row(checked: &Checked) -> [Markup; 3] {
    let (sign, tone) = match checked.verdict {
        Verdict::Same | Verdict::Harmless => ("✓", "good"),
        Verdict::Changes => ("≠", "open"),
        Verdict::Breaks => ("✕", "bad"),
    };
    [
        html! {
            span class={ "status " (tone) } {
                span aria-hidden="true" { (sign) } " " (checked.verdict.words())
            }
        },
        html! {
            a.main href=(link::execution(&checked.durable_execution_arn)) { (visible(&checked.name)) }
            " " span.note { (text::words(&checked.status)) }
        },
        html! { @for differs in &checked.differences { (difference(differs)) } },
    ]
}

fn difference(differs: &Differs) -> Markup {
    html! {
        dl.facts {
            dt { "Recorded" } dd { (visible(&differs.recorded)) }
            dt { "Replayed" } dd { (visible(&differs.replayed)) }
            dt { "Invocation" } dd { (differs.invocation) }
        }
        p { (visible(&differs.why)) }
    }
}
