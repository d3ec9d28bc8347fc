//! Runs of an exploration on several threads.
//!
//! Each thread has a runtime of its own, like that of the test. The test's own runtime stays free meanwhile:
//! what the test runs there, such as a mock server, goes on.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, mpsc};
use std::thread;

use durable_host::quiescence::{OwnedRuntime, notify_idle};
use parking_lot::Mutex;
use tokio::runtime::{Builder, Handle, Runtime, RuntimeFlavor};
use tokio::sync::oneshot;

use super::repeated::{Explored, Job, Repeated};
use crate::Error;
use crate::harness::ends;

type Answer = thread::Result<Result<Explored, Error>>;

/// The threads that make runs; none if the test's own thread makes them all.
pub(super) struct Workers {
    run: Arc<Repeated>,
    jobs: Option<mpsc::Sender<(Job, oneshot::Sender<Answer>)>>,
    number: usize,
}

impl Workers {
    /// So many threads; they end when this is dropped.
    ///
    /// # Errors
    ///
    /// If a thread or its runtime cannot be started.
    pub(super) fn start(run: &Arc<Repeated>, number: usize) -> Result<Self, Error> {
        let mut workers = Self {
            run: Arc::clone(run),
            jobs: None,
            number,
        };
        if number > 1 {
            let (sender, receiver) = mpsc::channel();
            let receiver = Arc::new(Mutex::new(receiver));
            for _ in 0..number {
                let (run, jobs) = (Arc::clone(run), Arc::clone(&receiver));
                let runtime = runtime_like_here(run.follows_tokio()?)?;
                let is_owned = !is_multi_thread();
                let test = ends::watched_test();
                thread::Builder::new()
                    .name("durable-exploration".to_owned())
                    .spawn(move || {
                        let _watch = ends::watch(test);
                        work(&run, &jobs, runtime, is_owned);
                    })?;
            }
            workers.jobs = Some(sender);
        }
        Ok(workers)
    }

    pub(super) fn number(&self) -> usize {
        self.number
    }

    /// Makes runs, side by side if there are several threads; returns what they came to, in order.
    pub(super) async fn make(&self, jobs: Vec<Job>) -> Vec<Result<Explored, Error>> {
        let mut made = Vec::with_capacity(jobs.len());
        let Some(sender) = self.jobs.as_ref().filter(|_| jobs.len() > 1) else {
            for job in jobs {
                made.push(self.run.run_job(job).await);
            }
            return made;
        };
        let mut answers = Vec::with_capacity(jobs.len());
        for job in jobs {
            let (answer, receiver) = oneshot::channel();
            // A thread takes it as long as the sender lives.
            let _ = sender.send((job, answer));
            answers.push(receiver);
        }
        for answer in answers {
            made.push(match answer.await {
                Ok(Ok(explored)) => explored,
                Ok(Err(panic)) => resume_unwind(panic),
                Err(gone) => Err(gone.into()),
            });
        }
        made
    }
}

/// What a thread does until there are no more jobs.
fn work(
    run: &Repeated,
    jobs: &Mutex<mpsc::Receiver<(Job, oneshot::Sender<Answer>)>>,
    runtime: Runtime,
    is_owned: bool,
) {
    let owned = is_owned.then(OwnedRuntime::enter);
    loop {
        let next = jobs.lock().recv();
        let Ok((job, answer)) = next else {
            break;
        };
        let explored = catch_unwind(AssertUnwindSafe(|| runtime.block_on(run.run_job(job))));
        // The exploration may have ended meanwhile.
        let _ = answer.send(explored);
    }
    drop(owned);
    runtime.shutdown_background();
}

fn is_multi_thread() -> bool {
    Handle::try_current()
        .is_ok_and(|runtime| runtime.runtime_flavor() != RuntimeFlavor::CurrentThread)
}

/// A runtime like the one that the caller runs in.
fn runtime_like_here(is_paused: bool) -> Result<Runtime, Error> {
    let mut builder = if is_multi_thread() {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(Handle::current().metrics().num_workers());
        builder
    } else {
        let mut builder = Builder::new_current_thread();
        builder.on_thread_park(notify_idle);
        builder
    };
    ends::watch_threads(&mut builder, || {});
    Ok(builder.start_paused(is_paused).enable_all().build()?)
}
