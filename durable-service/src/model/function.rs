//! Names of functions, as callers spell them.

use std::fmt;
use std::str::FromStr;

use crate::ServiceError;

/// A function as a caller names it: by name, partial ARN or ARN, with or without a qualifier.
///
/// ```
/// use durable_service::model::FunctionReference;
///
/// let live: FunctionReference = "orders:live".parse()?;
/// let same: FunctionReference = "arn:aws:lambda:us-west-2:123456789012:function:orders:live".parse()?;
/// assert_eq!((live.name.as_str(), live.qualifier.as_deref()), ("orders", Some("live")));
/// assert_eq!((same.name, same.qualifier), (live.name, live.qualifier));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionReference {
    /// AWS Region, if the reference names one.
    pub region: Option<String>,
    /// AWS account, if the reference names one.
    pub account: Option<String>,
    /// The function's name.
    pub name: String,
    /// Version or alias, if the reference names one.
    pub qualifier: Option<String>,
}

/// The text is no name, partial ARN or ARN of a function.
///
/// The error of parsing a [`FunctionReference`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no name, partial ARN or ARN of a function")]
pub struct NoFunction(String);

impl FromStr for FunctionReference {
    type Err = NoFunction;

    fn from_str(text: &str) -> Result<Self, NoFunction> {
        Self::read(text).ok_or_else(|| NoFunction(text.to_owned()))
    }
}

impl FunctionReference {
    fn read(text: &str) -> Option<Self> {
        if text.len() > 256 {
            return None;
        }
        let (rest, is_arn) = match text.strip_prefix("arn:") {
            Some(rest) => {
                let (partition, rest) = rest.split_once(":lambda:")?;
                let known = partition.is_empty() || partition.starts_with("aws");
                known.then_some((rest, true))?
            }
            None => (text, false),
        };
        let mut parts = rest.split(':').peekable();
        // What may stand before a name may be one itself, which then has no name behind it.
        let mut before_name = |is_it: fn(&str) -> bool| {
            let mut following = parts.clone().skip(1);
            let leads = following.next().is_some_and(is_name);
            parts
                .next_if(|part| leads && is_it(part))
                .map(str::to_owned)
        };
        let region = before_name(is_region);
        let account = before_name(is_account);
        let marker = before_name(|part| part == "function").is_some();
        if is_arn && !(region.is_some() && account.is_some() && marker) {
            return None;
        }
        let name = parts.next().filter(|name| is_name(name))?.to_owned();
        let qualifier = match parts.next() {
            None => None,
            Some(qualifier) if is_qualifier(qualifier) => Some(qualifier.to_owned()),
            Some(_) => return None,
        };
        parts.next().is_none().then_some(Self {
            region,
            account,
            name,
            qualifier,
        })
    }

    /// The function with a qualifier from elsewhere in the request.
    ///
    /// # Errors
    ///
    /// A refusal if the reference has another one.
    pub fn qualified(mut self, qualifier: Option<&str>) -> Result<Self, ServiceError> {
        match (&self.qualifier, qualifier) {
            (Some(own), Some(other)) if own != other => Err(ServiceError::invalid(
                "The derived qualifier from the function name does not match the specified \
                 qualifier.",
            )),
            (None, Some(other)) => {
                self.qualifier = Some(other.to_owned());
                Ok(self)
            }
            _ => Ok(self),
        }
    }

    /// The version that the qualifier stands for. An alias stands for version 1: this service
    /// publishes no versions.
    #[must_use]
    pub fn version(&self) -> &str {
        match self.qualifier.as_deref() {
            None => "$LATEST",
            Some(version)
                if version.starts_with('$') || version.chars().all(|c| c.is_ascii_digit()) =>
            {
                version
            }
            Some(_) => "1",
        }
    }
}

impl fmt::Display for FunctionReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match &self.qualifier {
            Some(qualifier) => write!(f, ":{qualifier}"),
            None => Ok(()),
        }
    }
}

fn is_region(part: &str) -> bool {
    let words: Vec<&str> = part.split('-').collect();
    let number = words
        .last()
        .is_some_and(|last| last.len() == 1 && last.chars().all(|c| c.is_ascii_digit()));
    let letters = words
        .iter()
        .rev()
        .skip(1)
        .all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase()));
    words.len() >= 3 && number && letters
}

fn is_account(part: &str) -> bool {
    part.len() == 12 && part.chars().all(|c| c.is_ascii_digit())
}

fn is_name(part: &str) -> bool {
    !part.is_empty()
        && part
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

fn is_qualifier(part: &str) -> bool {
    matches!(part, "$LATEST" | "$LATEST.PUBLISHED")
        || (!part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (Option<String>, Option<String>, String, Option<String>) {
        let reference = text.parse::<FunctionReference>().unwrap();
        (
            reference.region,
            reference.account,
            reference.name,
            reference.qualifier,
        )
    }

    #[test]
    fn every_way_to_name_a_function_is_read() {
        let some = |text: &str| Some(text.to_owned());
        let name = || "my-fn".to_owned();
        assert_eq!(parts("my-fn"), (None, None, name(), None));
        assert_eq!(parts("my-fn:live"), (None, None, name(), some("live")));
        assert_eq!(
            parts("123456789012:function:my-fn"),
            (None, some("123456789012"), name(), None)
        );
        assert_eq!(
            parts("arn:aws:lambda:eu-west-1:123456789012:function:my-fn:$LATEST"),
            (
                some("eu-west-1"),
                some("123456789012"),
                name(),
                some("$LATEST")
            )
        );
        assert_eq!(
            parts("arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:my-fn:7"),
            (
                some("us-gov-west-1"),
                some("123456789012"),
                name(),
                some("7")
            )
        );
    }

    #[test]
    fn what_stands_before_a_name_may_be_one() {
        for name in ["function", "us-west-2", "123456789012"] {
            assert_eq!(parts(name), (None, None, name.to_owned(), None));
            let qualified = parts(&format!("{name}:$LATEST"));
            let latest = Some("$LATEST".to_owned());
            assert_eq!(qualified, (None, None, name.to_owned(), latest));
        }
        let function = parts("function:function");
        assert_eq!(function, (None, None, "function".to_owned(), None));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for bad in [
            "",
            "my fn",
            "my-fn:",
            "my-fn:a:b",
            "my-fn:$OLD",
            "arn:aws:s3:::bucket",
            "arn:aws:lambda:my-fn",
            &"x".repeat(257),
        ] {
            assert!(bad.parse::<FunctionReference>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_qualifier_stands_for_a_version() {
        let version = |text: &str| {
            let reference: FunctionReference = text.parse().unwrap();
            reference.version().to_owned()
        };
        assert_eq!(version("f"), "$LATEST");
        assert_eq!(version("f:$LATEST"), "$LATEST");
        assert_eq!(version("f:12"), "12");
        assert_eq!(version("f:live"), "1");
    }
}
