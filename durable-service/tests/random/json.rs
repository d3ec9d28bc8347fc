//! Random bodies: bytes, JSON of the API's own words, and valid bodies with a few bytes changed.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};

/// Members and values of the API.
const WORDS: &[&str] = &[
    "CheckpointToken",
    "ClientToken",
    "Updates",
    "Id",
    "Type",
    "Action",
    "ParentId",
    "Name",
    "SubType",
    "Payload",
    "Error",
    "ErrorType",
    "ErrorMessage",
    "ErrorData",
    "StackTrace",
    "ContextOptions",
    "ReplayChildren",
    "StepOptions",
    "NextAttemptDelaySeconds",
    "WaitOptions",
    "WaitSeconds",
    "CallbackOptions",
    "TimeoutSeconds",
    "HeartbeatTimeoutSeconds",
    "ChainedInvokeOptions",
    "FunctionName",
    "TenantId",
    "Status",
    "Result",
    "SUCCEEDED",
    "FAILED",
    "PENDING",
    "STEP",
    "CONTEXT",
    "WAIT",
    "CALLBACK",
    "CHAINED_INVOKE",
    "EXECUTION",
    "START",
    "SUCCEED",
    "FAIL",
    "RETRY",
    "CANCEL",
    "s",
    "r",
    "c",
    "w",
    "child:1",
    "plain",
    "",
    "\u{0}",
    "é",
];

pub(crate) fn bodies() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        1 => vec(any::<u8>(), 0..200),
        2 => value().prop_map(|value| value.to_string().into_bytes()),
        4 => checkpoint().prop_map(|value| value.to_string().into_bytes()),
        3 => (prop_oneof![checkpoint(), response()], vec((any::<Index>(), mutation()), 1..4))
            .prop_map(|(value, mutations)| {
                let mut body = value.to_string().into_bytes();
                for (index, mutation) in mutations {
                    mutation.apply(&mut body, index);
                }
                body
            }),
        1 => response().prop_map(|value| value.to_string().into_bytes()),
    ]
}

/// A change to the text of a body.
#[derive(Debug, Clone)]
enum Mutation {
    Set(u8),
    Remove(usize),
    Repeat(usize),
    Insert(&'static str),
    Cut,
}

impl Mutation {
    fn apply(&self, body: &mut Vec<u8>, index: Index) {
        if body.is_empty() {
            return;
        }
        let index = index.index(body.len());
        let until = |length: usize| (index + length).min(body.len());
        match self {
            Self::Set(byte) => body[index] = *byte,
            Self::Remove(length) => drop(body.drain(index..until(*length))),
            Self::Repeat(length) => {
                let copy = body[index..until(*length)].to_vec();
                body.splice(index..index, copy);
            }
            Self::Insert(text) => drop(body.splice(index..index, text.bytes())),
            Self::Cut => body.truncate(index),
        }
    }
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let texts = vec![
        "0", "9", "-", "e99", ".5", "null", "{", "[", "\"", "\\u0000", "\\ud800", "\u{feff}", ",",
    ];
    prop_oneof![
        any::<u8>().prop_map(Mutation::Set),
        (1..20_usize).prop_map(Mutation::Remove),
        (1..40_usize).prop_map(Mutation::Repeat),
        select(texts).prop_map(Mutation::Insert),
        Just(Mutation::Cut),
    ]
}

fn word() -> impl Strategy<Value = String> {
    select(WORDS).prop_map(str::to_owned)
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word().prop_map(Value::from),
    ]
}

fn number() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => 1..100_i64,
        1 => select(vec![0, -1, i64::MIN, i64::MAX, 31_622_400, 31_622_401, 99_999_999]),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((word(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn checkpoint() -> impl Strategy<Value = Value> {
    (vec(update(), 0..5), any::<bool>()).prop_map(|(updates, client)| {
        let mut body = json!({"CheckpointToken": "AAAA", "Updates": updates});
        if client {
            body["ClientToken"] = "client".into();
        }
        body
    })
}

fn update() -> impl Strategy<Value = Value> {
    // What the service accepts for the operations that there are, and for new ones.
    let whole = select(vec![
        json!({"Id": "s", "Type": "STEP", "Action": "SUCCEED", "Payload": "1"}),
        json!({"Id": "s", "Type": "STEP", "Action": "FAIL", "Error": {"ErrorType": "E", "StackTrace": ["at"]}}),
        json!({"Id": "s", "Type": "STEP", "Action": "RETRY", "StepOptions": {"NextAttemptDelaySeconds": 3}}),
        json!({"Id": "c", "Type": "CONTEXT", "Action": "SUCCEED", "ContextOptions": {"ReplayChildren": true}}),
        json!({"Id": "w", "Type": "WAIT", "Action": "CANCEL"}),
        json!({"Id": "n1", "ParentId": "c", "Type": "STEP", "Action": "START", "Name": "n", "SubType": "Step"}),
        json!({"Id": "n2", "ParentId": "c", "Type": "WAIT", "Action": "START", "WaitOptions": {"WaitSeconds": 2}}),
        json!({"Id": "n3", "Type": "CALLBACK", "Action": "START", "CallbackOptions": {"TimeoutSeconds": 5, "HeartbeatTimeoutSeconds": 2}}),
        json!({"Id": "n4", "Type": "CHAINED_INVOKE", "Action": "START", "Payload": "{}", "ChainedInvokeOptions": {"FunctionName": "child:1"}}),
        json!({"Id": "n5", "Type": "CHAINED_INVOKE", "Action": "START", "ChainedInvokeOptions": {"FunctionName": "plain", "TenantId": "t"}}),
        json!({"Id": "n6", "Type": "CONTEXT", "Action": "START"}),
        json!({"Id": "end", "Type": "EXECUTION", "Action": "SUCCEED", "Payload": "1"}),
    ]);
    // Some lose or gain a member.
    (whole, vec((word(), prop::option::of(leaf())), 0..2)).prop_map(|(mut update, changes)| {
        let members: &mut Map<String, Value> = update.as_object_mut().unwrap();
        for (member, value) in changes {
            match value {
                Some(value) => members.insert(member, value),
                None => members.remove(&member),
            };
        }
        update
    })
}

fn response() -> impl Strategy<Value = Value> {
    (word(), prop::option::of(value()), prop::option::of(value())).prop_map(
        |(status, result, error)| {
            let mut body = json!({"Status": status});
            if let Some(result) = result {
                body["Result"] = result;
            }
            if let Some(error) = error {
                body["Error"] = error;
            }
            body
        },
    )
}
