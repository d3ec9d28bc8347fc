//! The code that repeats one run of an exploration.

use std::fmt;
use std::time::Duration;

use durable_host::Responder;

/// The options of an exploration's runs, as the calls behind `runner.run(input)`.
///
/// An exploration leaves the check of determinism out, so the run that repeats one of its runs must too.
#[derive(Debug, Clone, Default)]
pub(crate) struct Again(Vec<String>);

impl Again {
    /// A run that answers these callbacks. Who answers is the test's own code, of which the name alone is
    /// known.
    pub(crate) fn answered(replies: &[(String, Responder)]) -> Self {
        let replies = replies.iter();
        let calls = replies.map(|(name, _)| format!(".on_callback({name:?}, ..)"));
        Self(calls.collect())
    }

    /// With an option that takes a time, if it is set.
    pub(crate) fn within(mut self, option: &str, time: Option<Duration>) -> Self {
        if let Some(time) = time {
            let nanos = time.subsec_nanos();
            let time = if nanos == 0 {
                format!("Duration::from_secs({})", time.as_secs())
            } else if nanos.is_multiple_of(1_000_000) {
                format!("Duration::from_millis({})", time.as_millis())
            } else {
                format!("Duration::from_nanos({})", time.as_nanos())
            };
            self.0.push(format!(".{option}({time})"));
        }
        self
    }

    /// With an option that takes a number, if it is set.
    pub(crate) fn at_most(mut self, option: &str, number: Option<usize>) -> Self {
        if let Some(number) = number {
            self.0.push(format!(".{option}({number})"));
        }
        self
    }
}

impl fmt::Display for Again {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.check_determinism(false)", self.0.concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_are_set_are_written_as_their_calls() {
        let again = Again::default()
            .within("timeout", Some(Duration::from_millis(1_500)))
            .within("execution_timeout", Some(Duration::from_hours(1)))
            .at_most("max_invocations", Some(20));
        assert_eq!(
            again.to_string(),
            ".timeout(Duration::from_millis(1500)).execution_timeout(Duration::from_secs(3600))\
             .max_invocations(20).check_determinism(false)"
        );
        let unset = Again::default().within("timeout", None);
        assert_eq!(unset.to_string(), ".check_determinism(false)");
    }
}
