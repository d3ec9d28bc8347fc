//! A service under random calls, and everything that its callers remember.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use durable_service::model::{
    CallbackCompletion, CallbackId, CheckpointToken, ErrorObject, ExecutionArn, OperationDetails,
    OperationStatus, Seconds, Timestamp,
};
use durable_service::{
    CheckpointRequest, CheckpointResponse, DueOrder, DurableSettings, Execution, FunctionSettings,
    InlineTimers, InvocationOutcome, Limits, PlainInvocation, PlainOutcome, Policy, Service,
    ServiceError, ServiceSettings, StartRequest, Work,
};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde_json::json;

use crate::action::{Action, Change, Time, Token, Which, Who};
use crate::due;
use crate::model::{Model, Verdict, visible};
use crate::updates::updates;

/// How many calls of each kind were accepted, and how many refused.
pub(crate) type Counts = BTreeMap<String, [u64; 2]>;

/// A service, and what its callers remember.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) service: Service,
    pub(crate) counts: Counts,
    pub(crate) now: Timestamp,
    model: Model,
    /// Whether every call is written down, to explain a failure.
    loud: bool,
    /// The token that each function holds.
    current: HashMap<ExecutionArn, CheckpointToken>,
    /// The tokens that each function held, the current one included.
    issued: HashMap<ExecutionArn, Vec<CheckpointToken>>,
    all_issued: HashSet<CheckpointToken>,
    accepted: HashMap<CheckpointToken, Accepted>,
    last_request: HashMap<ExecutionArn, CheckpointRequest>,
    /// Calls of plain functions that workers took.
    pub(crate) plain: Vec<PlainInvocation>,
    /// Calls that waited for a worker when the service was restored.
    pub(crate) waiting: VecDeque<PlainInvocation>,
}

/// A token that was consumed.
#[derive(Debug)]
struct Accepted {
    arn: ExecutionArn,
    client: Option<String>,
    response: CheckpointResponse,
}

/// Picks one of a list by any number.
fn pick<T: Clone>(list: &[T], number: u8) -> Option<T> {
    let index = usize::from(number).checked_rem(list.len())?;
    list.get(index).cloned()
}

/// The call of a plain function that the host is to make next.
pub(crate) fn next_call(service: &mut Service, now: Timestamp) -> Option<PlainInvocation> {
    match service.poll(now) {
        Some(Work::Call(call)) => Some(call),
        Some(Work::Invoke(_)) | None => None,
    }
}

fn fails(reason: impl Into<String>) -> TestCaseError {
    TestCaseError::fail(reason.into())
}

impl World {
    pub(crate) fn new(loud: bool) -> Self {
        let mut service = Service::new(Self::settings());
        Self::register_functions(&mut service);
        Self {
            service,
            counts: Counts::new(),
            now: Timestamp::from_millis(1_000),
            model: Model::default(),
            loud,
            current: HashMap::new(),
            issued: HashMap::new(),
            all_issued: HashSet::new(),
            accepted: HashMap::new(),
            last_request: HashMap::new(),
            plain: Vec::new(),
            waiting: VecDeque::new(),
        }
    }

    /// Small limits, so that random calls come across them.
    pub(crate) fn settings() -> ServiceSettings {
        ServiceSettings {
            limits: Limits {
                operation_payload_bytes: 64,
                chained_invoke_payload_bytes: 80,
                error_bytes: 200,
                operations: 14,
                input_bytes: 64,
                result_bytes: 80,
                stored_bytes: 600,
                callback_payload_bytes: 50,
                ..Limits::default()
            },
            policy: Policy {
                event_page_bytes: 40,
                invocation_attempts: 3,
                ..Policy::default()
            },
            ..ServiceSettings::default()
        }
    }

    pub(crate) fn register_functions(service: &mut Service) {
        let durable = |execution_timeout| FunctionSettings {
            durable: Some(DurableSettings {
                execution_timeout,
                ..DurableSettings::default()
            }),
        };
        service.register_function("order", durable(None));
        service.register_function("child", durable(Some(Seconds(25))));
        service.register_function("plain", FunctionSettings::default());
    }

    /// The whole service, to see whether a call left a trace.
    pub(crate) fn text(&self) -> String {
        format!("{:?}", self.service)
    }

    /// The same, unless the next call is sure to be accepted: texts take most of the time.
    fn text_unless(&self, good: bool) -> String {
        if good { String::new() } else { self.text() }
    }

    /// Does an action, and checks all that must hold after it.
    pub(crate) fn act(&mut self, action: &Action) -> Verdict {
        if action.needs_running() {
            self.run_something()?;
        }
        self.perform(action)?;
        due::check(&self.service, self.now)?;
        self.model.check(&self.service, self.now)
    }

    /// Starts an invocation if none runs: calls of functions that do not run teach little.
    fn run_something(&mut self) -> Verdict {
        let runs = |it: &Execution| it.is_in_flight() && !it.status().is_terminal();
        for attempt in 0..3 {
            if self.service.executions().any(runs) {
                break;
            }
            match attempt {
                0 => {}
                1 => self.pass(Time::ToNextDue, true)?,
                _ => self.start(0, None, 0, None, None)?,
            }
            self.model.check(&self.service, self.now)?;
            self.start_invocation(None)?;
            self.model.check(&self.service, self.now)?;
        }
        Ok(())
    }

    fn perform(&mut self, action: &Action) -> Verdict {
        match action {
            Action::Start {
                durable,
                name,
                input,
                timeout,
                flaw,
            } => self.start(*durable, *name, *input, *timeout, *flaw),
            Action::StartInvocation { execution } => self.start_invocation(*execution),
            Action::Checkpoint {
                who,
                token,
                client,
                changes,
            } => self.checkpoint_by(*who, *token, *client, changes),
            Action::Repeat { who, same_client } => self.repeat(*who, *same_client),
            Action::Complete { callback, ending } => self.complete(*callback, *ending),
            Action::Heartbeat { callback } => self.heartbeat(*callback),
            Action::Stop { execution, error } => self.stop(*execution, *error),
            Action::Pass { time, fire } => self.pass(*time, *fire),
            Action::End {
                who,
                answer,
                wrong_request,
            } => self.end(*who, *answer, *wrong_request),
            Action::TakePlain => {
                let waited = self.waiting.pop_front();
                let taken = waited.or_else(|| next_call(&mut self.service, self.now));
                self.log("take plain", &taken);
                self.count("take plain", taken.is_some());
                self.plain.extend(taken);
                Ok(())
            }
            Action::EndPlain { call, outcome } => self.end_plain(*call, *outcome),
            Action::Pages {
                who,
                token,
                max_items,
                marker,
            } => self.pages(*who, *token, *max_items, *marker),
        }
    }

    fn log(&self, what: &str, call: &impl std::fmt::Debug) {
        if self.loud {
            // What is absent or always the same only hides the rest.
            let call = format!("{call:?}");
            let call = call.replace("arn:aws:lambda:us-west-2:123456789012:function:", "");
            let members = call.split(", ").filter(|it| !it.ends_with(": None"));
            let call = members.collect::<Vec<_>>().join(", ");
            eprintln!("at {} ms: {what} {call}", self.now.as_millis());
        }
    }

    fn count(&mut self, kind: &str, accepted: bool) {
        if !self.counts.contains_key(kind) {
            self.counts.insert(kind.to_owned(), [0, 0]);
        }
        self.counts.get_mut(kind).unwrap()[usize::from(!accepted)] += 1;
    }

    /// Counts a call; one that was refused must have left no trace.
    fn judge<T>(&mut self, kind: &str, before: &str, answer: &Result<T, ServiceError>) -> Verdict {
        self.count(kind, answer.is_ok());
        if let Err(error) = answer {
            prop_assert!(!error.to_string().is_empty());
            let after = self.text();
            prop_assert!(
                after == before,
                "a refusal left a trace: {error}\n{before}\n{after}"
            );
        }
        Ok(())
    }

    fn arns(&self, keep: impl Fn(&Execution) -> bool) -> Vec<ExecutionArn> {
        let all = self
            .service
            .executions()
            .filter(|execution| keep(execution));
        all.map(|execution| execution.arn().clone()).collect()
    }

    fn who(&self, who: Who) -> Option<ExecutionArn> {
        match who {
            Who::Running(number) => {
                let running = |it: &Execution| it.is_in_flight() && !it.status().is_terminal();
                pick(&self.arns(running), number).or_else(|| self.who(Who::Any(number)))
            }
            Who::Any(number) => pick(&self.arns(|_| true), number),
        }
    }

    fn execution(&self, arn: &ExecutionArn) -> &Execution {
        self.service.execution(arn).expect("an execution")
    }

    fn start(
        &mut self,
        durable: u8,
        name: Option<u8>,
        input: u8,
        timeout: Option<u64>,
        flaw: Option<u8>,
    ) -> Verdict {
        let mut request = StartRequest {
            name: name.map(|name| format!("n{name}")),
            execution_timeout: timeout.map(Seconds),
            ..StartRequest::new(
                ["order", "child"][usize::from(durable)],
                ["", "{}", "1"][usize::from(input)],
            )
        };
        match flaw {
            Some(0) => request.name = Some("bad name".to_owned()),
            Some(1) => request.input = "x".repeat(65),
            Some(2) => request.execution_timeout = Some(Seconds(0)),
            Some(_) => request.function = String::new(),
            None => {}
        }
        self.log("start", &request);
        let before = self.text_unless(name.is_none() && flaw.is_none());
        let executions = self.service.executions().count();
        let answer = self.service.start(self.now, request);
        self.judge("start", &before, &answer)?;
        if let Ok(started) = answer {
            let more = usize::from(!started.existing);
            prop_assert_eq!(self.service.executions().count(), executions + more);
            prop_assert!(!started.existing || self.text() == before);
            prop_assert!(
                started.existing || self.execution(&started.arn).invoke_at() == Some(self.now)
            );
        }
        Ok(())
    }

    fn start_invocation(&mut self, execution: Option<u8>) -> Verdict {
        let arn = match execution {
            Some(number) => self.who(Who::Any(number)),
            None => self.service.next_invocation(self.now),
        };
        let Some(arn) = arn else {
            return Ok(());
        };
        self.log("start invocation", &arn);
        let execution = self.execution(&arn);
        let free = !execution.is_in_flight() && !execution.status().is_terminal();
        let dirty = self.model.dirty(execution);
        let before = self.text_unless(free);
        let answer = self.service.start_invocation(self.now, &arn);
        self.judge("start invocation", &before, &answer)?;
        prop_assert_eq!(answer.is_ok(), free);
        let Ok(input) = answer else {
            return Ok(());
        };
        let updated: BTreeSet<String> = input
            .updated_operation_ids
            .iter()
            .map(ToString::to_string)
            .collect();
        prop_assert_eq!(&updated, &dirty, "updated operations");
        let shown = visible(self.execution(&arn));
        prop_assert!(!input.state.operations.is_empty());
        prop_assert!(shown.starts_with(&input.state.operations), "first page");
        prop_assert_eq!(
            input.state.next_marker.is_some(),
            input.state.operations.len() < shown.len()
        );
        let execution = self.service.execution(&arn).expect("an execution");
        self.model.see(execution);
        self.issue(&arn, input.checkpoint_token)
    }

    /// The function holds a new token.
    fn issue(&mut self, arn: &ExecutionArn, token: CheckpointToken) -> Verdict {
        prop_assert!(
            self.all_issued.insert(token.clone()),
            "a token was issued twice"
        );
        self.issued
            .entry(arn.clone())
            .or_default()
            .push(token.clone());
        self.current.insert(arn.clone(), token);
        Ok(())
    }

    fn token(&self, arn: &ExecutionArn, token: Token) -> CheckpointToken {
        let none = || "bm9uZQ==".into();
        match token {
            Token::Current => self.current.get(arn).cloned().unwrap_or_else(none),
            Token::Earlier(number) => {
                let issued = self.issued.get(arn).map_or(&[][..], Vec::as_slice);
                pick(issued, number).unwrap_or_else(none)
            }
            Token::Other(number) => {
                let others = self.arns(|it| it.arn() != arn && self.current.contains_key(it.arn()));
                pick(&others, number)
                    .and_then(|other| self.current.get(&other).cloned())
                    .unwrap_or_else(none)
            }
            Token::Garbage(0) => CheckpointToken::default(),
            Token::Garbage(1) => "?".into(),
            Token::Garbage(2) => STANDARD.encode(format!("{arn}|0|0")).into(),
            Token::Garbage(_) => STANDARD
                .encode(format!("{arn}|1|99999999999999999999"))
                .into(),
        }
    }

    fn checkpoint_by(
        &mut self,
        who: Who,
        token: Token,
        client: Option<u8>,
        changes: &[Change],
    ) -> Verdict {
        let Some(arn) = self.who(who) else {
            return Ok(());
        };
        let request = CheckpointRequest {
            checkpoint_token: self.token(&arn, token),
            client_token: client.map(|client| format!("client {client}")),
            updates: updates(self.execution(&arn), changes),
        };
        let flawed = changes.iter().any(|change| change.flaw.is_some());
        self.checkpoint(&arn, request, flawed)
    }

    fn repeat(&mut self, who: Who, same_client: bool) -> Verdict {
        let Some(arn) = self.who(who) else {
            return Ok(());
        };
        let Some(mut request) = self.last_request.get(&arn).cloned() else {
            return Ok(());
        };
        if !same_client {
            request.client_token = Some("another client".to_owned());
        }
        self.checkpoint(&arn, request, true)
    }

    fn checkpoint(
        &mut self,
        arn: &ExecutionArn,
        request: CheckpointRequest,
        flawed: bool,
    ) -> Verdict {
        self.log(&format!("checkpoint of {arn}"), &request);
        let execution = self.execution(arn);
        let running = execution.is_in_flight() && !execution.status().is_terminal();
        let is_current = running && self.current.get(arn) == Some(&request.checkpoint_token);
        // Texts are slow, so a call that looks good goes without one.
        let before = (flawed || !is_current).then(|| self.text());
        let answer = self
            .service
            .checkpoint(self.now, arn, request.clone(), InlineTimers::Fire);
        self.log("answer", &answer);
        if let Some(accepted) = self.accepted.get(&request.checkpoint_token) {
            let open =
                running && self.current.get(arn) == accepted.response.checkpoint_token.as_ref();
            let repeats = open
                && accepted.arn == *arn
                && accepted.client.is_some()
                && accepted.client == request.client_token;
            if let Ok(response) = &answer {
                prop_assert!(repeats, "a token was accepted twice");
                prop_assert_eq!(response, &accepted.response);
                prop_assert!(before == Some(self.text()), "a repetition left a trace");
            } else if repeats && self.last_request.get(arn) == Some(&request) {
                return Err(fails("a repetition was refused"));
            }
            self.count("repetition", answer.is_ok());
        } else if is_current {
            for update in &request.updates {
                let kind = format!("{} {}", update.operation_type, update.action);
                self.count(&kind, answer.is_ok());
            }
            self.count("checkpoint", answer.is_ok());
        } else {
            prop_assert!(answer.is_err(), "a token that is not current was accepted");
        }
        match answer {
            Err(_) => self.check_refusal(arn, &request, before),
            Ok(_) if !is_current => Ok(()),
            Ok(response) => self.check_acceptance(arn, request, response),
        }
    }

    fn check_refusal(
        &mut self,
        arn: &ExecutionArn,
        request: &CheckpointRequest,
        before: Option<String>,
    ) -> Verdict {
        let after = self.text();
        if let Some(before) = before {
            prop_assert!(
                before == after,
                "a refusal left a trace:\n{before}\n{after}"
            );
        } else {
            // It looked good and was refused: so it must be a second time.
            let again = self
                .service
                .checkpoint(self.now, arn, request.clone(), InlineTimers::Fire);
            prop_assert!(again.is_err(), "a refusal changed its mind");
            prop_assert!(after == self.text(), "a refusal left a trace");
        }
        Ok(())
    }

    fn check_acceptance(
        &mut self,
        arn: &ExecutionArn,
        request: CheckpointRequest,
        response: CheckpointResponse,
    ) -> Verdict {
        let execution = self.service.execution(arn).expect("an execution");
        let changed: BTreeSet<String> = response
            .operations
            .iter()
            .map(|it| it.id.to_string())
            .collect();
        prop_assert_eq!(changed.len(), response.operations.len());
        prop_assert_eq!(&changed, &self.model.dirty(execution), "changes");
        for operation in &response.operations {
            prop_assert_eq!(Some(operation), execution.operation(operation.id.as_str()));
        }
        self.model.see(execution);
        self.current.remove(arn);
        let status = execution.status();
        let next = response.checkpoint_token.is_some();
        prop_assert_eq!(next, !status.is_terminal(), "the next token of {}", status);
        if let Some(token) = &response.checkpoint_token {
            self.issue(arn, token.clone())?;
        }
        self.last_request.insert(arn.clone(), request.clone());
        let accepted = Accepted {
            arn: arn.clone(),
            client: request.client_token,
            response,
        };
        self.accepted.insert(request.checkpoint_token, accepted);
        Ok(())
    }

    /// The id of a callback, and whether it can be completed now.
    fn callback(&self, callback: Which) -> Option<(CallbackId, bool)> {
        let mut all = Vec::new();
        for execution in self.service.executions() {
            for operation in execution.operations() {
                if let OperationDetails::Callback(details) = &operation.details {
                    let in_time = [details.timeout_at, details.heartbeat_at]
                        .into_iter()
                        .flatten()
                        .all(|due| self.now < due);
                    let open = in_time
                        && operation.status == OperationStatus::Started
                        && !execution.status().is_terminal();
                    all.push((details.callback_id.clone(), open));
                }
            }
        }
        let arn = self.service.executions().next()?.arn();
        match callback {
            Which::Open(number) => {
                let open: Vec<_> = all.iter().filter(|(_, open)| *open).cloned().collect();
                pick(&open, number).or_else(|| pick(&all, number))
            }
            Which::Any(number) => pick(&all, number),
            Which::MadeUp(number) => {
                let ids = [
                    String::new(),
                    "?".to_owned(),
                    "AAAA".to_owned(),
                    STANDARD.encode(format!("{arn}|missing")),
                    STANDARD.encode(format!("{arn}0|a")),
                ];
                Some((ids[usize::from(number)].as_str().into(), false))
            }
        }
    }

    fn complete(&mut self, callback: Which, ending: u8) -> Verdict {
        let Some((id, open)) = self.callback(callback) else {
            return Ok(());
        };
        let completion = match ending % 8 {
            0 => CallbackCompletion::Success(None),
            1 => CallbackCompletion::Failure(ErrorObject::default()),
            2 | 3 => CallbackCompletion::Failure(ErrorObject::new("E", "no")),
            4 => CallbackCompletion::Success(Some("x".repeat(51))),
            _ => CallbackCompletion::Success(Some("\"yes\"".to_owned())),
        };
        self.log("complete callback", &(&id, &completion));
        let good = open && ending % 8 != 4;
        let before = self.text_unless(good);
        let answer = self.service.complete_callback(self.now, &id, completion);
        self.judge("complete callback", &before, &answer)?;
        prop_assert_eq!(answer.is_ok(), good);
        Ok(())
    }

    fn heartbeat(&mut self, callback: Which) -> Verdict {
        let Some((id, open)) = self.callback(callback) else {
            return Ok(());
        };
        self.log("heartbeat", &id);
        let before = self.text_unless(open);
        let answer = self.service.heartbeat_callback(self.now, &id);
        self.judge("heartbeat", &before, &answer)?;
        prop_assert_eq!(answer.is_ok(), open);
        Ok(())
    }

    fn stop(&mut self, execution: Option<u8>, error: bool) -> Verdict {
        let known = execution.and_then(|number| self.who(Who::Any(number)));
        let unknown = "arn:aws:lambda:r:123456789012:function:f:1/durable-execution/n/i";
        let arn = known.clone().unwrap_or_else(|| unknown.parse().unwrap());
        let ended = known
            .as_ref()
            .and_then(|arn| self.execution(arn).ended_at());
        let error = error.then(|| ErrorObject::new("Stopped", "enough"));
        self.log("stop", &(&arn, &error));
        let before = self.text_unless(known.is_some() && ended.is_none());
        let answer = self.service.stop(self.now, &arn, error);
        self.judge("stop", &before, &answer)?;
        prop_assert_eq!(answer.is_ok(), known.is_some());
        if let Ok(ended_at) = answer {
            prop_assert_eq!(ended_at, ended.unwrap_or(self.now));
            prop_assert!(ended.is_none() || self.text() == before, "stopped twice");
            prop_assert!(self.execution(&arn).status().is_terminal());
        }
        Ok(())
    }

    fn pass(&mut self, time: Time, fire: bool) -> Verdict {
        self.now = match time {
            Time::ToNextDue => {
                // Invocations that are not started must not hold up the clock.
                let timers = self
                    .service
                    .executions()
                    .filter(|it| it.invoke_at().is_none());
                let next = timers.filter_map(Execution::next_due).min();
                // The longest timeout of an execution is too far away to be of use.
                let limit = self.now.after_seconds(1_000);
                next.filter(|due| *due < limit)
                    .unwrap_or(self.now)
                    .max(self.now)
            }
            Time::Millis(millis) => {
                Timestamp::from_millis(self.now.as_millis() + i64::from(millis))
            }
            Time::Seconds(seconds) => self.now.after_seconds(u64::from(seconds)),
        };
        self.log("now", &fire);
        if !fire {
            return Ok(());
        }
        let due = self.service.executions().any(|it| {
            let timer = it.next_due().filter(|due| Some(*due) != it.invoke_at());
            timer.is_some_and(|due| due <= self.now)
        });
        self.service.handle_timeout(self.now, &mut DueOrder);
        self.count("fire", due);
        for execution in self.service.executions() {
            let invoke = execution.invoke_at();
            prop_assert!(
                execution
                    .next_due()
                    .is_none_or(|due| due > self.now || invoke == Some(due)),
                "a timer was left behind"
            );
        }
        Ok(())
    }

    fn end(&mut self, who: Who, answer: u8, wrong_request: bool) -> Verdict {
        let Some(arn) = self.who(who) else {
            return Ok(());
        };
        let execution = self.execution(&arn);
        let flying = execution.is_in_flight();
        let request_id = match execution.invocations().last() {
            Some(record) if !wrong_request => record.request_id.clone(),
            _ => "missing".into(),
        };
        let returned = |value| ("end returned", InvocationOutcome::Returned(value));
        let failed = |error| ("end failed", InvocationOutcome::Failed(error));
        let (kind, outcome) = match answer % 32 {
            0 => returned(json!({"Status": "SUCCEEDED", "Result": "\"done\""})),
            1 => returned(json!({"Status": "SUCCEEDED"})),
            2 => returned(json!({"Status": "SUCCEEDED", "Result": "x".repeat(81)})),
            3 => returned(json!({"Status": "FAILED", "Error": {"ErrorType": "E"}})),
            4 => returned(json!({"Status": "FAILED"})),
            5 => returned(json!({"Status": "FAILED", "Result": 1})),
            6 => returned(json!("garbage")),
            7 => failed(ErrorObject::default()),
            8 => failed(ErrorObject::new("Sandbox.Timedout", "too slow")),
            9..=12 => failed(ErrorObject::new("Runtime.ExitError", "exit status 1")),
            _ => returned(json!({"Status": "PENDING"})),
        };
        self.log("end", &(&arn, &request_id, &outcome));
        let good = flying && !wrong_request;
        let before = self.text_unless(good);
        let answer = self.service.complete_invocation(
            self.now,
            &arn,
            &request_id,
            outcome,
            InlineTimers::Fire,
        );
        self.judge(kind, &before, &answer)?;
        prop_assert_eq!(answer.is_ok(), good);
        if good {
            self.current.remove(&arn);
        }
        Ok(())
    }

    fn end_plain(&mut self, call: u8, outcome: u8) -> Verdict {
        let Some(call) = pick(&self.plain, call) else {
            return Ok(());
        };
        let outcome = match outcome % 5 {
            0 => PlainOutcome::Returned(None),
            1 => PlainOutcome::Returned(Some("x".repeat(81))),
            2 => PlainOutcome::Failed(ErrorObject::new("E", "no")),
            _ => PlainOutcome::Returned(Some("1".to_owned())),
        };
        self.log("end plain", &(&call, &outcome));
        let execution = self.execution(&call.execution);
        let operation = execution.operation(call.operation.as_str());
        let open = !execution.status().is_terminal()
            && operation.is_some_and(|operation| operation.status == OperationStatus::Started);
        let before = self.text_unless(open);
        self.service
            .complete_plain_invocation(self.now, &call, outcome);
        self.count("end plain", open);
        if open {
            let operation = self
                .execution(&call.execution)
                .operation(call.operation.as_str());
            prop_assert!(operation.is_some_and(|operation| operation.status.is_terminal()));
        } else {
            prop_assert!(before == self.text(), "a late outcome left a trace");
        }
        Ok(())
    }

    fn pages(&mut self, who: Who, token: Token, max_items: u8, marker: Option<u8>) -> Verdict {
        let Some(arn) = self.who(who) else {
            return Ok(());
        };
        let token = self.token(&arn, token);
        let execution = self.execution(&arn);
        let good = execution.is_in_flight()
            && !execution.status().is_terminal()
            && self.current.get(&arn) == Some(&token);
        self.log("pages", &(&arn, &token, max_items, marker));
        let max_items = usize::from(max_items);
        if let Some(marker) = marker {
            let markers = ["-1", "99", "x", "18446744073709551616"];
            let marker = markers[usize::from(marker) % markers.len()];
            let answer = self.service.state(&arn, &token, Some(marker), max_items);
            prop_assert!(answer.is_err(), "marker {marker}");
            self.count("pages", false);
            return Ok(());
        }
        let mut read = Vec::new();
        let mut marker: Option<String> = None;
        loop {
            let answer = self
                .service
                .state(&arn, &token, marker.as_deref(), max_items);
            prop_assert_eq!(answer.is_ok(), good);
            let Ok(page) = answer else {
                self.count("pages", false);
                return Ok(());
            };
            prop_assert!(
                !page.operations.is_empty()
                    && (max_items == 0 || page.operations.len() <= max_items)
            );
            read.extend(page.operations);
            prop_assert!(read.len() <= 15, "pages without end");
            marker = page.next_marker;
            if marker.is_none() {
                break;
            }
        }
        prop_assert_eq!(read, visible(self.execution(&arn)));
        self.count("pages", true);
        Ok(())
    }
}
