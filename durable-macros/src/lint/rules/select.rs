//! Races.

use super::{MacroRule, Rule, rule, vague};
use crate::lint::catalogue::Lint::Select;

const RACE: &str = "{ctx}.race([first.future(), second.future()]).name(\"first\").await?";

pub(super) const RULES: &[Rule] = &[
    vague(Select, "futures::future::select", RACE),
    vague(Select, "futures::future::select_all", RACE),
    vague(Select, "futures::future::select_ok", RACE),
    vague(Select, "futures_util::future::select", RACE),
    vague(Select, "futures_util::future::select_all", RACE),
    vague(Select, "futures_util::future::select_ok", RACE),
    rule(Select, "futures::stream::FuturesUnordered::new", RACE),
    rule(Select, "futures_util::stream::FuturesUnordered::new", RACE),
];

const fn race(path: &'static str) -> MacroRule {
    MacroRule {
        lint: Select,
        path,
        cure: RACE,
    }
}

pub(super) const MACROS: &[MacroRule] = &[
    race("tokio::select"),
    race("futures::select"),
    race("futures::select_biased"),
    race("futures_util::select"),
    race("futures_util::select_biased"),
    race("futures_lite::future::race"),
];
