//! All parts of a trip, or none.

use back_office::trip::{AgencyError, Outcome, Part, Trip, book, cancel};
use back_office::trip_saga;
use durable_test::prelude::*;

fn trip(city: &str) -> Trip {
    Trip {
        traveller: "Ada".to_owned(),
        city: city.to_owned(),
    }
}

#[durable_test(handler = trip_saga, lambda_function_name = "trip_saga")]
async fn a_trip_is_booked_whole(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(trip("Rome")).await?;

    let references = ["flight-Ada", "hotel-Ada", "car-Ada"];
    assert_eq!(
        result.result::<Outcome>()?,
        Outcome::Booked {
            references: references.map(str::to_owned).to_vec(),
        }
    );
    Ok(())
}

#[durable_test(handler = trip_saga, lambda_function_name = "trip_saga")]
async fn what_was_booked_is_cancelled_in_reverse(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(trip("Venice")).await?;

    assert_eq!(
        result.result::<Outcome>()?,
        Outcome::Undone {
            missing: Part::Car,
            cancelled: vec!["hotel-Ada".to_owned(), "flight-Ada".to_owned()],
        }
    );
    assert_eq!(
        result.step_names(),
        [
            "book flight",
            "book hotel",
            "book car",
            "cancel hotel",
            "cancel flight",
        ]
    );
    // 5 and 10 seconds between the three attempts.
    assert_eq!(result.get_step("book car")?.attempt(), 3);
    Ok(())
}

#[durable_test(handler = trip_saga, local_only = "crashes are explored")]
async fn a_crash_leaves_no_half_booked_trip(runner: DurableRunner) -> TestOutcome {
    for city in ["Rome", "Venice", "Atlantis"] {
        let report = runner.explore_crashes(trip(city)).await?;
        assert!(report.points() > 0, "{city}: {report}");
    }
    Ok(())
}

#[durable_test(handler = trip_saga, local_only = "two crashes in one run")]
async fn nor_do_two_crashes(runner: DurableRunner) -> TestOutcome {
    let report = runner.explore_crashes(trip("Atlantis")).pairs(200).await?;
    assert!(report.pairs() > 0, "{report}");
    Ok(())
}

#[durable_test(handler = trip_saga, local_only = "the agency is a mock")]
async fn a_silent_agency_is_asked_again(runner: DurableRunner) -> TestOutcome {
    let agency = runner.mock(book);
    agency.fails(2, || AgencyError::Silent);
    agency.takes(Duration::from_secs(1));

    let result = runner.run(trip("Rome")).await?;

    assert_eq!(result.get_step("book flight")?.attempt(), 3);
    // Five attempts of a second each; 5 and 10 seconds before the second and third of the flight.
    assert_eq!(result.duration(), Duration::from_secs(5 + 5 + 10));
    let parts: Vec<Part> = agency.calls().into_iter().map(|(_, part)| part).collect();
    assert_eq!(
        parts,
        [
            Part::Flight,
            Part::Flight,
            Part::Flight,
            Part::Hotel,
            Part::Car
        ]
    );
    Ok(())
}

#[durable_test(handler = trip_saga, local_only = "the agency is a mock")]
async fn a_booking_that_cannot_be_cancelled_is_an_operators_matter(
    runner: DurableRunner,
) -> TestOutcome {
    let cancellation = runner.mock(cancel);
    cancellation.with(|_| Err(AgencyError::Silent));
    cancellation.expects(20);

    let result = runner.run(trip("Atlantis")).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    assert_eq!(result.get_step("cancel flight")?.attempt(), 20);
    Ok(())
}
