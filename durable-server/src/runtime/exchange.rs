//! The exchange between a process and the server: one invocation at a time, and its answer.

use bytes::Bytes;
use durable_service::model::{ErrorObject, InvocationContext, RequestId};
use tokio::sync::watch;

/// An invocation as a process receives it.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) request_id: RequestId,
    pub(crate) event: Bytes,
    /// Deadline in epoch milliseconds of the real clock, with which the process compares it.
    pub(crate) deadline_ms: u128,
    pub(crate) context: InvocationContext,
}

/// The answer of a process to an invocation.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// It returned this body.
    Returned(Bytes),
    /// It reported an error.
    Failed(ErrorObject),
    /// It returned a body that exceeds the limit; holds its bytes.
    TooLarge(usize),
}

/// The progress of a process's start.
#[derive(Debug, Clone)]
enum Start {
    /// It has not asked for anything yet.
    Initializing,
    /// It has asked for invocations.
    Done,
    /// It reported that it cannot start.
    Failed(ErrorObject),
}

/// The one invocation that a process can have.
#[derive(Debug)]
enum Slot {
    Empty,
    /// The invocation waits for the process to ask.
    Offered(Job),
    /// The process works on the invocation of this request id.
    Taken(RequestId),
    Answered(Answer),
}

#[derive(Debug)]
struct State {
    start: Start,
    slot: Slot,
}

/// Hands invocations from the server to a process, and answers back.
#[derive(Debug)]
pub(crate) struct Exchange(watch::Sender<State>);

impl Default for Exchange {
    fn default() -> Self {
        Self(watch::Sender::new(State {
            start: Start::Initializing,
            slot: Slot::Empty,
        }))
    }
}

impl Exchange {
    /// Waits for the next invocation.
    pub(super) async fn next(&self) -> Job {
        self.0.send_if_modified(|state| match state.start {
            Start::Initializing => {
                state.start = Start::Done;
                true
            }
            Start::Done | Start::Failed(_) => false,
        });
        let mut seen = self.0.subscribe();
        loop {
            let mut taken = None;
            self.0.send_if_modified(|state| {
                if let Slot::Offered(job) = &state.slot {
                    let job = job.clone();
                    state.slot = Slot::Taken(job.request_id.clone());
                    taken = Some(job);
                }
                taken.is_some()
            });
            if let Some(job) = taken {
                return job;
            }
            // It cannot fail: the sender is part of this exchange.
            let _ = seen.changed().await;
        }
    }

    /// Stores the process's answer. Returns false if the process does not work on that request id.
    pub(super) fn answer(&self, request_id: &str, answer: Answer) -> bool {
        self.0.send_if_modified(|state| {
            let expected = matches!(&state.slot, Slot::Taken(id) if id == request_id);
            if expected {
                state.slot = Slot::Answered(answer);
            }
            expected
        })
    }

    /// Stores that the process cannot start.
    pub(super) fn fail_init(&self, error: ErrorObject) {
        self.0
            .send_modify(|state| state.start = Start::Failed(error));
    }

    /// Waits until the process has started, or has reported that it cannot.
    pub(crate) async fn started(&self) -> Result<(), ErrorObject> {
        let mut state = self.0.subscribe();
        let started = state
            .wait_for(|state| !matches!(state.start, Start::Initializing))
            .await;
        match started.as_ref().map(|state| &state.start) {
            Ok(Start::Failed(error)) => Err(error.clone()),
            _ => Ok(()),
        }
    }

    /// Offers the process an invocation, and waits for its answer.
    pub(crate) async fn invoke(&self, job: Job) -> Answer {
        self.0.send_modify(|state| state.slot = Slot::Offered(job));
        let mut seen = self.0.subscribe();
        loop {
            let mut answer = None;
            self.0.send_if_modified(|state| {
                match std::mem::replace(&mut state.slot, Slot::Empty) {
                    Slot::Answered(stored) => answer = Some(stored),
                    other => state.slot = other,
                }
                false
            });
            if let Some(answer) = answer {
                return answer;
            }
            // It cannot fail: the sender is part of this exchange.
            let _ = seen.changed().await;
        }
    }

    /// Whether an invocation is offered that the process has not taken.
    pub(crate) fn is_untaken(&self) -> bool {
        matches!(self.0.borrow().slot, Slot::Offered(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(request_id: &str) -> Job {
        Job {
            request_id: request_id.into(),
            event: Bytes::from_static(b"{}"),
            deadline_ms: 0,
            context: InvocationContext::default(),
        }
    }

    #[tokio::test]
    async fn an_answer_needs_the_request_id_of_its_invocation() {
        let exchange = Exchange::default();
        let process = async {
            let job = exchange.next().await;
            assert!(!exchange.answer("other", Answer::TooLarge(1)));
            let body = Bytes::from_static(b"1");
            assert!(exchange.answer(job.request_id.as_str(), Answer::Returned(body.clone())));
            assert!(!exchange.answer(job.request_id.as_str(), Answer::Returned(body)));
        };
        let (answer, ()) = tokio::join!(exchange.invoke(job("a")), process);
        assert!(matches!(answer, Answer::Returned(body) if body == "1"));
    }

    #[tokio::test]
    async fn a_process_has_started_once_it_asks() {
        let exchange = Exchange::default();
        {
            let mut next = std::pin::pin!(exchange.next());
            tokio::select! {
                biased;
                _ = next.as_mut() => unreachable!("nothing was offered"),
                started = exchange.started() => assert_eq!(started, Ok(())),
            }
        }
        let failed = Exchange::default();
        failed.fail_init(ErrorObject::from_message("no"));
        assert_eq!(failed.started().await, Err(ErrorObject::from_message("no")));
    }
}
