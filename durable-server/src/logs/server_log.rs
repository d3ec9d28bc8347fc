//! The server's log, on its standard error: what functions write, and the server's own lines.
//!
//! A thread writes it. If the parent process does not read the log, a full pipe must block nothing but the
//! log: lines that do not fit are left out, and the log says how many.

use std::io::{self, Write};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use tokio::sync::watch;

/// Limit on the bytes that wait to be written.
const MAX_WAITING_BYTES: usize = 4 * 1024 * 1024;

/// The server's log. Clones write to the same log.
#[derive(Debug, Clone)]
pub(crate) struct ServerLog {
    /// Whether it is a terminal.
    is_read_by_people: bool,
    lines: mpsc::Sender<Vec<u8>>,
    waiting: Arc<watch::Sender<Waiting>>,
}

/// What is not written yet.
#[derive(Debug, Default)]
struct Waiting {
    /// Bytes that are queued, or being written.
    bytes: usize,
    /// Lines left out since one was queued.
    left_out: u64,
}

impl ServerLog {
    /// Starts a log, with the thread that writes it.
    pub(crate) fn start(
        mut out: impl Write + Send + 'static,
        is_read_by_people: bool,
    ) -> io::Result<Self> {
        let (lines, queued) = mpsc::channel::<Vec<u8>>();
        let waiting = Arc::new(watch::Sender::new(Waiting::default()));
        let written = Arc::clone(&waiting);
        std::thread::Builder::new()
            .name("durable-log".to_owned())
            .spawn(move || {
                while let Ok(mut text) = queued.recv() {
                    for line in queued.try_iter() {
                        text.extend_from_slice(&line);
                    }
                    // A failure to write the log cannot be reported anywhere else.
                    let _ = out.write_all(&text);
                    written.send_modify(|waiting| {
                        waiting.bytes = waiting.bytes.saturating_sub(text.len());
                    });
                }
            })?;
        Ok(Self {
            is_read_by_people,
            lines,
            waiting,
        })
    }

    /// Whether a terminal shows it, where control characters of what functions write would act.
    pub(super) fn is_read_by_people(&self) -> bool {
        self.is_read_by_people
    }

    /// Queues a line, which ends with a newline, or leaves it out if the queue is full.
    pub(crate) fn write(&self, line: Vec<u8>) {
        self.waiting.send_if_modified(|waiting| {
            if waiting.bytes + line.len() > MAX_WAITING_BYTES {
                waiting.left_out += 1;
            } else {
                self.queue(waiting, line);
            }
            false
        });
    }

    /// Waits until everything is written, for no longer than the limit.
    pub(crate) async fn flush(&self, limit: Duration) {
        self.waiting.send_if_modified(|waiting| {
            if waiting.left_out > 0 {
                self.queue(waiting, Vec::new());
            }
            false
        });
        let mut waiting = self.waiting.subscribe();
        let written = waiting.wait_for(|waiting| waiting.bytes == 0);
        // What is not written by then is lost: the log has no reader.
        let _ = tokio::time::timeout(limit, written).await;
    }

    /// Queues a line, after a note on the lines left out before it.
    fn queue(&self, waiting: &mut Waiting, line: Vec<u8>) {
        let text = match std::mem::take(&mut waiting.left_out) {
            0 => line,
            lines => {
                let note = format!(
                    "durable serve: lines left out here, because the log is not read in time: {lines}\n"
                );
                [note.into_bytes(), line].concat()
            }
        };
        waiting.bytes += text.len();
        // The thread runs as long as a sender exists.
        let _ = self.lines.send(text);
    }
}

#[cfg(test)]
mod tests {
    use parking_lot::Mutex;

    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    /// What is written, once the gate opens.
    #[derive(Debug, Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Written {
        fn lines(&self) -> Vec<String> {
            let text = self.0.lock();
            let text = String::from_utf8_lossy(&text);
            text.lines().map(str::to_owned).collect()
        }
    }

    struct Gate {
        opened: mpsc::Receiver<()>,
        written: Written,
    }

    impl Write for Gate {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // The other end goes when the gate opens.
            let _ = self.opened.recv();
            let mut text = self.written.0.lock();
            text.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A log that is not written before the gate opens.
    fn gated() -> (ServerLog, mpsc::Sender<()>, Written) {
        let (gate, opened) = mpsc::channel();
        let written = Written::default();
        let gated = Gate {
            opened,
            written: written.clone(),
        };
        (ServerLog::start(gated, false).unwrap(), gate, written)
    }

    #[tokio::test]
    async fn lines_are_written_in_their_order_before_the_end() {
        let (log, gate, written) = gated();
        drop(gate);
        for line in ["one\n", "two\n", "three\n"] {
            log.write(line.into());
        }
        log.flush(LONG).await;
        assert_eq!(written.lines(), ["one", "two", "three"]);
    }

    #[tokio::test]
    async fn a_log_that_is_not_read_leaves_lines_out_and_says_how_many() {
        let (log, gate, written) = gated();
        let line = || format!("{}\n", "x".repeat(1024 * 1024 - 1)).into_bytes();
        for _ in 0..7 {
            log.write(line());
        }
        drop(gate);
        log.flush(LONG).await;
        log.write(b"next\n".to_vec());
        log.flush(LONG).await;

        let note = "durable serve: lines left out here, because the log is not read in time: 3";
        let lines = written.lines();
        assert_eq!(lines.len(), 6);
        assert_eq!(lines[4..], [note, "next"]);
    }

    #[tokio::test]
    async fn the_end_does_not_wait_for_a_reader() {
        let (log, _gate, written) = gated();
        log.write(b"one\n".to_vec());
        log.flush(Duration::from_millis(1)).await;
        assert_eq!(written.lines(), [""; 0]);
    }
}
