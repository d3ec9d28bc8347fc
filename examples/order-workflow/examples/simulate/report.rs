//! What is printed.

use std::fmt;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::time::Duration;

use durable_test::results::ExecutionStatus;
use durable_test::{Error, ExecutionResult};
use order_workflow::Order;

/// Limit of the orders whose trees are printed without `--tree`.
const MANY: usize = 50;

/// Writes the outcome of each order, and keeps the count.
#[derive(Debug)]
pub(crate) struct Report {
    out: BufWriter<Stdout>,
    trees: bool,
    progress: bool,
    orders: usize,
    succeeded: usize,
    failed: usize,
    not_run: usize,
    virtual_time: Duration,
}

impl Report {
    /// A report on that many orders; with `trees`, on their operations too.
    pub(crate) fn new(orders: usize, trees: bool) -> Self {
        let many = orders > MANY;
        // On a terminal the orders themselves scroll by, and a count would get in between.
        let progress = many && io::stderr().is_terminal() && !io::stdout().is_terminal();
        Self {
            out: BufWriter::new(io::stdout()),
            trees: trees || !many,
            progress,
            orders,
            succeeded: 0,
            failed: 0,
            not_run: 0,
            virtual_time: Duration::ZERO,
        }
    }

    /// Reports on the next order.
    pub(crate) fn order(
        &mut self,
        order: &Order,
        outcome: &Result<ExecutionResult, Error>,
    ) -> io::Result<()> {
        let id = order.id.escape_debug();
        match outcome {
            Ok(result) => {
                self.virtual_time += result.duration();
                let status = result.status();
                if status == ExecutionStatus::Succeeded {
                    self.succeeded += 1;
                } else {
                    self.failed += 1;
                }
                writeln!(self.out, "{id}: {status} {}", details(result))?;
                if self.trees {
                    writeln!(self.out, "{result}\n")?;
                }
            }
            Err(error) => {
                self.not_run += 1;
                writeln!(self.out, "{id}: could not be run: {}", one_line(error))?;
            }
        }
        self.show_progress();
        Ok(())
    }

    /// Sums up. Returns whether every order was run to its end.
    pub(crate) fn finish(mut self, real_time: Duration) -> io::Result<bool> {
        let plural = if self.orders == 1 { "" } else { "s" };
        write!(
            self.out,
            "{} order{plural}, {} succeeded, {} failed",
            self.orders, self.succeeded, self.failed
        )?;
        if self.not_run > 0 {
            write!(self.out, ", {} could not be run", self.not_run)?;
        }
        writeln!(
            self.out,
            ", {} of virtual time in {:.2} s",
            hours(self.virtual_time),
            real_time.as_secs_f64()
        )?;
        self.out.flush()?;
        Ok(self.not_run == 0)
    }

    /// Keeps the count on stderr, and takes it away at the end.
    fn show_progress(&self) {
        const EVERY: usize = 50;
        let done = self.succeeded + self.failed + self.not_run;
        if !self.progress {
            return;
        }
        // The count is a courtesy: that it cannot be written is no reason to stop.
        let _ = if done == self.orders {
            write!(io::stderr(), "\r\x1b[K")
        } else if done.is_multiple_of(EVERY) {
            write!(io::stderr(), "\r{done} of {} orders", self.orders)
        } else {
            Ok(())
        };
    }
}

/// The receipt as JSON, or the error.
fn details(result: &ExecutionResult) -> String {
    match (result.result_json(), result.error()) {
        (Some(receipt), _) => receipt.to_owned(),
        (None, Some(error)) => one_line(error),
        (None, None) => String::new(),
    }
}

fn one_line(text: impl fmt::Display) -> String {
    text.to_string().replace('\n', " ")
}

/// A duration as in `26h 05m 03s`.
fn hours(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    format!("{hours}h {minutes:02}m {:02}s", seconds % 60)
}

/// Prints a text on stdout.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Prints one line on stderr.
pub(crate) fn complain(failure: &impl fmt::Display) {
    // Nothing else can report a lost stderr.
    let _ = writeln!(io::stderr(), "simulate: {}", one_line(failure));
}
