//! The list of executions, with its filters.

use std::time::Duration;

use durable_service::Execution;
use durable_service::model::{ExecutionStatus, Timestamp};
use durable_view::{count, human, visible};
use maud::{Markup, html};

use super::fields::Fields;
use super::table::Table;
use super::{link, text, waiting};
use crate::engine::World;

/// Executions on a page.
const PAGE: usize = 50;

/// How far back the list goes.
const SINCE: [(&str, &str, Duration); 4] = [
    ("15m", "last 15 minutes", Duration::from_mins(15)),
    ("1h", "last hour", Duration::from_hours(1)),
    ("1d", "last day", Duration::from_hours(24)),
    ("7d", "last 7 days", Duration::from_hours(24 * 7)),
];

/// Which executions are wanted.
#[derive(Debug, Clone, Default)]
struct Filter {
    status: Option<ExecutionStatus>,
    function: Option<String>,
    prefix: Option<String>,
    after: Option<Timestamp>,
    before: Option<Timestamp>,
    /// Only those with smaller numbers: the page starts there.
    older_than: Option<u64>,
}

impl Filter {
    fn read(fields: &Fields, now: Timestamp) -> Self {
        let time = |name| fields.get(name).and_then(read_time);
        let since = SINCE
            .iter()
            .find(|(value, ..)| fields.get("since") == Some(value));
        let since = since.map(|(_, _, span)| now.before(*span));
        Self {
            status: fields.get("status").and_then(|status| status.parse().ok()),
            function: fields.get("function").map(str::to_owned),
            prefix: fields.get("name").map(str::to_owned),
            after: time("after").max(since),
            before: time("before"),
            older_than: fields.get("page").and_then(|page| page.parse().ok()),
        }
    }

    fn admits(&self, execution: &Execution) -> bool {
        self.status.is_none_or(|it| it == execution.status())
            && self
                .function
                .as_deref()
                .is_none_or(|it| it == execution.function())
            && self
                .prefix
                .as_deref()
                .is_none_or(|it| execution.name().starts_with(it))
            && self.after.is_none_or(|it| execution.started_at() >= it)
            && self.before.is_none_or(|it| execution.started_at() < it)
    }
}

/// A time as the fields of browsers write it, in UTC, or in ISO 8601.
fn read_time(text: &str) -> Option<Timestamp> {
    Timestamp::from_iso(text)
        .or_else(|| Timestamp::from_iso(&format!("{text}Z")))
        .or_else(|| Timestamp::from_iso(&format!("{text}:00Z")))
}

/// A row of the list.
#[derive(Debug)]
struct Listed {
    arn: String,
    status: ExecutionStatus,
    function: String,
    name: String,
    started_at: Timestamp,
    took: Duration,
    waits: Option<String>,
    /// Whether its next invocation meets changed code.
    meets_changed_code: bool,
}

impl Listed {
    fn of(world: &World, execution: &Execution, now: Timestamp) -> Self {
        let seen_at = execution.local(now);
        let is_open = !execution.status().is_terminal();
        let waits = is_open.then(|| {
            let state = waiting::State::of(execution);
            let operations = execution.pending().map(|operation| {
                let label = operation.name.as_deref();
                let kind = operation.operation_type().as_str();
                (label.unwrap_or(kind), operation)
            });
            summary(&waiting::of(state, operations), seen_at)
        });
        Self {
            arn: execution.arn().to_string(),
            status: execution.status(),
            function: execution.function().to_owned(),
            name: execution.name().to_owned(),
            started_at: execution.started_at(),
            took: execution
                .ended_at()
                .unwrap_or(seen_at)
                .since(execution.started_at()),
            waits,
            meets_changed_code: is_open
                && world.changed_after(execution.arn()) == Some(execution.invocations().len()),
        }
    }
}

impl Listed {
    fn cells(&self) -> [Markup; 6] {
        [
            text::status(self.status),
            html! { a.main href=(link::execution(&self.arn)) { (visible(&self.name)) } },
            html! { (self.function) },
            text::time(self.started_at),
            html! { (human(self.took)) },
            html! {
                @if let Some(waits) = &self.waits { (waits) }
                @if self.meets_changed_code { " " span.changed { "meets changed code" } }
            },
        ]
    }
}

fn summary(waiting: &[waiting::Waiting], seen_at: Timestamp) -> String {
    match waiting {
        [] => "nothing".to_owned(),
        [one] => one.summary(seen_at),
        [first, rest @ ..] => format!("{}, and {} more", first.summary(seen_at), rest.len()),
    }
}

/// The executions of a query, as far as the list shows them.
#[derive(Debug)]
pub(super) struct List {
    rows: Vec<Listed>,
    matching: usize,
    all: usize,
    next: Option<u64>,
    functions: Vec<String>,
}

impl List {
    /// Selects the executions of a query.
    pub(super) fn select(world: &World, fields: &Fields, now: Timestamp) -> Self {
        let filter = Filter::read(fields, now);
        let mut functions: Vec<String> = Vec::new();
        let (mut rows, mut matching, mut all) = (Vec::new(), 0, 0);
        let (mut last, mut more) = (None, false);
        for execution in world.service.executions().rev() {
            all += 1;
            if !functions.iter().any(|it| it == execution.function()) {
                functions.push(execution.function().to_owned());
            }
            if !filter.admits(execution) {
                continue;
            }
            matching += 1;
            if filter.older_than.is_some_and(|it| execution.number() >= it) {
                continue;
            }
            if rows.len() < PAGE {
                last = Some(execution.number());
                rows.push(Listed::of(world, execution, now));
            } else {
                more = true;
            }
        }
        functions.sort();
        Self {
            rows,
            matching,
            all,
            next: last.filter(|_| more),
            functions,
        }
    }

    /// The page.
    pub(super) fn render(&self, fields: &Fields, example: &str) -> Markup {
        html! {
            h1 { "Executions" }
            @if self.all == 0 {
                (nothing_yet(example))
            } @else {
                (self.filters(fields))
                div id="list" {
                    p.note {
                        (count(self.matching)) " of " (count(self.all)) " executions"
                        @if fields.get("page").is_some() {
                            " · " a href={ "/?" (fields.with("page", None)) } { "back to the newest" }
                        }
                    }
                    @if self.rows.is_empty() {
                        p.empty { "No execution matches. " a href="/" { "Show all" } }
                    } @else {
                        (self.table())
                    }
                    @if let Some(next) = self.next {
                        p { a.button href={ "/?" (fields.with("page", Some(&next.to_string()))) } { "Older" } }
                    }
                }
            }
        }
    }

    fn filters(&self, fields: &Fields) -> Markup {
        let chosen = |name: &str, value: &str| fields.get(name) == Some(value);
        html! {
            form.filters method="get" action="/" role="search" aria-label="Filters" hx-morph-skip="" {
                label { span { "Status" }
                    select name="status" {
                        option value="" { "any" }
                        @for status in ExecutionStatus::ALL {
                            option value=(status.as_str()) selected[chosen("status", status.as_str())] {
                                (text::words(status.as_str()))
                            }
                        }
                    }
                }
                label { span { "Function" }
                    select name="function" {
                        option value="" { "any" }
                        @for function in &self.functions {
                            option value=(function) selected[chosen("function", function)] { (function) }
                        }
                    }
                }
                label { span { "Name starts with" }
                    input type="search" name="name" value=[fields.get("name")] autocomplete="off" spellcheck="false";
                }
                label { span { "Started" }
                    select name="since" {
                        option value="" { "at any time" }
                        @for (value, words, _) in SINCE {
                            option value=(value) selected[chosen("since", value)] { (words) }
                        }
                    }
                }
                label { span { "From (UTC)" }
                    input type="datetime-local" name="after" value=[fields.get("after")];
                }
                label { span { "Until (UTC)" }
                    input type="datetime-local" name="before" value=[fields.get("before")];
                }
                button type="submit" { "Filter" }
                a.button.quiet href="/" { "Clear" }
            }
        }
    }

    fn table(&self) -> Markup {
        let table = Table {
            class: "executions",
            caption: "Executions, the newest first",
            columns: [
                "Status",
                "Name",
                "Function",
                "Started",
                "Duration",
                "Waits for",
            ],
            names: 1,
        };
        table.render(self.rows.iter().map(Listed::cells))
    }
}

/// What stands where executions will.
fn nothing_yet(example: &str) -> Markup {
    html! {
        section.empty {
            p { "No execution yet. Start one " a href="/start" { "here" } ", or from a terminal:" }
            pre.command { code id="example" { (example) } }
            button.quiet type="button" data-copy="#example" hidden { "Copy" }
        }
    }
}
