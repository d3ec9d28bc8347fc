//! Starts processes on a dedicated thread.
//!
//! A process that is bound to its parent's life is bound to the thread that started it. Threads of an
//! async runtime come and go; this one lasts as long as the server.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::mpsc;

use rustix::io::{FdFlags, fcntl_setfd};
use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

type Request = (Command, OwnedFd, oneshot::Sender<io::Result<Child>>);

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
                for (command, inherited, reply) in received {
                    // If the caller is gone, the child is killed as it is dropped.
                    let _ = reply.send(spawn(command, &inherited));
                }
            })?;
        Ok(Self(requests))
    }

    /// Starts a process, which inherits a file descriptor under its number.
    pub(super) async fn spawn(
        &self,
        mut command: Command,
        inherited: OwnedFd,
    ) -> io::Result<Child> {
        command.kill_on_drop(true);
        let (reply, started) = oneshot::channel();
        let gone = || io::Error::other("the server's thread that starts processes has ended");
        self.0
            .send((command, inherited, reply))
            .map_err(|_| gone())?;
        started.await.map_err(|_| gone())?
    }
}

/// Starts a process that inherits a file descriptor. No other process of the server does: they start one
/// after the other.
fn spawn(mut command: Command, inherited: &OwnedFd) -> io::Result<Child> {
    fcntl_setfd(inherited, FdFlags::empty())?;
    let started = command.spawn();
    fcntl_setfd(inherited, FdFlags::CLOEXEC)?;
    started
}
