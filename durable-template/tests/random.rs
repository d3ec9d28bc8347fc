//! Random templates: pieces of templates in any order, and templates with random changes.
//!
//! The seed is fixed, so that every run tries the same ones. `PROPTEST_CASES` and `PROPTEST_RNG_SEED` ask for
//! more and for others.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "random/boundary.rs"]
mod boundary;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestRunner};

const SEED: u64 = 11;

/// A template with something of everything.
const TEMPLATE: &str = include_str!("random/template.yaml");

/// Pieces that mean something to the reader or to the evaluator.
const PIECES: [&str; 40] = [
    "!Ref ",
    "!Sub ",
    "!GetAtt ",
    "!If ",
    "!Join ",
    "!Select ",
    "!Split ",
    "!FindInMap ",
    "!Base64 ",
    "!Equals ",
    "!And ",
    "!Or ",
    "!Not ",
    "!Condition ",
    "!Length ",
    "!ToJsonString ",
    "Fn::ForEach::Loop: ",
    "Fn::If: ",
    "{Ref: ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    ": ",
    "\n",
    "\n  ",
    "&a ",
    "*a",
    "<<: ",
    "- ",
    "'",
    "\"",
    "${",
    "}",
    "A",
    "Live",
    "Function",
    "1e2",
    "010",
];

fn runner(cases: u32) -> TestRunner {
    let chosen = Config::default();
    TestRunner::new(Config {
        cases: std::env::var_os("PROPTEST_CASES").map_or(cases, |_| chosen.cases),
        rng_seed: match chosen.rng_seed {
            RngSeed::Random => RngSeed::Fixed(SEED),
            fixed @ RngSeed::Fixed(_) => fixed,
        },
        rng_algorithm: RngAlgorithm::XorShift,
        failure_persistence: None,
        ..chosen
    })
}

/// A change of a text: what is cut out at a place, and what is put there.
fn changed(text: &str, changes: &[(usize, usize, usize)]) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for &(place, length, piece) in changes {
        let start = place % (letters.len() + 1);
        let end = (start + length).min(letters.len());
        let piece = PIECES
            .iter()
            .cycle()
            .nth(piece % PIECES.len())
            .unwrap_or(&"");
        letters.splice(start..end, piece.chars());
    }
    letters.into_iter().collect()
}

#[test]
fn changed_templates_are_read_and_evaluated_alike_each_time() {
    let changes = prop::collection::vec((any::<usize>(), 0..12_usize, any::<usize>()), 1..12);
    let checked = runner(400).run(&changes, |changes| {
        boundary::check(changed(TEMPLATE, &changes).as_bytes());
        Ok(())
    });
    checked.unwrap();
}

#[test]
fn pieces_in_any_order_are_read_or_refused() {
    let pieces = prop::collection::vec(0..PIECES.len(), 1..60);
    let checked = runner(400).run(&pieces, |pieces| {
        let text: String = pieces
            .iter()
            .filter_map(|piece| PIECES.get(*piece))
            .copied()
            .collect();
        boundary::check(text.as_bytes());
        Ok(())
    });
    checked.unwrap();
}

#[test]
fn the_template_itself_is_evaluated() {
    let stack = durable_template::Template::read(TEMPLATE)
        .unwrap()
        .evaluate(&durable_template::Inputs::default());
    assert_eq!(stack.functions.len(), 4);
}
