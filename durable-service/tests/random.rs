//! Random calls against the service, and what must hold whatever they are.
//!
//! The seed is fixed, so that every run makes the same calls. `PROPTEST_CASES` and
//! `PROPTEST_RNG_SEED` ask for more and for others.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that meets something else than it expects is to panic"
)]

#[path = "random/action.rs"]
mod action;
#[path = "random/model.rs"]
mod model;
#[path = "random/updates.rs"]
mod updates;
#[path = "random/world.rs"]
mod world;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestError, TestRunner};

use action::{Action, actions};
use model::Verdict;
use world::{Counts, World};

const ACTIONS: usize = 100;

/// So many cases from a fixed seed, unless the environment asks for something else.
fn runner(cases: u32) -> TestRunner {
    let chosen = Config::default();
    TestRunner::new(Config {
        cases: std::env::var_os("PROPTEST_CASES").map_or(cases, |_| chosen.cases),
        rng_seed: match chosen.rng_seed {
            RngSeed::Random => RngSeed::Fixed(20_251_202),
            fixed => fixed,
        },
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..chosen
    })
}

/// Runs random actions; a failure is reported with the shortest ones that show it.
fn run(cases: u32, test: impl Fn(&[Action]) -> Verdict) {
    let outcome = runner(cases).run(&actions(ACTIONS), |actions| test(&actions));
    let Err(error) = outcome else {
        return;
    };
    if let TestError::Fail(reason, actions) = &error {
        eprintln!("{} actions fail, with these calls:", actions.len());
        let mut world = World::new(true);
        let _ = catch_unwind(AssertUnwindSafe(|| {
            actions.iter().try_for_each(|action| world.act(action))
        }));
        panic!("{reason}\n{actions:?}");
    }
    panic!("{error}");
}

#[test]
fn invariants_hold_after_every_call() {
    let counts = RefCell::new(Counts::new());
    run(1_000, |actions| {
        let mut world = World::new(false);
        for action in actions {
            world.act(action)?;
        }
        let mut counts = counts.borrow_mut();
        for (kind, [accepted, refused]) in world.counts {
            let sums = counts.entry(kind).or_default();
            sums[0] += accepted;
            sums[1] += refused;
        }
        Ok(())
    });
    // Actions that always or never succeed would prove little.
    for (kind, [accepted, refused]) in counts.into_inner() {
        println!("{kind}: {accepted} accepted, {refused} refused");
    }
}

#[test]
fn equal_calls_make_equal_services() {
    run(20, |actions| {
        let mut texts = [String::new(), String::new()];
        for text in &mut texts {
            let mut world = World::new(false);
            for action in actions {
                world.act(action)?;
            }
            *text = world.text();
        }
        prop_assert!(texts[0] == texts[1], "{}\n{}", texts[0], texts[1]);
        Ok(())
    });
}
