//! The timeline as a Gantt chart of Mermaid.

use std::fmt::Write as _;
use std::time::Duration;

use durable_service::model::Timestamp;

use super::{Row, RowKind, Timeline, Tone};
use crate::fold;
use crate::words::{count, shortened, visible};

/// Limit on the rows. Mermaid refuses charts of more than 50,000 characters.
const ROWS: usize = 200;

/// Limit on the characters of a name.
const NAME: usize = 60;

pub(super) fn render(timeline: &Timeline) -> String {
    let mut chart = String::from("gantt\n");
    let _ = writeln!(chart, "    title {}", name(&timeline.headline));
    chart += "    dateFormat YYYY-MM-DD HH:mm:ss.SSS\n";
    let _ = writeln!(chart, "    axisFormat {}", axis_format(timeline.length));
    chart += "    section invocations\n";
    let (first, left_out, last) = fold::limited(&timeline.invocations, ROWS / 4);
    for invocation in first.iter().chain(last) {
        let tone = if invocation.error.is_some() {
            Tone::Bad
        } else {
            Tone::Neutral
        };
        let ended = invocation.ended.unwrap_or(timeline.length);
        let label = format!("invocation {}", invocation.number);
        task(
            &mut chart,
            timeline,
            &label,
            tone,
            invocation.started,
            ended,
        );
    }
    if left_out > 0 {
        let label = format!("⋮ {} more invocations", count(left_out));
        task(
            &mut chart,
            timeline,
            &label,
            Tone::Neutral,
            Duration::ZERO,
            timeline.length,
        );
    }
    // A section starts with each operation at the top that holds others.
    let mut is_plain = false;
    let (first, left_out, last) = fold::limited(&timeline.rows, ROWS);
    let last_first = first.len();
    for (index, row) in first.iter().chain(last).enumerate() {
        let next = first.iter().chain(last).nth(index + 1);
        let is_group = row.depth == 0 && next.is_some_and(|next| next.depth > 0);
        if is_group {
            let _ = writeln!(chart, "    section {}", name(&row.label));
            is_plain = false;
        } else if row.depth == 0 && !is_plain {
            chart += "    section operations\n";
            is_plain = true;
        }
        if left_out > 0 && index == last_first {
            let label = format!("⋮ {} more rows", count(left_out));
            task(
                &mut chart,
                timeline,
                &label,
                Tone::Neutral,
                row.started,
                row.started,
            );
        }
        operation(&mut chart, timeline, row);
    }
    chart
}

fn operation(chart: &mut String, timeline: &Timeline, row: &Row) {
    let ended = row.ended.unwrap_or(row.started + row.took);
    let label = match &row.kind {
        RowKind::Operation { attempts, .. } if attempts.len() > 1 => {
            format!("{} ({} attempts)", row.label, attempts.len())
        }
        _ => row.label.clone(),
    };
    task(chart, timeline, &label, row.tone, row.started, ended);
}

/// A line of the chart. What takes no time is a milestone.
fn task(
    chart: &mut String,
    timeline: &Timeline,
    label: &str,
    tone: Tone,
    started: Duration,
    ended: Duration,
) {
    let (mark, tag) = match tone {
        Tone::Good => ("✓", "done, "),
        Tone::Neutral => ("·", ""),
        Tone::Open => ("▷", "active, "),
        Tone::Bad => ("✗", "crit, "),
    };
    let milestone = if started == ended { "milestone, " } else { "" };
    let date = |offset: Duration| date(timeline.started_at.after(offset));
    // The mark in front keeps a name from being read as a keyword.
    let _ = writeln!(
        chart,
        "    {mark} {} :{milestone}{tag}{}, {}",
        name(label),
        date(started),
        date(ended)
    );
}

/// A time as `dateFormat` has it. It has no zone, so that the axis shows UTC wherever it is drawn.
fn date(time: Timestamp) -> String {
    time.to_string()
        .replace('T', " ")
        .trim_end_matches('Z')
        .to_owned()
}

fn axis_format(length: Duration) -> &'static str {
    match length.as_secs() {
        0..60 => "%S.%L s",
        60..86_400 => "%H:%M:%S",
        86_400..5_184_000 => "%d %b %H:%M",
        _ => "%d %b %Y",
    }
}

/// A name without the characters that end it, or that Mermaid reads as markup.
fn name(text: &str) -> String {
    let mut name = String::new();
    for c in shortened(&visible(text), NAME).chars() {
        match c {
            ':' | ';' | '#' | ',' | '<' | '>' | '&' | '"' | '%' | '\\' | '{' | '}' | '`' | '['
            | ']' => {
                let _ = write!(name, "#{};", u32::from(c));
            }
            c => name.push(c),
        }
    }
    name
}
