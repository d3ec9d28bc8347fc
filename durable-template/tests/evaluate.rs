//! Templates and what they evaluate to.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::io;
use std::path::Path;

use durable_template::{Files, Function, Inputs, Stack, Template, Value};

fn evaluate(text: &str) -> Stack {
    evaluate_with(text, &Inputs::default())
}

fn evaluate_with(text: &str, inputs: &Inputs<'_>) -> Stack {
    Template::read(text).unwrap().evaluate(inputs)
}

/// The properties of the only function, as text.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Text(text) => text.clone(),
        Value::Number(number) => format!("#{number}"),
        Value::Bool(truth) => format!("?{truth}"),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(shown).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(members) => {
            let members = members
                .iter()
                .map(|(name, value)| format!("{name}: {}", shown(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Unresolved(unresolved) => format!("!! {unresolved}"),
    }
}

/// What an expression evaluates to beside a template's sections; none if the member is left out.
fn expression(sections: &str, expression: &str) -> String {
    expression_with(sections, expression, &Inputs::default())
}

fn expression_with(sections: &str, expression: &str, inputs: &Inputs<'_>) -> String {
    let text = format!(
        "{sections}\nResources:\n  Orders: {{Type: AWS::DynamoDB::Table}}\n  \
         G: {{Type: AWS::Serverless::Function, Properties: {{FunctionName: gee, AutoPublishAlias: live}}}}\n  \
         F:\n    Type: AWS::Serverless::Function\n    Properties:\n      X: {expression}\n"
    );
    let stack = evaluate_with(&text, inputs);
    let function = stack
        .functions
        .iter()
        .find(|it| it.logical_id == "F")
        .unwrap();
    function.properties.get("X").map_or("-".to_owned(), shown)
}

const SECTIONS: &str = "
Parameters:
  Stage: {Type: String, Default: dev}
  Asked: {Type: String}
  Empty: {Type: String, Default: ''}
  Subnets: {Type: CommaDelimitedList, Default: 'a, b,c'}
  Numbers: {Type: 'List<Number>', Default: '1,2'}
  Secret: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /shop/secret}
  Strict: {Type: String, Default: x, AllowedValues: [y, z]}
Mappings:
  Stages: {dev: {Timeout: 30, Zones: [a, b]}, live: {Timeout: 600}}
Conditions:
  Live: !Equals [!Ref Stage, live]
  Dev: !Not [!Condition Live]
  Either: !Or [!Condition Live, {Condition: Dev}]
  Both: !And [!Condition Live, !Equals [!Ref Asked, x]]
  Unknown: !Equals [!Ref Asked, x]
  Loop: !Not [!Condition Loop]";

#[test]
fn intrinsic_functions_are_evaluated_in_both_forms() {
    let arn = "arn:aws:lambda:us-west-2:123456789012:function:gee";
    for (text, expected) in [
        ("!Ref Stage", "dev"),
        ("{Ref: Stage}", "dev"),
        ("!Ref AWS::Region", "us-west-2"),
        ("!Ref AWS::StackName", "local"),
        ("!Ref AWS::NoValue", "-"),
        ("!Ref AWS::NotificationARNs", "[]"),
        ("!Ref Subnets", "[a, b, c]"),
        ("!Ref Numbers", "[1, 2]"),
        ("!Ref Empty", ""),
        ("!Ref G", "gee"),
        ("!Ref GAliaslive", &format!("{arn}:live")),
        ("!Ref G.Version", &format!("{arn}:1")),
        ("!GetAtt G.Arn", arn),
        ("{'Fn::GetAtt': [G, Arn]}", arn),
        (
            "!Sub '${Stage}-${G.Arn}-${!Raw}-${AWS::AccountId}'",
            &format!("dev-{arn}-${{Raw}}-123456789012"),
        ),
        (
            "!Sub ['${a}/${Stage}', {a: !Select [1, !Ref Subnets]}]",
            "b/dev",
        ),
        ("!Join ['-', [!Ref Stage, 1, true]]", "dev-1-true"),
        ("!Join ['+', !Ref Subnets]", "a+b+c"),
        ("!Join ['', []]", ""),
        ("!Split [',', 'a,b']", "[a, b]"),
        ("!Select ['1', !Split ['-', 'x-y']]", "y"),
        ("!FindInMap [Stages, !Ref Stage, Timeout]", "#30"),
        ("!FindInMap [Stages, dev, Zones]", "[a, b]"),
        (
            "!FindInMap [Stages, none, Timeout, {DefaultValue: 7}]",
            "#7",
        ),
        ("!If [Live, a, b]", "b"),
        ("!If [Dev, {A: 1}, !Ref AWS::NoValue]", "{A: #1}"),
        ("!If [Live, a, !Ref AWS::NoValue]", "-"),
        ("!If [Either, yes, no]", "?true"),
        ("!If [Both, a, b]", "b"),
        ("!Base64 abc", "YWJj"),
        ("!Length [1, 2, 3]", "#3"),
        (
            "!ToJsonString {a: [1, true, '1', null]}",
            "{\"a\":[1,true,\"1\",null]}",
        ),
        ("!GetAZs ''", "[us-west-2a, us-west-2b, us-west-2c]"),
        ("[a, !Ref AWS::NoValue, b]", "[a, b]"),
    ] {
        assert_eq!(expression(SECTIONS, text), expected, "{text}");
    }
}

#[test]
fn what_cannot_be_evaluated_says_why() {
    for (text, expected) in [
        ("!Ref Asked", "the parameter Asked has no Default"),
        (
            "!Ref Secret",
            "the parameter Secret is kept in Parameter Store",
        ),
        (
            "!Ref Strict",
            "the parameter Strict is \"x\", which is not one of its AllowedValues: y, z",
        ),
        ("!Ref Nothing", "Nothing is not in the template"),
        ("!Ref Orders", "Orders is an AWS::DynamoDB::Table on AWS"),
        (
            "!GetAtt Orders.Arn",
            "Orders is an AWS::DynamoDB::Table on AWS",
        ),
        ("!GetAtt G.Cost", "G.Cost is known on AWS only"),
        ("!GetAtt G", "!GetAtt G names no attribute"),
        ("!Sub 'a-${Asked}'", "the parameter Asked has no Default"),
        (
            "!Sub 'a-${Asked'",
            "!Sub \"a-${Asked\" has a ${ without a closing brace",
        ),
        (
            "!Join ['-', [a, !Ref Asked]]",
            "the parameter Asked has no Default",
        ),
        (
            "!If [Nothing, a, b]",
            "the template has no condition Nothing",
        ),
        (
            "!If [Unknown, a, b]",
            "the condition Unknown is not known: the parameter Asked has no Default",
        ),
        (
            "!If [Loop, a, b]",
            "the condition Loop is not known: the condition Loop refers to itself",
        ),
        (
            "!Select [3, [a]]",
            "!Select 3 is not one of the 1 items of its list",
        ),
        (
            "!FindInMap [Stages, test, Timeout]",
            "the mapping Stages has no test.Timeout",
        ),
        (
            "!ImportValue network",
            "network is exported by another stack",
        ),
        ("!Cidr ['10.0.0.0/16', 1]", "!Cidr is not resolved here"),
        (
            "'{{resolve:ssm:/a}}'",
            "it is kept in Parameter Store or Secrets Manager",
        ),
        (
            "{'Fn::Sub': a, b: c}",
            "Fn::Sub has other members beside it",
        ),
    ] {
        assert_eq!(
            expression(SECTIONS, text),
            format!("!! {expected}"),
            "{text}"
        );
    }
    assert_eq!(
        expression(SECTIONS, "{a: !Ref Asked, b: 1}"),
        "{a: !! the parameter Asked has no Default, b: #1}"
    );
}

#[test]
fn parameters_are_overridden() {
    let inputs = Inputs {
        parameters: [
            ("Stage", "live"),
            ("Asked", "x"),
            ("Secret", "s3cr3t"),
            ("Numbers", "4, 5"),
            ("Strict", "z"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into(),
        stack_name: "shop".to_owned(),
        ..Inputs::default()
    };
    for (text, expected) in [
        ("!Ref Stage", "live"),
        ("!If [Both, a, b]", "a"),
        ("!Ref Secret", "s3cr3t"),
        ("!Ref Numbers", "[4, 5]"),
        ("!Ref Strict", "z"),
        ("!Sub '${AWS::StackName}-x'", "shop-x"),
    ] {
        assert_eq!(expression_with(SECTIONS, text, &inputs), expected, "{text}");
    }
}

#[test]
fn a_parameter_is_checked_against_its_declaration() {
    for (declaration, expected) in [
        ("{Type: Number, Default: ten}", "which is not a number"),
        (
            "{Type: Number, Default: 3, MinValue: 5}",
            "less than its MinValue 5",
        ),
        (
            "{Type: Number, Default: 9, MaxValue: 5}",
            "more than its MaxValue 5",
        ),
        (
            "{Type: String, Default: ab, MinLength: 3}",
            "shorter than its MinLength 3",
        ),
        (
            "{Type: String, Default: abcd, MaxLength: 3}",
            "longer than its MaxLength 3",
        ),
        (
            "{Type: String, Default: a_b, AllowedPattern: '[a-z]+'}",
            "which does not match its AllowedPattern [a-z]+",
        ),
    ] {
        let sections = format!("Parameters: {{P: {declaration}}}");
        let value = expression(&sections, "!Ref P");
        assert!(
            value.starts_with("!! the parameter P is ") && value.ends_with(expected),
            "{value}"
        );
    }
    let patterned = "Parameters: {P: {Type: String, Default: abc, AllowedPattern: '[a-z]+'}}";
    assert_eq!(expression(patterned, "!Ref P"), "abc");
}

#[test]
fn loops_are_expanded_for_resources_and_members() {
    let stack = evaluate(
        "
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Parameters: {Names: {Type: CommaDelimitedList, Default: 'red,blue-green'}}
Resources:
  Fn::ForEach::Colours:
    - Colour
    - !Ref Names
    - Paint&{Colour}:
        Type: AWS::Serverless::Function
        Properties:
          FunctionName: !Sub 'paint-${Colour}-${AWS::Region}'
          Which: !Ref Colour
          Environment:
            Fn::ForEach::Sizes: [Size, [S, L], {'${Size}_${Colour}': !Ref Size}]
  Plain: {Type: AWS::Serverless::Function}
",
    );
    let seen: Vec<String> = stack
        .functions
        .iter()
        .map(|it| format!("{} {}", it.logical_id, shown(&it.name)))
        .collect();
    assert_eq!(
        seen,
        [
            "Paintred paint-red-us-west-2",
            "Paintbluegreen paint-blue-green-us-west-2",
            "Plain Plain"
        ]
    );
    assert_eq!(shown(&stack.functions[1].properties["Which"]), "blue-green");
    assert_eq!(
        shown(&stack.functions[0].properties["Environment"]),
        "{S_red: S, L_red: L}"
    );
}

#[test]
fn globals_are_merged_as_sam_does() {
    let stack = evaluate(
        "
Globals:
  Function:
    Timeout: 20
    Layers: [one]
    Environment: {Variables: {A: global, B: global}}
    DurableConfig: !If [Never, {ExecutionTimeout: 1}, {ExecutionTimeout: 2}]
Conditions: {Never: !Equals [a, b]}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: {Layers: [two], Environment: {Variables: {B: own, C: own}}}
  Own:
    Type: AWS::Serverless::Function
    Properties: {IgnoreGlobals: [Layers, DurableConfig, Environment], Timeout: 5}
  All: {Type: AWS::Serverless::Function, Properties: {IgnoreGlobals: '*'}}
  Lambda: {Type: AWS::Lambda::Function, Properties: {Timeout: 7}}
",
    );
    let properties = |index: usize| {
        let function: &Function = &stack.functions[index];
        shown(&Value::Map(function.properties.clone()))
    };
    assert_eq!(
        properties(0),
        "{Timeout: #20, Layers: [one, two], Environment: {Variables: {A: global, B: own, C: own}}, \
         DurableConfig: {ExecutionTimeout: #2}}"
    );
    assert_eq!(
        properties(1),
        "{Timeout: #5, IgnoreGlobals: [Layers, DurableConfig, Environment]}"
    );
    assert_eq!(properties(2), "{IgnoreGlobals: *}");
    assert_eq!(properties(3), "{Timeout: #7}");
}

#[test]
fn conditions_decide_which_functions_exist() {
    let stack = evaluate(&format!(
        "{SECTIONS}
Resources:
  A: {{Type: AWS::Serverless::Function, Condition: Dev, Properties: {{FunctionName: order}}}}
  B: {{Type: AWS::Serverless::Function, Condition: Live, Properties: {{FunctionName: order}}}}
  C: {{Type: AWS::Serverless::Function, Condition: Unknown}}
  D: {{Type: AWS::Serverless::Function, Properties: {{Other: !Ref B}}}}"
    ));
    let ids: Vec<&str> = stack
        .functions
        .iter()
        .map(|it| it.logical_id.as_str())
        .collect();
    assert_eq!(ids, ["A", "C", "D"]);
    assert_eq!(
        stack.functions[1].undecided.as_deref(),
        Some("the condition Unknown is not known: the parameter Asked has no Default")
    );
    assert_eq!(
        shown(&stack.functions[2].properties["Other"]),
        "!! B is not created: its Condition Live does not hold"
    );
}

#[test]
fn versions_and_aliases_are_those_that_the_template_publishes() {
    let stack = evaluate(
        "
Resources:
  Order: {Type: AWS::Lambda::Function, Properties: {FunctionName: order}}
  One: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Order}}
  Two: {Type: AWS::Lambda::Version, Properties: {FunctionName: !GetAtt Order.Arn}}
  Live:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: !Ref Order, Name: live, FunctionVersion: !GetAtt Two.Version}
  Caller:
    Type: AWS::Serverless::Function
    Properties: {AutoPublishAlias: prod, A: !Ref Live, B: !Ref Two, C: !GetAtt One.Version, D: !Ref Caller.Alias}
",
    );
    let [order, caller] = stack.functions.as_slice() else {
        panic!("{stack:?}");
    };
    assert_eq!((order.versions, order.aliases["live"].as_str()), (2, "2"));
    assert_eq!((caller.versions, caller.aliases["prod"].as_str()), (1, "1"));
    let arn = "arn:aws:lambda:us-west-2:123456789012:function";
    for (name, expected) in [
        ("A", format!("{arn}:order:live")),
        ("B", format!("{arn}:order:2")),
        ("C", "1".to_owned()),
        ("D", format!("{arn}:Caller:prod")),
    ] {
        assert_eq!(shown(&caller.properties[name]), expected, "{name}");
    }
}

#[derive(Debug)]
struct Two;

impl Files for Two {
    fn read(&self, path: &Path) -> io::Result<String> {
        match path.to_str() {
            Some("app/child/template.yaml") => Ok("
Parameters: {Stage: {Type: String}, Table: {Type: String}}
Resources:
  Work:
    Type: AWS::Serverless::Function
    Properties: {Stage: !Ref Stage, Table: !Ref Table, Stack: !Ref AWS::StackName}
  Main: {Type: AWS::Serverless::Function}
  Again: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ../template.yaml}}
Outputs: {Arn: {Value: !GetAtt Work.Arn}}
"
            .to_owned()),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

#[test]
fn nested_templates_are_followed_where_they_are_at_hand() {
    let inputs = Inputs {
        path: "app/template.yaml".into(),
        files: &Two,
        ..Inputs::default()
    };
    let stack = evaluate_with(
        "
Resources:
  Main:
    Type: AWS::Serverless::Function
    Properties: {Work: !GetAtt Child.Outputs.Arn, None: !GetAtt Child.Outputs.None}
  Tables: {Type: AWS::DynamoDB::Table}
  Child:
    Type: AWS::Serverless::Application
    Properties: {Location: ./child/template.yaml, Parameters: {Stage: dev, Table: !Ref Tables}}
  Public:
    Type: AWS::Serverless::Application
    Properties: {Location: {ApplicationId: 'arn:x', SemanticVersion: 1.0.0}}
  Remote: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: 'https://s3.amazonaws.com/b/k'}}
  Missing: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: none.yaml}}
",
        &inputs,
    );
    let seen: Vec<String> = stack
        .functions
        .iter()
        .map(|it| format!("{} {}", it.path(), shown(&it.name)))
        .collect();
    assert_eq!(
        seen,
        ["Main Main", "Child/Work Work", "Child/Main Child-Main"]
    );
    assert_eq!(
        stack.functions[1].template,
        Path::new("app/child/template.yaml")
    );
    let properties = |index: usize| shown(&Value::Map(stack.functions[index].properties.clone()));
    assert_eq!(
        properties(0),
        "{Work: arn:aws:lambda:us-west-2:123456789012:function:Work, None: !! the stack Child has no output None}"
    );
    assert_eq!(
        properties(1),
        "{Stage: dev, Table: !! Tables is an AWS::DynamoDB::Table on AWS, Stack: local-Child}"
    );
    let not_followed = "is not followed, and its functions are not served";
    assert_eq!(
        stack.notes,
        [
            format!(
                "application Child: stack Again {not_followed}: its template is one that it is nested in"
            ),
            format!(
                "application Public {not_followed}: its template is in the Serverless Application Repository"
            ),
            format!(
                "stack Remote {not_followed}: its template is at https://s3.amazonaws.com/b/k, not on this machine"
            ),
            format!("stack Missing {not_followed}: app/none.yaml: entity not found"),
        ]
    );
}

#[test]
fn merge_keys_anchors_and_tags_are_read() {
    let stack = evaluate(
        "
Base: &base {LOG: debug, TABLE: orders}
More: &more {TABLE: more, EXTRA: 1}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      One: {<<: *base, TABLE: own}
      Several:
        <<: [*base, *more]
        LAST: x
      Same: *base
      Text: !!str 0123
      Quoted: {'<<': 1}
",
    );
    let properties = shown(&Value::Map(stack.functions[0].properties.clone()));
    assert_eq!(
        properties,
        "{One: {LOG: debug, TABLE: own}, Several: {LOG: debug, TABLE: orders, EXTRA: #1, LAST: x}, \
         Same: {LOG: debug, TABLE: orders}, Text: 0123, Quoted: {<<: #1}}"
    );
}

#[test]
fn json_is_read_with_numbers_as_they_are() {
    let stack = evaluate(
        r#"{"Resources": {"F": {"Type": "AWS::Serverless::Function", "Properties": {
            "A": 123456789012345678901, "B": 1e2, "C": 1.50, "D": "\/\ud83d\ude00", "E": {"Ref": "AWS::Region"},
            "F": null, "F": true
        }}}}"#,
    );
    let properties = shown(&Value::Map(stack.functions[0].properties.clone()));
    assert_eq!(
        properties,
        "{A: #123456789012345678901, B: #100.0, C: #1.5, D: /😀, E: us-west-2, F: ?true}"
    );
    assert_eq!(stack.notes, ["\"F\" is there twice; the last one counts"]);
}

#[test]
fn a_text_that_is_no_template_says_why() {
    for (text, expected) in [
        ("", "it is empty"),
        ("[]", "it is not an object with Resources"),
        ("a: 1\n---\nb: 2", "it holds more than one document"),
        ("a: &a [*a]", "an alias is part of its own anchor at line 1"),
        ("a: *b", "at line 1 column"),
        (
            "a: {<<: 1}",
            "a merge key (<<) needs an object or a list of objects at line 1",
        ),
        ("? [a]\n: b", "a member's name must be a text at line 1"),
        (
            &"[".repeat(20_000),
            "recursion limit exceeded at line 1 column 256",
        ),
        (&"[".repeat(150), "it is nested deeper than 100 levels"),
    ] {
        let error = Template::read(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn names_that_refer_to_each_other_end() {
    let stack = evaluate(
        "
Resources:
  A: {Type: AWS::Serverless::Function, Properties: {FunctionName: !Sub '${B}x'}}
  B: {Type: AWS::Serverless::Function, Properties: {FunctionName: !Sub '${A}x'}}",
    );
    assert_eq!(
        shown(&stack.functions[0].name),
        "!! the FunctionName of A refers to itself"
    );
}

#[test]
fn aliases_that_grow_without_bound_are_cut_off() {
    let mut text = "j0: &j0 !Join ['', [xxxxxxxxxx, xxxxxxxxxx]]\n".to_owned();
    let levels = (1..60).map(|level| {
        let before = level - 1;
        format!("j{level}: &j{level} !Join ['', [*j{before}, *j{before}]]\n")
    });
    text.extend(levels);
    text += "Resources: {F: {Type: AWS::Serverless::Function, Properties: {X: *j59, Y: 1}}}";
    let stack = evaluate(&text);
    let value = shown(&stack.functions[0].properties["X"]);
    assert!(value.starts_with("!! the template is "), "{value}");
}

#[test]
fn a_long_logical_id_has_a_shorter_name() {
    let id = "A".repeat(200);
    let stack = evaluate(&format!(
        "Resources: {{{id}: {{Type: AWS::Serverless::Function}}}}"
    ));
    let name = shown(&stack.functions[0].name);
    assert_eq!(name.len(), 64);
    assert!(name.starts_with(&"A".repeat(51)), "{name}");
}
