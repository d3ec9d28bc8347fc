//! People who answer, do not answer, or answer too late.

use back_office::loan::{Application, Decision, MANAGER_TIME, OFFICER_TIME, Verdict};
use back_office::loan_approval;
use durable_test::explore::Allow;
use durable_test::prelude::*;

/// An application that no rule decides.
fn large() -> Application {
    Application {
        id: "L-1".to_owned(),
        cents: 2_000_000,
        income_cents: 800_000,
    }
}

fn verdict(granted: bool, by: &str) -> Verdict {
    Verdict {
        granted,
        by: by.to_owned(),
    }
}

#[durable_test(handler = loan_approval, lambda_function_name = "loan_approval")]
async fn a_small_loan_of_a_good_customer_needs_no_person(runner: DurableRunner) -> TestOutcome {
    let small = Application {
        cents: 300_000,
        ..large()
    };
    let result = runner.run(&small).await?;

    let by = "rule".to_owned();
    assert_eq!(result.result::<Decision>()?, Decision::Granted { by });
    assert_eq!(result.step_names(), ["check_credit", "write_letter"]);
    assert_eq!(result.callbacks().count(), 0);
    Ok(())
}

#[durable_test(handler = loan_approval, lambda_function_name = "loan_approval")]
async fn nobody_is_asked_about_a_hopeless_application(runner: DurableRunner) -> TestOutcome {
    let hopeless = Application {
        income_cents: 10_000,
        ..large()
    };
    let result = runner.run(&hopeless).await?;

    let by = "rule".to_owned();
    assert_eq!(result.result::<Decision>()?, Decision::Refused { by });
    assert_eq!(result.callbacks().count(), 0);
    Ok(())
}

#[durable_test(handler = loan_approval, local_only = "the officer answers after a day")]
async fn the_officer_decides(runner: DurableRunner) -> TestOutcome {
    let day = Duration::from_hours(24);
    let answer = CallbackReply::success(verdict(true, "Ada")).after(day);
    let result = runner
        .run(large())
        .on_callback("verdict of the officer", answer)
        .await?;

    let by = "Ada".to_owned();
    assert_eq!(result.result::<Decision>()?, Decision::Granted { by });
    assert_eq!(result.duration(), day);
    Ok(())
}

#[durable_test(handler = loan_approval, local_only = "the officer is silent for three days")]
async fn a_silent_officer_hands_over_to_the_manager(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(large())
        .on_callback("verdict of the officer", CallbackReply::never())
        .on_callback(
            "verdict of the manager",
            CallbackReply::success(verdict(false, "Grace")),
        )
        .await?;

    let by = "Grace".to_owned();
    assert_eq!(result.result::<Decision>()?, Decision::Refused { by });
    let silent = result.get_callback("officer/verdict of the officer")?;
    assert_eq!(silent.status(), OperationStatus::TimedOut);
    assert_eq!(result.duration(), OFFICER_TIME);
    Ok(())
}

#[durable_test(handler = loan_approval, local_only = "five days pass")]
async fn without_any_answer_the_application_expires(runner: DurableRunner) -> TestOutcome {
    let result = runner
        .run(large())
        .on_callback("*", CallbackReply::never())
        .await?;

    assert_eq!(result.result::<Decision>()?, Decision::Expired);
    assert_eq!(result.duration(), OFFICER_TIME + MANAGER_TIME);
    Ok(())
}

#[durable_test(handler = loan_approval, local_only = "the test moves the clock")]
async fn an_answer_after_the_deadline_is_refused(runner: DurableRunner) -> TestOutcome {
    let running = runner.start(large()).await?;
    let officer = running.wait_for_callback("verdict of the officer").await?;
    running.advance(OFFICER_TIME).await?;

    let manager = running.wait_for_callback("verdict of the manager").await?;
    let late = officer.succeed(&verdict(true, "Ada")).await;
    assert!(late.is_err(), "the officer's time was over");

    manager.succeed(&verdict(true, "Grace")).await?;
    let by = "Grace".to_owned();
    let result = running.result().await?;
    assert_eq!(result.result::<Decision>()?, Decision::Granted { by });
    Ok(())
}

/// The letter is written at most once; where it was cut off, the execution fails and a person looks.
#[durable_test(handler = loan_approval, local_only = "crashes are explored")]
async fn no_crash_writes_two_letters(runner: DurableRunner) -> TestOutcome {
    let report = runner
        .run(large())
        .on_callback(
            "verdict of the officer",
            CallbackReply::success(verdict(true, "Ada")),
        )
        .explore_crashes()
        .allow(Allow::interruption_of("write_letter"))
        .never_repeats(["write_letter"])
        .await?;
    assert!(report.runs() > report.points(), "{report}");
    Ok(())
}
