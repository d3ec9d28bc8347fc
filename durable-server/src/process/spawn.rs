//! Starts processes on a dedicated thread.
//!
//! A process that is bound to its parent's life is bound to the thread that started it. Threads of an
//! async runtime come and go; this one lasts as long as the server.

use std::io;
use std::sync::mpsc;

use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

type Request = (Command, oneshot::Sender<io::Result<Child>>);

/// Starts processes.
#[derive(Debug)]
pub(super) struct Spawner(mpsc::Sender<Request>);

impl Spawner {
    /// Starts the thread. Call it inside an async runtime.
    pub(super) fn start() -> io::Result<Self> {
        let (requests, received) = mpsc::channel::<Request>();
        let runtime = Handle::current();
        std::thread::Builder::new()
            .name("durable-spawn".to_owned())
            .spawn(move || {
                let _inside = runtime.enter();
                for (mut command, reply) in received {
                    // If the caller is gone, the child is killed as it is dropped.
                    let _ = reply.send(command.spawn());
                }
            })?;
        Ok(Self(requests))
    }

    /// Starts a process.
    pub(super) async fn spawn(&self, mut command: Command) -> io::Result<Child> {
        command.kill_on_drop(true);
        let (reply, started) = oneshot::channel();
        let gone = || io::Error::other("the server's thread that starts processes has ended");
        self.0.send((command, reply)).map_err(|_| gone())?;
        started.await.map_err(|_| gone())?
    }
}
