//! The events of an execution, as a table and as JSON.

use durable_service::model::Event;
use durable_view::{count, event_details, human, visible};
use maud::{Markup, html};

use super::fields::Fields;
use super::json::Level;
use super::table::Table;
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
                (table(view, &rows))
                @if left_out > 0 {
                    p.note {
                        (count(left_out)) " more. "
                        @if view.arn.is_some() {
                            a href={ "/execution?" (fields.with("events", Some("all"))) "#events-title" } { "Show all" }
                        }
                    }
                }
                @if let Some(event) = fields.get("event").and_then(|id| view.events.iter().find(|it| it.event_id.to_string() == id)) {
                    (json::payload(Level::Section, "Event", "event", &serde_json::to_string(event).unwrap_or_default()))
                }
            }
        }
    }
}

fn table(view: &View, rows: &[(&Event, String)]) -> Markup {
    let table = Table {
        class: "events",
        caption: "Events",
        columns: ["#", "Time", "After", "Event", "Operation", "Details"],
        names: 0,
    };
    let after_start = |event: &Event| human(event.timestamp.since(view.started_at));
    let rows = rows.iter().map(|(event, latency)| {
        [
            html! { (event.event_id) },
            html! { "+" (after_start(event)) },
            html! { (latency) },
            html! { (event.event_type()) },
            html! { (visible(event.name().unwrap_or_default())) },
            html! { (visible(&event_details(event))) },
        ]
    });
    table.render(rows)
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
