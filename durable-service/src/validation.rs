//! What the service checks before any update is applied: constraints of members, rules of a batch,
//! and that an update fits the operation it names. The messages are the service's
//! (docs/service.md, 1.1, 1.2, 2.3 and 3.1).

use std::collections::{HashMap, HashSet};

use crate::model::{
    FunctionReference, Operation, OperationAction, OperationId, OperationStatus, OperationType,
    OperationUpdate,
};
use crate::{Limits, ServiceError};

/// Largest number of items on a page of any list.
pub(crate) const MAX_PAGE_ITEMS: i64 = 1000;

/// The API's pattern of a durable execution ARN.
pub(crate) const ARN_PATTERN: &str = r"arn:([a-zA-Z0-9-]+):lambda:([a-zA-Z0-9-]+):(\d{12}):function:([a-zA-Z0-9_-]+):(\$LATEST(?:\.PUBLISHED)?|[0-9]+)/durable-execution/([a-zA-Z0-9_-]+)/([a-zA-Z0-9_-]+)";

const FUNCTION_PATTERN: &str = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?";
const QUALIFIER_PATTERN: &str = r"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+";
const WORD_PATTERN: &str = "[a-zA-Z0-9-_]+";
const TENANT_PATTERN: &str = r"[a-zA-Z0-9\._:\/=+\-@ ]+";
const CLIENT_TOKEN_PATTERN: &str = r"[\x21-\x7E]+";
const PRINTABLE_PATTERN: &str = r"[\x20-\x7E]+";

/// Collects the constraints that a request breaks, as the API's front end reports them.
#[derive(Debug, Default)]
pub(crate) struct Constraints {
    broken: Vec<String>,
    /// Path of the members that are checked, if they are not those of the request itself.
    prefix: String,
}

impl Constraints {
    /// Checks the members of the update at this index from here on. The service counts from 1.
    pub(crate) fn of_update(&mut self, index: usize) {
        self.prefix = format!("updates.{}.member.", index + 1);
    }

    fn broken(&mut self, value: impl std::fmt::Display, path: &str, constraint: &str) {
        self.fails(&format!("Value '{value}'"), path, constraint);
    }

    /// A value that is not repeated in the message, of up to `max` bytes.
    fn max_bytes(&mut self, value: &str, path: &str, max: usize) {
        if value.len() > max {
            self.fails(
                "Value",
                path,
                &format!("have length less than or equal to {max}"),
            );
        }
    }

    fn fails(&mut self, value: &str, path: &str, constraint: &str) {
        let prefix = &self.prefix;
        self.broken.push(format!(
            "{value} at '{prefix}{path}' failed to satisfy constraint: Member must {constraint}"
        ));
    }

    fn length(&mut self, value: &str, path: &str, max: usize) {
        if value.is_empty() {
            self.broken(value, path, "have length greater than or equal to 1");
        }
        self.max_length(value, path, max);
    }

    /// A value of up to `max` characters.
    pub(crate) fn max_length(&mut self, value: &str, path: &str, max: usize) {
        if value.chars().count() > max {
            self.broken(
                value,
                path,
                &format!("have length less than or equal to {max}"),
            );
        }
    }

    fn pattern(&mut self, value: &str, path: &str, allowed: fn(char) -> bool, pattern: &str) {
        if !value.is_empty() && !value.chars().all(allowed) {
            self.broken(
                value,
                path,
                &format!("satisfy regular expression pattern: {pattern}"),
            );
        }
    }

    /// A value of letters, digits, `-` and `_`.
    pub(crate) fn word(&mut self, value: &str, path: &str, max: usize) {
        self.length(value, path, max);
        self.pattern(
            value,
            path,
            |c| c.is_ascii_alphanumeric() || c == '-' || c == '_',
            WORD_PATTERN,
        );
    }

    /// A value of printable ASCII.
    pub(crate) fn printable(&mut self, value: &str, path: &str, max: usize) {
        self.length(value, path, max);
        self.pattern(value, path, |c| (' '..='~').contains(&c), PRINTABLE_PATTERN);
    }

    /// A function's name, partial ARN or ARN.
    pub(crate) fn function(&mut self, value: &str, path: &str) {
        self.length(value, path, 256);
        if (1..=256).contains(&value.len()) && value.parse::<FunctionReference>().is_err() {
            self.broken(
                value,
                path,
                &format!("satisfy regular expression pattern: {FUNCTION_PATTERN}"),
            );
        }
    }

    /// A version or an alias of a function.
    pub(crate) fn qualifier(&mut self, value: &str, path: &str) {
        self.length(value, path, 128);
        if value != "$LATEST.PUBLISHED" {
            self.pattern(
                value,
                path,
                |c| c.is_ascii_alphanumeric() || "-_$".contains(c),
                QUALIFIER_PATTERN,
            );
        }
    }

    /// The id of a tenant.
    pub(crate) fn tenant(&mut self, value: &str, path: &str) {
        self.length(value, path, 256);
        self.pattern(
            value,
            path,
            |c| c.is_ascii_alphanumeric() || "._:/=+-@ ".contains(c),
            TENANT_PATTERN,
        );
    }

    /// A number in a range.
    pub(crate) fn range(&mut self, value: i64, path: &str, min: i64, max: i64) {
        if value < min {
            self.broken(
                value,
                path,
                &format!("have value greater than or equal to {min}"),
            );
        }
        if value > max {
            self.broken(
                value,
                path,
                &format!("have value less than or equal to {max}"),
            );
        }
    }

    /// A value that is none of an enumeration's.
    pub(crate) fn not_in(&mut self, value: &str, path: &str, all: &[impl std::fmt::Display]) {
        let all: Vec<String> = all.iter().map(ToString::to_string).collect();
        self.broken(
            value,
            path,
            &format!("satisfy enum value set: [{}]", all.join(", ")),
        );
    }

    /// A token by which a client marks the repetition of a call.
    pub(crate) fn client_token(&mut self, value: &str) {
        self.length(value, "clientToken", 64);
        self.pattern(
            value,
            "clientToken",
            |c| c.is_ascii_graphic(),
            CLIENT_TOKEN_PATTERN,
        );
    }

    /// A required member that is absent.
    pub(crate) fn missing(&mut self, path: &str) {
        self.fails("Value null", path, "not be null");
    }

    /// The refusal, if anything was broken.
    pub(crate) fn finish(self) -> Result<(), ServiceError> {
        if self.broken.is_empty() {
            Ok(())
        } else {
            Err(self.refusal())
        }
    }

    /// The refusal of the broken constraints.
    pub(crate) fn refusal(self) -> ServiceError {
        let errors = self.broken;
        let count = match errors.len() {
            1 => "1 validation error".to_owned(),
            many => format!("{many} validation errors"),
        };
        ServiceError::Validation(format!("{count} detected: {}", errors.join("; ")))
    }
}

/// Checks the constraints of each update's members. `result_bytes` is the execution's own limit.
pub(crate) fn check_members(
    updates: &[OperationUpdate],
    limits: &Limits,
    result_bytes: usize,
) -> Result<(), ServiceError> {
    let mut constraints = Constraints::default();
    for (index, update) in updates.iter().enumerate() {
        constraints.of_update(index);
        constraints.word(update.id.as_str(), "id", 64);
        if let Some(parent) = &update.parent_id {
            constraints.word(parent.as_str(), "parentId", 64);
        }
        if let Some(name) = &update.name {
            constraints.printable(name, "name", 256);
        }
        if let Some(sub_type) = &update.sub_type {
            constraints.word(sub_type, "subType", 32);
        }
        if let Some(delay) = update
            .step_options
            .as_ref()
            .and_then(|options| options.next_attempt_delay_seconds)
        {
            constraints.range(
                delay,
                "stepOptions.nextAttemptDelaySeconds",
                1,
                limits.delay_seconds,
            );
        }
        if let Some(wait) = update
            .wait_options
            .as_ref()
            .and_then(|options| options.wait_seconds)
        {
            constraints.range(wait, "waitOptions.waitSeconds", 1, limits.delay_seconds);
        }
        if let Some(options) = &update.chained_invoke_options {
            if let Some(tenant) = &options.tenant_id {
                constraints.tenant(tenant, "chainedInvokeOptions.tenantId");
            }
            if let Some(trace) = &options.trace_header {
                constraints.max_length(trace, "chainedInvokeOptions.xAmznTraceId", 8_192);
            }
        }
        if let Some(options) = &update.callback_options {
            let max = limits.callback_timeout_seconds;
            if let Some(timeout) = options.timeout_seconds {
                constraints.range(timeout, "callbackOptions.timeoutSeconds", 0, max);
            }
            if let Some(timeout) = options.heartbeat_timeout_seconds {
                constraints.range(timeout, "callbackOptions.heartbeatTimeoutSeconds", 0, max);
            }
        }
        if let Some(result) = &update.payload
            && update.operation_type == OperationType::Execution
            && update.action == OperationAction::Succeed
        {
            // The lower limit of an execution without a waiting caller is no constraint of the member.
            let max = limits.sync_result_bytes.max(result_bytes);
            constraints.max_bytes(result, "payload", max);
        }
    }
    constraints.finish()
}

/// Checks the rules of a batch as a whole. `is_context` returns whether an id is a CONTEXT operation
/// of the execution.
pub(crate) fn check_batch(
    updates: &[OperationUpdate],
    is_context: impl Fn(&OperationId) -> bool,
) -> Result<(), ServiceError> {
    let is_execution = |update: &OperationUpdate| update.operation_type == OperationType::Execution;
    if updates.iter().filter(|update| is_execution(update)).count() > 1 {
        return Err(ServiceError::invalid(
            "Cannot checkpoint multiple EXECUTION updates.",
        ));
    }
    if updates.iter().rev().skip(1).any(is_execution) {
        return Err(ServiceError::invalid(
            "EXECUTION checkpoint must be the last update.",
        ));
    }

    let mut seen: HashMap<&OperationId, Vec<&OperationUpdate>> = HashMap::new();
    for update in updates {
        let earlier = seen.entry(&update.id).or_default();
        let closes_what_started_here = matches!(
            earlier.as_slice(),
            [start] if start.action == OperationAction::Start
                && start.operation_type == update.operation_type
                && matches!(update.operation_type, OperationType::Step | OperationType::Context)
                && update.action != OperationAction::Start
        );
        if !earlier.is_empty() && !closes_what_started_here {
            return Err(ServiceError::invalid(
                "Cannot update the same operation twice in a single request.",
            ));
        }
        earlier.push(update);
    }

    let mut started_here: HashSet<&OperationId> = HashSet::new();
    for update in updates {
        if let Some(parent) = &update.parent_id
            && !started_here.contains(parent)
            && !is_context(parent)
        {
            return Err(ServiceError::invalid("Invalid parent operation id."));
        }
        if update.operation_type == OperationType::Context
            && update.action == OperationAction::Start
        {
            started_here.insert(&update.id);
        }
    }
    Ok(())
}

/// Checks that an update means the operation that its id names.
pub(crate) fn check_consistency(
    update: &OperationUpdate,
    existing: &Operation,
) -> Result<(), ServiceError> {
    let message = if update.operation_type != existing.operation_type() {
        "Inconsistent operation type."
    } else if update.sub_type.is_some() && update.sub_type != existing.sub_type {
        "Inconsistent operation subtype."
    } else if update.name.is_some() && update.name != existing.name {
        "Inconsistent operation name."
    } else if update.parent_id.is_some() && update.parent_id != existing.parent_id {
        "Inconsistent parent operation id."
    } else {
        return Ok(());
    };
    Err(ServiceError::invalid(message))
}

/// Checks the sizes of an update's payload and error; a result of the execution has a limit of its own.
pub(crate) fn check_sizes(
    update: &OperationUpdate,
    limits: &Limits,
    result_bytes: usize,
) -> Result<(), ServiceError> {
    if let Some(error) = &update.error
        && error.json_size() > limits.error_bytes
    {
        return Err(ServiceError::invalid(format!(
            "Error object size must be less than or equal to {} bytes.",
            limits.error_bytes
        )));
    }
    let Some(payload) = &update.payload else {
        return Ok(());
    };
    let (what, max) = match update.operation_type {
        OperationType::Execution => ("Execution output".to_owned(), result_bytes),
        OperationType::ChainedInvoke => (
            "CHAINED_INVOKE input".to_owned(),
            limits.chained_invoke_payload_bytes,
        ),
        other => (format!("{other} output"), limits.operation_payload_bytes),
    };
    if payload.len() > max {
        return Err(ServiceError::invalid(format!(
            "{what} payload size must be less than or equal to {max} bytes."
        )));
    }
    Ok(())
}

/// Checks that a closing update carries a payload or an error as its action allows.
pub(crate) fn check_close(update: &OperationUpdate) -> Result<(), ServiceError> {
    match update.action {
        OperationAction::Fail if update.payload.is_some() => Err(ServiceError::invalid(
            "Cannot provide a Payload for FAIL action.",
        )),
        OperationAction::Succeed if update.error.is_some() => Err(ServiceError::invalid(
            "Cannot provide an Error for SUCCEED action.",
        )),
        _ => Ok(()),
    }
}

/// The refusal of an action that the operation's type does not have.
pub(crate) fn invalid_action() -> ServiceError {
    ServiceError::invalid("Invalid action for the given operation type.")
}

/// Whether an operation is in one of the states from which an attempt can still end.
pub(crate) fn may_close(existing: Option<&Operation>) -> bool {
    existing.is_none_or(|operation| {
        matches!(
            operation.status,
            OperationStatus::Started | OperationStatus::Ready
        )
    })
}
