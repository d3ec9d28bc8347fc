//! Replays of recorded executions on a handler, and what differs.
//!
//! A recording is replayed as AWS would replay it: the handler is invoked once for each recorded
//! invocation, with the operations of that time, and every operation that it makes is compared with
//! the recorded one. What its functions stored is not asked for again, except that it has to start
//! waits, callbacks and chained invokes anew, for their inputs to be compared, and to run the bodies of
//! child contexts anew in the invocation in which they ended. Where the handler runs is the affair of an
//! [`Invoker`]: in this process, or in one of its own, in any language.
//!
//! **No body of a step runs**, with the SDK for Rust. A step whose end was recorded is shown as over from the beginning
//! of the invocation that ran it, so the SDK takes its result from there. A step without a recorded end is
//! shown as one that waits for its next attempt, on which the SDK suspends. And the START of a step is
//! never accepted, without which the SDK runs no body. So nothing that an execution did to the world is
//! done again; only the code between the operations runs, as it does on every replay. SDKs of other languages store the
//! start of a step while its body runs, so that one which was not recorded has begun before it is refused.
//!
//! What cannot be compared is left out rather than guessed, so that nothing deterministic is called
//! the opposite: what is inside a map or parallel once that is over, for its end may have depended on
//! which branch was first; what comes after an attempt that was interrupted; and operations that
//! were never awaited.
//!
//! # Example
//!
//! ```
//! use std::future::Future as _;
//! use std::pin::pin;
//! use std::task::{Context, Poll, Waker};
//!
//! use durable_replay::{Call, Effect, Invoker, Replay, Replayer};
//! use durable_service::model::{
//!     CheckpointToken, ErrorObject, ExecutionArn, OperationAction, OperationType, OperationUpdate,
//!     WaitOptions,
//! };
//! use durable_service::recording::Recording;
//! use durable_service::{CheckpointRequest, InvocationOutcome};
//! use serde_json::json;
//!
//! /// A handler that waits for a minute under a name, and is done.
//! struct Sleeper(&'static str);
//!
//! impl Invoker for Sleeper {
//!     type Error = String;
//!
//!     fn next_token(&self) -> CheckpointToken {
//!         "token".into()
//!     }
//!
//!     fn sees_tasks(&self) -> bool {
//!         false
//!     }
//!
//!     fn refuses_other_kinds(&self) -> bool {
//!         true
//!     }
//!
//!     async fn invoke(&self, call: Call) -> Result<Option<InvocationOutcome>, String> {
//!         let state = &call.input.state.operations;
//!         if state.iter().any(|it| it.id.as_str() == "1" && it.status.is_terminal()) {
//!             return Ok(Some(InvocationOutcome::Returned(json!({"Status": "SUCCEEDED"}))));
//!         }
//!         let minute = OperationUpdate {
//!             name: Some(self.0.to_owned()),
//!             wait_options: Some(WaitOptions { wait_seconds: Some(60) }),
//!             ..OperationUpdate::new("1", OperationType::Wait, OperationAction::Start)
//!         };
//!         let request = CheckpointRequest {
//!             checkpoint_token: call.input.checkpoint_token.clone(),
//!             client_token: None,
//!             updates: vec![minute],
//!         };
//!         Ok(Some(match call.pass.lock().checkpoint(&request) {
//!             Ok(_) => InvocationOutcome::Returned(json!({"Status": "PENDING"})),
//!             Err(over) => InvocationOutcome::Failed(ErrorObject::from_message(over.to_string())),
//!         }))
//!     }
//! }
//!
//! /// The replay of an execution whose wait has the name `cool-off`, and is not over.
//! fn replay_on(handler: &Sleeper) -> Result<Replay, Box<dyn std::error::Error>> {
//!     let arn = "arn:aws:lambda:us-west-2:123456789012:function:sleeper:1/durable-execution/s-1/1b2c";
//!     let file = json!({"Events": [
//!         {"EventId": 1, "EventTimestamp": 0, "EventType": "ExecutionStarted", "Id": "0",
//!          "ExecutionStartedDetails": {"Input": {"Payload": "null"}, "ExecutionTimeout": 86400}},
//!         {"EventId": 2, "EventTimestamp": 1, "EventType": "WaitStarted", "Id": "1", "Name": "cool-off",
//!          "WaitStartedDetails": {"Duration": 60, "ScheduledEndTimestamp": 61}},
//!         {"EventId": 3, "EventTimestamp": 1, "EventType": "InvocationCompleted",
//!          "InvocationCompletedDetails": {"StartTimestamp": 0, "EndTimestamp": 1, "RequestId": "r-1"}},
//!     ]});
//!     let recording = Recording::read(&file.to_string())?;
//!     let replayer = Replayer::new(handler, &arn.parse::<ExecutionArn>()?, &recording);
//!     // This handler is never waited for.
//!     let replay = pin!(replayer.run()).poll(&mut Context::from_waker(Waker::noop()));
//!     let Poll::Ready(replay) = replay else { unreachable!() };
//!     Ok(replay?)
//! }
//!
//! let same = replay_on(&Sleeper("cool-off"))?;
//! assert_eq!((same.invocations, same.difference), (1, None));
//!
//! let renamed = replay_on(&Sleeper("pause"))?.difference.expect("another name");
//! assert_eq!(renamed.effect, Effect::Breaks);
//! assert_eq!(renamed.divergence.recorded(), "wait \"cool-off\"");
//! assert_eq!(renamed.divergence.replayed(), "wait \"pause\"");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod divergence;
mod effect;
mod invoker;
pub mod names;
mod pass;
mod recorded;
mod replayer;
pub mod sdk;

pub use divergence::{Divergence, Outcome};
pub use effect::{Accepted, Difference, Effect};
pub use invoker::{Call, Invoker, When};
pub use pass::Pass;
pub use replayer::{Checked, Nondeterminism, Replay, Replayer};
