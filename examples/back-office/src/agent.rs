//! A support agent: a language model that answers, uses tools, and asks a person before it spends money.
//!
//! The model is a client that the workflow is given. The deployed [`agent`] has the one of the house; a test makes a
//! handler of [`converse`] and a model of its own.

use durable_runtime::prelude::*;
use serde::{Deserialize, Serialize};

/// Turns of the model, after which it is stopped.
pub const MOST_TURNS: usize = 8;
/// Refunds up to this need no person.
pub const SMALL_REFUND_CENTS: u64 = 2_000;

/// A customer's question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// What they write.
    pub text: String,
}

/// A line of the conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "from", content = "text")]
pub enum Message {
    /// The customer's.
    Customer(String),
    /// What a tool gave.
    Tool(String),
}

/// What the model wants next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// This is the answer.
    Answer(String),
    /// Look up an order.
    LookUp {
        /// Its key.
        order_id: String,
    },
    /// Give money back.
    Refund {
        /// The order.
        order_id: String,
        /// How much.
        cents: u64,
    },
}

/// Why the model gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// It has too much to do now.
    #[error("the model is overloaded")]
    Overloaded,
}

/// A language model.
pub trait Model: Clone + Send + Sync + 'static {
    /// The next turn of a conversation.
    fn complete(
        &self,
        conversation: &[Message],
    ) -> impl Future<Output = Result<Turn, ModelError>> + Send;
}

/// The model of the house, which looks the order up, gives ten coins back, and says so.
#[derive(Debug, Clone, Copy)]
pub struct HouseModel;

impl Model for HouseModel {
    async fn complete(&self, conversation: &[Message]) -> Result<Turn, ModelError> {
        let order_id = "A-1".to_owned();
        Ok(match conversation.len() {
            0 | 1 => Turn::LookUp { order_id },
            2 => Turn::Refund {
                order_id,
                cents: 1_000,
            },
            _ => Turn::Answer("We gave you 1000 cents back.".to_owned()),
        })
    }
}

/// Asks the model. What it said is stored, so a replay hears the same again.
#[durable_step(retry(max_attempts = 5, initial_delay = "2s", backoff_rate = 2.0))]
pub async fn ask_model<M: Model>(model: M, conversation: Vec<Message>) -> Result<Turn, ModelError> {
    model.complete(&conversation).await
}

/// Looks up an order.
#[durable_step]
pub fn look_up(order_id: String) -> String {
    format!("order {order_id}: delivered late")
}

/// Gives money back. What was cut off may have been paid, so it is not repeated.
#[durable_step(semantics = "at_most_once", retry(max_attempts = 1))]
pub fn refund(order_id: String, cents: u64) -> String {
    format!("refunded {cents} cents of order {order_id}")
}

/// The conversation of a customer with the model of the house.
///
/// # Errors
///
/// As [`converse`].
#[durable_execution]
pub async fn agent(event: Question, ctx: DurableContext) -> Result<String, BoxError> {
    converse(event, ctx, HouseModel).await
}

/// The conversation of a customer with a model.
///
/// # Errors
///
/// If the model stays overloaded, has no answer after [`MOST_TURNS`], or a refund is cut off.
pub async fn converse<M: Model>(
    question: Question,
    ctx: DurableContext,
    model: M,
) -> Result<String, BoxError> {
    let mut conversation = vec![Message::Customer(question.text)];
    for turn in 1..=MOST_TURNS {
        let wanted = ask_model(&ctx, model.clone(), conversation.clone())
            .name(format!("turn {turn}"))
            .await?;
        let given = match wanted {
            Turn::Answer(text) => return Ok(text),
            Turn::LookUp { order_id } => look_up(&ctx, order_id).await?,
            Turn::Refund { order_id, cents } => refund_if_allowed(&ctx, order_id, cents).await?,
        };
        conversation.push(Message::Tool(given));
    }
    Err(format!("the model has no answer after {MOST_TURNS} turns").into())
}

async fn refund_if_allowed(
    ctx: &DurableContext,
    order_id: String,
    cents: u64,
) -> Result<String, OperationError> {
    if cents > SMALL_REFUND_CENTS {
        let callback = ctx
            .create_callback::<bool>()
            .name("refund allowed?")
            .timeout(Duration::from_hours(8))
            .await?;
        // A person who does not answer does not allow it.
        if !callback.result().await.unwrap_or(false) {
            return Ok("the refund was not allowed".to_owned());
        }
    }
    refund(ctx, order_id, cents).await
}
