//! Routes a request to a call by its method and path.
//!
//! SDKs percent-encode an ARN into one segment; a command typed by hand has its slashes as they are. So
//! the label is what stands between the prefix and the suffix of the path before decoding
//! (docs/service.md, 1.1).

use http::Method;
use percent_encoding::percent_decode_str;

/// A call of the API, with its label decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    Execution(ExecutionCall, String),
    Callback(CallbackCall, String),
    ListExecutions(String),
    Invoke(String),
    /// SAM CLI starts an execution of a function that it runs itself.
    EmulatedStart,
    /// SAM CLI says where its functions are.
    EmulatedEndpoint,
    /// The executions of a function are replayed on its present program.
    ReplayCheck(String),
    ListFunctions,
    GetFunction(String),
    GetFunctionConfiguration(String),
}

/// A call about an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExecutionCall {
    Checkpoint,
    State,
    Get,
    History,
    Logs,
    Stop,
    Pause,
    Resume,
    Delete,
}

/// A call about a callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallbackCall {
    Succeed,
    Fail,
    Heartbeat,
}

/// The call of a method and an undecoded path; none if the API has no such call.
pub(super) fn route(method: &Method, path: &str) -> Option<Route> {
    use ExecutionCall::{Checkpoint, Delete, Get, History, Logs, Pause, Resume, State, Stop};

    if let Some(rest) = path.strip_prefix("/2025-12-01/durable-executions/") {
        let suffixed = match *method {
            Method::GET => &[
                ("/state", State),
                ("/history", History),
                ("/logs", Logs),
                ("", Get),
            ][..],
            Method::POST => &[
                ("/checkpoint", Checkpoint),
                ("/stop", Stop),
                ("/pause", Pause),
                ("/resume", Resume),
            ],
            Method::DELETE => &[("", Delete)],
            _ => &[],
        };
        return labelled(rest, suffixed).map(|(call, arn)| Route::Execution(call, arn));
    }
    if let Some(rest) = path.strip_prefix("/2025-12-01/durable-execution-callbacks/") {
        let suffixed = [
            ("/succeed", CallbackCall::Succeed),
            ("/fail", CallbackCall::Fail),
            ("/heartbeat", CallbackCall::Heartbeat),
        ];
        return labelled(rest, &suffixed)
            .filter(|_| *method == Method::POST)
            .map(|(call, id)| Route::Callback(call, id));
    }
    if let Some(rest) = path.strip_prefix("/2025-12-01/functions/") {
        return labelled(rest, &[("/durable-executions", ())])
            .filter(|_| *method == Method::GET)
            .map(|((), function)| Route::ListExecutions(function));
    }
    if let Some(rest) = path.strip_prefix("/replay-check/") {
        return labelled(rest, &[("", ())])
            .filter(|_| *method == Method::POST)
            .map(|((), function)| Route::ReplayCheck(function));
    }
    match (method, path) {
        (&Method::POST, "/start-durable-execution") => return Some(Route::EmulatedStart),
        (&Method::PUT, "/lambda-endpoint") => return Some(Route::EmulatedEndpoint),
        _ => {}
    }
    let rest = path.strip_prefix("/2015-03-31/functions")?;
    let known = rest
        .strip_suffix("/configuration")
        .or(rest.strip_suffix("/invocations"));
    if known.unwrap_or(rest).trim_start_matches('/').contains('/') {
        // Aliases, versions, policies and the like of a function.
        return None;
    }
    match (method, rest) {
        (&Method::GET, "" | "/") => Some(Route::ListFunctions),
        (&Method::GET, rest) => {
            let suffixed = [("/configuration", true), ("", false)];
            let (configuration, function) = labelled(rest.strip_prefix('/')?, &suffixed)?;
            Some(if configuration {
                Route::GetFunctionConfiguration(function)
            } else {
                Route::GetFunction(function)
            })
        }
        (&Method::POST, rest) => labelled(rest.strip_prefix('/')?, &[("/invocations", ())])
            .map(|((), function)| Route::Invoke(function)),
        _ => None,
    }
}

/// The first call whose suffix matches, and the label before it.
fn labelled<T: Copy>(rest: &str, suffixed: &[(&str, T)]) -> Option<(T, String)> {
    suffixed.iter().find_map(|(suffix, call)| {
        let label = rest.strip_suffix(suffix)?;
        let label = percent_decode_str(label).decode_utf8().ok()?;
        (!label.is_empty()).then(|| (*call, label.into_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str =
        "arn:aws:lambda:us-west-2:123456789012:function:f:$LATEST/durable-execution/name/id";
    const ENCODED: &str = "arn%3Aaws%3Alambda%3Aus-west-2%3A123456789012%3Afunction%3Af%3A%24LATEST%2Fdurable-execution%2Fname%2Fid";

    #[test]
    fn raw_and_encoded_arns_reach_the_same_call() {
        for arn in [ARN, ENCODED] {
            let routed = |method: Method, suffix: &str| {
                let path = format!("/2025-12-01/durable-executions/{arn}{suffix}");
                route(&method, &path)
            };
            let call = |call| Some(Route::Execution(call, ARN.to_owned()));
            assert_eq!(routed(Method::GET, ""), call(ExecutionCall::Get));
            assert_eq!(routed(Method::GET, "/state"), call(ExecutionCall::State));
            assert_eq!(routed(Method::GET, "/logs"), call(ExecutionCall::Logs));
            assert_eq!(routed(Method::POST, "/stop"), call(ExecutionCall::Stop));
            assert_eq!(routed(Method::DELETE, ""), call(ExecutionCall::Delete));
            assert_eq!(routed(Method::POST, ""), None);
        }
    }

    #[test]
    fn a_plus_in_a_callback_id_is_a_plus() {
        let path = "/2025-12-01/durable-execution-callbacks/a+b/c%3D%3D/succeed";
        assert_eq!(
            route(&Method::POST, path),
            Some(Route::Callback(CallbackCall::Succeed, "a+b/c==".to_owned()))
        );
    }

    #[test]
    fn functions_are_listed_read_and_invoked() {
        let name = || "f:1".to_owned();
        let get = |path: &str| route(&Method::GET, path);
        assert_eq!(get("/2015-03-31/functions/"), Some(Route::ListFunctions));
        assert_eq!(
            get("/2015-03-31/functions/f%3A1"),
            Some(Route::GetFunction(name()))
        );
        assert_eq!(
            get("/2015-03-31/functions/f:1/configuration"),
            Some(Route::GetFunctionConfiguration(name()))
        );
        assert_eq!(
            route(&Method::POST, "/2015-03-31/functions/f:1/invocations"),
            Some(Route::Invoke(name()))
        );
        for resource in [
            "aliases",
            "aliases/live",
            "versions",
            "policy",
            "concurrency",
        ] {
            assert_eq!(get(&format!("/2015-03-31/functions/f/{resource}")), None);
        }
        assert_eq!(get("/2015-03-31/functionsf"), None);
        assert_eq!(get("/"), None);
    }
}
