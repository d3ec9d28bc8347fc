//! `#[durable_step]`

use proc_macro2::TokenStream;

use super::Parsed;
use super::attributes;
use super::call::Call;
use super::function::Function;
use super::name;
use super::options::Options;
use super::retry::{self, Retry};
use crate::error::{self, Problems};
use crate::kind::Kind;
use crate::lint::allow::Allowed;

/// A durable step.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) retry: Retry,
    pub(crate) semantics: Semantics,
    /// The lints that are silent in it.
    pub(crate) allowed: Allowed,
    pub(crate) call: Call,
}

/// What happens to an attempt that was interrupted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Semantics {
    /// It is run again.
    #[default]
    AtLeastOnce,
    /// It counts as failed.
    AtMostOnce,
}

const KNOWN: [&str; 5] = ["name", "retry", "semantics", "custom_serdes", "allow"];

/// Reads a step.
pub(crate) fn parse(options: TokenStream, item: TokenStream) -> syn::Result<Parsed<Step>> {
    let mut problems = Problems::default();
    let function = Function::read(item, Kind::Step, &mut problems)?;
    let owner = Kind::Step.attribute();
    let mut options = Options::read_with(options, owner, &KNOWN, &mut problems, |name| {
        retry::KNOWN
            .iter()
            .any(|known| name == known)
            .then(|| error::misplaced_retry_option(name))
    });

    let name = name::operation(&mut options, &function.signature.ident, &mut problems);
    let retry = options
        .take("retry")
        .map_or(Retry::Default, |item| retry::read(item, &mut problems));
    let semantics = options.take("semantics").and_then(|item| {
        let words = [
            ("at_most_once", Semantics::AtMostOnce),
            ("at_least_once", Semantics::AtLeastOnce),
        ];
        problems.take(item.word("a string: `semantics = \"at_most_once\"`", &words))
    });
    let allowed = Allowed::take(&mut options, &mut problems);
    let mut call = Call::read(function, Kind::Step, &mut problems);
    attributes::name_spans(&mut call.function.attributes.inner, &name);
    call.custom_serdes = options
        .take("custom_serdes")
        .is_some_and(|item| problems.take(item.switch()).unwrap_or_default());

    let data = Step {
        name,
        retry,
        semantics: semantics.unwrap_or_default(),
        allowed,
        call,
    };
    Ok(Parsed { data, problems })
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn read(options: TokenStream) -> (Step, Vec<String>) {
        let parsed = parse(
            options,
            quote!(
                fn charge(a: u8) {}
            ),
        )
        .unwrap();
        let errors = parsed.problems.texts();
        (parsed.data, errors)
    }

    #[test]
    fn the_defaults_are_the_sdks() {
        let (step, errors) = read(quote!());
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(step.name, "charge");
        assert!(matches!(step.retry, Retry::Default));
        assert_eq!(step.semantics, Semantics::AtLeastOnce);
    }

    #[test]
    fn all_options_are_read() {
        let (step, errors) = read(quote!(
            name = "pay",
            retry = strategies::slow,
            semantics = "at_most_once",
        ));
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(step.name, "pay");
        assert!(matches!(step.retry, Retry::Strategy(_)));
        assert_eq!(step.semantics, Semantics::AtMostOnce);
    }

    #[test]
    fn all_wrong_options_are_reported() {
        let (_, errors) = read(quote!(
            name = 5,
            retry,
            semantics = "once",
            name = "x",
            nam = ""
        ));
        assert_eq!(errors.len(), 5, "{errors:?}");
    }

    #[test]
    fn a_number_of_the_retry_policy_is_sent_home() {
        let (_, errors) = read(quote!(max_attempts = 3));
        assert_eq!(errors.len(), 1);
        assert!(
            errors[0].contains("`retry(max_attempts = ..)`"),
            "{errors:?}"
        );
    }
}
