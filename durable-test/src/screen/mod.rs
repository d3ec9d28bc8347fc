//! What a person sees when a test fails: bounded, with the whole in a file that the message names.

pub(crate) mod file;
mod list;

use std::fmt::Write as _;

use durable_view::{count, shortened};

use crate::harness::current;
use crate::recent::Recorded;
pub(crate) use list::listed;

/// Limits on the lines of a message, and on their characters.
const MAX_LINES: usize = 120;
const MAX_LINE: usize = 1_000;

/// The message of a failed test, followed by the trees of what ran. Where anything is folded or cut, the whole
/// is written to a file, and the last line names it.
pub(crate) fn failure(message: &str, recorded: &Recorded) -> String {
    let mut shown = bounded(message);
    let mut whole = message.to_owned();
    if recorded.left_out > 0 {
        let left_out = recorded.left_out;
        let note = format!("\n\n({left_out} earlier executions are not shown)");
        shown += &note;
        whole += &note;
    }
    for result in &recorded.latest {
        let _ = write!(shown, "\n\n{result}");
        let _ = write!(whole, "\n\n{result:#}");
    }
    if shown == whole {
        return shown;
    }
    let name = current::name().unwrap_or_else(|| "a-test".to_owned());
    if let Some(path) = file::write(&name, &whole) {
        let _ = write!(shown, "\n\nall of it: {}", path.display());
    }
    shown
}

/// The first and the last lines of a long text, and the beginning of long lines.
fn bounded(message: &str) -> String {
    let lines: Vec<&str> = message.lines().collect();
    let cut = |lines: &[&str]| -> Vec<String> {
        lines.iter().map(|line| shortened(line, MAX_LINE)).collect()
    };
    if lines.len() <= MAX_LINES {
        return cut(&lines).join("\n");
    }
    let (first, rest) = lines.split_at(MAX_LINES * 2 / 3);
    let left_out = lines.len() - MAX_LINES;
    let mut shown = cut(first);
    shown.push(format!("⋮  {} more lines", count(left_out)));
    shown.extend(cut(rest.get(left_out..).unwrap_or_default()));
    shown.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_keeps_its_first_and_last_lines() {
        let lines: Vec<String> = (0..2_752).map(|n| format!("line {n}")).collect();
        let shown = bounded(&lines.join("\n"));
        assert_eq!(shown.lines().count(), MAX_LINES + 1);
        assert!(shown.starts_with("line 0\nline 1\n") && shown.ends_with("line 2751"));
        assert!(
            shown.contains("line 79\n⋮  2,632 more lines\nline 2712"),
            "{shown}"
        );
    }

    #[test]
    fn a_long_line_is_cut_and_a_short_message_is_not_touched() {
        let long = "x".repeat(5_000);
        assert_eq!(bounded(&long).chars().count(), MAX_LINE + 1);
        assert_eq!(bounded("a\nb"), "a\nb");
    }

    #[test]
    fn the_file_that_the_message_names_holds_the_whole() {
        let long = "x".repeat(5_000);
        let shown = failure(&long, &Recorded::default());
        let path = shown.rsplit("all of it: ").next().unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), long + "\n");
        assert!(
            path.ends_with("tmp/durable-test/durable_test/a-test.txt"),
            "{path}"
        );
        assert_eq!(failure("short", &Recorded::default()), "short");
    }
}
