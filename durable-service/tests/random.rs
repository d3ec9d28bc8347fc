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
#[path = "random/boundary.rs"]
mod boundary;
#[path = "random/due.rs"]
mod due;
#[path = "random/json.rs"]
mod json;
#[path = "random/model.rs"]
mod model;
#[path = "random/persistence.rs"]
mod persistence;
#[path = "random/updates.rs"]
mod updates;
#[path = "random/world.rs"]
mod world;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use durable_service::model::{OperationAction, OperationType};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestCaseError, TestError, TestRunner};

use action::{Action, actions};
use model::{Model, Verdict};
use world::{Counts, World};

/// Largest number of actions of a case: longer ones take more than their share of time.
const ACTIONS: usize = 80;

/// So many cases from a fixed seed, unless the environment asks for something else.
fn runner(cases: u32, seed: u64) -> TestRunner {
    let chosen = Config::default();
    TestRunner::new(Config {
        cases: std::env::var_os("PROPTEST_CASES").map_or(cases, |_| chosen.cases),
        rng_seed: match chosen.rng_seed {
            RngSeed::Random => RngSeed::Fixed(seed),
            RngSeed::Fixed(other) => RngSeed::Fixed(other.wrapping_add(seed)),
        },
        // The default one is slow without optimization.
        rng_algorithm: RngAlgorithm::XorShift,
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..chosen
    })
}

/// Runs random actions; a failure is reported with the shortest ones that show it.
fn run(cases: u32, seed: u64, test: impl Fn(&[Action]) -> Verdict) {
    let outcome = runner(cases, seed).run(&actions(0..=ACTIONS), |actions| test(&actions));
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

/// Does the actions in a fresh world.
fn live(actions: &[Action]) -> Result<World, TestCaseError> {
    let mut world = World::new(false);
    for action in actions {
        world.act(action)?;
    }
    Ok(world)
}

#[test]
fn invariants_hold_after_every_call() {
    let part = |seed| {
        let counts = RefCell::new(Counts::new());
        run(600, seed, |actions| {
            let world = live(actions)?;
            Model::check_recordings(&world.service)?;
            add(&mut counts.borrow_mut(), world.counts);
            Ok(())
        });
        counts.into_inner()
    };
    let mut counts = Counts::new();
    thread::scope(|scope| {
        let parts: Vec<_> = (1..=4)
            .map(|seed| scope.spawn(move || part(seed)))
            .collect();
        for part in parts {
            add(&mut counts, part.join().expect("invariants hold"));
        }
    });
    check_counts(&counts);
}

fn add(sums: &mut Counts, counts: Counts) {
    for (kind, [accepted, refused]) in counts {
        let sums = sums.entry(kind).or_default();
        sums[0] += accepted;
        sums[1] += refused;
    }
}

/// Actions that always or never succeed would prove little.
fn check_counts(counts: &Counts) {
    for (kind, [accepted, refused]) in counts {
        println!("{kind}: {accepted} accepted, {refused} refused");
    }
    let [mut calls, mut updates] = [0, 0];
    for kind in OperationType::ALL {
        for action in OperationAction::ALL {
            let name = format!("{kind} {action}");
            let [accepted, refused] = counts.get(&name).copied().unwrap_or_default();
            assert!(refused > 0, "{name} was never refused");
            assert_eq!(accepted > 0, is_allowed(*kind, *action), "{name}");
            updates += accepted;
        }
    }
    let kinds = [
        "start",
        "start invocation",
        "checkpoint",
        "repetition",
        "complete callback",
        "heartbeat",
        "stop",
        "fire",
        "end returned",
        "end failed",
        "take plain",
        "end plain",
        "pages",
    ];
    for kind in kinds {
        let [accepted, refused] = counts.get(kind).copied().unwrap_or_default();
        assert!(accepted > 100, "{kind} was accepted {accepted} times");
        assert!(refused > 100, "{kind} was refused {refused} times");
        calls += accepted + refused;
    }
    println!("{calls} calls, {updates} updates accepted");
}

/// Which actions the types have (docs/service.md, 3.2).
fn is_allowed(kind: OperationType, action: OperationAction) -> bool {
    use OperationAction::{Cancel, Fail, Retry, Start, Succeed};
    match kind {
        OperationType::Step => action != Cancel,
        OperationType::Context => matches!(action, Start | Succeed | Fail),
        OperationType::Wait => matches!(action, Start | Cancel),
        OperationType::Callback | OperationType::ChainedInvoke => action == Start,
        OperationType::Execution => !matches!(action, Start | Retry | Cancel),
    }
}

#[test]
fn equal_calls_make_equal_services() {
    run(50, 5, |actions| {
        let (one, other) = (live(actions)?.text(), live(actions)?.text());
        prop_assert!(one == other, "{one}\n{other}");
        Ok(())
    });
}

#[test]
fn a_restored_service_is_the_same() {
    let outcome = runner(250, 7).run(&persistence::interleaved_actions(), |actions| {
        persistence::check(&actions)
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

#[test]
fn bodies_from_outside_do_no_harm() {
    let outcome = runner(3_000, 6).run(&json::bodies(), |body| {
        boundary::check(&body);
        Ok(())
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, body)) => {
            panic!("{reason}\n{}", String::from_utf8_lossy(&body));
        }
        Err(error) => panic!("{error}"),
    }
}
