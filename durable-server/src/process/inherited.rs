//! The variables of the server's environment that functions get.
//!
//! A developer's environment holds secrets, which a function on Lambda would not have. So programs get what
//! they need to be found, to find their libraries and to reach the network, and the rest by name only.

use std::ffi::OsString;

/// Variables that pass: exact names, and with a `*` at the end all that start so.
const PASSING: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "LC_*",
    "TERM",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "DYLD_*",
    "NIX_*",
    "XDG_*",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_PATH",
    "NODE_EXTRA_CA_CERTS",
    "NVM_*",
    "VOLTA_HOME",
    "PYTHONPATH",
    "PYTHONHOME",
    "PYENV_*",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "JAVA_HOME",
    "DOTNET_ROOT",
    "GEM_HOME",
    "GEM_PATH",
    "CARGO_HOME",
    "CARGO_TARGET_DIR",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "RUST_BACKTRACE",
    "RUST_LOG",
    "LLVM_PROFILE_FILE",
    "DURABLE_*",
];

/// Which variables functions get.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inherited {
    /// Further names, of the same form.
    also: Vec<String>,
}

impl Inherited {
    /// The usual ones, and further ones by name.
    pub(crate) fn with(also: Vec<String>) -> Self {
        Self { also }
    }

    /// The variables that functions get.
    pub(super) fn variables(&self) -> impl Iterator<Item = (OsString, OsString)> {
        std::env::vars_os().filter(|(name, _)| {
            let name = name.to_str();
            name.is_some_and(|name| self.passes(name))
        })
    }

    /// Names of the variables that functions do not get, in their order.
    pub(crate) fn withheld(&self) -> Vec<String> {
        let names = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
        let mut names: Vec<String> = names.filter(|name| !self.passes(name)).collect();
        names.sort();
        names
    }

    fn passes(&self, name: &str) -> bool {
        let also = self.also.iter().map(String::as_str);
        let mut patterns = PASSING.iter().copied().chain(also);
        patterns.any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == pattern,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_need_passes_and_the_rest_by_name() {
        let inherited = Inherited::with(vec!["DATABASE_URL".to_owned(), "SHOP_*".to_owned()]);
        for name in ["PATH", "LC_ALL", "https_proxy", "DATABASE_URL", "SHOP_MODE"] {
            assert!(inherited.passes(name), "{name}");
        }
        for name in [
            "GITHUB_TOKEN",
            "AWS_PROFILE",
            "PATHS",
            "CARGO_REGISTRY_TOKEN",
        ] {
            assert!(!inherited.passes(name), "{name}");
        }
    }
}
