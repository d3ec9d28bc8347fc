//! What the future of an execution depends on, as text.

use std::fmt::{self, Write};

use super::Execution;
use crate::model::{Operation, OperationDetails, Timestamp};

impl Execution {
    /// Writes all that the future of this execution depends on, between two invocations: equal texts, equal futures,
    /// whatever the past was. The order in which operations ended is no part of it: a function is shown them in the
    /// order of their creation. Times are written as they are from `now`; its own timeout only if it was chosen. Left out
    /// are the failures of invocations so far, whose number limits those that may follow.
    ///
    /// # Errors
    ///
    /// That of the writer.
    pub fn write_outlook(&self, now: Timestamp, to: &mut dyn Write) -> fmt::Result {
        let now = self.local(now);
        let due = |time: Timestamp| time.as_millis().saturating_sub(now.as_millis());
        write!(to, "{:?} {:?} ", self.spec.function, self.input())?;
        write!(to, "{:?} {:?} ", self.status(), self.result())?;
        write!(
            to,
            "{:?} ",
            self.error()
                .map(|error| (&error.error_type, &error.error_message))
        )?;
        // A timer in the past is due now, however long it has been.
        writeln!(
            to,
            "{:?}",
            self.explicit_timeout_at().map(due).map(|due| due.max(0))
        )?;
        for operation in self.operations() {
            write_operation(operation, &due, to)?;
        }
        // An invocation in flight, or one that starts now, sees all that is stored, whatever woke it.
        let wakes = self.wake_at.map(due).map(|due| due.max(0));
        writeln!(to, "{wakes:?} {}", self.wake_requested && !self.in_flight)
    }
}

fn write_operation(
    operation: &Operation,
    due: &dyn Fn(Timestamp) -> i64,
    to: &mut dyn Write,
) -> fmt::Result {
    write!(
        to,
        "{} {:?} {:?} {:?} {:?} {} {:?} ",
        operation.id,
        operation.parent_id,
        operation.name,
        operation.sub_type,
        operation.status,
        operation.attempt(),
        operation.result(),
    )?;
    let error = operation.error();
    write!(
        to,
        "{:?} ",
        error.map(|error| (&error.error_type, &error.error_message, &error.error_data))
    )?;
    let left = |time: Option<Timestamp>| time.map(due).map(|due| due.max(0));
    match &operation.details {
        OperationDetails::Context(context) => write!(to, "{} ", context.replay_children)?,
        // The later of the two deadlines counts once a heartbeat has moved the earlier one.
        OperationDetails::Callback(callback) if !operation.status.is_terminal() => {
            let (timeout, heartbeat) = (left(callback.timeout_at), left(callback.heartbeat_at));
            write!(
                to,
                "{timeout:?} {heartbeat:?} {:?} ",
                callback.heartbeat_timeout
            )?;
        }
        _ => {}
    }
    writeln!(to, "{:?}", left(operation.due_at()))
}
