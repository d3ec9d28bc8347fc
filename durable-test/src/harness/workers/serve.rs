//! A worker, seen from inside: it runs the tests that it is sent.

use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::thread;

use super::worker::marker;
use super::{Answer, FLAG};
use crate::harness::notices;
use crate::harness::registered::Test;
use crate::harness::verdict::Verdict;
use crate::panic_text::panic_text;

/// Where a worker reports.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Address {
    socket: String,
    secret: String,
    /// Whether what the tests print is held back.
    captures: bool,
}

impl Address {
    /// The address in the arguments of this process; none if it is no worker.
    pub(crate) fn find(arguments: impl IntoIterator<Item = String>) -> Option<Self> {
        let mut arguments = arguments.into_iter();
        let flag = arguments.find_map(|one| one.strip_prefix(FLAG).map(str::to_owned))?;
        let mut parts = flag.split('/').map(str::to_owned);
        Some(Self {
            socket: parts.next()?,
            secret: parts.next()?,
            captures: parts.next()? == "true",
        })
    }
}

/// Runs the tests that the process at the address names, until it hangs up.
pub(crate) fn serve(address: &Address, tests: Vec<Test>) -> ExitCode {
    match serve_all(address, tests) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("durable-test: this test process lost the one that started it: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve_all(address: &Address, tests: Vec<Test>) -> io::Result<()> {
    let mut stream = TcpStream::connect(&address.socket)?;
    stream.set_nodelay(true)?;
    stream.write_all(address.secret.as_bytes())?;
    notices::hold();
    let mut tests: Vec<Option<Test>> = tests.into_iter().map(Some).collect();
    for line in BufReader::new(stream.try_clone()?).lines() {
        let number: usize = line?.trim().parse().map_err(io::Error::other)?;
        let test = tests.get_mut(number).and_then(Option::take);
        let verdict = match test {
            Some(test) => run(test),
            None => Verdict::Failed(format!("this process has no test with the number {number}")),
        };
        io::stderr().flush()?;
        let mut stdout = io::stdout().lock();
        if address.captures {
            stdout.write_all(marker(&address.secret).as_bytes())?;
        }
        stdout.flush()?;
        let mut answer = serde_json::to_string(&(Answer::from(verdict), notices::take()))?;
        answer.push('\n');
        stream.write_all(answer.as_bytes())?;
    }
    Ok(())
}

/// Runs a test on a thread of its name, as libtest does.
fn run(test: Test) -> Verdict {
    let thread = thread::Builder::new().name(test.name).spawn(test.run);
    match thread.map(thread::JoinHandle::join) {
        Ok(Ok(verdict)) => verdict,
        Ok(Err(panic)) => Verdict::Failed(panic_text(&*panic).to_owned()),
        Err(error) => Verdict::Failed(format!("the test's thread cannot be started: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_is_told_by_its_flag() {
        let arguments = ["test", "--durable-test-worker=127.0.0.1:4/abc/true"];
        let address = Address::find(arguments.map(str::to_owned));
        let expected = Address {
            socket: "127.0.0.1:4".to_owned(),
            secret: "abc".to_owned(),
            captures: true,
        };
        assert_eq!(address, Some(expected));
        assert_eq!(Address::find(["test".to_owned()]), None);
    }
}
