//! The command line.

use std::ffi::OsString;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Runs the orders of a JSON file through the order workflow, locally and on a virtual clock.

Usage: simulate [--tree] FILE

  FILE        a JSON array of orders, such as examples/order-workflow/orders.json
  --tree      print the operations of each order, however many orders there are;
              without it they are printed for up to 50 orders
  -h, --help  print this

Each order is printed with its status and its receipt or error, and the last line sums up.
Beyond 50 orders a count is kept on stderr while stdout goes to a file or a pipe, if stderr is
a terminal.

Exit status: 0 if every order was run to its end (an order that is rejected or fails is one
too), 1 if one could not be, 2 if the arguments or the file are of no use.
";

/// What was asked for.
#[derive(Debug)]
pub(crate) enum Arguments {
    Help,
    Run { file: OsString, trees: bool },
}

/// What is wrong with the command line.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UsageError {
    #[error("no file given; usage: simulate [--tree] FILE (more with --help)")]
    NoFile,
    #[error("unknown option {0:?}; usage: simulate [--tree] FILE (more with --help)")]
    UnknownOption(OsString),
    #[error(
        "one file at a time, and {0:?} is another; usage: simulate [--tree] FILE (more with --help)"
    )]
    SecondFile(OsString),
}

/// Reads the arguments that follow the program's name.
pub(crate) fn read(arguments: impl Iterator<Item = OsString>) -> Result<Arguments, UsageError> {
    let mut file = None;
    let mut trees = false;
    let mut options = true;
    for argument in arguments {
        match argument.to_str() {
            Some("--") if options => options = false,
            Some("-h" | "--help") if options => return Ok(Arguments::Help),
            Some("--tree") if options => trees = true,
            Some(option) if options && option.starts_with('-') => {
                return Err(UsageError::UnknownOption(argument));
            }
            _ if file.is_some() => return Err(UsageError::SecondFile(argument)),
            _ => file = Some(argument),
        }
    }
    let file = file.ok_or(UsageError::NoFile)?;
    Ok(Arguments::Run { file, trees })
}
