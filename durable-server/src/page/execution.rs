//! The page of an execution.

use std::collections::HashSet;

use durable_service::model::{Event, EventEffect, ExecutionStatus};
use durable_view::{count, human, visible};
use maud::{Markup, html};

use super::fields::Fields;
use super::forms::{Target, error_fields};
use super::json::Level;
use super::layout::hidden;
use super::view::View;
use super::waiting::{self, Waiting, What};
use super::{chart, copies, events, json, link, logs, operation, text};
use crate::logs::InvocationLog;

/// What the chart is called.
const OVER_TIME: &str = "Operations over time";

/// What the page shows besides the execution.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) token: &'a str,
    pub(super) fields: &'a Fields,
    /// URL of the server, for commands.
    pub(super) endpoint: &'a str,
    pub(super) region: &'a str,
    /// The execution that the selected operation invoked.
    pub(super) child: Option<&'a View>,
    /// Whether the answer to its next checkpoint gets lost.
    pub(super) answer_is_lost: bool,
    /// How many of its invocations ran an earlier program of its function, if that has changed meanwhile.
    pub(super) changed_after: Option<usize>,
    /// What its invocations wrote.
    pub(super) logs: &'a [InvocationLog],
}

/// The page of an execution of the server.
pub(super) fn render(view: &View, context: Context<'_>) -> Markup {
    let arn = view.arn.as_ref().map_or("", |arn| arn.as_str());
    let target = Target {
        token: context.token,
        arn,
    };
    html! {
        (heading(view, arn))
        (actions(view, target, context))
        @if let Some(before) = context.changed_after { (changed_code(view, before)) }
        @if view.is_open() { (waits(view, target)) }
        (picture(view, context))
        (payloads(view))
        (events::section(view, context.fields))
        (invocations(view, context.logs))
        (copies::section(view, context.endpoint, context.region))
    }
}

/// The page of a saved history, on which nothing can be done.
pub(super) fn render_saved(view: &View) -> Markup {
    let shown = chart::Shown {
        selected: None,
        label: OVER_TIME,
        whole: true,
        selects: false,
    };
    html! {
        (heading(view, view.arn.as_ref().map_or("", |arn| arn.as_str())))
        p.note { "A saved history, as it was at its last event. Nothing can be done with it here." }
        section aria-labelledby="picture-title" {
            h2 id="picture-title" { "Operations" }
            (chart::chart(view, shown))
        }
        (payloads(view))
        (events::section(view, &Fields::default()))
        (invocations(view, &[]))
    }
}

fn heading(view: &View, arn: &str) -> Markup {
    html! {
        header.execution {
            h1 { (text::status(view.status)) " " (visible(&view.name)) }
            p.facts {
                @if !arn.is_empty() {
                    a href=(link::executions_of(&view.function)) { (view.function) }
                    @if !view.version.is_empty() { ":" (view.version) }
                    " · "
                }
                "started " (text::time(view.started_at))
                @if let Some(ended_at) = view.ended_at {
                    " · took " (human(ended_at.since(view.started_at)))
                } @else {
                    " · open for " (human(view.seen_at.since(view.started_at)))
                    " · its time is " (text::time(view.seen_at))
                }
                @if let Some(timeout) = view.timeout_at {
                    " · times out in " (human(timeout.since(view.seen_at)))
                }
                @if let Some(caller) = &view.caller {
                    " · invoked by " a href=(link::execution(caller.as_str())) { (caller.function_name()) " ↗" }
                }
            }
            @if !arn.is_empty() {
                p.arn {
                    code id="arn" { (visible(arn)) }
                    button.quiet type="button" data-copy="#arn" hidden { "Copy ARN" }
                }
            }
        }
    }
}

fn actions(view: &View, target: Target<'_>, context: Context<'_>) -> Markup {
    let reason = html! {
        label { span { "Reason" } input type="text" name="reason" autocomplete="off"; }
    };
    html! {
        div.actions role="group" aria-label="Actions" {
            a.button href=(link::again(target.arn)) { "Run again…" }
            @match view.status {
                ExecutionStatus::Running => {
                    (target.asking("pause", "Pause…", "Timers and callbacks go on; the function is not invoked until the execution is resumed.", &reason))
                }
                ExecutionStatus::Pausing | ExecutionStatus::Paused => {
                    (target.button("resume", "Resume", "Let the function be invoked again"))
                }
                _ => {}
            }
            @if view.is_open() {
                (target.asking("stop", "Stop…", "The execution ends as STOPPED. It cannot be continued.", &error_fields("")))
                details.menu id="menu-faults" {
                    summary.button { "Faults…" }
                    div.menu-body {
                        @if view.running().is_some() {
                            (target.button("kill", "Kill this invocation now", "The process of the function is killed, as by a crash"))
                        } @else {
                            p.note { "No invocation runs now that could be killed." }
                        }
                        @if context.answer_is_lost {
                            p.note { "The answer to the next checkpoint will be lost." }
                        } @else {
                            (target.button("lose", "Lose the next checkpoint's answer", "The checkpoint is stored, and the connection closes without an answer"))
                        }
                    }
                }
            } @else {
                (target.asking("delete", "Delete…", "The execution and its history are forgotten at once.", &html! {}))
            }
        }
    }
}

/// What is said of an execution whose function's program has changed meanwhile.
fn changed_code(view: &View, before: usize) -> Markup {
    let has_met = view.invocations.len() > before;
    html! {
        p.changed {
            strong { "Changed code: " }
            "the program of " (view.function) " changed on disk after invocation " (before) ". "
            @if has_met {
                "Invocation " (before + 1) " was the first on the changed one."
            } @else if view.is_open() {
                "The next invocation replays this execution on the changed one. "
                code { "durable replay-check " (view.function) }
                " says whether it goes on."
            } @else {
                "No invocation ran the changed one."
            }
        }
    }
}

fn waits(view: &View, target: Target<'_>) -> Markup {
    let state = waiting::State {
        status: view.status,
        invoke_at: view.invoke_at,
        invocations: &view.invocations,
    };
    let waiting = waiting::of(state, view.labelled());
    let (shown, rest) = waiting.split_at(waiting.len().min(MAX_WAITING));
    html! {
        section.waits aria-labelledby="waits-title" {
            h2 id="waits-title" { "Waiting for" }
            @if waiting.is_empty() {
                p.note { "Nothing that time or a call from outside could end." }
            }
            ul {
                @for waiting in shown { (waits_for(view, waiting, target)) }
            }
            @if !rest.is_empty() { p.note { "and " (rest.len()) " more" } }
            (time_controls(target))
        }
    }
}

/// Limit on what an execution waits for that is shown.
const MAX_WAITING: usize = 20;

fn waits_for(view: &View, waiting: &Waiting, target: Target<'_>) -> Markup {
    let id = waiting.operation.as_deref().unwrap_or("itself");
    html! {
        li id={ "waits-" (id) } {
            div.what {
                @match &waiting.operation {
                    Some(id) => { a href=(link::operation(target.arn, id)) data-op=(id) { (visible(&waiting.label)) } }
                    None => strong { (visible(&waiting.label)) }
                }
                " " span { (described(waiting)) }
                @if let Some(due) = waiting.due {
                    span.note { " until " (text::time(due)) ", " (human(due.since(view.seen_at))) " left" }
                }
                @if let What::Retry { error: Some(error), .. } = &waiting.what {
                    pre.error { (visible(error)) }
                }
            }
            (ends(waiting, target))
        }
    }
}

fn described(waiting: &Waiting) -> Markup {
    html! {
        @match &waiting.what {
            What::Running { invocation } => { "runs: invocation " (invocation) }
            What::Invocation { failed: true } => "is invoked again after a failed invocation",
            What::Invocation { failed: false } => "is about to be invoked",
            What::Paused => "is paused",
            What::Wait => "waits",
            What::Retry { attempt, .. } => { "retries: attempt " (attempt) }
            What::Callback { .. } => "waits for an answer",
            What::Invoke { execution: Some(child) } => {
                "runs as " a href=(link::execution(child.as_str())) { (child.function_name()) " ↗" }
            }
            What::Invoke { execution: None } => "runs another function",
        }
    }
}

/// The button that ends a wait.
fn ends(waiting: &Waiting, target: Target<'_>) -> Markup {
    html! {
        @match &waiting.what {
            What::Running { .. } | What::Invoke { .. } => {}
            What::Paused => (target.button("resume", "Resume", "Let the function be invoked again")),
            What::Wait | What::Retry { .. } | What::Invocation { .. } => {
                @if let Some(due) = waiting.due {
                    (target.form("time", "Skip to its end", "Moves the time of this execution", &hidden("until", &due.as_millis().to_string())))
                }
            }
            What::Callback { id, heartbeat } => (answer(id, *heartbeat, target)),
        }
    }
}

/// The forms that answer a callback.
fn answer(id: &str, heartbeat: bool, target: Target<'_>) -> Markup {
    html! {
        div.answers hx-morph-skip="" {
            form.stacked method="post" action="/do/succeed" {
                (hidden("token", target.token))
                (hidden("arn", target.arn))
                (hidden("id", id))
                label { span { "Result (JSON)" }
                    textarea name="result" rows="2" spellcheck="false" data-json="" { "{}" }
                }
                button.good type="submit" { "Succeed" }
            }
            details.menu {
                summary.button { "Fail…" }
                form.stacked.menu-body method="post" action="/do/fail" {
                    (hidden("token", target.token))
                    (hidden("arn", target.arn))
                    (hidden("id", id))
                    (error_fields("Rejected"))
                    button.bad type="submit" { "Fail" }
                }
            }
            @if heartbeat {
                (target.form("heartbeat", "Heartbeat", "Restarts the heartbeat timeout", &hidden("id", id)))
            }
        }
    }
}

fn time_controls(target: Target<'_>) -> Markup {
    html! {
        div.time role="group" aria-label="Time of this execution" {
            span.note { "Time of this execution:" }
            (target.form("time", "To what is due next", "Moves its time, and that of the executions that it invokes", &hidden("next", "yes")))
            form.inline method="post" action="/do/time" hx-morph-skip="" {
                (hidden("token", target.token))
                (hidden("arn", target.arn))
                label { span.unseen { "Duration" }
                    input.short type="text" name="by" value="1h" required autocomplete="off" spellcheck="false";
                }
                button type="submit" title="Such as 90s, 1h 30m, 2d" { "Ahead by this" }
            }
        }
    }
}

/// The chart, with the selected operation at its side.
fn picture(view: &View, context: Context<'_>) -> Markup {
    let selected = context.fields.get("op");
    let shown = chart::Shown {
        selected,
        label: OVER_TIME,
        whole: context.fields.get("rows") == Some("all"),
        selects: true,
    };
    html! {
        section.picture aria-labelledby="picture-title" {
            div.bar-title {
                h2 id="picture-title" { "Operations" }
                div.zoom role="group" aria-label="Zoom" hidden {
                    button.quiet type="button" data-zoom="out" aria-label="Zoom out" { "−" }
                    button.quiet type="button" data-zoom="fit" { "fit" }
                    button.quiet type="button" data-zoom="in" aria-label="Zoom in" { "+" }
                }
            }
            div.split {
                (chart::chart(view, shown))
                aside id="details" aria-label="Details of an operation" {
                    (operation::details(view, selected, context.child))
                }
            }
        }
    }
}

fn payloads(view: &View) -> Markup {
    html! {
        section.payloads aria-label="Payloads" {
            @if let Some(input) = &view.input { (json::payload(Level::Page, "Input", "input", input)) }
            @if let Some(result) = &view.result { (json::payload(Level::Page, "Result", "result", result)) }
            @if let Some(error) = &view.error {
                (json::payload(Level::Page, "Error", "error", &serde_json::to_string(error).unwrap_or_default()))
            }
        }
    }
}

fn invocations(view: &View, logs: &[InvocationLog]) -> Markup {
    let replayed = replayed(&view.events);
    html! {
        section aria-labelledby="invocations-title" {
            details {
                summary { h2 id="invocations-title" { "Invocations " span.note { (view.invocations.len()) } } }
                ol.invocations {
                    @for (index, record) in view.invocations.iter().enumerate() {
                        li {
                            span { "+" (human(record.started_at.since(view.started_at))) }
                            " "
                            @match (record.ended_at, &record.error) {
                                (None, _) => span.open { "runs" },
                                (Some(ended), None) => { "took " (human(ended.since(record.started_at))) }
                                (Some(ended), Some(error)) => {
                                    span.bad { "failed" } " after " (human(ended.since(record.started_at)))
                                    pre.error { (visible(&error.to_string())) }
                                }
                            }
                            @if let Some(operations @ 1..) = replayed.get(index).copied() {
                                ", replays " (count(operations)) @if operations == 1 { " operation" } @else { " operations" }
                            }
                            " " code.note { (record.request_id.as_str()) }
                            @if let Some(log) = logs.iter().find(|log| log.request_id == record.request_id) {
                                (logs::written(log))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// For each invocation, the number of operations that were on record when it started: it replays them.
fn replayed(events: &[Event]) -> Vec<usize> {
    let mut known = HashSet::new();
    let mut replayed = vec![0];
    for event in events {
        match event.details.effect() {
            EventEffect::Operation(..) => known.extend(event.id()),
            EventEffect::Invocation => replayed.push(known.len()),
            _ => {}
        }
    }
    replayed
}
