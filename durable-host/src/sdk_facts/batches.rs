use durable_runtime::sdk::{BoxError, Branch, DurableContext};

use super::{run, too_large};
use crate::sdk::batches::is_decision;

#[test]
fn a_batch_with_a_large_result_records_only_which_branches_ended() {
    let run = run(|(), ctx| async move {
        ctx.map([1, 2], |_, item: u32, _| async move { Ok(item) })
            .name("small map")
            .await?;
        ctx.map([1, 2], |_, _, _| async { Ok(too_large()) })
            .name("large map")
            .await?;
        let branch = |name| Branch::new(name, |_: DurableContext| async { Ok(too_large()) });
        ctx.parallel([branch("left"), branch("right")])
            .name("large parallel")
            .await?;
        Ok::<_, BoxError>(())
    });
    let is_recorded_as_decision = |name| is_decision(run.operation(name).result().unwrap());
    assert!(!is_recorded_as_decision("small map"));
    assert!(is_recorded_as_decision("large map"));
    assert!(is_recorded_as_decision("large parallel"));
}
