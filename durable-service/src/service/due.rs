//! What is due at the same time, one by one: for whoever chooses the order.

use std::sync::Arc;

use super::Service;
use crate::model::{ExecutionArn, OperationId, Timestamp};

impl Service {
    /// Leaves what is due at the very time of a call of a function to the host, in the executions that
    /// begin from now on.
    pub fn leave_what_is_due(&mut self) {
        Arc::make_mut(&mut self.policy).calls_do_what_is_due = false;
    }

    /// The operations whose time is up by now and that are due together, which is at the earliest
    /// due time; with that time. None if an execution timeout comes before them or with them.
    #[must_use]
    pub fn due_together(
        &self,
        now: Timestamp,
    ) -> Option<(Timestamp, Vec<(ExecutionArn, OperationId)>)> {
        let (due, _) = self.next_timer().filter(|(due, _)| *due <= now)?;
        let operations: Vec<_> = self
            .executions
            .values()
            .flat_map(|execution| {
                let ids = execution.operations_due_at(due);
                ids.into_iter().map(|id| (execution.arn().clone(), id))
            })
            .collect();
        (!operations.is_empty()).then_some((due, operations))
    }

    /// Lets the time of one operation be up that is due by now. One that is not stays as it is.
    pub fn fire_one(&mut self, now: Timestamp, arn: &ExecutionArn, operation: &OperationId) {
        if let Some(execution) = self.executions.get_mut(arn) {
            execution.fire_operation(operation, now);
        }
        self.report(arn);
    }
}
