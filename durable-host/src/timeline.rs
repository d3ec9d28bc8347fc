//! What is done to callbacks from outside, planned on a clock: the virtual one of a host, or real time for
//! deployed functions.

use std::collections::BTreeMap;
use std::time::Duration;

use durable_service::model::{CallbackCompletion, CallbackId};

/// Something that is done to a callback from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallbackAction {
    /// It is completed.
    Complete(CallbackCompletion),
    /// It is kept alive, now and again after each such time.
    Heartbeat(Duration),
}

/// Which planned action: its time, and its number.
pub type PlannedId<T> = (T, u64);

/// An action that is planned for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedAction<T> {
    /// When.
    pub time: T,
    /// Id of the callback.
    pub callback_id: CallbackId,
    /// What.
    pub action: CallbackAction,
}

/// Planned actions, in the order of their times; of equal times in the order of their planning.
#[derive(Debug)]
pub struct Timeline<T> {
    actions: BTreeMap<PlannedId<T>, (CallbackId, CallbackAction)>,
    planned: u64,
}

impl<T> Default for Timeline<T> {
    fn default() -> Self {
        Self {
            actions: BTreeMap::new(),
            planned: 0,
        }
    }
}

impl<T: Copy + Ord> Timeline<T> {
    /// Plans an action.
    pub fn plan(&mut self, time: T, callback_id: &CallbackId, action: CallbackAction) {
        self.planned += 1;
        let what = (callback_id.clone(), action);
        self.actions.insert((time, self.planned), what);
    }

    /// What is planned, in the order of the times.
    pub fn planned(&self) -> impl Iterator<Item = (T, &CallbackId, &CallbackAction)> {
        let actions = self.actions.iter();
        actions.map(|((time, _), (callback, action))| (*time, callback, action))
    }

    /// When the next action is due.
    #[must_use]
    pub fn next_due(&self) -> Option<T> {
        self.actions.first_key_value().map(|((time, _), _)| *time)
    }

    /// Takes the first action that is due by now.
    pub fn take_due(&mut self, now: T) -> Option<PlannedAction<T>> {
        let (id, _) = self.actions.first_key_value()?;
        let id = Some(*id).filter(|(time, _)| *time <= now)?;
        self.take(id)
    }

    /// Takes the first action that was due before now.
    pub fn take_overdue(&mut self, now: T) -> Option<PlannedAction<T>> {
        let (id, _) = self.actions.first_key_value()?;
        let id = Some(*id).filter(|(time, _)| *time < now)?;
        self.take(id)
    }

    /// Takes one action.
    pub fn take(&mut self, id: PlannedId<T>) -> Option<PlannedAction<T>> {
        let (callback_id, action) = self.actions.remove(&id)?;
        Some(PlannedAction {
            time: id.0,
            callback_id,
            action,
        })
    }

    /// The completions of callbacks that are due by now at the earliest time, with that time.
    #[must_use]
    pub fn due_together(&self, now: T) -> Option<(T, Vec<PlannedId<T>>)> {
        let completions = || {
            self.actions
                .iter()
                .filter(|(_, (_, action))| matches!(action, CallbackAction::Complete(_)))
                .map(|(id, _)| *id)
        };
        let (due, _) = completions().next().filter(|(due, _)| *due <= now)?;
        let actions = completions().filter(|(time, _)| *time == due).collect();
        Some((due, actions))
    }

    /// The callback that an action is about.
    #[must_use]
    pub fn target(&self, id: PlannedId<T>) -> Option<&CallbackId> {
        let (callback_id, _) = self.actions.get(&id)?;
        Some(callback_id)
    }

    /// Drops what is planned for a callback.
    pub fn forget(&mut self, callback_id: &CallbackId) {
        self.actions.retain(|_, (other, _)| other != callback_id);
    }
}
