//! Clocks.

use super::{Rule, rule, vague};
use crate::lint::catalogue::Lint::Clock;

const NOW: &str = "{ctx}.step(|_| async { Ok({call}) }).name(\"now\").await?";
/// The clocks of `Instant` have no meaning in another process, so they are not recorded.
const SYSTEM: &str =
    "{ctx}.step(|_| async { Ok(std::time::SystemTime::now()) }).name(\"now\").await?";

pub(super) const RULES: &[Rule] = &[
    rule(Clock, "std::time::SystemTime::now", NOW),
    rule(Clock, "std::time::Instant::now", SYSTEM),
    rule(Clock, "tokio::time::Instant::now", SYSTEM),
    rule(Clock, "chrono::Utc::now", NOW),
    rule(Clock, "chrono::offset::Utc::now", NOW),
    vague(Clock, "chrono::Local::now", NOW),
    vague(Clock, "chrono::offset::Local::now", NOW),
    vague(Clock, "jiff::Timestamp::now", NOW),
    rule(Clock, "jiff::Zoned::now", NOW),
    rule(Clock, "time::OffsetDateTime::now_utc", NOW),
    rule(Clock, "time::OffsetDateTime::now_local", NOW),
    rule(Clock, "time::UtcDateTime::now", NOW),
    vague(Clock, "quanta::Instant::now", SYSTEM),
    vague(Clock, "web_time::SystemTime::now", SYSTEM),
    vague(Clock, "web_time::Instant::now", SYSTEM),
];
