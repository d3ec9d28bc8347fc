//! Looking operations up: by name, by path, by id.

use durable_service::model::OperationType;

use super::{ExecutionResult, Operation};
use crate::{Error, ErrorKind};

impl ExecutionResult {
    /// The step of that name or path; of several, the one that started first.
    ///
    /// A path joins labels from the top level down, as in `"batch/item-1/charge"`.
    ///
    /// # Errors
    ///
    /// If there is none; the message lists the steps that there are.
    pub fn get_step(&self, name: &str) -> Result<&Operation, Error> {
        self.get("step", Some(OperationType::Step), name)
    }

    /// The context of that name or path.
    ///
    /// # Errors
    ///
    /// If there is none; the message lists the contexts that there are.
    pub fn get_context(&self, name: &str) -> Result<&Operation, Error> {
        self.get("context", Some(OperationType::Context), name)
    }

    /// The wait of that name or path.
    ///
    /// # Errors
    ///
    /// If there is none; the message lists the waits that there are.
    pub fn get_wait(&self, name: &str) -> Result<&Operation, Error> {
        self.get("wait", Some(OperationType::Wait), name)
    }

    /// The callback of that name or path.
    ///
    /// # Errors
    ///
    /// If there is none; the message lists the callbacks that there are.
    pub fn get_callback(&self, name: &str) -> Result<&Operation, Error> {
        self.get("callback", Some(OperationType::Callback), name)
    }

    /// The chained invoke of that name or path.
    ///
    /// # Errors
    ///
    /// If there is none; the message lists the chained invokes that there are.
    pub fn get_invoke(&self, name: &str) -> Result<&Operation, Error> {
        self.get("invoke", Some(OperationType::ChainedInvoke), name)
    }

    /// The operation of that name, path or id, whatever it is.
    ///
    /// # Errors
    ///
    /// If there is none; the message lists the operations that there are.
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
        // A name may hold a slash itself, so names come before paths.
        candidates
            .iter()
            .find(|operation| operation.label() == wanted)
            .or_else(|| {
                candidates
                    .iter()
                    .find(|operation| operation.path() == wanted)
            })
            .or_else(|| candidates.iter().find(|operation| operation.id() == wanted))
            .copied()
            .ok_or_else(|| {
                ErrorKind::NoOperation {
                    what,
                    wanted: wanted.to_owned(),
                    known: known(what, &candidates),
                }
                .into()
            })
    }
}

/// What there is, as the end of a sentence.
fn known(what: &str, operations: &[&Operation]) -> String {
    const MAX_LISTED: usize = 40;
    if operations.is_empty() {
        return format!("it has no {what}s");
    }
    let mut paths: Vec<String> = operations
        .iter()
        .take(MAX_LISTED)
        .map(|operation| format!("\"{}\"", operation.path()))
        .collect();
    if operations.len() > MAX_LISTED {
        paths.push(format!("and {} more", operations.len() - MAX_LISTED));
    }
    format!("its {what}s are: {}", paths.join(", "))
}
