//! `#[durable_step]`

use std::time::Duration;

use proc_macro2::TokenStream;
use quote::quote;

use super::call::{self, Operation};
use super::option;
use crate::parse::retry::{Jitter, Policy, Retry};
use crate::parse::step::{Semantics, Step};

/// The SDK's own limit on a delay, where none is declared.
const DEFAULT_MAX_DELAY: Duration = Duration::from_mins(1);

/// The wrapper and the body of a step.
pub(crate) fn render(step: &Step) -> TokenStream {
    call::items(&step.call, &operation(step))
}

/// The same items without an implementation.
pub(crate) fn stub(step: &Step) -> TokenStream {
    call::stub(&step.call, &operation(step))
}

fn operation(step: &Step) -> Operation {
    let name = &step.name;
    let retry = retry(&step.retry);
    let semantics = match step.semantics {
        Semantics::AtLeastOnce => quote!(AtLeastOncePerRetry),
        Semantics::AtMostOnce => quote!(AtMostOncePerRetry),
    };
    Operation {
        builder: quote!(::durable_runtime::StepCall),
        function: quote!(::durable_runtime::__private::step),
        options: quote! {
            ::durable_runtime::__private::StepSpec {
                name: #name,
                retry: #retry,
                semantics: ::durable_runtime::sdk::StepSemantics::#semantics,
            }
        },
        kind: quote!(Step),
        runs_once: true,
    }
}

fn retry(retry: &Retry) -> TokenStream {
    match retry {
        Retry::Default => config(&Policy::default(), &option::<TokenStream>(None)),
        Retry::Policy(policy) => {
            let jitter = match policy.jitter {
                Jitter::None => quote!(None),
                Jitter::Half => quote!(Half),
                Jitter::Full => quote!(Full),
            };
            let jitter = quote!(::durable_runtime::sdk::builders::JitterStrategy::#jitter);
            config(policy, &option(Some(&jitter)))
        }
        Retry::Strategy(strategy) => {
            quote!(::durable_runtime::__private::Retry::Strategy(#strategy))
        }
    }
}

fn config(policy: &Policy, jitter: &TokenStream) -> TokenStream {
    let max_attempts = option(policy.max_attempts.as_ref());
    let initial_delay = option(policy.initial_delay.map(duration).as_ref());
    let max_delay = option(max_delay(policy).map(duration).as_ref());
    let backoff_rate = option(policy.backoff_rate.as_ref());
    quote! {
        ::durable_runtime::__private::Retry::Config(::durable_runtime::__private::RetryOptions {
            max_attempts: #max_attempts,
            initial_delay: #initial_delay,
            max_delay: #max_delay,
            backoff_rate: #backoff_rate,
            jitter: #jitter,
        })
    }
}

/// The declared limit. Without one, an initial delay beyond the SDK's limit raises the limit, so that the
/// declared delay is not cut.
fn max_delay(policy: &Policy) -> Option<Duration> {
    policy.max_delay.or(policy
        .initial_delay
        .filter(|delay| *delay > DEFAULT_MAX_DELAY))
}

fn duration(duration: Duration) -> TokenStream {
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    quote!(::core::time::Duration::new(#seconds, #nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(tokens: &TokenStream) -> String {
        tokens.to_string().replace(' ', "")
    }

    #[test]
    fn a_default_retry_sets_nothing() {
        let tokens = text(&retry(&Retry::Default));
        assert_eq!(tokens.matches("::core::option::Option::None").count(), 5);
    }

    #[test]
    fn a_declared_retry_has_no_jitter_unless_asked() {
        let tokens = text(&retry(&Retry::Policy(Policy::default())));
        assert!(tokens.contains("JitterStrategy::None"), "{tokens}");
        let policy = Policy {
            max_attempts: Some(5),
            initial_delay: Some(Duration::from_millis(1_500)),
            jitter: Jitter::Full,
            ..Policy::default()
        };
        let tokens = text(&retry(&Retry::Policy(policy)));
        assert!(tokens.contains("Some(5u32)"), "{tokens}");
        assert!(
            tokens.contains("Duration::new(1u64,500000000u32)"),
            "{tokens}"
        );
        assert!(tokens.contains("JitterStrategy::Full"), "{tokens}");
    }

    #[test]
    fn a_long_first_delay_is_not_cut() {
        let policy = |seconds| Policy {
            initial_delay: Some(Duration::from_secs(seconds)),
            ..Policy::default()
        };
        assert_eq!(max_delay(&policy(60)), None);
        assert_eq!(max_delay(&policy(61)), Some(Duration::from_secs(61)));
    }
}
