//! Reading executions: their lists and histories, in pages, for as long as they are kept.

use super::{Service, not_found};
use crate::functions;
use crate::model::{Event, ExecutionArn, ExecutionStatus, FunctionReference, Timestamp};
use crate::{Execution, ServiceError};

/// Which executions to list.
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
#[derive(Debug)]
pub struct ExecutionList<'a> {
    /// The executions.
    pub executions: Vec<&'a Execution>,
    /// Marker of the next page; none on the last one.
    pub next_marker: Option<String>,
}

/// A page of a history.
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
        let wanted = |execution: &&Execution| {
            execution.function() == name
                && (function.qualifier.is_none() || execution.version() == function.version())
                && request
                    .name
                    .as_deref()
                    .is_none_or(|name| name == execution.name())
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
        let mut executions: Vec<&Execution> = self.executions.values().filter(wanted).collect();
        if !request.reverse {
            executions.reverse();
        }
        let (executions, next_marker) = page(executions, request.marker.as_deref(), max_items)?;
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
        let mut events: Vec<&Event> = self
            .executions
            .get(arn)
            .ok_or_else(not_found)?
            .history()
            .iter()
            .collect();
        if reverse {
            events.reverse();
        }
        let (events, next_marker) = page(events, marker, max_items)?;
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

/// A page of items, and the marker of the next one.
fn page<T>(
    items: Vec<T>,
    marker: Option<&str>,
    max_items: usize,
) -> Result<(Vec<T>, Option<String>), ServiceError> {
    let start = match marker {
        None => 0,
        Some(marker) => marker
            .parse::<usize>()
            .ok()
            .filter(|start| *start <= items.len())
            .ok_or_else(|| ServiceError::invalid("Invalid Marker"))?,
    };
    let end = start.saturating_add(max_items);
    let next = (end < items.len()).then(|| end.to_string());
    Ok((
        items.into_iter().skip(start).take(max_items).collect(),
        next,
    ))
}
