//! What processes write: copied to the server's log with function name and request id, and kept for
//! clients that ask for its tail.

use std::collections::VecDeque;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use durable_service::model::RequestId;
use parking_lot::{Mutex, MutexGuard};
use rustix::io::ioctl_fionread;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::Child;

use super::server_log::ServerLog;

/// Maximal size in bytes of the log tail that `Invoke` returns.
const MAX_TAIL_BYTES: usize = 4096;

/// Limit on the bytes of a line; a longer one is split.
const MAX_LINE_BYTES: usize = 64 * 1024;

/// The tail of what an execution or an invocation wrote. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct LogTail(Arc<Mutex<VecDeque<u8>>>);

impl LogTail {
    fn append(&self, line: &[u8]) {
        let mut tail = locked(&self.0);
        tail.extend(line);
        tail.push_back(b'\n');
        let excess = tail.len().saturating_sub(MAX_TAIL_BYTES);
        tail.drain(..excess);
    }

    /// The tail in base64.
    pub(crate) fn encoded(&self) -> String {
        let tail = locked(&self.0);
        STANDARD.encode(tail.iter().copied().collect::<Vec<u8>>())
    }
}

/// Where the lines of an invocation go.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    pub(super) function: String,
    /// None between invocations.
    pub(super) request_id: Option<RequestId>,
    /// The server's log, unless it leaves them out.
    pub(super) log: Option<ServerLog>,
    pub(super) tails: Vec<LogTail>,
}

impl Writer {
    /// Writes a line.
    pub(super) fn write(&self, line: &[u8]) {
        if let Some(log) = &self.log {
            let request_id = self.request_id.as_ref().map_or("-", RequestId::as_str);
            let mut text = format!("{} {request_id} | ", self.function).into_bytes();
            text.extend_from_slice(line);
            text.push(b'\n');
            log.write(text);
        }
        for tail in &self.tails {
            tail.append(line);
        }
    }

    /// A writer for lines between invocations.
    fn outside(&self) -> Self {
        Self {
            request_id: None,
            tails: Vec::new(),
            ..self.clone()
        }
    }
}

/// The log of one process.
#[derive(Debug)]
pub(super) struct ProcessLog {
    writer: Mutex<Writer>,
    /// The pipes, to see whether they still hold anything.
    pipes: Vec<OwnedFd>,
}

impl ProcessLog {
    /// Starts to read what a process writes.
    pub(super) fn follow(child: &mut Child, writer: Writer) -> Arc<Self> {
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let pipes = [
            stdout.as_ref().map(AsFd::as_fd),
            stderr.as_ref().map(AsFd::as_fd),
        ];
        let log = Arc::new(Self {
            writer: Mutex::new(writer),
            pipes: pipes
                .into_iter()
                .flatten()
                .filter_map(|pipe| pipe.try_clone_to_owned().ok())
                .collect(),
        });
        if let Some(stdout) = stdout {
            tokio::spawn(Arc::clone(&log).read(stdout));
        }
        if let Some(stderr) = stderr {
            tokio::spawn(Arc::clone(&log).read(stderr));
        }
        log
    }

    /// Attributes further lines to an invocation.
    pub(super) fn start(&self, writer: Writer) {
        *locked(&self.writer) = writer;
    }

    /// Attributes further lines to no invocation.
    pub(super) fn end(&self) {
        let mut writer = locked(&self.writer);
        *writer = writer.outside();
    }

    /// Waits until everything that the process has written is read, if there is a tail for it.
    pub(super) async fn settle(&self) {
        if locked(&self.writer).tails.is_empty() {
            return;
        }
        // No event fires when a pipe becomes empty, so this polls.
        for _ in 0..100 {
            let mut left = self.pipes.iter().map(ioctl_fionread);
            if left.all(|left| left.unwrap_or(0) == 0) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::task::yield_now().await;
    }

    async fn read(self: Arc<Self>, pipe: impl AsyncRead + Unpin) {
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        while let Ok(true) = next_line(&mut pipe, &mut line).await {
            locked(&self.writer).write(&line);
            line.clear();
        }
    }
}

/// Reads a line without its end. Returns false at the end of the pipe.
async fn next_line(
    pipe: &mut (impl AsyncBufRead + Unpin),
    line: &mut Vec<u8>,
) -> std::io::Result<bool> {
    loop {
        let read = pipe.fill_buf().await?;
        if read.is_empty() {
            return Ok(!line.is_empty());
        }
        let end = read.iter().position(|byte| *byte == b'\n');
        let part = read.get(..end.unwrap_or(read.len())).unwrap_or_default();
        line.extend_from_slice(part);
        let used = part.len() + usize::from(end.is_some());
        pipe.consume(used);
        if end.is_some() || line.len() >= MAX_LINE_BYTES {
            return Ok(true);
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_keeps_the_end() {
        let tail = LogTail::default();
        tail.append(&[b'a'; MAX_TAIL_BYTES]);
        tail.append(b"end");
        let kept = STANDARD.decode(tail.encoded()).unwrap();
        assert_eq!(kept.len(), MAX_TAIL_BYTES);
        assert!(kept.ends_with(b"a\nend\n"));
    }

    #[tokio::test]
    async fn lines_are_read_one_by_one_and_the_last_needs_no_end() {
        let mut pipe = BufReader::new(&b"one\n\ntwo"[..]);
        let mut lines = Vec::new();
        let mut line = Vec::new();
        while next_line(&mut pipe, &mut line).await.unwrap() {
            lines.push(String::from_utf8(std::mem::take(&mut line)).unwrap());
        }
        assert_eq!(lines, ["one", "", "two"]);
    }
}
