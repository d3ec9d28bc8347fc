//! A worker, as the process that started it sees it.

use std::io::{self, BufRead, BufReader, PipeReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use super::{Answer, FLAG, Ran};
use crate::harness::verdict::Verdict;

/// How long a worker may take to report after its start, and to end after its last test.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long the last output of a process that is gone may take to arrive: another process may hold the pipe.
const REST: Duration = Duration::from_millis(200);

/// A process that runs tests.
pub(super) struct Worker {
    process: Child,
    control: BufReader<TcpStream>,
    /// None if what tests print is not held back.
    output: Option<Receiver<Output>>,
}

/// What arrives in the pipe of a worker.
enum Output {
    Text(Vec<u8>),
    /// The end of what a test printed.
    End,
}

impl Worker {
    /// Starts a worker: this program, with a flag that tells it so.
    ///
    /// # Errors
    ///
    /// If the process cannot be started, or does not report.
    pub(super) fn start(captures: bool) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let secret = format!("{:032x}", fastrand::u128(..));
        let mut command = Command::new(std::env::current_exe()?);
        let address = listener.local_addr()?;
        command.arg(format!("{FLAG}{address}/{secret}/{captures}"));
        let mut output = None;
        if captures {
            let (reader, writer) = io::pipe()?;
            let (to, from) = mpsc::channel();
            let marker = marker(&secret);
            thread::Builder::new()
                .name("durable-test-output".to_owned())
                .spawn(move || forward(reader, &marker, &to))?;
            command
                .stdin(Stdio::null())
                .stdout(writer.try_clone()?)
                .stderr(writer);
            output = Some(from);
        }
        let mut process = command.spawn()?;
        // The parent's ends of the pipe go with the command.
        drop(command);
        let control = accept(&listener, &mut process, &secret)?;
        Ok(Self {
            process,
            control: BufReader::new(control),
            output,
        })
    }

    /// Runs a test, and returns whether the worker can run another.
    ///
    /// # Errors
    ///
    /// If the worker's answer cannot be understood.
    pub(super) fn run(&mut self, number: usize) -> io::Result<(Ran, bool)> {
        let mut answer = String::new();
        let sent = writeln!(self.control.get_mut(), "{number}");
        if sent.is_err() || self.control.read_line(&mut answer).is_err() {
            answer.clear();
        }
        if answer.is_empty() {
            let status = self.process.wait()?;
            let ran = Ran {
                verdict: Verdict::Failed(ended_early(status)),
                output: self.take_output(REST),
            };
            return Ok((ran, false));
        }
        let (answer, notices): (Answer, Vec<String>) = serde_json::from_str(&answer)?;
        for notice in notices {
            eprintln!("{notice}");
        }
        let verdict = answer.into();
        let output = self.take_output(PATIENCE);
        Ok((Ran { verdict, output }, true))
    }

    /// What the test printed: all that stands before the mark at its end.
    fn take_output(&self, patience: Duration) -> String {
        let mut bytes = Vec::new();
        if let Some(output) = &self.output {
            while let Ok(Output::Text(text)) = output.recv_timeout(patience) {
                bytes.extend(text);
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Worker {
    /// Lets the process end, and waits for it: it may have data to write.
    fn drop(&mut self) {
        let _ = self.control.get_ref().shutdown(Shutdown::Both);
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            match self.process.try_wait() {
                Ok(None) => thread::sleep(Duration::from_millis(1)),
                _ => return,
            }
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What a worker writes to its output at the end of a test.
pub(super) fn marker(secret: &str) -> String {
    format!("\u{1e}{secret}\n")
}

/// The connection of a worker, which proves itself by the secret.
fn accept(listener: &TcpListener, process: &mut Child, secret: &str) -> io::Result<TcpStream> {
    listener.set_nonblocking(true)?;
    let since = Instant::now();
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false)?;
                stream.set_nodelay(true)?;
                let mut said = vec![0; secret.len()];
                (&stream).read_exact(&mut said)?;
                if said == secret.as_bytes() {
                    return Ok(stream);
                }
            }
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
            Err(_) => {}
        }
        if let Some(status) = process.try_wait()? {
            let message = format!("it ended at once, with {status}");
            return Err(io::Error::other(message));
        }
        if since.elapsed() > PATIENCE {
            let _ = process.kill();
            return Err(io::Error::other("it did not report in time"));
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Sends on what arrives in a pipe, until it is closed.
fn forward(from: PipeReader, marker: &str, to: &Sender<Output>) {
    let mut from = BufReader::new(from);
    loop {
        let mut line = Vec::new();
        if !matches!(from.read_until(b'\n', &mut line), Ok(1..)) {
            return;
        }
        let end = line.strip_suffix(marker.as_bytes()).map(<[u8]>::to_vec);
        let is_sent = match end {
            Some(text) => to.send(Output::Text(text)).and(to.send(Output::End)),
            None => to.send(Output::Text(line)),
        };
        if is_sent.is_err() {
            return;
        }
    }
}

fn ended_early(status: ExitStatus) -> String {
    format!(
        "the test's process ended before the test did ({status}): look for `std::process::exit` in the \
         handler, a step or the test, for a blocked thread, an abort or an overflowed stack. A function that \
         ends its process fails its invocation on AWS: return an error instead"
    )
}
