//! The properties of functions: which are read, which this server has no use for, and which it ignores.

use durable_template::Value;
use indexmap::IndexMap;

use crate::config::members::{COMMON, Fault, Members};
use crate::config::suggestion::nearest;

/// Properties that are read besides those of [`COMMON`].
const OWN: [&str; 8] = [
    "FunctionName",
    "CodeUri",
    "Code",
    "InlineCode",
    "ImageUri",
    "PackageType",
    "AutoPublishAlias",
    "IgnoreGlobals",
];

/// Properties that change nothing that a function sees here.
const WITHOUT_EFFECT: [&str; 12] = [
    "Description",
    "Tags",
    "PropagateTags",
    "Architectures",
    "VersionDescription",
    "VersionDeletionPolicy",
    "PublishToLatestPublished",
    "AutoPublishAliasAllProperties",
    "AutoPublishCodeSha256",
    "CodeSigningConfigArn",
    "SourceKmsKeyArn",
    "RecursiveLoop",
];

/// Properties that a function may have on AWS and that this server does not act on.
const IGNORED: [&str; 24] = [
    "AssumeRolePolicyDocument",
    "CapacityProviderConfig",
    "DeadLetterConfig",
    "DeadLetterQueue",
    "DeploymentPreference",
    "EphemeralStorage",
    "EventInvokeConfig",
    "Events",
    "FileSystemConfigs",
    "FunctionScalingConfig",
    "FunctionUrlConfig",
    "ImageConfig",
    "KmsKeyArn",
    "Layers",
    "PermissionsBoundary",
    "Policies",
    "ProvisionedConcurrencyConfig",
    "Role",
    "RolePath",
    "RuntimeManagementConfig",
    "RuntimePolicy",
    "SnapStart",
    "Tracing",
    "TracingConfig",
];

/// One more that has a list of its own name on AWS.
const VPC: &str = "VpcConfig";

/// What is said about the names of a function's properties.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) ignored: Vec<String>,
    pub(super) warnings: Vec<String>,
    pub(super) faults: Vec<Fault>,
}

/// Sorts the names of a function's properties.
pub(super) fn names(properties: &IndexMap<String, Value>) -> Names {
    let members = Members::of(properties);
    let known: Vec<&str> = [&COMMON[..], &OWN, &WITHOUT_EFFECT, &IGNORED, &[VPC]].concat();
    let mut names = Names::default();
    if properties.get("DurableConfig") == Some(&Value::Null) {
        // Its members are often one level out.
        let fault = "is empty; write ExecutionTimeout below it, or leave it out";
        names.faults.push(members.fault("DurableConfig", fault));
    }
    for name in members.names() {
        if IGNORED.contains(&name) || name == VPC {
            names.ignored.push(name.to_owned());
        } else if !known.contains(&name) {
            match nearest(name, &known) {
                // A function whose DurableConfig is misspelt must not run as a plain one.
                Some("DurableConfig") => names
                    .faults
                    .push(members.fault(name, "is no property; did you mean DurableConfig?")),
                Some(meant) => names.warnings.push(format!(
                    "unknown property {name} is ignored; did you mean {meant}?"
                )),
                None => names.ignored.push(format!("{name} (unknown)")),
            }
        }
    }
    names.warnings.extend(members.unknown_inside());
    names
}
