//! A model that the tests write the lines of.

use back_office::agent;
use back_office::agent::{
    MOST_TURNS, Message, Model, ModelError, Question, SMALL_REFUND_CENTS, Turn, converse, look_up,
    refund,
};
use durable_test::explore::Allow;
use durable_test::prelude::*;

fn question() -> Question {
    Question {
        text: "Where is my order?".to_owned(),
    }
}

#[durable_test(handler = agent)]
async fn the_model_of_the_house_answers(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(question()).await?;

    assert_eq!(result.result::<String>()?, "We gave you 1000 cents back.");
    assert_eq!(
        result.step_names(),
        ["turn 1", "look_up", "turn 2", "refund", "turn 3"]
    );
    assert_eq!(result.callbacks().count(), 0);
    Ok(())
}

/// A model that gives an order back without asking anyone, and repeats what the tool said.
#[derive(Clone, Copy)]
struct Generous;

impl Model for Generous {
    async fn complete(&self, conversation: &[Message]) -> Result<Turn, ModelError> {
        Ok(match conversation.last() {
            Some(Message::Tool(text)) => Turn::Answer(text.clone()),
            _ => Turn::Refund {
                order_id: "A-1".to_owned(),
                cents: SMALL_REFUND_CENTS + 1,
            },
        })
    }
}

#[durable_test(handler = agent, local_only = "the model is the test's own")]
async fn a_person_allows_a_large_refund(runner: DurableRunner) -> TestOutcome {
    let runner = runner.with_handler(|event, ctx| converse(event, ctx, Generous));
    let paid = runner.mock(refund);
    paid.returns("paid".to_owned());

    let answer = CallbackReply::success(true).after(Duration::from_hours(2));
    let result = runner
        .run(question())
        .on_callback("refund allowed?", answer)
        .await?;

    assert_eq!(result.result::<String>()?, "paid");
    assert_eq!(paid.calls(), [("A-1".to_owned(), SMALL_REFUND_CENTS + 1)]);
    Ok(())
}

#[durable_test(handler = agent, local_only = "the model is the test's own")]
async fn without_an_answer_nothing_is_paid(runner: DurableRunner) -> TestOutcome {
    let runner = runner.with_handler(|event, ctx| converse(event, ctx, Generous));
    runner.mock(refund).expects(0);

    let result = runner
        .run(question())
        .on_callback("refund allowed?", CallbackReply::never())
        .await?;

    assert_eq!(result.result::<String>()?, "the refund was not allowed");
    assert_eq!(result.duration(), Duration::from_hours(8));
    Ok(())
}

/// A model that only ever wants to know more.
#[derive(Clone, Copy)]
struct Curious;

impl Model for Curious {
    async fn complete(&self, _conversation: &[Message]) -> Result<Turn, ModelError> {
        Ok(Turn::LookUp {
            order_id: "A-1".to_owned(),
        })
    }
}

#[durable_test(handler = agent, local_only = "the model is the test's own")]
async fn a_model_without_end_is_stopped(runner: DurableRunner) -> TestOutcome {
    let runner = runner.with_handler(|event, ctx| converse(event, ctx, Curious));
    let looked = runner.mock(look_up);
    looked.returns("nothing new".to_owned());
    looked.expects(MOST_TURNS);

    let result = runner.run(question()).await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    Ok(())
}

/// What the model said is stored, so no crash makes it say it twice, and no refund is paid twice.
#[durable_test(handler = agent, local_only = "crashes are explored")]
async fn no_crash_pays_a_refund_twice(runner: DurableRunner) -> TestOutcome {
    let report = runner
        .explore_crashes(question())
        .allow(Allow::interruption_of("refund"))
        .never_repeats(["refund"])
        .await?;
    assert!(report.points() > 0, "{report}");
    Ok(())
}
