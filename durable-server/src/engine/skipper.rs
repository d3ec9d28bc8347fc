//! Skips time: moves families of executions ahead, each by itself.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use durable_service::model::{Event, EventDetails, ExecutionArn, Timestamp};
use durable_service::{Execution, Family, Service};
use durable_view::human;
use tokio::time::Instant;

use crate::settings::TimeMode;

/// Decides when the time of a family is skipped.
#[derive(Debug)]
pub(super) struct Skipper {
    /// Real time without a change of a family before it is skipped although a client may be about to act.
    grace: Duration,
    /// Whether timeouts of open callbacks are skipped, too.
    over_callbacks: bool,
    /// Families that wait for the end of their grace, and since when they are quiet.
    quiet: HashMap<Family, Instant>,
    /// The same by the end of the grace.
    ends: BTreeSet<(Instant, Family)>,
}

impl Skipper {
    /// The skipper of a mode; none in real time.
    pub(super) fn of(time: TimeMode) -> Option<Self> {
        let (grace, over_callbacks) = match time {
            TimeMode::Real => return None,
            TimeMode::Skip { grace, callbacks } => (grace, callbacks),
            TimeMode::Virtual { grace } => (grace, true),
            TimeMode::Manual => (Duration::ZERO, true),
        };
        Some(Self {
            grace,
            over_callbacks,
            quiet: HashMap::new(),
            ends: BTreeSet::new(),
        })
    }

    /// Skips the time of each family that can be skipped now, and returns what each skip ended.
    pub(super) fn skip(
        &mut self,
        service: &mut Service,
        now: Timestamp,
        instant: Instant,
    ) -> Vec<String> {
        let mut families: Vec<(Family, Instant)> = service
            .take_changed_families()
            .map(|family| (family, instant))
            .collect();
        for (family, _) in &families {
            self.forget(*family);
        }
        while let Some((end, family)) = self.ends.first().copied()
            && end <= instant
        {
            let since = self.forget(family).unwrap_or(instant);
            families.push((family, since));
        }
        let mut ended = Vec::new();
        for (family, quiet_since) in families {
            let Some(skip) = service.next_skip(now, family, self.over_callbacks) else {
                continue;
            };
            let end = quiet_since + self.grace;
            if skip.awaits_client && end > instant {
                self.quiet.insert(family, quiet_since);
                self.ends.insert((end, family));
            } else {
                ended.extend(skip_family(service, now, family, skip.by));
            }
        }
        ended
    }

    /// When the grace of a family ends next.
    pub(super) fn next_end(&self) -> Option<Instant> {
        self.ends.first().map(|(end, _)| *end)
    }

    fn forget(&mut self, family: Family) -> Option<Instant> {
        let since = self.quiet.remove(&family)?;
        self.ends.remove(&(since + self.grace, family));
        Some(since)
    }
}

/// Skips the time of a family, and returns what that ended, for the log.
pub(super) fn skip_family(
    service: &mut Service,
    now: Timestamp,
    family: Family,
    by: Duration,
) -> Vec<String> {
    let before: Vec<(ExecutionArn, usize)> = service
        .family(family)
        .map(|execution| (execution.arn().clone(), execution.history().len()))
        .collect();
    service.skip(family, by);
    service.handle_timeouts_in(now, family);
    let mut ended = Vec::new();
    for (arn, events) in before {
        if let Ok(execution) = service.execution(&arn) {
            let new = execution.history().iter().skip(events);
            ended.extend(new.filter_map(|event| end(execution, event)));
        }
    }
    let by = human(by);
    if ended.is_empty() {
        let arns = service.family(family).map(Execution::arn);
        ended.extend(arns.map(|arn| format!("a retry in {arn} is due")).take(1));
    }
    ended
        .into_iter()
        .map(|what| format!("{by} skipped: {what}"))
        .collect()
}

/// What an event ended, if time did it.
fn end(execution: &Execution, event: &Event) -> Option<String> {
    let arn = execution.arn();
    let operation = |kind: &str, what: &str| {
        let name = event.name().unwrap_or("without a name");
        Some(format!("{kind} {name:?} of {arn} {what}"))
    };
    match &event.details {
        EventDetails::WaitSucceeded { .. } => operation("wait", "ended"),
        EventDetails::CallbackTimedOut { .. } => operation("callback", "timed out"),
        EventDetails::ExecutionTimedOut { .. } => Some(format!("{arn} timed out")),
        _ => None,
    }
}
