//! All small workflows.

use super::program::Op;

/// Operations that have none within them.
const LEAVES: [Op; 6] = [
    Op::Step,
    Op::Failing,
    Op::Retried,
    Op::Wait,
    Op::Callback,
    Op::Poll,
];

/// Operations with one body.
const WITH_ONE: [fn(Vec<Op>) -> Op; 3] = [Op::Child, Op::Map, Op::Retry];

type Branches = Vec<Vec<Op>>;

/// Operations with two branches.
const WITH_TWO: [fn(Branches) -> Op; 3] = [Op::Parallel, Op::Join, Op::Race];

/// All programs of exactly that many operations, those within others included, in which operations are nested at most
/// `depth` times. Always in the same order.
pub(crate) fn programs(operations: usize, depth: usize) -> Vec<Vec<Op>> {
    let mut found = Vec::new();
    for first in 1..=operations {
        let rests = match operations - first {
            0 => vec![Vec::new()],
            rest => programs(rest, depth),
        };
        for op in ops(first, depth) {
            found.extend(rests.iter().map(|rest| {
                let mut program = vec![op.clone()];
                program.extend(rest.iter().cloned());
                program
            }));
        }
    }
    found
}

/// All operations that consist of exactly that many.
fn ops(operations: usize, depth: usize) -> Vec<Op> {
    if operations == 1 {
        return LEAVES.to_vec();
    }
    if depth == 0 {
        return Vec::new();
    }
    let within = operations - 1;
    let mut found = Vec::new();
    for body in programs(within, depth - 1) {
        found.extend(WITH_ONE.iter().map(|make| make(body.clone())));
    }
    for left in 1..within {
        let rights = programs(within - left, depth - 1);
        for left in programs(left, depth - 1) {
            for right in &rights {
                let both = || vec![left.clone(), right.clone()];
                found.extend(WITH_TWO.iter().map(|make| make(both())));
            }
        }
    }
    found
}
