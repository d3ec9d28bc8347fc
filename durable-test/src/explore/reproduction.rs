//! The code that repeats one run of an exploration.

use std::fmt;

use crate::as_rust::AsRust;
use crate::options::Options;

/// The options of an exploration's runs, as the calls behind `runner.run(input)`.
///
/// `..` stands for the test's own code. An exploration skips the check of determinism, so the run that
/// repeats one of its runs must skip it too.
#[derive(Debug, Clone)]
pub(crate) struct Reproduction(String);

impl Reproduction {
    pub(crate) fn of(options: &Options) -> Self {
        let mut calls = Vec::new();
        let mut call = |name: &str, argument: &dyn fmt::Display| {
            calls.push(format!(".{name}({argument})"));
        };
        if let Some(name) = &options.name {
            call("name", &format_args!("{name:?}"));
        }
        if let Some(order) = &options.order {
            call("order", order);
        }
        if !options.faults.is_empty() {
            call("faults", &options.faults);
        }
        for point in &options.crashes {
            call("crash", point);
        }
        for (name, _) in &options.replies {
            call("on_callback", &format_args!("{name:?}, .."));
        }
        if let Some(timeout) = &options.timeout {
            call("timeout", &AsRust(timeout));
        }
        if let Some(timeout) = &options.execution_timeout {
            call("execution_timeout", &AsRust(timeout));
        }
        if let Some(max) = &options.max_invocations {
            call("max_invocations", max);
        }
        let is_checked = options.check_determinism.unwrap_or(false);
        call("check_determinism", &is_checked);
        Self(calls.concat())
    }
}

impl fmt::Display for Reproduction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::faults::{Calls, CrashPoint, Faults, OperationAction};

    #[test]
    fn options_that_are_set_are_written_as_their_calls() {
        let options = Options {
            name: Some("first".to_owned()),
            timeout: Some(Duration::from_millis(1_500)),
            execution_timeout: Some(Duration::from_hours(1)),
            max_invocations: Some(20),
            faults: Faults::new()
                .throttle(
                    Calls::of("charge")
                        .action(OperationAction::Succeed)
                        .first(2),
                )
                .server_error(Calls::all().every(3))
                .delay_answer("pay", Duration::from_secs(5))
                .throttle_function("price", 1)
                .state_pages(4),
            crashes: vec![CrashPoint::after_stored(2)],
            ..Options::default()
        };
        assert_eq!(
            Reproduction::of(&options).to_string(),
            ".name(\"first\").faults(Faults::new()\
             .throttle(Calls::of(\"charge\").action(OperationAction::Succeed).first(2))\
             .server_error(Calls::all().every(3))\
             .delay_answer(\"pay\", Duration::from_secs(5))\
             .throttle_function(\"price\", 1).state_pages(4))\
             .crash(CrashPoint::after_stored(2))\
             .timeout(Duration::from_millis(1500)).execution_timeout(Duration::from_secs(3600))\
             .max_invocations(20).check_determinism(false)"
        );
        let unset = Reproduction::of(&Options::default()).to_string();
        assert_eq!(unset, ".check_determinism(false)");
    }
}
