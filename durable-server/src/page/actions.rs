//! What the forms do. Most of it is a call of the AWS API, so that the rules and messages are the same.

use std::time::Duration;

use bytes::Bytes;
use durable_service::model::{ExecutionArn, Timestamp};
use durable_view::human;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Map, Value};

use super::fields::Fields;
use super::link::{self, encoded};
use super::{Page, Problem};
use crate::engine::Move;
use crate::http::{Client, Response};
use crate::replay_check::{Report, Wanted};

/// What a form led to.
#[derive(Debug)]
pub(super) enum Done {
    /// The browser goes to this page.
    At(String),
    /// A plain function answered.
    Answered {
        function: String,
        answer: String,
        failed: bool,
    },
    /// Executions were replayed.
    Checked(Report),
}

/// Limit on the executions that the page has replayed: the newest ones.
const MAX_REPLAYED: usize = 200;

impl Page {
    /// Does what a form asks for; none if there is no such form.
    ///
    /// `client` is the browser, for what ends when it has gone.
    pub(super) async fn act(
        &self,
        action: &str,
        fields: &Fields,
        client: Option<&Client>,
    ) -> Option<Result<Done, Problem>> {
        Some(match action {
            "start" => self.start(fields).await,
            "succeed" => self.succeed(fields).await,
            "fail" => self.fail(fields).await,
            "heartbeat" => self.callback(fields, "heartbeat", Bytes::new()).await,
            "stop" => self.of_execution(fields, "/stop", &error(fields)).await,
            "pause" => self.of_execution(fields, "/pause", &reason(fields)).await,
            "resume" => self.of_execution(fields, "/resume", &reason(fields)).await,
            "delete" => self.delete(fields).await,
            "time" => self.time(fields).await,
            "hold" => self.hold(fields).await,
            "kill" => self.kill(fields),
            "lose" => self.lose(fields).await,
            "replay-check" => self.replay_check(fields, client).await,
            _ => return None,
        })
    }

    async fn start(&self, fields: &Fields) -> Result<Done, Problem> {
        let function = fields.get("function").unwrap_or_default();
        let input = fields.get("input").unwrap_or("{}").to_owned();
        let fleet = self.engine.fleet();
        let is_plain = fleet
            .function(function)
            .is_some_and(|it| it.config().durable.is_none());
        let invocation_type = if is_plain { "RequestResponse" } else { "Event" };
        let mut headers = HeaderMap::new();
        headers.insert(
            HeaderName::from_static("x-amz-invocation-type"),
            HeaderValue::from_static(invocation_type),
        );
        if let Some(name) = fields.get("name") {
            let name = HeaderValue::from_str(name).map_err(|_| {
                Problem::refused("The name of an execution consists of letters, digits, - and _.")
            })?;
            headers.insert(
                HeaderName::from_static("x-amz-durable-execution-name"),
                name,
            );
        }
        let path = format!(
            "/2015-03-31/functions/{}/invocations?Qualifier=%24LATEST",
            encoded(function)
        );
        let started = self
            .api
            .call(&Method::POST, &path, headers, Bytes::from(input));
        let response = started.await?;
        let arn = response.headers().get("x-amz-durable-execution-arn");
        if let Some(arn) = arn.and_then(|arn| arn.to_str().ok()) {
            return Ok(Done::At(link::execution(arn)));
        }
        let failed = response.headers().contains_key("x-amz-function-error");
        let answer = text(response).await;
        Ok(Done::Answered {
            function: function.to_owned(),
            answer,
            failed,
        })
    }

    async fn succeed(&self, fields: &Fields) -> Result<Done, Problem> {
        let result = fields.get("result").unwrap_or_default();
        if !result.is_empty()
            && let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(result)
        {
            return Err(Problem::refused(&format!(
                "The result is not JSON: {error}. A text needs quotes, as in \"granted\"."
            )));
        }
        let result = Bytes::from(result.to_owned());
        self.callback(fields, "succeed", result).await
    }

    async fn fail(&self, fields: &Fields) -> Result<Done, Problem> {
        let error = Bytes::from(error(fields).to_string());
        self.callback(fields, "fail", error).await
    }

    async fn callback(&self, fields: &Fields, call: &str, body: Bytes) -> Result<Done, Problem> {
        let id = encoded(fields.get("id").unwrap_or_default());
        let path = format!("/2025-12-01/durable-execution-callbacks/{id}/{call}");
        self.call(&Method::POST, &path, body).await?;
        Ok(back(fields))
    }

    /// A call about an execution.
    async fn of_execution(
        &self,
        fields: &Fields,
        suffix: &str,
        body: &Value,
    ) -> Result<Done, Problem> {
        let arn = encoded(fields.get("arn").unwrap_or_default());
        let path = format!("/2025-12-01/durable-executions/{arn}{suffix}");
        let body = Bytes::from(body.to_string());
        self.call(&Method::POST, &path, body).await?;
        Ok(back(fields))
    }

    async fn delete(&self, fields: &Fields) -> Result<Done, Problem> {
        let arn = encoded(fields.get("arn").unwrap_or_default());
        let path = format!("/2025-12-01/durable-executions/{arn}");
        self.call(&Method::DELETE, &path, Bytes::new()).await?;
        Ok(Done::At("/".to_owned()))
    }

    async fn call(&self, method: &Method, path: &str, body: Bytes) -> Result<Response, Problem> {
        Ok(self.api.call(method, path, HeaderMap::new(), body).await?)
    }

    async fn time(&self, fields: &Fields) -> Result<Done, Problem> {
        let arn = arn(fields)?;
        let by = match (fields.get("until"), fields.get("by")) {
            (Some(until), _) => {
                let until = until.parse().map(Timestamp::from_millis);
                Move::Until(until.map_err(|_| Problem::refused("That is no time."))?)
            }
            (None, Some(by)) => Move::By(duration(by)?),
            (None, None) => Move::ToNextDue,
        };
        let moved = self.engine.move_time(&arn, by).await;
        let moved = moved.map_err(|error| Problem::failed(&error.to_string()))?;
        let moved = moved.map_err(|stays| Problem::refused(&format!("Time stays: {stays}.")))?;
        self.engine.note(&format!(
            "the time of {arn} was moved by {} on the page",
            human(moved)
        ));
        Ok(back(fields))
    }

    async fn hold(&self, fields: &Fields) -> Result<Done, Problem> {
        let held = fields.get("held") == Some("true");
        let switched = self.engine.call(|world, _| world.hold(held)).await;
        switched.map_err(|error| Problem::failed(&error.to_string()))?;
        let here = fields.get("back").filter(|it| is_own_page(it));
        Ok(Done::At(here.unwrap_or("/").to_owned()))
    }

    fn kill(&self, fields: &Fields) -> Result<Done, Problem> {
        let arn = arn(fields)?;
        let running = self.engine.look(|world, _| {
            let execution = world.service.execution(&arn).ok()?;
            let last = execution.invocations().last()?;
            Some(last.request_id.clone()).filter(|_| last.ended_at.is_none())
        });
        let killed = running.is_some_and(|request_id| self.engine.fleet().kill(&request_id));
        if !killed {
            return Err(Problem::refused(
                "No invocation of this execution runs now.",
            ));
        }
        Ok(back(fields))
    }

    /// Replays the executions of a function on its present program.
    async fn replay_check(
        &self,
        fields: &Fields,
        client: Option<&Client>,
    ) -> Result<Done, Problem> {
        let name = fields.get("function").unwrap_or_default();
        let function = self.engine.fleet().function(name);
        let function = function.ok_or_else(|| Problem::missing("There is no such function."))?;
        let wanted = Wanted {
            open: false,
            limit: Some(MAX_REPLAYED),
        };
        let report = self.engine.replay_check(function, wanted, client).await;
        let refused =
            |reason: String| Problem::refused(&format!("Nothing was replayed: {reason}."));
        Ok(Done::Checked(report.map_err(refused)?))
    }

    async fn lose(&self, fields: &Fields) -> Result<Done, Problem> {
        let arn = arn(fields)?;
        let lost = self.engine.call(|world, _| {
            let is_open = world.service.family_of(&arn).is_some();
            is_open && world.lose_answer(arn.clone())
        });
        match lost.await {
            Ok(true) => Ok(back(fields)),
            Ok(false) => Err(Problem::refused(
                "The execution has ended, or its next answer will be lost already.",
            )),
            Err(error) => Err(Problem::failed(&error.to_string())),
        }
    }
}

/// Back to the page of the execution that the form is about.
fn back(fields: &Fields) -> Done {
    Done::At(link::execution(fields.get("arn").unwrap_or_default()))
}

/// Whether an address leads to a page of this server: a path, and not the start of another host.
fn is_own_page(address: &str) -> bool {
    address.starts_with('/') && !address.starts_with("//") && !address.contains('\\')
}

fn arn(fields: &Fields) -> Result<ExecutionArn, Problem> {
    let arn = fields.get("arn").unwrap_or_default();
    arn.parse()
        .map_err(|_| Problem::refused("That is no ARN of an execution."))
}

/// The members of a form that are not empty.
fn members<const N: usize>(fields: &Fields, names: [(&str, &str); N]) -> Value {
    let members = names
        .into_iter()
        .filter_map(|(field, member)| Some((member.to_owned(), Value::from(fields.get(field)?))));
    Value::Object(members.collect::<Map<_, _>>())
}

fn error(fields: &Fields) -> Value {
    members(fields, [("type", "ErrorType"), ("message", "ErrorMessage")])
}

fn reason(fields: &Fields) -> Value {
    members(fields, [("reason", "Reason")])
}

/// A duration such as `90s`, `1h 30m` or `2d`.
fn duration(text: &str) -> Result<Duration, Problem> {
    let read = || {
        let span: jiff::Span = text.parse().ok()?;
        let days = jiff::SpanRelativeTo::days_are_24_hours();
        Duration::try_from(span.to_duration(days).ok()?).ok()
    };
    read().ok_or_else(|| {
        Problem::refused(&format!(
            "{text:?} is no duration. Write it like 90s, 1h 30m or 2d."
        ))
    })
}

async fn text(response: Response) -> String {
    let body = response.into_body().collect().await;
    let bytes = body
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

impl From<(StatusCode, String)> for Problem {
    fn from((status, message): (StatusCode, String)) -> Self {
        Self { status, message }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        let seconds = |text: &str| duration(text).map(|it| it.as_secs()).ok();
        assert_eq!(seconds("90s"), Some(90));
        assert_eq!(seconds("1h 30m"), Some(5_400));
        assert_eq!(seconds("2d"), Some(172_800));
        assert_eq!(seconds("-1h"), None);
        assert_eq!(seconds("soon"), None);
    }

    #[test]
    fn a_form_returns_to_pages_of_this_server_only() {
        assert!(is_own_page("/execution?arn=a"));
        for address in ["https://example.com", "//example.com", "/\\example.com", ""] {
            assert!(!is_own_page(address), "{address}");
        }
    }

    #[test]
    fn empty_fields_are_no_members() {
        let fields = Fields::read(b"type=&message=no");
        assert_eq!(error(&fields), json!({"ErrorMessage": "no"}));
    }
}
