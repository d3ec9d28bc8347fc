//! The events of an execution, as a table and as JSON.

use durable_service::model::Event;
use durable_view::{count, event_details, human, visible};
use maud::{Markup, html};

use super::fields::Fields;
use super::view::View;
use super::{json, link};

/// Events that are shown unless all are asked for.
const MAX_EVENTS: usize = 200;

/// The events, in a section that opens on demand.
pub(super) fn section(view: &View, fields: &Fields) -> Markup {
    let newest_first = fields.get("order") == Some("newest");
    let limit = match fields.get("events") {
        Some("all") => usize::MAX,
        _ => MAX_EVENTS,
    };
    let latencies = latencies(&view.events);
    let mut rows: Vec<(&Event, String)> = view.events.iter().zip(latencies).collect();
    if newest_first {
        rows.reverse();
    }
    let left_out = rows.len().saturating_sub(limit);
    rows.truncate(limit);
    let is_open = fields.get("order").is_some() || fields.get("events").is_some();
    html! {
        section aria-labelledby="events-title" {
            details open[is_open] {
                summary { h2 id="events-title" { "Events " span.note { (count(view.events.len())) } } }
                @if let Some(arn) = &view.arn {
                    (links(arn.as_str(), fields, newest_first))
                }
                table.events {
                    thead {
                        tr {
                            th scope="col" { "#" }
                            th scope="col" { "Time" }
                            th scope="col" { "After" }
                            th scope="col" { "Event" }
                            th scope="col" { "Operation" }
                            th scope="col" { "Details" }
                        }
                    }
                    tbody {
                        @for (event, latency) in rows {
                            tr {
                                td data-label="#" { (event.event_id) }
                                td data-label="Time" { "+" (human(event.timestamp.since(view.started_at))) }
                                td data-label="After" { (latency) }
                                td data-label="Event" { (event.event_type()) }
                                td data-label="Operation" { (visible(event.name().unwrap_or_default())) }
                                td.details data-label="Details" { (visible(&event_details(event))) }
                            }
                        }
                    }
                }
                @if left_out > 0 {
                    p.note {
                        (count(left_out)) " more. "
                        @if view.arn.is_some() {
                            a href={ "/execution?" (fields.with("events", Some("all"))) "#events-title" } { "Show all" }
                        }
                    }
                }
                @if let Some(event) = fields.get("event").and_then(|id| view.events.iter().find(|it| it.event_id.to_string() == id)) {
                    (json::payload("Event", "event", &serde_json::to_string(event).unwrap_or_default()))
                }
            }
        }
    }
}

fn links(arn: &str, fields: &Fields, newest_first: bool) -> Markup {
    let (order, words) = if newest_first {
        ("oldest", "Oldest first")
    } else {
        ("newest", "Newest first")
    };
    html! {
        p.links {
            a href={ "/execution?" (fields.with("order", Some(order))) "#events-title" } { (words) }
            " · "
            a href={ "/execution/history.json?arn=" (link::encoded(arn)) "&view=1" } { "As JSON" }
        }
    }
}

/// The time between each event and the one before.
fn latencies(events: &[Event]) -> Vec<String> {
    let before = std::iter::once(None).chain(events.iter().map(Some));
    let pairs = before.zip(events);
    pairs
        .map(|(before, event)| match before {
            Some(before) if event.timestamp > before.timestamp => {
                format!("+{}", human(event.timestamp.since(before.timestamp)))
            }
            _ => String::new(),
        })
        .collect()
}
