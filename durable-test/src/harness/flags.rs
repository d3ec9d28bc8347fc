//! libtest's flags: those that the runner below lacks are read here, the others are passed on.

use std::collections::HashSet;

use libtest_mimic::Arguments;

/// The flags of a run of the tests.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Flags {
    /// What the runner below reads, after the name of the program.
    rest: Vec<String>,
    /// A test runs if its name matches any of them, or if there are none.
    filters: Vec<String>,
    /// A test whose name matches any of them does not run.
    skip: Vec<String>,
    /// Whether a name must be equal to match.
    is_exact: bool,
    /// Whether what tests print is held back, and shown with their failures.
    pub(super) captures: bool,
    /// Whether what passing tests print is shown, too.
    pub(super) shows_output: bool,
    /// Seed of the order of the tests; without one they run in the order of their names.
    pub(super) shuffle_seed: Option<u64>,
}

/// What `--help` adds to the help of the runner below.
const HELP: &str = "Also, as in libtest:
  FILTER...               Several filters: tests that match any of them run
  --no-capture            Print what tests print at once, and run them in this process
  --show-output           Show what passing tests print
  --shuffle               Run the tests in random order
  --shuffle-seed SEED     Run the tests in the random order of that seed
The variables RUST_TEST_THREADS, RUST_TEST_NOCAPTURE, RUST_TEST_SHUFFLE and RUST_TEST_SHUFFLE_SEED
stand for these flags.
";

impl Flags {
    /// Reads the arguments after the program's name, and the variables that stand for some of them.
    ///
    /// # Errors
    ///
    /// The fact and the flag, if a value is missing or no number.
    pub(super) fn read(
        arguments: impl IntoIterator<Item = String>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let is_set = |name| variable(name).is_some_and(|value| value != "0");
        let mut flags = Self {
            rest: Vec::new(),
            filters: Vec::new(),
            skip: Vec::new(),
            is_exact: false,
            captures: !is_set("RUST_TEST_NOCAPTURE"),
            shows_output: false,
            shuffle_seed: None,
        };
        let mut shuffles = is_set("RUST_TEST_SHUFFLE");
        let mut seed = variable("RUST_TEST_SHUFFLE_SEED");
        let mut threads = variable("RUST_TEST_THREADS");
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let (flag, mut attached) = match argument.split_once('=') {
                Some((flag, value)) if flag.starts_with("--") => (flag, Some(value.to_owned())),
                _ => (argument.as_str(), None),
            };
            let mut value = || {
                let value = attached.take().or_else(|| arguments.next());
                value.ok_or_else(|| format!("`{flag}` needs a value"))
            };
            match flag {
                "--nocapture" | "--no-capture" => flags.captures = false,
                "--show-output" => flags.shows_output = true,
                "--exact" => flags.is_exact = true,
                "--skip" => flags.skip.push(value()?),
                "--shuffle" => shuffles = true,
                "--shuffle-seed" => seed = Some(value()?),
                "--test-threads" => threads = Some(value()?),
                "--logfile" | "--color" | "--format" | "-Z" => {
                    let value = value()?;
                    flags.rest.extend([flag.to_owned(), value]);
                }
                "--" => flags.filters.extend(arguments.by_ref()),
                _ if flag.starts_with('-') => flags.rest.push(argument),
                _ => flags.filters.push(argument),
            }
        }
        flags.shuffle_seed = match seed {
            Some(seed) => Some(number("--shuffle-seed", &seed)?),
            None => shuffles.then(|| fastrand::u64(..)),
        };
        if let Some(threads) = threads {
            if number("--test-threads", &threads)? == 0 {
                return Err("`--test-threads` is at least 1".to_owned());
            }
            flags.rest.extend(["--test-threads".to_owned(), threads]);
        }
        Ok(flags)
    }

    /// Which of the tests with these names do not run.
    fn left_out(&self, names: &[&str]) -> Vec<String> {
        let matches = |name: &str, text: &String| {
            if self.is_exact {
                name == text
            } else {
                name.contains(text.as_str())
            }
        };
        let any = |name: &str, texts: &[String]| texts.iter().any(|text| matches(name, text));
        let runs = |name: &str| {
            (self.filters.is_empty() || any(name, &self.filters)) && !any(name, &self.skip)
        };
        let left_out: HashSet<&str> = names.iter().copied().filter(|name| !runs(name)).collect();
        left_out.into_iter().map(str::to_owned).collect()
    }

    /// Whether tests are chosen by name.
    pub(super) fn chooses(&self) -> bool {
        !self.filters.is_empty() || !self.skip.is_empty()
    }

    /// The arguments of the runner below, for tests with these names. Ends the process where they are wrong, or
    /// ask for help.
    pub(super) fn for_runner(&self, names: &[&str]) -> Arguments {
        if self
            .rest
            .iter()
            .any(|flag| flag == "--help" || flag == "-h")
        {
            println!("{HELP}");
        }
        let program = std::iter::once("test".to_owned());
        let mut arguments = Arguments::from_iter(program.chain(self.rest.iter().cloned()));
        // The runner below knows one filter: all that does not run is skipped by its name instead, so that it
        // counts as filtered out.
        arguments.exact = true;
        arguments.skip = self.left_out(names);
        arguments
    }
}

fn number(flag: &str, text: &str) -> Result<u64, String> {
    let number = text.parse();
    number.map_err(|_| format!("`{flag}` is a whole number, but it is \"{text}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Flags, String> {
        let arguments = arguments.iter().map(|&argument| argument.to_owned());
        Flags::read(arguments, |_| None)
    }

    fn left_out(arguments: &[&str]) -> Vec<String> {
        let names = ["a", "a::b", "c"];
        let mut left_out = read(arguments).unwrap().left_out(&names);
        left_out.sort();
        left_out
    }

    #[test]
    fn several_filters_are_alternatives() {
        assert!(left_out(&[]).is_empty());
        assert_eq!(left_out(&["a"]), ["c"]);
        assert_eq!(left_out(&["a", "--exact"]), ["a::b", "c"]);
        assert!(left_out(&["b", "c", "a"]).is_empty());
        assert_eq!(left_out(&["--skip", "b", "--skip=c"]), ["a::b", "c"]);
        assert_eq!(left_out(&["a", "--skip", "b"]), ["a::b", "c"]);
        assert_eq!(left_out(&["--exact", "--", "c"]), ["a", "a::b"]);
    }

    #[test]
    fn what_is_not_ours_is_passed_on() {
        let flags = read(&["--list", "--format", "terse", "x", "--color=never", "-q"]).unwrap();
        let rest = ["--list", "--format", "terse", "--color", "never", "-q"];
        assert_eq!(flags.rest, rest);
        assert_eq!(flags.filters, ["x"]);
    }

    #[test]
    fn both_spellings_turn_capturing_off_and_so_does_the_variable() {
        assert!(read(&[]).unwrap().captures);
        assert!(!read(&["--nocapture"]).unwrap().captures);
        assert!(!read(&["--no-capture"]).unwrap().captures);
        let by_variable = |value: &str| {
            let value = value.to_owned();
            let flags = Flags::read([], |name| {
                (name == "RUST_TEST_NOCAPTURE").then(|| value.clone())
            });
            flags.unwrap().captures
        };
        assert!(!by_variable("1"));
        assert!(by_variable("0"));
    }

    #[test]
    fn numbers_are_numbers() {
        assert_eq!(
            read(&["--shuffle-seed", "7"]).unwrap().shuffle_seed,
            Some(7)
        );
        assert!(read(&["--shuffle"]).unwrap().shuffle_seed.is_some());
        assert!(
            read(&["--shuffle-seed"])
                .unwrap_err()
                .contains("needs a value")
        );
        assert!(
            read(&["--shuffle-seed=x"])
                .unwrap_err()
                .contains("whole number")
        );
        assert!(
            read(&["--test-threads=0"])
                .unwrap_err()
                .contains("at least 1")
        );
    }
}
