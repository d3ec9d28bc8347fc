//! The mode that tests run in, and the settings of cloud mode. Only this module reads them from the
//! environment.
//!
//! | Variable | Meaning |
//! |---|---|
//! | `DURABLE_RUNNER_MODE` | `local` (default) or `cloud` |
//! | `QUALIFIED_FUNCTION_NAME` | cloud: the deployed function's qualified name or ARN |
//! | `LAMBDA_FUNCTION_TEST_NAME` | cloud: the `lambda_function_name` of the tests that it serves |
//! | `DURABLE_FUNCTION_NAME_MAP` | cloud, instead of the two above: JSON from test names to qualified names |
//! | `AWS_REGION` | Region, `us-west-2` by default |
//! | `LAMBDA_ENDPOINT` | endpoint URL to use instead of AWS's |
//!
//! [`Settings`] has an example.

use std::collections::BTreeMap;
use std::fmt;

use once_cell::sync::OnceCell;

const MODE: &str = "DURABLE_RUNNER_MODE";
const QUALIFIED_NAME: &str = "QUALIFIED_FUNCTION_NAME";
const TEST_NAME: &str = "LAMBDA_FUNCTION_TEST_NAME";
const NAME_MAP: &str = "DURABLE_FUNCTION_NAME_MAP";
const REGION: &str = "AWS_REGION";
const ENDPOINT: &str = "LAMBDA_ENDPOINT";

/// Where the function under test runs.
///
/// ```
/// use durable_runtime::mode::{RunnerMode, Settings};
///
/// let settings = Settings::read(|_| None)?;
/// assert_eq!(settings.mode(), RunnerMode::Local);
/// # Ok::<(), durable_runtime::mode::SettingsError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunnerMode {
    /// In this process, against the local service.
    Local,
    /// On AWS, or behind another endpoint of its API.
    Cloud,
}

impl fmt::Display for RunnerMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Local => "local",
            Self::Cloud => "cloud",
        })
    }
}

/// The mode, with its settings.
///
/// ```
/// use durable_runtime::mode::{RunnerMode, Settings};
///
/// let settings = Settings::read(|name| match name {
///     "DURABLE_RUNNER_MODE" => Some("cloud".to_owned()),
///     "QUALIFIED_FUNCTION_NAME" => Some("Orders:3".to_owned()),
///     "LAMBDA_FUNCTION_TEST_NAME" => Some("orders".to_owned()),
///     _ => None,
/// })?;
/// assert_eq!(settings.mode(), RunnerMode::Cloud);
///
/// let Settings::Cloud(cloud) = settings else { panic!("local mode") };
/// assert_eq!(cloud.region, "us-west-2");
/// assert_eq!(cloud.functions.target("orders"), Ok("Orders:3"));
/// # Ok::<(), durable_runtime::mode::SettingsError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settings {
    /// Local mode, which has no settings.
    Local,
    /// Cloud mode.
    Cloud(CloudSettings),
}

/// The settings of cloud mode.
///
/// [`Settings`] holds them in cloud mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudSettings {
    /// The deployed functions.
    pub functions: Functions,
    /// AWS Region.
    pub region: String,
    /// Endpoint, if not AWS's.
    pub endpoint: Option<Endpoint>,
}

/// The URL of an endpoint of AWS's API.
///
/// ```
/// use durable_runtime::mode::Endpoint;
///
/// assert!(Endpoint::parse("http://127.0.0.1:9014").is_ok());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(String);

impl Endpoint {
    /// Reads an `http` or `https` URL.
    ///
    /// # Errors
    ///
    /// If the text is not such a URL.
    pub fn parse(url: &str) -> Result<Self, SettingsError> {
        let trimmed = url.trim();
        let rest = trimmed
            .strip_prefix("http://")
            .or_else(|| trimmed.strip_prefix("https://"));
        match rest {
            Some(rest) if !rest.is_empty() && !rest.starts_with(['/', '?', '#', ':']) => {
                Ok(Self(trimmed.to_owned()))
            }
            _ => Err(SettingsError::BadEndpoint(url.to_owned())),
        }
    }

    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The deployed functions, by the names that tests use.
///
/// [`CloudSettings`] holds them; [`Settings`] has an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Functions {
    /// One function.
    One {
        /// The name that tests use.
        test_name: String,
        /// The deployed function's qualified name or ARN.
        qualified_name: String,
    },
    /// Several functions: qualified names or ARNs by the names that tests use.
    Map(BTreeMap<String, String>),
}

/// Invalid settings.
///
/// The error of [`Settings::read`] and [`Settings::from_env`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The mode is neither of the two.
    #[error("DURABLE_RUNNER_MODE must be \"local\" (the default) or \"cloud\", but it is \"{0}\"")]
    UnknownMode(String),
    /// Cloud mode without the names of functions.
    #[error(
        "Cloud mode requires both QUALIFIED_FUNCTION_NAME and LAMBDA_FUNCTION_TEST_NAME \
         environment variables (missing: {missing}). Set both, for example:\n  \
         export QUALIFIED_FUNCTION_NAME='MyFunction:$LATEST'\n  \
         export LAMBDA_FUNCTION_TEST_NAME='my function'\n\
         or name several functions at once:\n  \
         export DURABLE_FUNCTION_NAME_MAP='{{\"my function\": \"MyFunction:$LATEST\"}}'"
    )]
    MissingNames {
        /// The variables that are not set.
        missing: String,
    },
    /// The map is malformed.
    #[error(
        "DURABLE_FUNCTION_NAME_MAP must be a JSON object from test names to qualified function \
         names, such as {{\"hello world\": \"HelloWorld:$LATEST\"}}: {0}"
    )]
    BadMap(String),
    /// The endpoint is not a URL.
    #[error("LAMBDA_ENDPOINT must be a URL such as http://127.0.0.1:9014, but it is \"{0}\"")]
    BadEndpoint(String),
}

impl Settings {
    /// The settings of this process, read from the environment once.
    ///
    /// # Errors
    ///
    /// If the settings are invalid; then the next call reads them again.
    pub fn from_env() -> Result<&'static Self, SettingsError> {
        static SETTINGS: OnceCell<Settings> = OnceCell::new();
        SETTINGS.get_or_try_init(|| {
            Self::read(|name| {
                std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
            })
        })
    }

    /// Reads settings with a look-up of variables; an empty variable counts as not set.
    ///
    /// # Errors
    ///
    /// If the settings are invalid.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let set = |name: &str| lookup(name).filter(|value| !value.trim().is_empty());
        match set(MODE).as_deref().map(str::trim) {
            None | Some("local") => Ok(Self::Local),
            Some("cloud") => Ok(Self::Cloud(CloudSettings {
                functions: Functions::read(&set)?,
                region: set(REGION).unwrap_or_else(|| "us-west-2".to_owned()),
                endpoint: set(ENDPOINT).map(|url| Endpoint::parse(&url)).transpose()?,
            })),
            Some(other) => Err(SettingsError::UnknownMode(other.to_owned())),
        }
    }

    /// The mode alone.
    #[must_use]
    pub fn mode(&self) -> RunnerMode {
        match self {
            Self::Local => RunnerMode::Local,
            Self::Cloud(_) => RunnerMode::Cloud,
        }
    }
}

impl Functions {
    fn read(set: &impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        if let Some(map) = set(NAME_MAP) {
            return serde_json::from_str(&map)
                .map(Self::Map)
                .map_err(|error| SettingsError::BadMap(error.to_string()));
        }
        match (set(QUALIFIED_NAME), set(TEST_NAME)) {
            (Some(qualified_name), Some(test_name)) => Ok(Self::One {
                test_name,
                qualified_name,
            }),
            (qualified, test) => {
                let missing: Vec<&str> = [(QUALIFIED_NAME, qualified), (TEST_NAME, test)]
                    .into_iter()
                    .filter(|(_, value)| value.is_none())
                    .map(|(name, _)| name)
                    .collect();
                Err(SettingsError::MissingNames {
                    missing: missing.join(", "),
                })
            }
        }
    }

    /// The deployed function of a test's `lambda_function_name`; names are compared case-insensitively.
    ///
    /// # Errors
    ///
    /// The reason to skip the test, if it is for none of the functions.
    pub fn target(&self, lambda_function_name: &str) -> Result<&str, SkipReason> {
        let wanted = lambda_function_name.trim().to_lowercase();
        let matches = |name: &str| name.trim().to_lowercase() == wanted;
        match self {
            Self::One {
                test_name,
                qualified_name,
            } if matches(test_name) => Ok(qualified_name),
            Self::One { test_name, .. } => Err(SkipReason(format!(
                "lambda_function_name \"{lambda_function_name}\" does not match {TEST_NAME} \
                 \"{test_name}\""
            ))),
            Self::Map(map) => map
                .iter()
                .find(|(name, _)| matches(name))
                .map(|(_, qualified_name)| qualified_name.as_str())
                .ok_or_else(|| {
                    SkipReason(format!(
                        "lambda_function_name \"{lambda_function_name}\" is not in {NAME_MAP}"
                    ))
                }),
        }
    }
}

/// Why a test is skipped.
///
/// [`Functions::target`] returns it; [`Settings`] has an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkipReason(String);

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        Settings::read(|name| {
            variables
                .iter()
                .find(|(variable, _)| *variable == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    fn functions(variables: &[(&str, &str)]) -> Functions {
        match read(variables).unwrap() {
            Settings::Cloud(cloud) => cloud.functions,
            Settings::Local => panic!("expected cloud mode"),
        }
    }

    #[test]
    fn local_is_the_default() {
        assert_eq!(read(&[]).unwrap(), Settings::Local);
        assert_eq!(read(&[(MODE, "")]).unwrap(), Settings::Local);
        assert_eq!(read(&[(MODE, "local")]).unwrap(), Settings::Local);
    }

    #[test]
    fn an_unknown_mode_is_an_error_that_names_both_modes() {
        let message = read(&[(MODE, "clowd")]).unwrap_err().to_string();
        assert_eq!(
            message,
            "DURABLE_RUNNER_MODE must be \"local\" (the default) or \"cloud\", but it is \"clowd\""
        );
    }

    #[test]
    fn cloud_mode_needs_both_names() {
        for (variables, missing) in [
            (
                vec![(MODE, "cloud")],
                "QUALIFIED_FUNCTION_NAME, LAMBDA_FUNCTION_TEST_NAME",
            ),
            (
                vec![(MODE, "cloud"), (QUALIFIED_NAME, "F:1"), (TEST_NAME, " ")],
                "LAMBDA_FUNCTION_TEST_NAME",
            ),
        ] {
            let message = read(&variables).unwrap_err().to_string();
            assert!(message.starts_with(
                "Cloud mode requires both QUALIFIED_FUNCTION_NAME and LAMBDA_FUNCTION_TEST_NAME \
                 environment variables"
            ));
            assert!(
                message.contains(&format!("(missing: {missing})")),
                "{message}"
            );
        }
    }

    #[test]
    fn one_function_serves_one_test_name() {
        let functions = functions(&[
            (MODE, "cloud"),
            (QUALIFIED_NAME, "HelloWorld:$LATEST"),
            (TEST_NAME, "Hello World"),
        ]);
        assert_eq!(
            functions.target("hello world").unwrap(),
            "HelloWorld:$LATEST"
        );
        assert_eq!(
            functions.target("other").unwrap_err().to_string(),
            "lambda_function_name \"other\" does not match LAMBDA_FUNCTION_TEST_NAME \"Hello World\""
        );
    }

    #[test]
    fn a_map_serves_several_and_overrides_the_single_names() {
        let functions = functions(&[
            (MODE, "cloud"),
            (NAME_MAP, r#"{"a": "A:1", "B": "B:2"}"#),
            (QUALIFIED_NAME, "C:3"),
            (TEST_NAME, "c"),
        ]);
        assert_eq!(functions.target("b").unwrap(), "B:2");
        assert_eq!(
            functions.target("c").unwrap_err().to_string(),
            "lambda_function_name \"c\" is not in DURABLE_FUNCTION_NAME_MAP"
        );
    }

    #[test]
    fn a_malformed_map_is_an_error_that_names_the_format() {
        let message = read(&[(MODE, "cloud"), (NAME_MAP, "[1]")])
            .unwrap_err()
            .to_string();
        assert!(message.starts_with("DURABLE_FUNCTION_NAME_MAP must be a JSON object"));
    }

    #[test]
    fn region_and_endpoint_have_their_defaults() {
        let names = [(MODE, "cloud"), (NAME_MAP, "{}")];
        let Settings::Cloud(cloud) = read(&names).unwrap() else {
            panic!("expected cloud mode");
        };
        assert_eq!((cloud.region.as_str(), cloud.endpoint), ("us-west-2", None));
    }

    #[test]
    fn an_endpoint_is_a_url_with_a_host() {
        for url in [
            "http://127.0.0.1:9014",
            "http://[::1]:9014",
            " https://lambda.us-west-2.amazonaws.com/ ",
        ] {
            assert_eq!(Endpoint::parse(url).unwrap().as_str(), url.trim());
        }
        let variables = [(MODE, "cloud"), (NAME_MAP, "{}"), (ENDPOINT, "localhost:1")];
        assert_eq!(
            read(&variables).unwrap_err().to_string(),
            "LAMBDA_ENDPOINT must be a URL such as http://127.0.0.1:9014, but it is \"localhost:1\""
        );
        assert!(Endpoint::parse("http://:80").is_err());
    }
}
