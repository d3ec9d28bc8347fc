//! The result of an execution as the service reports it.

use std::sync::Arc;

use durable_service::fold::Fold;

use super::operation::Tree;
use super::{ExecutionResult, Snapshot};
use crate::cloud::CloudSnapshot;

impl From<CloudSnapshot> for ExecutionResult {
    fn from(seen: CloudSnapshot) -> Self {
        let mut fold = Fold::of(&seen.history);
        fold.elapse(seen.seen_at);
        let operations = fold.operations().cloned().collect();
        let tree = Tree::new(operations, seen.started_at, seen.seen_at);
        let mut children = Vec::new();
        let mut unread = Vec::new();
        for called in seen.called {
            match called.snapshot {
                Ok(child) => children.push((called.operation, child.into())),
                Err(error) => unread.push((called.operation, error)),
            }
        }
        Self::from(Snapshot {
            arn: seen.arn,
            name: seen.name,
            function: seen.function,
            status: seen.status,
            result: seen.result,
            error: seen.error,
            started_at: seen.started_at,
            ended_at: seen.ended_at,
            seen_at: seen.seen_at,
            operations: tree.operations(),
            tree,
            invocations: fold.invocations().to_vec(),
            history: Arc::new(seen.history),
            children,
            unread,
        })
    }
}
