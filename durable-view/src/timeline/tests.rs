//! What the renderers draw.

mod fit;

use std::collections::HashSet;

use durable_service::fold::Fold;
use durable_service::model::{ErrorObject, Event, Timestamp};
use durable_service::wire::read;
use serde_json::{Value, json};

use super::{Deviation, Timeline};
use crate::testing::{self, Subject};
use crate::{Drawing, Outline};

/// An order: a payment that is retried, two branches, a wait of a year, and an approval that is open.
fn order() -> Vec<Event> {
    let step = |id: &str, name: &str| json!({"Id": id, "Name": name, "SubType": "Step"});
    let inside = |id: &str, parent: &str, name: &str, sub_type: &str| json!({"Id": id, "ParentId": parent, "Name": name, "SubType": sub_type});
    let context =
        |id: &str, name: &str| json!({"Id": id, "Name": name, "SubType": "ParallelBranch"});
    let done =
        json!({"Result": {"Payload": "{\"ok\":true}"}, "RetryDetails": {"CurrentAttempt": 1}});
    let busy = json!({
        "Error": {"Payload": {"ErrorType": "Busy", "ErrorMessage": "try <later>\nplease"}},
        "RetryDetails": {"CurrentAttempt": 1, "NextAttemptDelaySeconds": 5},
    });
    let invocation =
        |from: u64, to: u64| json!({"StartTimestamp": from, "EndTimestamp": to, "RequestId": "r"});
    let year = 365 * 86_400;
    let nothing = || json!({});
    let timed = [
        (
            0,
            "ExecutionStarted",
            json!({"Id": "e"}),
            json!({"Input": {"Payload": "{}"}, "ExecutionTimeout": 60}),
        ),
        (0, "StepStarted", step("1", "validate"), nothing()),
        (0, "StepSucceeded", step("1", "validate"), done.clone()),
        (
            0,
            "StepStarted",
            step("2", "charge \"<b>\" 注文"),
            nothing(),
        ),
        (0, "StepFailed", step("2", "charge \"<b>\" 注文"), busy),
        (0, "InvocationCompleted", nothing(), invocation(0, 0)),
        (
            5,
            "StepStarted",
            step("2", "charge \"<b>\" 注文"),
            nothing(),
        ),
        (
            5,
            "StepSucceeded",
            step("2", "charge \"<b>\" 注文"),
            done.clone(),
        ),
        (5, "ContextStarted", context("3", "left"), nothing()),
        (
            5,
            "StepStarted",
            inside("3-1", "3", "pack", "Step"),
            nothing(),
        ),
        (5, "StepSucceeded", inside("3-1", "3", "pack", "Step"), done),
        (
            5,
            "ContextSucceeded",
            context("3", "left"),
            json!({"Result": {"Payload": "1"}}),
        ),
        (5, "ContextStarted", context("4", "right"), nothing()),
        (
            5,
            "WaitStarted",
            inside("4-1", "4", "a-year", "Wait"),
            json!({"Duration": year, "ScheduledEndTimestamp": 5 + year}),
        ),
        (5, "InvocationCompleted", nothing(), invocation(5, 5)),
        (
            5 + year,
            "WaitSucceeded",
            inside("4-1", "4", "a-year", "Wait"),
            json!({"Duration": year}),
        ),
        (
            5 + year,
            "ContextFailed",
            context("4", "right"),
            json!({"Error": {"Payload": {"ErrorType": "Late"}}}),
        ),
        (
            5 + year,
            "CallbackStarted",
            json!({"Id": "5", "Name": "approval", "SubType": "Callback"}),
            json!({"CallbackId": "c"}),
        ),
        (
            5 + year,
            "InvocationCompleted",
            nothing(),
            invocation(5 + year, 5 + year),
        ),
    ];
    numbered(timed)
}

/// Events from their times in seconds, types, subjects and details.
fn numbered<const N: usize>(timed: [(u64, &str, Value, Value); N]) -> Vec<Event> {
    let events = timed
        .into_iter()
        .zip(1..)
        .map(|((time, event_type, subject, details), id)| {
            let mut event: Value =
                json!({"EventId": id, "EventTimestamp": time, "EventType": event_type});
            let members = event.as_object_mut().unwrap();
            members.extend(subject.as_object().unwrap().clone());
            members.insert(format!("{event_type}Details"), details);
            read::event(&event).unwrap()
        });
    events.collect()
}

fn timeline(events: &[Event], seen_at: u64) -> Timeline {
    timeline_of("order_workflow", events, seen_at)
}

fn timeline_of(function: &str, events: &[Event], seen_at: u64) -> Timeline {
    let fold = Fold::of(events);
    let outline = Outline::new(fold.operations().cloned().collect());
    let execution = fold.execution().unwrap();
    let drawing = Drawing {
        function,
        status: fold.status(),
        error: fold.error(),
        started_at: execution.started_at,
        ended_at: execution.ended_at,
        seen_at: Timestamp::from_millis(0).after_seconds(seen_at),
        invocations: fold.invocations().len(),
        outline: &outline,
    };
    Timeline::new(&drawing, events, fold.invocations())
}

/// The order an hour after its year.
fn running() -> Timeline {
    timeline(&order(), 365 * 86_400 + 3_605)
}

fn large(operations: usize) -> Timeline {
    let error = ErrorObject::new("Busy", "later");
    let subjects = (0..operations).map(|n| match n % 500 {
        499 => Subject::step(format!("broken-{n}")).failed(&error),
        _ => Subject::step(format!("step-{n}")),
    });
    timeline(&testing::events(subjects), 0)
}

#[test]
fn text_has_bars_dots_gaps_and_invocations() {
    insta::assert_snapshot!(running().to_string());
}

#[test]
fn svg_has_the_same_model() {
    insta::assert_snapshot!(running().to_svg().replace("><", ">\n<"));
}

#[test]
fn mermaid_names_what_a_reader_sees() {
    insta::assert_snapshot!(running().to_mermaid());
}

#[test]
fn html_has_every_detail_and_needs_no_script() {
    let html = running().to_html();
    insta::assert_snapshot!(running().to_html_section());
    assert!(!html.contains("<script") && !html.contains("<b>\"") && !html.contains("http"));
    assert!(html.contains("charge &#34;&#60;b&#62;&#34; 注文"), "{html}");
    assert!(html.contains("try &#60;later&#62;\\nplease"), "{html}");
}

#[test]
fn deviations_are_marked_where_they_were() {
    let deviation = |event, text: &str| Deviation {
        event,
        text: text.to_owned(),
    };
    let marked = running().marked(&[
        deviation(Some(3), "killed <here>"),
        deviation(None, "on a variant"),
        deviation(Some(3), "and once more"),
        deviation(Some(9_999), "beyond the end"),
        deviation(Some(9_999), "and there once more"),
    ]);
    let numbers: Vec<usize> = marked.deviations().iter().map(|mark| mark.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    assert_eq!(marked.deviations()[1].at, None);
    assert_eq!(marked.deviations()[3].at, Some(1.0));
    let text = marked.to_string();
    let line = text.lines().find(|line| line.starts_with("deviations"));
    let line = line.unwrap();
    assert!(line.contains("1 3") && line.ends_with("4 5"), "{text}");
    assert!(text.contains("\n  2: on a variant\n"), "{text}");
    let svg = marked.to_svg();
    assert_eq!(svg.matches("class=\"dt-deviation\"").count(), 4, "{svg}");
    assert!(
        svg.contains(">1,3</text>") && svg.contains(">4,5</text>"),
        "{svg}"
    );
    assert!(svg.contains("1: killed &#60;here&#62;"), "{svg}");
    let html = marked.to_html();
    assert_eq!(html.matches("class=\"dt-deviation\"").count(), 4, "{html}");
    assert!(html.contains("<li>killed &#60;here&#62;</li>"), "{html}");
    assert!(!running().to_html_section().contains("dt-deviation"));
}

#[test]
fn a_large_execution_is_folded_except_in_full() {
    let timeline = large(3_000);
    insta::assert_snapshot!(timeline.to_string());
    let whole = format!("{timeline:#}");
    assert!(whole.contains("\nstep-1234 "), "{whole}");
    assert_eq!(whole.lines().count(), 3_000 + 2);
    let html = timeline.to_html();
    assert_eq!(
        html.matches("class=\"dt-row good\" tabindex").count(),
        3_000 - 6
    );
    assert!(timeline.to_mermaid().len() < 50_000);
}

#[test]
fn what_comes_from_an_execution_is_escaped_everywhere() {
    let name = "a</text><script>alert(1)</script>\u{1b}[31m\u{202e}\n:;#,%%";
    let error = ErrorObject::new("E", "<img src=x onerror=alert(1)>\u{7}");
    let events = testing::events([Subject::step(name).failed(&error)]);
    let timeline = timeline(&events, 0);
    for text in [
        timeline.to_string(),
        timeline.to_svg(),
        timeline.to_html(),
        timeline.to_mermaid(),
    ] {
        let unseen: HashSet<char> = text
            .chars()
            .filter(|c| *c != '\n' && c.is_control())
            .collect();
        assert!(unseen.is_empty() && !text.contains('\u{202e}'), "{text}");
    }
    for markup in [timeline.to_svg(), timeline.to_html()] {
        assert!(
            !markup.contains("<script") && !markup.contains("<img"),
            "{markup}"
        );
    }
    let mermaid = timeline.to_mermaid();
    let line = mermaid.lines().find(|line| line.contains("alert")).unwrap();
    assert_eq!(line.matches(" :").count(), 1, "{line}");
}

#[test]
fn positions_rise_with_time_and_stay_on_the_axis() {
    for timeline in [running(), large(300)] {
        let mut last = 0.0;
        for gap in timeline.gaps() {
            assert!(gap.span.from >= last && gap.span.to > gap.span.from);
            last = gap.span.to;
        }
        for row in timeline.rows() {
            assert!(
                0.0 <= row.span.from && row.span.from <= row.span.to && row.span.to < 1.0 + 1e-9
            );
        }
    }
}

#[test]
fn an_execution_without_operations_is_drawn() {
    let events = testing::events([]);
    let timeline = timeline(&events, 60);
    insta::assert_snapshot!(timeline.to_string());
    assert!(timeline.to_html().contains("no operation"));
    assert!(timeline.to_svg().ends_with("</svg>\n"));
}
