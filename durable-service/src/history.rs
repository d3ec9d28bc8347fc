//! The history of an execution: events with gap-free numbers, in the order of storing.

use std::sync::Arc;

use crate::model::{Event, EventDetails, EventSubject, Operation, Timestamp};

/// The events of an execution, shared with those who look at it. An event that comes while they do is
/// appended to a copy.
#[derive(Debug, Default)]
pub(crate) struct History(Arc<Vec<Event>>);

impl History {
    /// Stores an event under the next number.
    pub(crate) fn append(
        &mut self,
        timestamp: Timestamp,
        subject: Option<EventSubject>,
        details: EventDetails,
    ) {
        let event_id = self.0.len() as u64 + 1;
        Arc::make_mut(&mut self.0).push(Event {
            event_id,
            timestamp,
            subject,
            details,
        });
    }

    /// Frees what is reserved for events to come, unless the events are being looked at.
    pub(crate) fn shrink_to_fit(&mut self) {
        if let Some(events) = Arc::get_mut(&mut self.0) {
            events.shrink_to_fit();
        }
    }

    /// The time of the latest event.
    pub(crate) fn last_time(&self) -> Option<Timestamp> {
        self.0.last().map(|event| event.timestamp)
    }

    pub(crate) fn events(&self) -> &Arc<Vec<Event>> {
        &self.0
    }
}

impl From<Vec<Event>> for History {
    fn from(events: Vec<Event>) -> Self {
        Self(Arc::new(events))
    }
}

impl From<&Operation> for EventSubject {
    fn from(operation: &Operation) -> Self {
        Self {
            id: operation.id.clone(),
            name: operation.name.clone(),
            sub_type: operation.sub_type.clone(),
            parent_id: operation.parent_id.clone(),
        }
    }
}
