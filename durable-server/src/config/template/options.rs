//! What a template is evaluated with besides its own text.

use std::path::PathBuf;

use indexmap::IndexMap;

/// What a template is evaluated with besides its own text.
///
/// [`Functions::read_template`](crate::config::Functions::read_template) takes them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TemplateOptions {
    /// Values of parameters. They win over those of `samconfig.toml`, and over defaults.
    pub parameters: IndexMap<String, String>,
    /// The value of `AWS::StackName`; by default that of `samconfig.toml`, or else `local`.
    pub stack_name: Option<String>,
    /// A file of environment variables by function, as `sam local` reads it: `{"FUNCTION": {"NAME":
    /// "VALUE"}}`, with those for all functions under `Parameters`.
    pub env_vars: Option<PathBuf>,
    /// Which environment of `samconfig.toml` counts; by default `default`.
    pub config_env: Option<String>,
    /// Cargo's target folder, if it is not beside the package.
    pub target_folder: Option<PathBuf>,
    /// The folder to which zip files are unpacked; by default one below the system's folder for temporary
    /// files.
    pub cache: Option<PathBuf>,
}
