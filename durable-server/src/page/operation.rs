//! The details of one operation.

use durable_service::model::{
    Event, EventDetails, Operation, OperationDetails, OperationStatus, RetryDetails,
};
use durable_view::{human, visible, visible_lines};
use maud::{Markup, html};

use super::json::Level;
use super::view::View;
use super::{chart, json, link, text};

/// The details of the operation of an id, with the execution that it invoked.
pub(super) fn details(view: &View, id: Option<&str>, child: Option<&View>) -> Markup {
    let Some(id) = id else {
        return html! { p.note { "Select an operation to see its attempts, payloads and times." } };
    };
    let mut labelled = view.labelled();
    let Some((label, operation)) = labelled.find(|(_, operation)| operation.id.as_str() == id)
    else {
        return html! { p.note { "This operation does not exist." } };
    };
    let own: Vec<&Event> = view
        .events
        .iter()
        .filter(|event| event.id() == Some(id))
        .collect();
    html! {
        h3 { (visible(label)) }
        (facts(view, operation))
        (attempts(view, &own))
        @if let Some(input) = own.iter().find_map(|event| input(event)) {
            (json::payload(Level::Details, "Input", "op-input", input))
        }
        @if let Some(result) = operation.result() {
            (json::payload(Level::Details, "Result", "op-result", result))
        }
        @if let (Some(error), true) = (operation.error(), operation.status != OperationStatus::Succeeded) {
            (json::payload(Level::Details, "Error", "op-error", &serde_json::to_string(error).unwrap_or_default()))
        }
        @if let Some(child) = child { (invoked(child)) }
    }
}

/// The operation of an id, if it invoked an execution.
pub(super) fn child_of<'a>(
    view: &'a View,
    id: &str,
) -> Option<&'a durable_service::model::ExecutionArn> {
    let mut labelled = view.labelled();
    let (_, operation) = labelled.find(|(_, operation)| operation.id.as_str() == id)?;
    match &operation.details {
        OperationDetails::ChainedInvoke(invoke) => invoke.execution.as_ref(),
        _ => None,
    }
}

fn facts(view: &View, operation: &Operation) -> Markup {
    let kind = text::words(operation.operation_type().as_str());
    let ended_at = operation.ended_at;
    let until = ended_at.or(view.ended_at).unwrap_or(view.seen_at);
    html! {
        dl.facts {
            dt { "Type" } dd {
                (kind)
                @if let Some(sub_type) = operation.sub_type.as_deref().filter(|it| says_more(it, &kind)) {
                    " · " (visible(sub_type))
                }
            }
            dt { "Status" } dd { (text::words(operation.status.as_str())) }
            dt { "Started" } dd { "+" (human(operation.started_at.since(view.started_at))) " · " (text::time(operation.started_at)) }
            @if let Some(ended_at) = ended_at {
                dt { "Ended" } dd { "+" (human(ended_at.since(view.started_at))) " · " (text::time(ended_at)) }
            }
            dt { "Took" } dd { (human(until.since(operation.started_at))) @if ended_at.is_none() { " so far" } }
            @if let Some(due) = operation.due_at().filter(|_| view.is_open()) {
                dt { "Due" } dd { (text::time(due)) }
            }
            @match &operation.details {
                OperationDetails::Wait(wait) => {
                    dt { "Waits" } dd { (human(wait.duration.into())) }
                }
                OperationDetails::Callback(callback) => {
                    @if let Some(timeout) = callback.heartbeat_timeout {
                        dt { "Heartbeat" } dd { "every " (human(timeout.into())) " at the latest" }
                    }
                    dt { "Callback id" } dd {
                        code id="callback-id" { (callback.callback_id.as_str()) } " "
                        button.quiet type="button" data-copy="#callback-id" hidden { "Copy" }
                    }
                }
                OperationDetails::ChainedInvoke(invoke) => {
                    @if let Some(child) = &invoke.execution {
                        dt { "Execution" } dd { a href=(link::execution(child.as_str())) { (visible(child.as_str())) } }
                    }
                }
                _ => {}
            }
            dt { "Id" } dd { code { (operation.id.as_str()) } }
            @if let Some(parent) = &operation.parent_id {
                dt { "Inside" } dd {
                    @if let Some(arn) = &view.arn {
                        a href=(link::operation(arn.as_str(), parent.as_str())) data-op=(parent.as_str()) { code { (parent.as_str()) } }
                    } @else {
                        code { (parent.as_str()) }
                    }
                }
            }
        }
    }
}

/// Whether the SDK's name of a kind says more than that of the type: it spells `chained invoke` as `ChainedInvoke`.
fn says_more(sub_type: &str, kind: &str) -> bool {
    !sub_type.eq_ignore_ascii_case(&kind.replace(' ', ""))
}

/// The attempts of a step, with their errors.
fn attempts(view: &View, own: &[&Event]) -> Markup {
    let ends = own.iter().filter_map(|event| match &event.details {
        EventDetails::StepFailed { error, retry } => Some((event.timestamp, retry, error.as_ref())),
        EventDetails::StepSucceeded { retry, .. } => Some((event.timestamp, retry, None)),
        _ => None,
    });
    let ends: Vec<_> = ends.collect();
    let failed = ends.iter().any(|(.., error)| error.is_some());
    html! {
        @if ends.len() > 1 || failed {
            h4 { "Attempts" }
            ol.attempts {
                @for (at, retry, error) in ends {
                    li {
                        "attempt " (number(*retry)) " ended +" (human(at.since(view.started_at)))
                        @if let Some(delay) = retry.next_attempt_delay_seconds {
                            ", next in " (human(std::time::Duration::from_secs(delay)))
                        }
                        @if let Some(error) = error {
                            pre.error { (visible_lines(&error.to_string())) }
                            @if !error.stack_trace.is_empty() {
                                details { summary { "Stack" }
                                    pre.json { (visible_lines(&error.stack_trace.join("\n"))) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Number of an attempt, from 1.
fn number(retry: RetryDetails) -> u32 {
    retry.current_attempt.max(1)
}

fn input(event: &Event) -> Option<&str> {
    match &event.details {
        EventDetails::ChainedInvokeStarted { input, .. } => input.as_deref(),
        _ => None,
    }
}

/// The execution that an operation invoked, with its bars.
fn invoked(child: &View) -> Markup {
    let label = format!("Operations of {} over time", child.function);
    let shown = chart::Shown {
        selected: None,
        label: &label,
        whole: false,
        selects: true,
    };
    let arn = child.arn.as_ref().map_or("", |arn| arn.as_str());
    html! {
        h4 { "Invoked " a href=(link::execution(arn)) { (child.function) " ↗" } " " (text::status(child.status)) }
        (chart::chart(child, shown))
    }
}
