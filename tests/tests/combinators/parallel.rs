use durable_test::prelude::*;
use durable_test::results::Operation;
use durable_workflow_tests::combinators::parallel::{book_tour, book_trip, flat_branches};

#[durable_test(handler = book_trip, lambda_function_name = "book_trip")]
async fn results_come_in_the_order_of_the_branches(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"city": "Rome"})).await?;

    assert_eq!(
        result.result::<Vec<String>>()?,
        ["flight to Rome", "hotel in Rome"]
    );
    let bookings = result.get_context("bookings")?;
    assert_eq!(bookings.sub_type(), Some("Parallel"));
    let branches: Vec<&str> = bookings.children().map(Operation::label).collect();
    assert_eq!(branches, ["flight", "hotel"]);
    let hotel = result.get_step("bookings/hotel/book_hotel")?;
    assert_eq!(hotel.result::<String>()?, "hotel in Rome");
    assert_eq!(
        hotel.parent().and_then(Operation::sub_type),
        Some("ParallelBranch")
    );
    Ok(())
}

#[durable_test(handler = book_trip, lambda_function_name = "book_trip")]
async fn a_branch_that_fails_fails_the_workflow(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!({"city": "Rome", "no_room": true})).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    let error = result.error().expect("a failed execution has an error");
    assert!(error.to_string().contains("no room in Rome"), "{error}");
    assert_eq!(
        result.get_context("bookings/flight")?.status(),
        OperationStatus::Succeeded
    );
    assert_eq!(
        result.get_context("bookings/hotel")?.status(),
        OperationStatus::Failed
    );
    // The SDK closes the batch itself as succeeded: its summary holds the failure.
    assert_eq!(
        result.get_context("bookings")?.status(),
        OperationStatus::Succeeded
    );
    Ok(())
}

#[durable_test(handler = book_tour, lambda_function_name = "book_tour")]
async fn a_parallel_in_a_map_is_separate_for_each_item(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(["Rome", "Oslo"])).await?;

    let stops: Vec<Vec<String>> = result.result()?;
    assert_eq!(stops[1], ["flight to Oslo", "hotel in Oslo"]);
    let flight = result.get_step("tour/stop-1/bookings/flight/book_flight")?;
    assert_eq!(flight.result::<String>()?, "flight to Oslo");
    // A map, two items, a parallel with two branches in each.
    assert_eq!(result.contexts().count(), 1 + 2 + 2 + 4);
    Ok(())
}

#[durable_test(handler = flat_branches, lambda_function_name = "flat_branches")]
async fn flat_branches_have_no_contexts(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(json!(null)).await?;

    assert_eq!(result.result::<Vec<String>>()?, ["left", "right"]);
    assert_eq!(result.contexts().count(), 1);
    let steps: Vec<String> = result.steps().map(Operation::path).collect();
    assert_eq!(steps, ["flat/left", "flat/right"]);
    Ok(())
}
