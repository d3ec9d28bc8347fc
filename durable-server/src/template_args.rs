//! The options of `durable serve --template`.

use std::path::PathBuf;

use clap::Args;
use durable_template::parameter_overrides;

use crate::config::TemplateOptions;

/// How a template is evaluated.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options for templates")]
pub(crate) struct TemplateArgs {
    /// Values of the template's parameters, as `sam` takes them: KEY=VALUE or
    /// ParameterKey=KEY,ParameterValue=VALUE. They win over those of samconfig.toml.
    #[arg(long, value_name = "KEY=VALUE", num_args = 1.., requires = "template")]
    parameter_overrides: Vec<String>,
    /// A JSON file of environment variables by function, as `sam local` reads it.
    #[arg(long, value_name = "FILE", requires = "template")]
    env_vars: Option<PathBuf>,
    /// The value of `AWS::StackName` [default: that of samconfig.toml, or else local]
    #[arg(long, value_name = "NAME", requires = "template")]
    stack_name: Option<String>,
    /// Which environment of samconfig.toml counts [default: default]
    #[arg(long, value_name = "NAME", requires = "template")]
    config_env: Option<String>,
}

impl TemplateArgs {
    /// The options, with what the environment says about Cargo and caches.
    ///
    /// # Errors
    ///
    /// If a parameter is not written as one.
    pub(crate) fn options(self) -> Result<TemplateOptions, String> {
        let mut parameters = indexmap::IndexMap::new();
        for text in &self.parameter_overrides {
            parameters.extend(read(text)?);
        }
        let folder = |name: &str| {
            std::env::var_os(name)
                .filter(|it| !it.is_empty())
                .map(PathBuf::from)
        };
        let cache = folder("XDG_CACHE_HOME").or_else(|| Some(folder("HOME")?.join(".cache")));
        Ok(TemplateOptions {
            parameters,
            stack_name: self.stack_name,
            env_vars: self.env_vars,
            config_env: self.config_env,
            target_folder: folder("CARGO_TARGET_DIR").or_else(|| folder("CARGO_BUILD_TARGET_DIR")),
            cache: cache.map(|cache| cache.join("durable")),
        })
    }
}

/// Reads one argument: several parameters in quotes, or one whose quotes the shell took away.
fn read(text: &str) -> Result<indexmap::IndexMap<String, String>, String> {
    parameter_overrides(text).or_else(|error| {
        let pair = match text.strip_prefix("ParameterKey=") {
            Some(rest) => rest.split_once(",ParameterValue="),
            None => text.split_once('='),
        };
        match pair {
            Some((name, value))
                if !name.is_empty() && name.chars().all(|it| it.is_ascii_alphanumeric()) =>
            {
                Ok([(name.to_owned(), value.to_owned())].into())
            }
            _ => Err(error),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_whose_quotes_the_shell_took_is_one_value() {
        let pairs = |text: &str| read(text).unwrap().into_iter().collect::<Vec<_>>();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(pairs("Greeting=good day"), [pair("Greeting", "good day")]);
        assert_eq!(pairs("A=1 B=2"), [pair("A", "1"), pair("B", "2")]);
        assert_eq!(
            pairs("ParameterKey=A,ParameterValue=x y"),
            [pair("A", "x y")]
        );
        assert!(read("nothing").unwrap_err().contains("write KEY=VALUE"));
    }
}
