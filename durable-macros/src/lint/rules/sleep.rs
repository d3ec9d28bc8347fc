//! Time that passes outside the execution.

use super::{Rule, rule, vague};
use crate::lint::catalogue::Lint::Sleep;

const WAIT: &str = "{ctx}.wait({first}).name(\"pause\").await?";
const WAIT_UNTIL: &str = "{ctx}.wait(Duration::from_secs(60)).name(\"pause\").await?";
const LIMIT: &str = "{ctx}.step(|_| async { Ok({call}.await?) }).name(\"in time\").await?";

pub(super) const RULES: &[Rule] = &[
    rule(Sleep, "tokio::time::sleep", WAIT),
    rule(Sleep, "tokio::time::sleep_until", WAIT_UNTIL),
    rule(Sleep, "tokio::time::timeout", LIMIT),
    rule(Sleep, "tokio::time::timeout_at", LIMIT),
    rule(Sleep, "tokio::time::interval", WAIT),
    rule(Sleep, "tokio::time::interval_at", WAIT_UNTIL),
    rule(Sleep, "std::thread::sleep", WAIT),
    vague(Sleep, "std::thread::park_timeout", WAIT),
    vague(Sleep, "async_std::task::sleep", WAIT),
    vague(Sleep, "smol::Timer::after", WAIT),
    vague(Sleep, "futures_timer::Delay::new", WAIT),
];
