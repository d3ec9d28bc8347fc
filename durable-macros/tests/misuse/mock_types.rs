use durable_runtime::prelude::*;
use durable_test::prelude::*;

#[durable_step]
async fn charge_payment(id: String, cents: u64) -> Result<u64, std::fmt::Error> {
    let _ = id;
    Ok(cents)
}

#[durable_with_child_context]
async fn process_item(ctx: DurableContext, id: String) -> Result<String, BoxError> {
    let _ = ctx;
    Ok(id)
}

struct Unclonable;

#[durable_step]
async fn send(parcel: Unclonable) -> Result<u64, BoxError> {
    let _ = parcel;
    Ok(1)
}

fn results(runner: &DurableRunner) {
    let charge = runner.mock(charge_payment);
    charge.returns("one");
    charge.with(|_, _| Ok("one"));
    charge.with(|_, _| async { "one" });
    runner.mock(process_item).returns(1);
}

fn errors(runner: &DurableRunner) {
    let charge = runner.mock(charge_payment);
    charge.fails(1, || "busy");
    charge.with(|_, _| Err(std::io::Error::other("busy")));
}

fn arguments(runner: &DurableRunner) {
    let charge = runner.mock(charge_payment);
    charge.with(|_id: u32, cents: u64| Ok(cents));
    charge.with(|_id| Ok(1));
    let _ = runner.mock(send).calls();
}

fn main() {}
