//! The world of a host: what the client and the drive loop share.

use std::any::Any;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use durable_service::Service;
use durable_service::model::{CallbackId, ExecutionArn, OperationId, Timestamp};

use super::agenda::Agenda;
use super::bodies::Bodies;
use super::callbacks::{self, Responders};
use super::clock::VirtualClock;
use super::flight::Flight;
use super::orders::OrderKeeper;
use super::plan::Script;
use super::replay::Replays;
use super::trace::Trace;
use super::{HostSettings, LocalError};
use durable_runtime::reply::{CallbackReply, CallbackRequest, Responder};

/// What the client and the drive loop share.
#[derive(Debug)]
pub(super) struct World {
    pub(super) service: Service,
    pub(super) clock: VirtualClock,
    pub(super) agenda: Agenda,
    pub(super) responders: Responders,
    /// Callbacks whose answer is planned already.
    announced: HashSet<String>,
    /// The bodies of durable steps.
    pub(super) bodies: Bodies,
    /// The replays of recorded executions under way.
    pub(super) replays: Replays,
    /// In which order what is due at the same time happens, if somebody chose.
    pub(super) order: Option<OrderKeeper>,
    /// The invocation that was made last.
    pub(super) flight: Option<Flight>,
    /// What goes wrong.
    pub(super) script: Script,
    /// What the functions did; none if nobody asked for it.
    pub(super) trace: Option<Vec<Trace>>,
    /// What went wrong outside the function, for the drive loop to report.
    pub(super) problem: Option<LocalError>,
    /// What the test's own code panicked with while the function ran, for the drive loop to go on
    /// with.
    pub(super) panic: Option<Box<dyn Any + Send>>,
}

impl World {
    pub(super) fn new(settings: HostSettings) -> Self {
        Self {
            service: Service::new(settings.service),
            clock: VirtualClock::new(settings.start, settings.follow_tokio),
            agenda: Agenda::default(),
            responders: Responders::default(),
            announced: HashSet::new(),
            bodies: Bodies::default(),
            replays: Replays::default(),
            order: None,
            flight: None,
            script: Script::new(settings.faults),
            trace: settings.trace.then(Vec::new),
            problem: None,
            panic: None,
        }
    }

    /// Does everything that is due by now: the service's timers first, then what people do.
    pub(super) fn do_due(&mut self, now: Timestamp) {
        if let Some(order) = self.order.clone().filter(|order| !order.is_over()) {
            self.do_due_in_order(now, &order);
            return;
        }
        self.service.fire_due(now);
        self.agenda.perform_due(now, &mut self.service);
    }

    /// Does what fell due while an invocation runs, and tells the time. Only where tokio's time
    /// counts can any have passed; what people plan for this very moment waits until the invocation
    /// suspends.
    pub(super) fn catch_up(&mut self) -> Timestamp {
        let now = self.clock.now();
        if self.clock.follows_tokio() {
            self.do_past(now);
        }
        now
    }

    /// Does what fell due before now, while an invocation runs.
    pub(super) fn do_past(&mut self, now: Timestamp) {
        self.service.fire_due(now);
        self.agenda.perform_past(now, &mut self.service);
    }

    /// Whether anybody asked for what the functions do.
    pub(super) fn is_traced(&self) -> bool {
        self.trace.is_some()
    }

    /// Keeps what a function did, if anybody asked for it.
    pub(super) fn note(&mut self, what: impl FnOnce() -> Trace) {
        if let Some(trace) = &mut self.trace {
            trace.push(what());
        }
    }

    /// When time alone will change something. An execution timeout that nobody asked for does not
    /// count by itself: it would hide that the execution waits for somebody outside.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let moves = [
            self.service.next_move(),
            self.agenda.next_due(),
            self.service.next_chosen_timeout(),
        ];
        let next = moves.into_iter().flatten().min()?;
        Some(self.service.next_due().map_or(next, |due| due.min(next)))
    }

    /// The answers that somebody has for callbacks which have just begun.
    pub(super) fn announce(
        &mut self,
        arn: &ExecutionArn,
        operations: &[OperationId],
    ) -> Vec<(CallbackRequest, Responder)> {
        let Ok(execution) = self.service.execution(arn) else {
            return Vec::new();
        };
        let requests: Vec<CallbackRequest> = operations
            .iter()
            .filter_map(|id| execution.operation(id.as_str()))
            .filter_map(|operation| callbacks::request(execution, operation))
            .collect();
        requests
            .into_iter()
            .filter_map(|request| {
                let responder =
                    self.responders
                        .find(&self.service, arn, request.name.as_deref())?;
                self.announced
                    .insert(request.callback_id.clone())
                    .then_some((request, responder))
            })
            .collect()
    }

    /// Plans what a reply says.
    pub(super) fn plan(&mut self, request: &CallbackRequest, reply: CallbackReply) {
        let now = self.clock.now();
        let id = &CallbackId::from(request.callback_id.as_str());
        if let Some(every) = reply.heartbeat_every.filter(|every| !every.is_zero()) {
            self.agenda.heartbeat_every(now, id, every);
        }
        match reply.completion {
            Ok(None) => {}
            Ok(Some(completion)) if reply.while_running && reply.after.is_zero() => {
                if let Err(error) = self.service.complete_callback(now, id, completion) {
                    self.problem = Some(error.into());
                }
            }
            Ok(Some(completion)) => {
                self.agenda
                    .complete_at(now.after(reply.after), id, completion);
            }
            Err(reason) => {
                self.problem = Some(LocalError::Reply {
                    name: request.name.clone().unwrap_or_default(),
                    reason,
                });
            }
        }
    }
}

/// A handle on the shared world.
#[derive(Debug, Clone)]
pub(super) struct SharedWorld(Arc<Mutex<World>>);

impl SharedWorld {
    pub(super) fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(world)))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, World> {
        // A panic in a handler cannot leave the world half changed: the service is changed by
        // complete calls only.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn downgrade(&self) -> WeakWorld {
        WeakWorld(Arc::downgrade(&self.0))
    }
}

/// A handle that does not keep the world.
#[derive(Debug)]
pub(super) struct WeakWorld(Weak<Mutex<World>>);

impl WeakWorld {
    pub(super) fn upgrade(&self) -> Option<SharedWorld> {
        self.0.upgrade().map(SharedWorld)
    }
}
