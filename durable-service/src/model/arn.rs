//! ARNs of durable executions.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

use crate::ServiceError;

/// The ARN of a durable execution:
/// `arn:aws:lambda:REGION:ACCOUNT:function:FUNCTION:VERSION/durable-execution/NAME/ID`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct ExecutionArn(Arc<str>);

impl ExecutionArn {
    pub(crate) fn new(function_arn: &str, name: &str, id: &str) -> Self {
        Self(format!("{function_arn}/durable-execution/{name}/{id}").into())
    }

    /// The ARN as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
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
