//! The mocks of a runner.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::Arc;

use durable_host::{FunctionStandIn, Run, StandIn, StandIns};
use durable_runtime::hook::Callee;
use durable_service::model::ExecutionArn;
use indexmap::IndexMap;
use parking_lot::Mutex;

use super::function::FunctionParts;
use super::parts::Parts;
use super::session::Session;

/// The mocks of a runner. Clones share them.
#[derive(Clone)]
pub(crate) struct Mocks(Arc<State>);

struct State {
    session: Session,
    bodies: Mutex<IndexMap<TypeId, Arc<dyn Mocked>>>,
    functions: Mutex<IndexMap<String, Arc<FunctionParts>>>,
}

impl Default for Mocks {
    fn default() -> Self {
        Self(Arc::new(State {
            session: Session::of_runner(),
            bodies: Mutex::default(),
            functions: Mutex::default(),
        }))
    }
}

impl fmt::Debug for Mocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mocks").finish_non_exhaustive()
    }
}

/// A mock without its types.
trait Mocked: Send + Sync {
    fn as_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
    fn stand_in(self: Arc<Self>, run: &Run, session: Session) -> StandIn;
    fn add_up(&self, explored: Session);
    fn forget(&self, explored: Session);
    fn take_unmet(&self) -> Option<String>;
}

impl<A: Send + 'static, T: Send + 'static> Mocked for Parts<A, T> {
    fn as_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }

    fn stand_in(self: Arc<Self>, run: &Run, session: Session) -> StandIn {
        StandIn {
            takes: self.takes(),
            substitute: Box::new(self.substitute(run, session)),
        }
    }

    fn add_up(&self, explored: Session) {
        self.add_up(explored);
    }

    fn forget(&self, explored: Session) {
        self.forget(explored);
    }

    fn take_unmet(&self) -> Option<String> {
        self.take_unmet()
    }
}

impl Mocks {
    /// The session of the runner.
    pub(crate) fn session(&self) -> Session {
        self.0.session
    }

    /// What takes the place of bodies in a host whose runs are of that session.
    pub(crate) fn stand_ins(&self, session: Session) -> Arc<dyn StandIns> {
        Arc::new(OfSession {
            mocks: self.clone(),
            session,
        })
    }

    /// The mock of a function item, which is made if there is none.
    pub(super) fn body<A: Send + 'static, T: Send + 'static>(
        &self,
        function: TypeId,
        name: &str,
    ) -> Arc<Parts<A, T>> {
        let mut bodies = self.0.bodies.lock();
        let known = bodies.get(&function).map(Arc::clone);
        if let Some(Ok(parts)) = known.map(|known| known.as_any().downcast()) {
            return parts;
        }
        let parts = Arc::new(Parts::new(name, self.0.session));
        bodies.insert(function, Arc::clone(&parts) as Arc<dyn Mocked>);
        parts
    }

    /// The mock of a called function, which is made if there is none.
    pub(super) fn function(&self, name: &str) -> Arc<FunctionParts> {
        let mut functions = self.0.functions.lock();
        let make = || Arc::new(FunctionParts::new(name, self.0.session));
        Arc::clone(functions.entry(name.to_owned()).or_insert_with(make))
    }

    /// Whether nothing is mocked.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.bodies.lock().is_empty() && self.0.functions.lock().is_empty()
    }

    /// The names of the mocked functions.
    pub(crate) fn functions(&self) -> Vec<String> {
        self.0.functions.lock().keys().cloned().collect()
    }

    /// Adds the runs of an explored run to those of the runner.
    pub(crate) fn add_up(&self, explored: Session) {
        for mock in self.all() {
            mock.add_up(explored);
        }
    }

    /// Forgets an explored run.
    pub(crate) fn forget(&self, explored: Session) {
        for mock in self.all() {
            mock.forget(explored);
        }
    }

    /// What is wrong with the numbers of runs; each is said once.
    pub(crate) fn take_unmet(&self) -> Vec<String> {
        self.all()
            .into_iter()
            .filter_map(|mock| mock.take_unmet())
            .collect()
    }

    fn all(&self) -> Vec<Arc<dyn Mocked>> {
        self.0.all()
    }
}

impl State {
    fn all(&self) -> Vec<Arc<dyn Mocked>> {
        let bodies = self.bodies.lock();
        let functions = self.functions.lock();
        let functions = functions.values().map(|parts| parts.mock());
        let functions = functions.map(|parts| parts as Arc<dyn Mocked>);
        bodies.values().cloned().chain(functions).collect()
    }
}

/// A runner that no `#[durable_test]` made checks its mocks when it goes out of use.
impl Drop for State {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let unmet: Vec<String> = self
            .all()
            .into_iter()
            .filter_map(|mock| mock.take_unmet())
            .collect();
        assert!(unmet.is_empty(), "{}", unmet.join("\n"));
    }
}

/// The mocks, with where runs are recorded.
struct OfSession {
    mocks: Mocks,
    session: Session,
}

impl StandIns for OfSession {
    fn body(&self, callee: Callee, run: &Run) -> Option<StandIn> {
        let mock = self.mocks.0.bodies.lock().get(&callee.function).cloned();
        Some(mock?.stand_in(run, self.session))
    }

    fn function(&self, name: &str, caller: &ExecutionArn, input: &str) -> Option<FunctionStandIn> {
        let function = self.mocks.0.functions.lock().get(name).cloned();
        Some(function?.stand_in(caller, input, self.session))
    }
}

/// The mocks of one explored run, until it is dropped.
#[derive(Debug)]
pub(crate) struct Explored {
    mocks: Mocks,
    session: Session,
    /// Whether its records stay, as those of the undisturbed run do.
    stays: bool,
}

impl Mocks {
    /// A fresh session, for one explored run.
    pub(crate) fn explored(&self, stays: bool) -> Explored {
        Explored {
            mocks: self.clone(),
            session: self.session().afresh(),
            stays,
        }
    }
}

impl Explored {
    pub(crate) fn session(&self) -> Session {
        self.session
    }
}

impl Drop for Explored {
    fn drop(&mut self) {
        if self.stays {
            self.mocks.add_up(self.session);
        } else {
            self.mocks.forget(self.session);
        }
    }
}
