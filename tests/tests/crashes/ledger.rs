//! State outside of the workflow, on which the runs of an exploration work: each sees what itself did, and nothing
//! of an invocation that was killed.

use durable_runtime::prelude::*;
use durable_test::explore::Loss;
use durable_test::prelude::*;
use parking_lot::Mutex;

/// What is written down outside of the workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    /// An invocation starts.
    Start,
    /// A body acts, in that invocation of that run.
    Act { run: u64, invocation: usize },
}

/// A ledger that several executions write into, as a database has it.
struct Ledger {
    /// The number of the run that works on it.
    run: u64,
    entries: Vec<Entry>,
}

static LEDGER: Mutex<Ledger> = Mutex::new(Ledger {
    run: 0,
    entries: Vec::new(),
});

/// Held by the test that uses the ledger.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// The actions of one undisturbed run.
const ACTS: usize = 6;

impl Ledger {
    fn open() {
        let mut ledger = LEDGER.lock();
        ledger.run += 1;
        ledger.entries.clear();
    }

    /// Writes down the start of an invocation; returns the numbers of the run and of the invocation.
    fn start() -> (u64, usize) {
        let mut ledger = LEDGER.lock();
        ledger.entries.push(Entry::Start);
        (ledger.run, ledger.invocations())
    }

    fn invocations(&self) -> usize {
        let starts = self.entries.iter();
        starts.filter(|entry| **entry == Entry::Start).count()
    }

    /// Checks that all of it is of this run, and each entry of the invocation that was the last one then. A step that
    /// is killed acts once more; `repeats` says how many do.
    fn check(repeats: usize) {
        let ledger = LEDGER.lock();
        let (mut invocations, mut acts) = (0, 0);
        for entry in &ledger.entries {
            match entry {
                Entry::Start => invocations += 1,
                Entry::Act { run, invocation } => {
                    assert_eq!(*run, ledger.run, "{:?}", ledger.entries);
                    assert_eq!(*invocation, invocations, "{:?}", ledger.entries);
                    acts += 1;
                }
            }
        }
        assert!(invocations >= 1, "{:?}", ledger.entries);
        let expected = ACTS..=ACTS + repeats;
        assert!(expected.contains(&acts), "{acts}: {:?}", ledger.entries);
    }
}

/// Acts after other tasks had their turns, so that it can be killed before.
#[durable_step]
async fn act(run: u64, invocation: usize) {
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
    let act = Entry::Act { run, invocation };
    LEDGER.lock().entries.push(act);
}

/// Three tasks of two actions each.
#[durable_execution]
async fn writes_side_by_side((): (), ctx: DurableContext) -> Result<(), BoxError> {
    let (run, invocation) = Ledger::start();
    let tasks: Vec<_> = (1..=ACTS / 2)
        .map(|number| {
            ctx.run_in_child_context(move |child: DurableContext| async move {
                act(&child, run, invocation).name("first").await?;
                Ok(act(&child, run, invocation).name("second").await?)
            })
            .name(format!("task-{number}"))
            .spawn()
        })
        .collect();
    ctx.try_join_all(tasks).await?;
    Ok(())
}

/// Explores crashes and orders on so many threads.
async fn explore(runner: &DurableRunner, threads: usize) -> TestOutcome {
    let _turn = TURN.lock().await;
    // What is killed does nothing more; what the service gave up runs on.
    let kills = [Loss::BeforeStored, Loss::AfterStored, Loss::ResponseLost];
    let report = runner
        .explore_crashes(())
        .losses(kills)
        .setup(Ledger::open)
        .check(|_| {
            Ledger::check(ACTS);
            Ok(())
        })
        .threads(threads)
        .await?;
    assert!(report.points() > 2 * ACTS, "{report}");
    assert!(!report.repeated_steps().is_empty(), "{report}");

    let report = runner
        .explore_orders(())
        .setup(Ledger::open)
        .check(|_| {
            Ledger::check(0);
            Ok(())
        })
        .threads(threads)
        .budget(6)
        .await?;
    assert!(report.runs() > 1, "{report}");
    Ok(())
}

#[durable_test(handler = writes_side_by_side, local_only)]
async fn a_run_sees_only_its_own_effects(runner: DurableRunner) -> TestOutcome {
    explore(&runner, 1).await
}

#[durable_test(handler = writes_side_by_side, local_only)]
async fn runs_on_several_threads_see_only_their_own_effects(runner: DurableRunner) -> TestOutcome {
    explore(&runner, 2).await
}

#[durable_test(handler = writes_side_by_side, local_only, flavor = "multi_thread", worker_threads = 2)]
async fn a_run_whose_tasks_have_threads_sees_only_its_own_effects(
    runner: DurableRunner,
) -> TestOutcome {
    explore(&runner, 1).await
}

#[durable_test(handler = writes_side_by_side, local_only, flavor = "multi_thread", worker_threads = 2)]
async fn runs_side_by_side_whose_tasks_have_threads_see_only_their_own_effects(
    runner: DurableRunner,
) -> TestOutcome {
    explore(&runner, 2).await
}
