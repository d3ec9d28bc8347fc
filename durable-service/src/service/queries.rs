//! Reading executions: their lists and histories, in pages, for as long as they are kept.

use std::ops::{Bound, RangeBounds as _};

use super::{Service, not_found};
use crate::functions;
use crate::model::{Event, ExecutionArn, ExecutionStatus, FunctionReference, Timestamp};
use crate::{Execution, ServiceError};

/// Which executions to list.
///
/// The argument of [`Service::list`]; [`wire`](crate::wire#example) has an example.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListRequest {
    /// The function: name or ARN. A qualifier restricts the list to its version.
    pub function: String,
    /// The exact name of the execution.
    pub name: Option<String>,
    /// The status; the service accepts one.
    pub statuses: Vec<ExecutionStatus>,
    /// Started after this time.
    pub started_after: Option<Timestamp>,
    /// Started before this time.
    pub started_before: Option<Timestamp>,
    /// The oldest first, instead of the newest.
    pub reverse: bool,
    /// Where the page starts: the marker of the page before.
    pub marker: Option<String>,
    /// Largest number of executions on a page, up to 1000; 0 stands for the policy's default.
    pub max_items: usize,
}

/// A page of a list of executions.
///
/// [`Service::list`] returns it; [`wire`](crate::wire#example) has an example.
#[derive(Debug)]
pub struct ExecutionList<'a> {
    /// The executions.
    pub executions: Vec<&'a Execution>,
    /// Marker of the next page; none on the last one.
    pub next_marker: Option<String>,
}

/// A page of a history.
///
/// [`Service::history`] returns it.
#[derive(Debug)]
pub struct EventPage<'a> {
    /// The events.
    pub events: Vec<&'a Event>,
    /// Marker of the next page; none on the last one.
    pub next_marker: Option<String>,
}

impl Service {
    /// Answers `ListDurableExecutionsByFunction`.
    ///
    /// # Errors
    ///
    /// A refusal if a member breaks its constraint, more than one status is asked for, the function
    /// is unknown or the marker is invalid; in this order.
    pub fn list(&self, request: &ListRequest) -> Result<ExecutionList<'_>, ServiceError> {
        let max_items = self.page_items(request.max_items)?;
        if request.statuses.len() > 1 {
            return Err(ServiceError::invalid(
                "Cannot filter by more than one status",
            ));
        }
        let function = request
            .function
            .parse::<FunctionReference>()
            .ok()
            .filter(|function| self.functions.knows(&function.name))
            .ok_or_else(|| {
                functions::not_found(&self.functions.arn(&request.function, "$LATEST"))
            })?;
        let name = self.functions.name_of(&function.name);
        let version = self.functions.version(&function)?;
        let wanted = |execution: &&Execution| {
            (function.qualifier.is_none() || execution.version() == version)
                && request
                    .statuses
                    .first()
                    .is_none_or(|status| *status == execution.status())
                && request
                    .started_after
                    .is_none_or(|time| execution.started_at() > time)
                && request
                    .started_before
                    .is_none_or(|time| execution.started_at() < time)
        };
        // Executions that start or are forgotten meanwhile do not move the others to another page.
        let after = marker(request.marker.as_deref(), self.started)?;
        let numbers = match (after, request.reverse) {
            (None, _) => (Bound::Unbounded, Bound::Unbounded),
            (Some(after), true) => (Bound::Excluded(after), Bound::Unbounded),
            (Some(after), false) => (Bound::Unbounded, Bound::Excluded(after)),
        };
        // One more than the page holds shows that there is a next one.
        let most = max_items.saturating_add(1);
        let executions: Vec<&Execution> = if let Some(execution) = &request.name {
            let named = self.executions.named(name, execution);
            let named = named.filter(|it| numbers.contains(&it.number()));
            in_order(named.filter(wanted), request.reverse, most)
        } else {
            let all = self.executions.of_function(name, numbers);
            in_order(all.filter(wanted), request.reverse, most)
        };
        let (executions, next_marker) = page(executions, max_items, |it| it.number());
        Ok(ExecutionList {
            executions,
            next_marker,
        })
    }

    /// Answers `GetDurableExecutionHistory`: a page of up to `max_items` events, 0 standing for the policy's
    /// default, the newest first if `reverse`.
    ///
    /// # Errors
    ///
    /// A refusal if there is no such execution, the page is too large or the marker is invalid.
    pub fn history(
        &self,
        arn: &ExecutionArn,
        marker: Option<&str>,
        max_items: usize,
        reverse: bool,
    ) -> Result<EventPage<'_>, ServiceError> {
        let max_items = self.page_items(max_items)?;
        let events = self.executions.get(arn).ok_or_else(not_found)?.history();
        let latest = u64::try_from(events.len()).unwrap_or(u64::MAX);
        let after = self::marker(marker, latest)?;
        let follows =
            |event: &Event| after.is_none_or(|after| follows(event.event_id, after, reverse));
        // Events stand in the order of their numbers.
        let most = max_items.saturating_add(1);
        let events: Vec<&Event> = if reverse {
            let end = events.partition_point(follows);
            events.iter().take(end).rev().take(most).collect()
        } else {
            let start = events.partition_point(|event| !follows(event));
            events.iter().skip(start).take(most).collect()
        };
        let (events, next_marker) = page(events, max_items, |event| event.event_id);
        Ok(EventPage {
            events,
            next_marker,
        })
    }

    /// Whether a history has payloads for this request.
    #[must_use]
    pub fn history_has_data(&self, asked: Option<bool>) -> bool {
        asked.unwrap_or(self.policy.history_has_data)
    }
}

/// The number that a marker names: that of the last item of the page before.
fn marker(marker: Option<&str>, latest: u64) -> Result<Option<u64>, ServiceError> {
    let Some(marker) = marker else {
        return Ok(None);
    };
    let number = marker.parse().ok().filter(|number| *number <= latest);
    let number = number.ok_or_else(|| ServiceError::invalid("Invalid Marker"))?;
    Ok(Some(number))
}

/// The first of some items that are in the order of their starts: the oldest ones, or the newest.
fn in_order<'a>(
    items: impl DoubleEndedIterator<Item = &'a Execution>,
    oldest_first: bool,
    most: usize,
) -> Vec<&'a Execution> {
    if oldest_first {
        items.take(most).collect()
    } else {
        items.rev().take(most).collect()
    }
}

/// Whether an item comes after another one, in the order of their numbers or in its reverse.
fn follows(number: u64, other: u64, reverse: bool) -> bool {
    if reverse {
        number < other
    } else {
        number > other
    }
}

/// The first items, and the marker of the next page.
fn page<T>(
    mut items: Vec<T>,
    max_items: usize,
    number: impl Fn(&T) -> u64,
) -> (Vec<T>, Option<String>) {
    let is_last = items.len() <= max_items;
    items.truncate(max_items);
    let last = items.last().filter(|_| !is_last);
    let next = last.map(|item| number(item).to_string());
    (items, next)
}
