//! One operation of a result, and its relatives.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use durable_host::names::{Called, Names, is_more_than_a_name};
use durable_service::model::{
    self, ErrorObject, OperationDetails, OperationStatus, OperationType, Timestamp,
};
use durable_view::{Node, Outline};
use serde::de::DeserializeOwned;

use super::{detail, parse};
use crate::{Error, ErrorKind};

/// An operation of an execution: a step, a wait, a context, … Cheap to clone.
///
/// ```
/// # use durable_runtime::prelude::*;
/// # use durable_test::prelude::*;
/// # #[durable_step]
/// # async fn charge(cents: u64) -> Result<u64, BoxError> { Ok(cents) }
/// # async fn order(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
/// #     let paid = charge(&ctx, cents).await?;
/// #     ctx.wait(Duration::from_hours(1)).name("cool-off").await?;
/// #     Ok(paid)
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> TestOutcome {
/// # let runner = DurableRunner::local(order)?;
/// let result = runner.run(4_990).await?;
///
/// let charged = result.get_step("charge")?;
/// assert_eq!(charged.status(), OperationStatus::Succeeded);
/// assert_eq!(charged.result::<u64>()?, 4_990);
/// assert_eq!(charged.attempt(), 1);
/// let waited = result.get_operation("cool-off")?;
/// assert_eq!(waited.operation_type(), OperationType::Wait);
/// assert_eq!(waited.ended_after(), Some(Duration::from_hours(1)));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Operation {
    tree: Arc<Tree>,
    index: usize,
    // Handles on relatives are created on demand and stored, so that they can be returned by reference.
    parent: OnceLock<Option<Box<Operation>>>,
    children: OnceLock<Vec<Operation>>,
}

/// The operations of an execution with their parents and children, as of `seen_at`.
pub(super) struct Tree {
    pub(super) outline: Outline,
    /// Made on demand.
    names: OnceLock<Names>,
    /// When the execution started.
    started_at: Timestamp,
    seen_at: Timestamp,
}

impl Tree {
    /// Operations in start order.
    pub(super) fn new(
        operations: Vec<model::Operation>,
        started_at: Timestamp,
        seen_at: Timestamp,
    ) -> Arc<Self> {
        let outline = Outline::new(operations);
        Arc::new(Self {
            outline,
            names: OnceLock::new(),
            started_at,
            seen_at,
        })
    }

    fn names(&self) -> &Names {
        self.names.get_or_init(|| {
            let nodes = self.outline.nodes().iter();
            Names::of(nodes.map(|node| &node.operation))
        })
    }

    /// A handle on each operation.
    pub(super) fn operations(self: &Arc<Self>) -> Vec<Operation> {
        (0..self.outline.nodes().len())
            .map(|index| Operation::new(self, index))
            .collect()
    }
}

impl Operation {
    fn new(tree: &Arc<Tree>, index: usize) -> Self {
        Self {
            tree: Arc::clone(tree),
            index,
            parent: OnceLock::new(),
            children: OnceLock::new(),
        }
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "an index is made by the tree that it belongs to"
    )]
    fn node(&self) -> &Node {
        &self.tree.outline.nodes()[self.index]
    }

    fn model(&self) -> &model::Operation {
        &self.node().operation
    }

    /// Its id, unique within the execution.
    #[must_use]
    pub fn id(&self) -> &str {
        self.model().id.as_str()
    }

    /// Its name, if the handler set one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.model().name.as_deref()
    }

    /// Its name; without one, its kind and its number among its unnamed siblings of that kind, as in
    /// `Step#1`.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.node().label
    }

    /// The labels from the top level down to it, joined by `/`.
    #[must_use]
    pub fn path(&self) -> String {
        match self.parent() {
            Some(parent) => format!("{}/{}", parent.path(), self.label()),
            None => self.label().to_owned(),
        }
    }

    /// Its path, with the number of each label that is not the first of its kind and name in its context:
    /// `charge#2`.
    pub(crate) fn numbered_path(&self) -> String {
        let called = self.called();
        called.map_or_else(|| self.path(), Called::path)
    }

    /// Whether it is called that: by its label or its path, with numbers or without.
    pub(crate) fn is_called(&self, wanted: &str) -> bool {
        let by_number = || self.called().is_some_and(|called| called.is(wanted));
        self.label() == wanted || is_more_than_a_name(wanted) && by_number()
    }

    pub(crate) fn called(&self) -> Option<&Called> {
        self.tree.names().get(&self.model().id)
    }

    /// Its type.
    #[must_use]
    pub fn operation_type(&self) -> OperationType {
        self.model().operation_type()
    }

    /// The SDK's sub-type: `Step`, `Wait`, `Map`, `ParallelBranch`, …
    #[must_use]
    pub fn sub_type(&self) -> Option<&str> {
        self.model().sub_type.as_deref()
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> OperationStatus {
        self.model().status
    }

    /// Its parent, a CONTEXT operation; `None` at the top level.
    #[must_use]
    pub fn parent(&self) -> Option<&Operation> {
        self.parent
            .get_or_init(|| {
                let parent = self.node().parent?;
                Some(Box::new(Self::new(&self.tree, parent)))
            })
            .as_deref()
    }

    /// Its child operations, in start order.
    pub fn children(&self) -> impl Iterator<Item = &Operation> {
        self.children
            .get_or_init(|| {
                self.node()
                    .children
                    .iter()
                    .map(|child| Self::new(&self.tree, *child))
                    .collect()
            })
            .iter()
    }

    /// What it returned.
    ///
    /// # Errors
    ///
    /// If it has no result, or its result is not a `T`.
    pub fn result<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let what = format!("{} \"{}\"", self.operation_type(), self.label());
        match (self.result_json(), self.status()) {
            (Some(json), _) => parse(json, what),
            // An operation that returns nothing may have no result.
            (None, OperationStatus::Succeeded) => parse("null", what),
            (None, status) => Err(ErrorKind::NoResult {
                what,
                status: status.to_string(),
                detail: detail(self.error()),
            }
            .into()),
        }
    }

    /// What it returned, as JSON text.
    #[must_use]
    pub fn result_json(&self) -> Option<&str> {
        self.model().result()
    }

    /// Its error. The errors of attempts that a step retried are in the history.
    #[must_use]
    pub fn error(&self) -> Option<&ErrorObject> {
        self.model().error()
    }

    /// Completed attempts; 0 for all but steps.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.model().attempt()
    }

    /// When it started.
    #[must_use]
    pub fn started_at(&self) -> Timestamp {
        self.model().started_at
    }

    /// When it ended; `None` while it is open.
    #[must_use]
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.model().ended_at
    }

    /// When it started, since the start of the execution; virtual time in local mode.
    #[must_use]
    pub fn started_after(&self) -> Duration {
        self.started_at().since(self.tree.started_at)
    }

    /// When it ended, since the start of the execution; `None` while it is open.
    #[must_use]
    pub fn ended_after(&self) -> Option<Duration> {
        Some(self.ended_at()?.since(self.tree.started_at))
    }

    /// How long it took, or has taken so far; virtual time in local mode.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.ended_at()
            .unwrap_or(self.tree.seen_at)
            .since(self.started_at())
    }

    /// When a wait is due, or the next attempt of a step.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        self.model().due_at()
    }

    /// The id that completes a callback.
    #[must_use]
    pub fn callback_id(&self) -> Option<&str> {
        match &self.model().details {
            OperationDetails::Callback(callback) => Some(callback.callback_id.as_str()),
            _ => None,
        }
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} \"{}\" {}",
            self.operation_type(),
            self.label(),
            self.status()
        )
    }
}
