//! The message of a failed test, with what it printed.

/// A message, and below it what the test printed, without the panic that the message holds already.
pub(super) fn with_output(message: &str, output: &str) -> String {
    let output = without_panic(message, output);
    let output = output.trim_matches('\n');
    if output.is_empty() {
        return message.to_owned();
    }
    format!("{message}\n\nwhat the test printed:\n{output}")
}

/// Output without the report of the panic that a message starts with.
fn without_panic(message: &str, output: &str) -> String {
    let unchanged = || output.to_owned();
    // The panic's text may be followed by other parts of the message, after an empty line.
    let report = message.split("\n\n").next().unwrap_or(message);
    let Some(at) = output
        .find(report)
        .filter(|_| report.starts_with("panicked at "))
    else {
        return unchanged();
    };
    let (before, after) = (output.get(..at), output.get(at + report.len()..));
    let (Some(before), Some(after)) = (before, after) else {
        return unchanged();
    };
    // `thread 'name' (1234) panicked at ..`
    let Some(start) = before.rfind("thread '") else {
        return unchanged();
    };
    let before = before.get(..start).unwrap_or_default();
    let after = after.strip_prefix('\n').unwrap_or(after);
    let after = match after.split_once('\n') {
        Some((note, after)) if note.starts_with("note: run with `RUST_BACKTRACE") => after,
        _ => after,
    };
    format!("{before}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &str = "panicked at tests/a.rs:3:5:\nno luck";

    #[test]
    fn the_output_follows_the_message() {
        let text = with_output("no step", "charging\nshipping\n");
        assert_eq!(
            text,
            "no step\n\nwhat the test printed:\ncharging\nshipping"
        );
        assert_eq!(with_output("no step", "\n"), "no step");
    }

    #[test]
    fn a_panic_is_shown_once() {
        let printed = "charging\n\nthread 'a' (7) panicked at tests/a.rs:3:5:\nno luck\nnote: run with \
                       `RUST_BACKTRACE=1` environment variable to display a backtrace\nshipping\n";
        let text = with_output(MESSAGE, printed);
        let expected = format!("{MESSAGE}\n\nwhat the test printed:\ncharging\n\nshipping");
        assert_eq!(text, expected);
        let alone = "\nthread 'a' (7) panicked at tests/a.rs:3:5:\nno luck\n";
        assert_eq!(with_output(MESSAGE, alone), MESSAGE);
    }

    #[test]
    fn another_panic_stays() {
        let printed = "thread 'a' (7) panicked at src/b.rs:1:1:\nlost\n";
        assert!(with_output(MESSAGE, printed).ends_with("lost"));
    }
}
