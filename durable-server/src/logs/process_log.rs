//! Reads what a process writes.

use std::io::{PipeWriter, pipe};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rustix::io::ioctl_fionread;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::net::unix::pipe::Receiver;
use tokio::process::Child;
use tokio::sync::{mpsc, oneshot};

use super::frames::Frames;
use super::line::{Record, Source};
use super::lines::{Decoder, Lines};
use super::writer::Writer;

/// Time limit for reading what a process has written when its invocation ends.
const SETTLE_LIMIT: Duration = Duration::from_millis(200);

/// How much is read at a time, in bytes.
const READ_BYTES: usize = 8 * 1024;

/// Asks a reader to report once its pipe is empty.
type Settle = oneshot::Sender<()>;

/// The pipe into which a runtime interface client writes its frames.
#[derive(Debug)]
pub(crate) struct FramePipe(Receiver);

impl FramePipe {
    /// A pipe, and its end for the process.
    pub(crate) fn new() -> std::io::Result<(Self, PipeWriter)> {
        let (reader, writer) = pipe()?;
        Ok((
            Self(Receiver::from_owned_fd(OwnedFd::from(reader))?),
            writer,
        ))
    }
}

/// The log of one process.
#[derive(Debug)]
pub(crate) struct ProcessLog {
    writer: Arc<Mutex<Writer>>,
    readers: Vec<mpsc::UnboundedSender<Settle>>,
}

impl ProcessLog {
    /// Starts to read what a process writes.
    pub(crate) fn follow(child: &mut Child, frames: FramePipe, writer: Writer) -> Self {
        let mut log = Self {
            writer: Arc::new(Mutex::new(writer)),
            readers: Vec::new(),
        };
        if let Some(stdout) = child.stdout.take() {
            log.read(stdout, Source::Stdout, Lines::default());
        }
        if let Some(stderr) = child.stderr.take() {
            log.read(stderr, Source::Stderr, Lines::default());
        }
        log.read(frames.0, Source::Runtime, Frames::default());
        log
    }

    /// Attributes further lines to an invocation.
    pub(crate) fn start(&self, writer: Writer) {
        *self.writer.lock() = writer;
    }

    /// Attributes further lines to no invocation.
    pub(crate) fn end(&self) {
        let mut writer = self.writer.lock();
        *writer = writer.outside();
    }

    /// Waits until everything that the process has written is read, but not for ever: it may never pause.
    pub(crate) async fn settle(&self) {
        let settled = self.readers.iter().filter_map(|reader| {
            let (settle, settled) = oneshot::channel();
            // The reader of a pipe that has ended has read it all.
            reader.send(settle).ok().map(|()| settled)
        });
        let settled: Vec<oneshot::Receiver<()>> = settled.collect();
        let all = async {
            for settled in settled {
                let _ = settled.await;
            }
        };
        let _ = tokio::time::timeout(SETTLE_LIMIT, all).await;
    }

    fn read(
        &mut self,
        pipe: impl AsyncRead + AsFd + Unpin + Send + 'static,
        source: Source,
        decoder: impl Decoder + 'static,
    ) {
        let (settle, settles) = mpsc::unbounded_channel();
        self.readers.push(settle);
        tokio::spawn(read(
            pipe,
            source,
            decoder,
            Arc::clone(&self.writer),
            settles,
        ));
    }
}

async fn read(
    mut pipe: impl AsyncRead + AsFd + Unpin,
    source: Source,
    mut decoder: impl Decoder,
    writer: Arc<Mutex<Writer>>,
    mut settles: mpsc::UnboundedReceiver<Settle>,
) {
    let mut write = |record: Record| writer.lock().record(source, &record);
    let mut buffer = vec![0; READ_BYTES];
    let mut waiting: Vec<Settle> = Vec::new();
    loop {
        tokio::select! {
            biased;
            read = pipe.read(&mut buffer) => match read {
                Ok(0) | Err(_) => break,
                Ok(bytes) => decoder.feed(buffer.get(..bytes).unwrap_or_default(), &mut write),
            },
            Some(settle) = settles.recv() => waiting.push(settle),
        }
        if !waiting.is_empty() && ioctl_fionread(&pipe).unwrap_or(0) == 0 {
            decoder.flush(&mut write);
            for settle in waiting.drain(..) {
                // The end of the invocation may not wait any more.
                let _ = settle.send(());
            }
        }
    }
    decoder.flush(&mut write);
}
