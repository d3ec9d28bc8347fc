//! The functions of the account, and how an invoke finds them.

use indexmap::IndexMap;

use crate::ServiceError;
use crate::model::{ErrorObject, ExecutionArn, FunctionReference, InvocationContext, Seconds};

/// How a function is configured.
///
/// [`Service::register_function`](crate::Service::register_function) takes them; [`wire`](crate::wire#example) has
/// an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FunctionSettings {
    /// Its durable configuration; none for a plain function.
    pub durable: Option<DurableSettings>,
}

/// How a durable function is configured.
///
/// [`Service::register_function`](crate::Service::register_function) takes them, in [`FunctionSettings`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DurableSettings {
    /// The timeout of its executions; none stands for the longest.
    pub execution_timeout: Option<Seconds>,
    /// How long its executions are kept once they are over, in days; none stands for the policy's
    /// default.
    pub retention_days: Option<u32>,
}

/// Whether a function isolates its tenants from each other.
///
/// [`Service::set_tenancy`](crate::Service::set_tenancy) sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tenancy {
    /// An invoke may name a tenant or not.
    #[default]
    Unchecked,
    /// The function has no tenants: an invoke must not name one.
    Shared,
    /// An invoke must name a tenant.
    PerTenant,
}

/// The published versions of a function, and its aliases.
///
/// [`Service::set_published`](crate::Service::set_published) sets them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Published {
    /// The number of the latest version; 0 without any.
    pub versions: u64,
    /// The aliases, with the versions that they point to.
    pub aliases: IndexMap<String, String>,
}

impl Published {
    /// The version that a qualifier stands for; none if there is no such version or alias.
    #[must_use]
    pub fn version(&self, qualifier: &str) -> Option<String> {
        if qualifier == LATEST {
            return Some(qualifier.to_owned());
        }
        if qualifier == LATEST_PUBLISHED {
            return (self.versions > 0).then(|| self.versions.to_string());
        }
        let number = qualifier.parse::<u64>().ok();
        let is_published = number.is_some_and(|number| (1..=self.versions).contains(&number));
        // An alias may point to a version that only the account has.
        if is_published || self.aliases.values().any(|it| it == qualifier) {
            return Some(qualifier.to_owned());
        }
        self.aliases.get(qualifier).cloned()
    }
}

/// The qualifier of the unpublished code.
const LATEST: &str = "$LATEST";

/// The qualifier of the latest version.
const LATEST_PUBLISHED: &str = "$LATEST.PUBLISHED";

/// The functions of an account in a Region.
#[derive(Debug)]
pub(crate) struct Functions {
    pub(crate) region: String,
    pub(crate) account: String,
    /// The part of execution ids that tells this service from others of its Region and account.
    run: u64,
    known: IndexMap<String, FunctionSettings>,
    tenancy: IndexMap<String, Tenancy>,
    /// What is published of functions; any qualifier reaches one that is not here.
    published: IndexMap<String, Published>,
    /// Other names of functions, and the names that they stand for.
    other_names: IndexMap<String, String>,
}

/// A function that an invoke reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) function: String,
    pub(crate) version: String,
    pub(crate) settings: FunctionSettings,
}

impl Functions {
    pub(crate) fn new(region: String, account: String, run: u64) -> Self {
        Self {
            region,
            account,
            run,
            known: IndexMap::new(),
            tenancy: IndexMap::new(),
            published: IndexMap::new(),
            other_names: IndexMap::new(),
        }
    }

    pub(crate) fn register(&mut self, name: &str, settings: FunctionSettings) {
        self.known.insert(name.to_owned(), settings);
    }

    pub(crate) fn set_tenancy(&mut self, name: &str, tenancy: Tenancy) {
        self.tenancy.insert(name.to_owned(), tenancy);
    }

    pub(crate) fn set_published(&mut self, name: &str, published: Published) {
        self.published.insert(name.to_owned(), published);
    }

    /// The version of a function that a reference stands for.
    pub(crate) fn version(&self, reference: &FunctionReference) -> Result<String, ServiceError> {
        let name = self.name_of(&reference.name);
        let (Some(published), Some(qualifier)) =
            (self.published.get(name), reference.qualifier.as_deref())
        else {
            return Ok(reference.version().to_owned());
        };
        published
            .version(qualifier)
            .ok_or_else(|| not_found(&self.arn(name, qualifier)))
    }

    pub(crate) fn register_name(&mut self, other: &str, name: &str) {
        self.other_names.insert(other.to_owned(), name.to_owned());
    }

    /// The name of the function that a name stands for.
    pub(crate) fn name_of<'a>(&'a self, name: &'a str) -> &'a str {
        if self.known.contains_key(name) {
            return name;
        }
        self.other_names.get(name).map_or(name, String::as_str)
    }

    pub(crate) fn knows(&self, name: &str) -> bool {
        self.known.contains_key(self.name_of(name))
    }

    pub(crate) fn settings(&self, name: &str) -> Option<FunctionSettings> {
        self.known.get(name).copied()
    }

    /// ARN of a function's version.
    pub(crate) fn arn(&self, function: &str, version: &str) -> String {
        let function = function_arn(&self.region, &self.account, function);
        format!("{function}:{version}")
    }

    /// The context of an invocation of a function's version, without the optional members.
    pub(crate) fn context(&self, function: &str, version: &str) -> InvocationContext {
        InvocationContext::new(self.arn(function, version), version)
    }

    /// ARN of an execution by its number on the service, and its id.
    pub(crate) fn execution_arn(&self, target: &Target, name: &str, id: &str) -> ExecutionArn {
        ExecutionArn::new(&self.arn(&target.function, &target.version), name, id)
    }

    /// The id of the execution with this number: a UUID that repeats from run to run, unless the settings
    /// give each run a number of its own.
    pub(crate) fn execution_id(&self, number: u64) -> String {
        let run = self.run;
        let (first, second) = (run >> 32, (run >> 16) & 0xffff);
        let (third, fourth) = ((run >> 4) & 0xfff, run & 0xf);
        format!("{first:08x}-{second:04x}-4{third:03x}-800{fourth:x}-{number:012x}")
    }

    /// Resolves a reference in a checkpoint. The outer error refuses the whole
    /// checkpoint, the inner one fails the operation (docs/service.md, 7.1).
    pub(crate) fn resolve(
        &self,
        text: &str,
        tenant: Option<&str>,
    ) -> Result<Result<Target, ErrorObject>, ServiceError> {
        let reference: FunctionReference = text
            .parse()
            .map_err(|_| ServiceError::invalid(format!("Invalid function ARN '{text}'")))?;
        if self.is_of_another_account(&reference) {
            return Err(ServiceError::invalid(
                "Cannot start a CHAINED_INVOKE on a function in another account.",
            ));
        }
        if self.is_in_another_region(&reference) {
            return Err(ServiceError::invalid(
                "Cannot start a CHAINED_INVOKE on a function in another region.",
            ));
        }
        Ok(self
            .target(reference, tenant)
            .map_err(|error| ErrorObject::new(error.code(), error.to_string())))
    }

    /// The function that a call from outside invokes (docs/service.md, 5.1).
    pub(crate) fn find(
        &self,
        text: &str,
        qualifier: Option<&str>,
        tenant: Option<&str>,
    ) -> Result<Target, ServiceError> {
        let reference = text
            .parse::<FunctionReference>()
            .map_err(|_| not_found(text))?
            .qualified(qualifier)?;
        if self.is_of_another_account(&reference) || self.is_in_another_region(&reference) {
            return Err(not_found(text));
        }
        self.target(reference, tenant)
    }

    /// Resolves a reference. The refusals are the same for all kinds of invokes.
    fn target(
        &self,
        mut reference: FunctionReference,
        tenant: Option<&str>,
    ) -> Result<Target, ServiceError> {
        reference.name = self.name_of(&reference.name).to_owned();
        let Some(settings) = self.settings(&reference.name) else {
            let qualifier = reference.qualifier.as_deref().unwrap_or(LATEST);
            return Err(not_found(&self.arn(&reference.name, qualifier)));
        };
        if settings.durable.is_some() && reference.qualifier.is_none() {
            return Err(ServiceError::invalid(
                "You cannot invoke a durable function using an unqualified ARN.",
            ));
        }
        let version = self.version(&reference)?;
        self.check_tenant(&reference.name, tenant)?;
        Ok(Target {
            version,
            function: reference.name,
            settings,
        })
    }

    fn check_tenant(&self, name: &str, tenant: Option<&str>) -> Result<(), ServiceError> {
        let tenancy = self.tenancy.get(name).copied().unwrap_or_default();
        match (tenancy, tenant) {
            (Tenancy::PerTenant, None) => Err(ServiceError::invalid(
                "The invoked function is enabled with tenancy configuration. Add a valid tenant ID in \
                 your request and try again.",
            )),
            (Tenancy::Shared, Some(_)) => Err(ServiceError::invalid(
                "The invoked function is not enabled with tenancy configuration. Remove the tenant ID \
                 from your request and try again.",
            )),
            _ => Ok(()),
        }
    }

    fn is_of_another_account(&self, reference: &FunctionReference) -> bool {
        let account = reference.account.as_ref();
        account.is_some_and(|account| *account != self.account)
    }

    fn is_in_another_region(&self, reference: &FunctionReference) -> bool {
        let region = reference.region.as_ref();
        region.is_some_and(|region| *region != self.region)
    }
}

/// ARN of a function, without a qualifier.
pub(crate) fn function_arn(region: &str, account: &str, function: &str) -> String {
    format!("arn:aws:lambda:{region}:{account}:function:{function}")
}

/// The refusal of a function that is not known.
pub(crate) fn not_found(arn: &str) -> ServiceError {
    ServiceError::ResourceNotFound(format!("Function not found: {arn}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qualifier_stands_for_a_version_that_exists() {
        let live = ("live".to_owned(), "2".to_owned());
        let old = ("old".to_owned(), "17".to_owned());
        let published = Published {
            versions: 2,
            aliases: [live, old].into(),
        };
        for (qualifier, version) in [
            ("$LATEST", Some("$LATEST")),
            ("$LATEST.PUBLISHED", Some("2")),
            ("1", Some("1")),
            ("2", Some("2")),
            ("3", None),
            ("0", None),
            ("17", Some("17")),
            ("live", Some("2")),
            ("old", Some("17")),
            ("test", None),
        ] {
            assert_eq!(
                published.version(qualifier).as_deref(),
                version,
                "{qualifier}"
            );
        }
        let none = Published::default();
        assert_eq!(none.version("$LATEST").as_deref(), Some("$LATEST"));
        assert_eq!(none.version("$LATEST.PUBLISHED"), None);
        assert_eq!(none.version("1"), None);
    }
}
