//! ARNs of durable executions.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

use crate::ServiceError;

/// Stands between the function's ARN and the execution's name and id.
const MARKER: &str = "/durable-execution/";

/// The ARN of a durable execution:
/// `arn:aws:lambda:REGION:ACCOUNT:function:FUNCTION:VERSION/durable-execution/NAME/ID`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct ExecutionArn(Arc<str>);

impl ExecutionArn {
    pub(crate) fn new(function_arn: &str, name: &str, id: &str) -> Self {
        Self(format!("{function_arn}{MARKER}{name}/{id}").into())
    }

    /// The ARN as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// ARN of the function's version: `arn:aws:lambda:REGION:ACCOUNT:function:FUNCTION:VERSION`.
    #[must_use]
    pub fn function_arn(&self) -> &str {
        self.parts().0
    }

    /// Name of the function.
    #[must_use]
    pub fn function_name(&self) -> &str {
        let function = self.qualified_name();
        function.split_once(':').map_or(function, |(name, _)| name)
    }

    /// Version of the function; none if the ARN has no qualifier.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        Some(self.qualified_name().split_once(':')?.1)
    }

    /// Name of the execution: given at the start, or made up by the service.
    #[must_use]
    pub fn execution_name(&self) -> &str {
        let name = self.parts().1;
        name.split_once('/').map_or(name, |(name, _)| name)
    }

    /// The function's ARN, and the execution's name and id. Any text that was accepted as an ARN has both.
    fn parts(&self) -> (&str, &str) {
        self.0.split_once(MARKER).unwrap_or((&self.0, ""))
    }

    fn qualified_name(&self) -> &str {
        let function = self.function_arn();
        function
            .split_once(":function:")
            .map_or(function, |(_, name)| name)
    }
}

impl AsRef<str> for ExecutionArn {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for ExecutionArn {
    fn eq(&self, text: &str) -> bool {
        self.as_str() == text
    }
}

impl PartialEq<&str> for ExecutionArn {
    fn eq(&self, text: &&str) -> bool {
        self.as_str() == *text
    }
}

impl fmt::Display for ExecutionArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ExecutionArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &self.0)
    }
}

impl Serialize for ExecutionArn {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl TryFrom<String> for ExecutionArn {
    type Error = ServiceError;

    fn try_from(text: String) -> Result<Self, ServiceError> {
        text.parse()
    }
}

impl FromStr for ExecutionArn {
    type Err = ServiceError;

    fn from_str(text: &str) -> Result<Self, ServiceError> {
        let shaped = text.len() <= 1024
            && text.starts_with("arn:")
            && text.split(':').nth(2) == Some("lambda")
            && matches!(
                text.split('/').collect::<Vec<_>>().as_slice(),
                [function, "durable-execution", name, id]
                    if function.contains(":function:") && !name.is_empty() && !id.is_empty()
            );
        if shaped {
            Ok(Self(text.into()))
        } else {
            Err(ServiceError::Validation(format!(
                "1 validation error detected: Value '{text}' at 'durableExecutionArn' failed to \
                 satisfy constraint: Member must satisfy regular expression pattern: {}",
                crate::validation::ARN_PATTERN
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_function_version_and_execution() {
        let arn = |function| ExecutionArn::new(function, "name", "id");
        let latest = arn("arn:aws:lambda:us-west-2:123456789012:function:f:$LATEST");
        assert_eq!(
            latest.function_arn(),
            "arn:aws:lambda:us-west-2:123456789012:function:f:$LATEST"
        );
        assert_eq!(latest.function_name(), "f");
        assert_eq!(latest.version(), Some("$LATEST"));
        assert_eq!(latest.execution_name(), "name");
        let unqualified = arn("arn:aws:lambda:us-west-2:123456789012:function:f");
        assert_eq!(unqualified.function_name(), "f");
        assert_eq!(unqualified.version(), None);
    }

    #[test]
    fn accepts_execution_arns_and_nothing_else() {
        let arn = ExecutionArn::new(
            "arn:aws:lambda:us-west-2:123456789012:function:f:$LATEST",
            "name",
            "id",
        );
        assert_eq!(arn.as_str().parse::<ExecutionArn>().unwrap(), arn);
        for bad in [
            "",
            "f",
            "arn:aws:lambda:r:1:function:f:1",
            "arn:aws:s3:::x/durable-execution/a/b",
        ] {
            let error = bad.parse::<ExecutionArn>().unwrap_err();
            assert_eq!(error.code(), "ValidationException");
        }
    }
}
