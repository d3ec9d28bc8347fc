//! The functions of the account: which there are, and how a chained invoke reaches them.

use indexmap::IndexMap;

use crate::ServiceError;
use crate::model::{ErrorObject, ExecutionArn, FunctionReference};

/// How a function is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FunctionSettings {
    /// Its durable configuration; none for a plain function.
    pub durable: Option<DurableSettings>,
}

/// How a durable function is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DurableSettings {
    /// The timeout of its executions in seconds; none stands for the longest.
    pub execution_timeout_seconds: Option<u64>,
}

/// The functions of an account in a Region.
#[derive(Debug)]
pub(crate) struct Functions {
    pub(crate) region: String,
    pub(crate) account: String,
    known: IndexMap<String, FunctionSettings>,
}

/// A function that a chained invoke reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) function: String,
    pub(crate) version: String,
    pub(crate) settings: FunctionSettings,
}

impl Functions {
    pub(crate) fn new(region: String, account: String) -> Self {
        Self {
            region,
            account,
            known: IndexMap::new(),
        }
    }

    pub(crate) fn register(&mut self, name: &str, settings: FunctionSettings) {
        self.known.insert(name.to_owned(), settings);
    }

    pub(crate) fn knows(&self, name: &str) -> bool {
        self.known.contains_key(name)
    }

    /// ARN of a function's version.
    pub(crate) fn arn(&self, function: &str, version: &str) -> String {
        let Self {
            region, account, ..
        } = self;
        format!("arn:aws:lambda:{region}:{account}:function:{function}:{version}")
    }

    /// ARN of an execution by its number on the service, and its id.
    pub(crate) fn execution_arn(&self, target: &Target, name: &str, id: &str) -> ExecutionArn {
        ExecutionArn::new(&self.arn(&target.function, &target.version), name, id)
    }

    /// The function of a reference as a checkpoint gives it. The outer error refuses the whole
    /// checkpoint, the inner one fails the operation (contract, section 7.1).
    pub(crate) fn resolve(&self, text: &str) -> Result<Result<Target, ErrorObject>, ServiceError> {
        let reference = FunctionReference::parse(text)
            .ok_or_else(|| ServiceError::invalid(format!("Invalid function ARN '{text}'")))?;
        let other =
            |mine: &str, given: &Option<String>| given.as_ref().is_some_and(|it| it != mine);
        if other(&self.account, &reference.account) {
            return Err(ServiceError::invalid(
                "Cannot start a CHAINED_INVOKE on a function in another account.",
            ));
        }
        if other(&self.region, &reference.region) {
            return Err(ServiceError::invalid(
                "Cannot start a CHAINED_INVOKE on a function in another region.",
            ));
        }
        let Some(settings) = self.known.get(&reference.name) else {
            let qualifier = reference.qualifier.as_deref().unwrap_or("$LATEST");
            return Ok(Err(ErrorObject::new(
                "ResourceNotFoundException",
                format!(
                    "Function not found: {}",
                    self.arn(&reference.name, qualifier)
                ),
            )));
        };
        if settings.durable.is_some() && reference.qualifier.is_none() {
            return Ok(Err(ErrorObject::new(
                "InvalidParameterValueException",
                "You cannot invoke a durable function using an unqualified ARN.",
            )));
        }
        Ok(Ok(Target {
            version: reference.version().to_owned(),
            function: reference.name,
            settings: *settings,
        }))
    }
}

/// The id of the execution of a number: a UUID that repeats from run to run.
pub(crate) fn execution_id(number: u64) -> String {
    format!("00000000-0000-4000-8000-{number:012x}")
}
