//! Whatever an execution is like, its text keeps to 100 columns, and the texts of its picture to their boxes.

use durable_service::model::ErrorObject;
use proptest::prelude::*;
use proptest::sample::select;
use unicode_width::UnicodeWidthStr;

use super::{Timeline, large, timeline_of};
use crate::testing::{self, Subject};
use crate::timeline::Deviation;

const YEAR: u64 = 365 * 86_400;

/// What names are made of: plain, wide, joined, combining and unseen characters, and those of right to left.
const PIECES: [&str; 16] = [
    "a",
    "charge",
    "-",
    " ",
    "注文",
    "ｈａ",
    "🎉",
    "❤\u{fe0f}",
    "👩\u{200d}👩\u{200d}👧",
    "🇩🇪",
    "e\u{301}\u{323}",
    "\u{1b}[31m",
    "\n",
    "\t",
    "\u{202e}",
    "שלום",
];

fn text(max_pieces: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(select(&PIECES), 1..=max_pieces).prop_map(|pieces| pieces.concat())
}

/// An execution: contexts in one another, and branches in the innermost one.
fn subjects(depth: usize, branches: usize, names: &[String], error: &ErrorObject) -> Vec<Subject> {
    let name = |number: usize| names[number % names.len()].clone();
    let branch = |number: usize| match number % 4 {
        0 => Subject::step(name(number)),
        1 => Subject::context(name(number)).with([Subject::wait(name(number + 1))]),
        2 => Subject::step(name(number)).failed(error),
        _ => Subject::wait(name(number)).open(),
    };
    let mut inside: Vec<Subject> = (0..branches).map(branch).collect();
    for level in 0..depth {
        inside = vec![Subject::context(name(level)).open().with(inside)];
    }
    inside
}

fn lines_fit(text: &str) {
    for line in text.lines() {
        assert!(line.width() <= 100, "{} columns: {line:?}", line.width());
    }
}

/// The texts of the picture that stand in its own coordinates: class, left edge and content.
fn texts(svg: &str) -> Vec<(String, f64, String)> {
    let texts = svg.split("<text").skip(1).map(|text| {
        let (tag, rest) = text.split_once('>').unwrap();
        let content = rest.split_once("</text>").unwrap().0;
        let attribute = |name: &str| {
            let value = tag.split_once(&format!("{name}=\""))?.1;
            Some(value.split_once('"')?.0.to_owned())
        };
        (attribute("class"), attribute(" x"), content.to_owned())
    });
    texts
        .filter_map(|(class, x, content)| {
            Some((class.unwrap_or_default(), x?.parse().ok()?, content))
        })
        .collect()
}

/// The content of an element as it is shown.
fn shown(content: &str) -> String {
    let mut shown = content.to_owned();
    for c in ['&', '<', '>', '"', '\''] {
        shown = shown.replace(&format!("&#{};", u32::from(c)), &c.to_string());
    }
    shown
}

fn texts_fit(timeline: &Timeline) {
    let texts = texts(&timeline.to_svg());
    assert!(texts.len() > 1, "{texts:?}");
    for (class, x, content) in texts {
        let content = shown(&content);
        // Widths of a character in the usual fonts, at the two sizes.
        let character = if class == "head" { 8.43 } else { 7.23 };
        let columns = u32::try_from(content.width()).unwrap();
        let end = x + f64::from(columns) * character;
        let is_label = class.is_empty();
        let limit = if is_label { 250.0 } else { 1000.0 };
        assert!(end <= limit, "ends at {end}: {class} {content:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_execution_fits(
        function in text(60),
        names in prop::collection::vec(text(100), 1..6),
        message in text(200),
        (depth, branches) in (0_usize..=30, 0_usize..=40),
        seen_at in select(vec![0, 1, 90, 86_400, YEAR]),
        deviations in prop::collection::vec((0_usize..200, text(40)), 0..12),
    ) {
        let error = ErrorObject::new(names[0].clone(), message);
        let events = testing::events(subjects(depth, branches, &names, &error));
        let deviations: Vec<Deviation> = deviations
            .into_iter()
            .map(|(event, text)| Deviation { event: Some(event), text })
            .collect();
        let timeline = timeline_of(&function, &events, seen_at).marked(&deviations);
        lines_fit(&timeline.to_string());
        lines_fit(&format!("{timeline:#}"));
        texts_fit(&timeline);
    }
}

#[test]
fn numbers_of_deviations_stand_beside_each_other_and_within_the_chart() {
    let mut timeline = large(30);
    let last = timeline.events.len();
    let deviations: Vec<Deviation> = [0, 1, 9, 10, last - 4, last - 2, last - 1, last - 1]
        .into_iter()
        .map(|event| Deviation {
            event: Some(event),
            text: "killed".to_owned(),
        })
        .collect();
    timeline = timeline.marked(&deviations);
    for character in [0.001, 0.01, 0.02, 0.04] {
        let labels = timeline.deviation_labels(character);
        let numbers: Vec<&str> = labels
            .iter()
            .flat_map(|(_, text)| text.split(','))
            .collect();
        assert_eq!(numbers, ["1", "2", "3", "4", "5", "6", "7", "8"]);
        let mut free = 0.0;
        for (at, text) in labels {
            let columns = u32::try_from(text.len()).unwrap();
            let width = f64::from(columns) * character;
            let from = if at < 1.0 { at } else { at - width };
            assert!(from >= free && from + width <= 1.0, "{text} at {from}");
            free = from + width;
        }
    }
}

#[test]
fn large_executions_fit() {
    for timeline in [large(1), large(30), large(300), large(3_000)] {
        lines_fit(&timeline.to_string());
        lines_fit(&format!("{timeline:#}"));
        texts_fit(&timeline);
    }
}
