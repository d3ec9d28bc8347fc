//! Random numbers and ids.

use super::{MacroRule, Rule, rule, vague};
use crate::lint::catalogue::Lint::Random;

const DRAW: &str = "{ctx}.step(|_| async { Ok({call}) }).name(\"draw\").await?";
const NUMBER: &str = "{ctx}.step(|_| async { Ok(rand::random::<u64>()) }).name(\"draw\").await?";
const ID: &str = "{ctx}.step(|_| async { Ok({call}.to_string()) }).name(\"id\").await?";
const SEED: &str = "{ctx}.step(|_| async { Ok(fastrand::u64(..)) }).name(\"seed\").await?";

pub(super) const RULES: &[Rule] = &[
    rule(Random, "rand::random", DRAW),
    rule(Random, "rand::random_bool", DRAW),
    rule(Random, "rand::random_ratio", DRAW),
    rule(Random, "rand::random_range", DRAW),
    rule(Random, "rand::random_iter", NUMBER),
    rule(Random, "rand::rng", NUMBER),
    rule(Random, "rand::thread_rng", NUMBER),
    vague(Random, "rand::rngs::StdRng::from_entropy", NUMBER),
    vague(Random, "rand::rngs::StdRng::from_os_rng", NUMBER),
    vague(Random, "rand::rngs::SmallRng::from_entropy", NUMBER),
    vague(Random, "rand::rngs::SmallRng::from_os_rng", NUMBER),
    vague(Random, "fastrand::*", DRAW),
    vague(Random, "fastrand::Rng::new", SEED),
    rule(Random, "uuid::Uuid::new_v4", ID),
    rule(Random, "uuid::Uuid::new_v7", ID),
    rule(Random, "uuid::Uuid::now_v1", ID),
    rule(Random, "uuid::Uuid::now_v6", ID),
    rule(Random, "uuid::Uuid::now_v7", ID),
    vague(Random, "ulid::Ulid::new", ID),
    rule(Random, "getrandom::getrandom", NUMBER),
    vague(Random, "getrandom::fill", NUMBER),
    vague(Random, "getrandom::u32", DRAW),
    vague(Random, "getrandom::u64", DRAW),
    rule(Random, "std::hash::RandomState::new", NUMBER),
    rule(
        Random,
        "std::collections::hash_map::RandomState::new",
        NUMBER,
    ),
    rule(Random, "std::hash::RandomState::default", NUMBER),
];

pub(super) const MACROS: &[MacroRule] = &[MacroRule {
    lint: Random,
    path: "nanoid::nanoid",
    cure: "{ctx}.step(|_| async { Ok(nanoid::nanoid!()) }).name(\"id\").await?",
}];
