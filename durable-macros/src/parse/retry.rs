//! The option `retry`: numbers, or a function.

use std::time::Duration;

use proc_macro2::TokenStream;
use syn::{Expr, Lit};

use super::duration;
use super::options::{Item, Options, Value, ungrouped};
use crate::error::{self, Problems};

/// What happens after a failed attempt.
#[derive(Debug, Clone)]
pub(crate) enum Retry {
    /// The SDK's default.
    Default,
    /// A policy by numbers.
    Policy(Policy),
    /// A function.
    Strategy(Box<Expr>),
}

/// The numbers of a policy; `None` stands for the SDK's default.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Policy {
    pub(crate) max_attempts: Option<u32>,
    pub(crate) initial_delay: Option<Duration>,
    pub(crate) max_delay: Option<Duration>,
    pub(crate) backoff_rate: Option<f64>,
    pub(crate) jitter: Jitter,
}

/// How much of a delay is random.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Jitter {
    /// Nothing, so that a test is repeatable.
    #[default]
    None,
    /// The second half.
    Half,
    /// All.
    Full,
}

/// The options in `retry(..)`.
pub(crate) const KNOWN: [&str; 5] = [
    "max_attempts",
    "initial_delay",
    "max_delay",
    "backoff_rate",
    "jitter",
];

const EXAMPLES: &str = "`retry(max_attempts = 3)` or `retry = path::to::strategy`";

/// Reads the option.
pub(crate) fn read(item: Item, problems: &mut Problems) -> Retry {
    match item.value {
        Value::Listed(list) => Retry::Policy(policy(list, problems)),
        Value::Assigned(value) if !matches!(ungrouped(&value), Expr::Lit(_) | Expr::Unary(_)) => {
            Retry::Strategy(Box::new(value))
        }
        _ => {
            problems.add(item.wrong(EXAMPLES));
            Retry::Default
        }
    }
}

fn policy(list: TokenStream, problems: &mut Problems) -> Policy {
    let mut options = Options::read(list, "retry(..)", &KNOWN, problems);
    let mut policy = Policy::default();

    if let Some(item) = options.take("max_attempts") {
        let hint = ": the first attempt counts";
        policy.max_attempts = problems
            .take(item.count(u32::MAX.into(), hint))
            .and_then(|count| u32::try_from(count).ok());
    }
    if let Some(item) = options.take("initial_delay") {
        policy.initial_delay = problems.take(duration::read(&item));
    }
    if let Some(item) = options.take("max_delay") {
        policy.max_delay = problems.take(duration::read(&item));
        if let (Some(longest), Some(first)) = (policy.max_delay, policy.initial_delay)
            && longest < first
            && let Some(token) = item.literal()
        {
            problems.add(error::max_delay_too_short(token));
        }
    }
    if let Some(item) = options.take("backoff_rate") {
        policy.backoff_rate = problems.take(rate(&item));
    }
    if let Some(item) = options.take("jitter") {
        let words = [
            ("none", Jitter::None),
            ("half", Jitter::Half),
            ("full", Jitter::Full),
        ];
        let jitter = item.word("a string: `jitter = \"full\"`", &words);
        policy.jitter = problems.take(jitter).unwrap_or_default();
    }
    policy
}

fn rate(item: &Item) -> syn::Result<f64> {
    let token = item.literal();
    let number = match token {
        Some(Lit::Int(number)) => number.base10_parse::<f64>(),
        Some(Lit::Float(number)) => number.base10_parse::<f64>(),
        _ => return Err(item.wrong("a number: `backoff_rate = 2.0`")),
    }?;
    if number >= 1.0 && number.is_finite() {
        Ok(number)
    } else {
        Err(error::too_few(
            token,
            "backoff_rate",
            ": a delay is never shorter than the one before it",
        ))
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn read_all(list: TokenStream) -> (Policy, Vec<String>) {
        let mut problems = Problems::default();
        let policy = policy(list, &mut problems);
        let errors = problems.texts();
        (policy, errors)
    }

    #[test]
    fn every_number_is_read() {
        let (policy, errors) = read_all(quote!(
            max_attempts = 5,
            initial_delay = "1s",
            max_delay = "1m",
            backoff_rate = 2,
            jitter = "half",
        ));
        assert!(errors.is_empty(), "{errors:?}");
        let expected = Policy {
            max_attempts: Some(5),
            initial_delay: Some(Duration::from_secs(1)),
            max_delay: Some(Duration::from_mins(1)),
            backoff_rate: Some(2.0),
            jitter: Jitter::Half,
        };
        assert_eq!(policy, expected);
    }

    #[test]
    fn what_is_left_out_is_the_sdks_default_without_jitter() {
        let (policy, errors) = read_all(quote!());
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(policy, Policy::default());
        assert_eq!(policy.jitter, Jitter::None);
    }

    #[test]
    fn all_wrong_numbers_are_reported() {
        let (_, errors) = read_all(quote!(
            max_attempts = 0,
            initial_delay = "soon",
            max_delay = 5,
            backoff_rate = 0.5,
            jitter = "some"
        ));
        assert_eq!(errors.len(), 5, "{errors:?}");
    }

    #[test]
    fn the_longest_delay_is_no_shorter_than_the_first() {
        let (_, errors) = read_all(quote!(initial_delay = "1m", max_delay = "59s"));
        assert_eq!(errors.len(), 1, "{errors:?}");
        let (_, errors) = read_all(quote!(initial_delay = "1m", max_delay = "60s"));
        assert!(errors.is_empty(), "{errors:?}");
    }
}
