//! Peak memory, measured in a process of its own: what is freed there does not hide what comes after.

use std::future::IntoFuture as _;
use std::process::Command;
use std::{env, fs};

use durable_test::DurableRunner;

use crate::contenders::runtime;
use crate::workflows::{steps, waits};

/// The argument that has the process measure a case.
pub(crate) const ARGUMENT: &str = "--peak";

/// Something whose memory is measured.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    key: &'static str,
    run: fn(),
}

pub(crate) const CASES: [Case; 2] = [
    Case {
        name: "3,000 operations",
        key: "operations",
        run: || {
            let runner = DurableRunner::local(steps).unwrap();
            runtime().block_on(runner.run(2_999).into_future()).unwrap();
        },
    },
    Case {
        name: "10,000 open executions",
        key: "executions",
        run: || {
            let runner = DurableRunner::local(waits).unwrap();
            runtime().block_on(async {
                let mut open = Vec::new();
                for _ in 0..10_000 {
                    let execution = runner.start(1).await.unwrap();
                    execution.run_until_suspended().await.unwrap();
                    open.push(execution);
                }
            });
        },
    },
];

/// The peak of a case above the idle process, in KiB; none if the system does not say.
pub(crate) fn peak_of(case: Case) -> Option<f64> {
    let this = env::current_exe().unwrap();
    let output = Command::new(this)
        .args([ARGUMENT, case.key])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout)
        .unwrap()
        .trim()
        .parse()
        .ok()
}

/// Runs the case of that key in this process, and prints its peak.
pub(crate) fn measure(key: &str) {
    let case = CASES.iter().find(|case| case.key == key).unwrap();
    let idle = status("VmRSS:");
    (case.run)();
    if let (Some(idle), Some(peak)) = (idle, status("VmHWM:")) {
        println!("{}", peak - idle);
    }
}

/// A size of this process in KiB, as Linux has it.
fn status(member: &str) -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(member))?;
    line.split_whitespace().next()?.parse().ok()
}
