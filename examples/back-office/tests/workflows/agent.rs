//! A model that the tests write the lines of.

use back_office::agent;
use back_office::agent::Question;
use durable_test::prelude::*;

fn question() -> Question {
    Question {
        text: "Where is my order?".to_owned(),
    }
}

#[durable_test(handler = agent, lambda_function_name = "agent")]
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
