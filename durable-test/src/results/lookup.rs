//! Looking operations up: by name, by path, by id.

use durable_service::model::OperationType;

use super::{ExecutionResult, Operation};
use crate::{Error, ErrorKind};

impl ExecutionResult {
    /// The step with that name or path; of several, the first to start.
    ///
    /// A path joins labels from the top level down, as in `"batch/item-1/charge"`. Of several steps of one name
    /// in a context, `"charge#2"` is the second to start; [`steps_named`](Self::steps_named) has them all.
    ///
    /// # Errors
    ///
    /// If there is none; the message lists the steps that exist.
    pub fn get_step(&self, name: &str) -> Result<&Operation, Error> {
        self.get("step", Some(OperationType::Step), name)
    }

    /// The context with that name or path.
    ///
    /// # Errors
    ///
    /// If there is none; the message lists the contexts that exist.
    pub fn get_context(&self, name: &str) -> Result<&Operation, Error> {
        self.get("context", Some(OperationType::Context), name)
    }

    /// The wait with that name or path.
    ///
    /// # Errors
    ///
    /// If there is none; the message lists the waits that exist.
    pub fn get_wait(&self, name: &str) -> Result<&Operation, Error> {
        self.get("wait", Some(OperationType::Wait), name)
    }

    /// The callback with that name or path.
    ///
    /// # Errors
    ///
    /// If there is none; the message lists the callbacks that exist.
    pub fn get_callback(&self, name: &str) -> Result<&Operation, Error> {
        self.get("callback", Some(OperationType::Callback), name)
    }

    /// The chained invoke with that name or path.
    ///
    /// # Errors
    ///
    /// If there is none; the message lists the chained invokes that exist.
    pub fn get_invoke(&self, name: &str) -> Result<&Operation, Error> {
        self.get("invoke", Some(OperationType::ChainedInvoke), name)
    }

    /// The operation with that name, path or id, of any type.
    ///
    /// # Errors
    ///
    /// If there is none; the message lists the operations that exist.
    pub fn get_operation(&self, name: &str) -> Result<&Operation, Error> {
        self.get("operation", None, name)
    }

    fn get(
        &self,
        what: &'static str,
        kind: Option<OperationType>,
        wanted: &str,
    ) -> Result<&Operation, Error> {
        let candidates: Vec<&Operation> = self
            .operations()
            .iter()
            .filter(|operation| kind.is_none_or(|kind| operation.operation_type() == kind))
            .collect();
        // A name may contain a slash, so names are matched before paths.
        candidates
            .iter()
            .find(|operation| operation.label() == wanted)
            .or_else(|| {
                candidates
                    .iter()
                    .find(|operation| operation.path() == wanted)
            })
            .or_else(|| candidates.iter().find(|operation| operation.id() == wanted))
            .or_else(|| {
                candidates
                    .iter()
                    .find(|operation| operation.is_called(wanted))
            })
            .copied()
            .ok_or_else(|| {
                ErrorKind::NoOperation {
                    what,
                    wanted: wanted.to_owned(),
                    known: self.of_another_type(wanted) + &known(what, &candidates),
                }
                .into()
            })
    }
}

impl ExecutionResult {
    /// What has the name and another type, as the middle of a sentence.
    fn of_another_type(&self, wanted: &str) -> String {
        let mut operations = self.operations().iter();
        let is_wanted = |one: &&Operation| one.is_called(wanted) || one.path() == wanted;
        let Some(other) = operations.find(is_wanted) else {
            return String::new();
        };
        let (kind, call) = match other.operation_type() {
            OperationType::Step => ("step", "get_step"),
            OperationType::Context => ("context", "get_context"),
            OperationType::Wait => ("wait", "get_wait"),
            OperationType::Callback => ("callback", "get_callback"),
            OperationType::ChainedInvoke => ("chained invoke", "get_invoke"),
            OperationType::Execution => return String::new(),
        };
        format!("a {kind} has that name: `{call}({wanted:?})`; ")
    }
}

/// The existing operations, as the end of a sentence.
fn known(what: &str, operations: &[&Operation]) -> String {
    const MAX_LISTED: usize = 40;
    if operations.is_empty() {
        return format!("it has no {what}s");
    }
    let mut paths: Vec<String> = operations
        .iter()
        .take(MAX_LISTED)
        .map(|operation| format!("\"{}\"", operation.numbered_path()))
        .collect();
    if operations.len() > MAX_LISTED {
        paths.push(format!("and {} more", operations.len() - MAX_LISTED));
    }
    format!("its {what}s are: {}", paths.join(", "))
}
