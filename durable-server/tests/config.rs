//! Files that configure functions.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use durable_server::config::{ConfigError, DurableConfig, FunctionConfig, Functions};
use durable_service::ServiceSettings;
use tempfile::TempDir;

/// A project in a temporary folder.
struct Project(TempDir);

impl Project {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    fn with(self, file: &str, text: &str) -> Self {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// Adds a file that was modified this number of seconds ago.
    fn with_older(self, file: &str, seconds: u64) -> Self {
        let project = self.with(file, "");
        let time = SystemTime::now() - Duration::from_secs(seconds);
        let opened = fs::File::options().write(true).open(project.path(file));
        opened.unwrap().set_modified(time).unwrap();
        project
    }

    fn json(text: &str) -> Result<Functions, ConfigError> {
        let project = Self::new().with("functions.json", text);
        Functions::read_json(&project.path("functions.json"))
    }

    fn template(self, text: &str) -> Result<(Self, Functions), ConfigError> {
        let project = self.with("template.yaml", text);
        let path = project.path("template.yaml");
        let functions = Functions::read_template(&path, &ServiceSettings::default())?;
        Ok((project, functions))
    }
}

/// The message of an error, without the folder of the file.
fn said(error: &ConfigError) -> String {
    let folder = format!("{}/", error.path.parent().unwrap().display());
    error.to_string().replace(&folder, "")
}

fn only(functions: &Functions) -> &FunctionConfig {
    assert_eq!(functions.functions.len(), 1);
    &functions.functions[0]
}

#[test]
fn a_function_has_the_members_of_the_json_file() {
    let project = Project::new().with("target/debug/hello", "").with(
        "functions.json",
        r#"{"Hello": {
            "Command": ["target/debug/hello", "--fast"],
            "WorkingDirectory": "data",
            "Timeout": 60, "MemorySize": 512, "Handler": "hello",
            "Environment": {"Variables": {"B": "two", "A": "1"}},
            "DurableConfig": {"ExecutionTimeout": 300, "RetentionPeriodInDays": 7},
            "ReservedConcurrentExecutions": 2
        }}"#,
    );
    let functions = Functions::read_json(&project.path("functions.json")).unwrap();
    let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let expected = FunctionConfig {
        name: "Hello".to_owned(),
        command: vec![
            project.path("target/debug/hello").display().to_string(),
            "--fast".to_owned(),
        ],
        working_directory: Some(project.path("data")),
        timeout: Duration::from_mins(1),
        memory: 512,
        environment: [variable("B", "two"), variable("A", "1")].into(),
        handler: Some("hello".to_owned()),
        alias: None,
        durable: Some(DurableConfig {
            execution_timeout: Some(300),
            retention_period_in_days: Some(7),
        }),
        concurrency: 2,
    };
    assert_eq!(functions.functions, [expected]);
    assert!(functions.warnings.is_empty());
}

#[test]
fn missing_members_have_lambdas_defaults() {
    let functions = Project::json(r#"{"plain": {"Command": ["python3", "app.py"]}}"#).unwrap();
    let function = only(&functions);
    assert_eq!(function.command, ["python3", "app.py"]);
    assert_eq!(function.timeout, Duration::from_secs(3));
    assert_eq!((function.memory, function.concurrency), (128, 10));
    assert_eq!(function.durable, None);
    assert_eq!(function.settings().durable, None);
}

#[test]
fn the_order_of_the_json_file_is_kept() {
    let functions = Project::json(
        r#"{"b": {"Command": ["x"]}, "a": {"Command": ["x"]}, "c": {"Command": ["x"]}}"#,
    );
    let functions = functions.unwrap().functions;
    let names: Vec<&str> = functions.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["b", "a", "c"]);
}

#[test]
fn an_error_in_the_json_file_names_the_member_and_the_allowed_values() {
    for (text, expected) in [
        (
            r#"{"f": {"Command": ["x"], "Timeout": 901}}"#,
            "functions.json: function \"f\": Timeout is \"901\"; it must be a whole number from 1 to 900 \
             (seconds)",
        ),
        (
            r#"{"f": {"Command": ["x"], "DurableConfig": {"RetentionPeriodInDays": 0}}}"#,
            "functions.json: function \"f\": DurableConfig.RetentionPeriodInDays is \"0\"; it must be a \
             whole number from 1 to 90 (days)",
        ),
        (
            r#"{"f": {"Command": ["x"], "Environment": {"Variables": {"A-B": "1"}}}}"#,
            "functions.json: function \"f\": Environment.Variables.A-B is not a name of an \
             environment variable; it must start with a letter and contain only letters, digits and _",
        ),
        (
            r#"{"f": {"Command": ["x"], "Environment": {"Variables": {"A": ["1"]}}}}"#,
            "functions.json: function \"f\": Environment.Variables.A is a list; it must be a text",
        ),
        (
            r#"{"f": {"Command": "x"}}"#,
            "functions.json: function \"f\": Command is \"x\"; it must be a list of texts",
        ),
        (
            r#"{"f": {"Timeout": 3}}"#,
            "functions.json: function \"f\": Command is missing; it is the program and its arguments, \
             such as [\"target/debug/hello\"]",
        ),
        (
            r#"{"f": {"Comand": ["x"]}}"#,
            "functions.json: function \"f\": Command is missing; it is the program and its arguments, \
             such as [\"target/debug/hello\"]. Unknown members: Comand",
        ),
        (
            r#"{"my function": {"Command": ["x"]}}"#,
            "functions.json: function \"my function\": its name must be 1 to 64 letters, digits, - and _",
        ),
        (
            r#"{"f": ["x"]}"#,
            "functions.json: function \"f\": its name must have an object as its value, the configuration",
        ),
        (
            "{",
            "functions.json: is not a JSON object of functions by name: EOF while parsing an object at \
             line 1 column 1",
        ),
        (
            "{}",
            "functions.json: configures no function that this server can run: write one, such as {\"Hello\": \
             {\"Command\": [\"target/debug/hello\"], \"DurableConfig\": {\"ExecutionTimeout\": 300}}}",
        ),
    ] {
        let error = Project::json(text).unwrap_err();
        assert_eq!(said(&error), expected);
    }
    let twice = Project::json(r#"{"f": {"Command": ["x"]}, "f": {"Command": ["y"]}}"#);
    assert!(said(&twice.unwrap_err()).contains("duplicate"));
}

#[test]
fn a_missing_program_is_searched_for_beside_the_file_and_in_the_current_folder() {
    let error = Project::json(r#"{"f": {"Command": ["./bin/gone"]}}"#).unwrap_err();
    let message = error.to_string();
    let here = std::env::current_dir().unwrap().join("bin/gone");
    let beside = error.path.parent().unwrap().join("bin/gone");
    for line in [
        "function \"f\": its Command is \"./bin/gone\", which does not exist; looked for",
        &beside.display().to_string(),
        &here.display().to_string(),
        "Build it, or correct the path",
    ] {
        assert!(message.contains(line), "{message}");
    }
}

#[test]
fn an_unknown_member_raises_a_warning() {
    let text =
        r#"{"f": {"Command": ["x"], "Timout": 5, "DurableConfig": {"ExecutionTimeOut": 3}}}"#;
    let functions = Project::json(text).unwrap();
    let [warning, inside] = functions.warnings.as_slice() else {
        panic!("{:?}", functions.warnings);
    };
    assert!(
        inside.ends_with(
            "function \"f\": unknown member DurableConfig.ExecutionTimeOut is ignored; known ones are \
             ExecutionTimeout, RetentionPeriodInDays"
        ),
        "{inside}"
    );
    assert!(
        warning.ends_with(
            "function \"f\": unknown member Timout is ignored; known ones are Command, WorkingDirectory, \
             Timeout, MemorySize, Environment, Handler, DurableConfig, ReservedConcurrentExecutions"
        ),
        "{warning}"
    );
}

#[test]
fn the_template_of_the_order_workflow_is_read() {
    let example = include_str!("../../examples/order-workflow/template.yaml");
    let bootstrap = ".aws-sam/build/OrderWorkflow/bootstrap";
    let (project, functions) = Project::new()
        .with(bootstrap, "")
        .template(example)
        .unwrap();
    let expected = FunctionConfig {
        name: "OrderWorkflow".to_owned(),
        command: vec![project.path(bootstrap).display().to_string()],
        working_directory: Some(project.path(".aws-sam/build/OrderWorkflow")),
        timeout: Duration::from_secs(30),
        memory: 128,
        environment: [].into(),
        handler: Some("bootstrap".to_owned()),
        alias: Some("live".to_owned()),
        durable: Some(DurableConfig {
            execution_timeout: Some(14_400),
            retention_period_in_days: Some(14),
        }),
        concurrency: 10,
    };
    assert_eq!(functions.functions, [expected]);
    assert_eq!(functions.warnings, Vec::<String>::new());
}

#[test]
fn an_unbuilt_function_is_an_error_with_the_paths_tried_and_the_build_command() {
    let example = include_str!("../../examples/order-workflow/template.yaml");
    let project = Project::new().with("Cargo.toml", "");
    let Err(error) = project.template(example) else {
        panic!("there is no program");
    };
    let message = said(&error);
    let folder = error.path.parent().unwrap().display().to_string();
    assert_eq!(
        message.replace(&folder, "FOLDER"),
        "template.yaml: function \"OrderWorkflow\": its program is not built yet; looked for\n  \
         .aws-sam/build/OrderWorkflow/bootstrap\n  bootstrap\n  \
         target/lambda/order-workflow/bootstrap\n  target/release/order-workflow\n  \
         target/debug/order-workflow\nBuild it with `cargo build --bin order-workflow` in FOLDER, or \
         with `sam build`"
    );
}

#[test]
fn the_program_built_last_runs_in_the_folder_of_its_code() {
    let example = include_str!("../../examples/order-workflow/template.yaml");
    let (project, functions) = Project::new()
        .with("Cargo.toml", "")
        .with_older(".aws-sam/build/OrderWorkflow/bootstrap", 100)
        .with_older("target/debug/order-workflow", 10)
        .with_older("target/release/order-workflow", 50)
        .template(example)
        .unwrap();
    let function = only(&functions);
    let program = project.path("target/debug/order-workflow");
    assert_eq!(function.command, [program.display().to_string()]);
    assert_eq!(
        function.working_directory.as_deref(),
        Some(project.0.path())
    );
}

#[test]
fn a_program_is_found_in_the_target_folder_of_a_workspace() {
    let project = Project::new()
        .with("Cargo.toml", "[workspace]")
        .with("members/app/Cargo.toml", "")
        .with("target/debug/order-workflow", "")
        .with(
            "members/app/template.yaml",
            include_str!("../../examples/order-workflow/template.yaml"),
        );
    let template = project.path("members/app/template.yaml");
    let functions = Functions::read_template(&template, &ServiceSettings::default()).unwrap();
    let program = project.path("target/debug/order-workflow");
    assert_eq!(only(&functions).command, [program.display().to_string()]);
}

const POLYGLOT: &str = r#"
Globals:
  Function:
    Timeout: 20
    Environment:
      Variables: {SHARED: globals, STAGE: dev}
Parameters:
  Prefix: {Type: String, Default: shop}
  Secret: {Type: "AWS::SSM::Parameter::Value<String>", Default: /shop/secret}
  Asked: {Type: String}
Resources:
  Orders: {Type: "AWS::DynamoDB::Table"}
  Python:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub "${Prefix}-orders"
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      MemorySize: "256"
      AutoPublishAlias: live
      DurableConfig: {ExecutionTimeout: 60}
      Environment:
        Variables:
          SHARED: own
          COUNT: 3
          FLAG: true
          REGION: !Ref AWS::Region
          ACCOUNT: !Sub "${AWS::AccountId}/${!Literal}"
          NODE: !Ref Node
          NODE_ARN: !GetAtt Node.Arn
          SELF: !Ref Python.Alias
          SELF_TOO: !Sub ["${who}:live", {who: !GetAtt [Python, Arn]}]
          JOINED: !Join ["-", [!Ref Prefix, x]]
          GONE: !Ref AWS::NoValue
          TABLE: !Ref Orders
          TABLE_ARN: !GetAtt Orders.Arn
          SECRET: !Ref Secret
          ASKED: !Ref Asked
          MANAGED: "{{resolve:secretsmanager:shop}}"
          ABSENT: !Ref Absent
          CHOSEN: !If [IsProd, a, b]
  Node:
    Type: AWS::Lambda::Function
    Properties: {Runtime: nodejs22.x, Handler: index.handler, Code: {S3Bucket: b, S3Key: k}}
  Java:
    Type: AWS::Serverless::Function
    Properties: {Runtime: java21, Handler: App}
  Image:
    Type: AWS::Serverless::Function
    Properties: {PackageType: Image}
"#;

#[test]
fn functions_of_other_runtimes_run_under_their_interface_clients() {
    let (project, functions) = Project::new().template(POLYGLOT).unwrap();
    let [python, node] = functions.functions.as_slice() else {
        panic!("{functions:?}");
    };
    assert_eq!(python.name, "shop-orders");
    assert_eq!(
        python.command,
        ["python3", "-m", "awslambdaric", "app.handler"]
    );
    assert_eq!(python.working_directory, Some(project.path("src")));
    assert_eq!(
        (python.timeout, python.memory),
        (Duration::from_secs(20), 256)
    );
    assert_eq!(python.alias.as_deref(), Some("live"));

    // SAM's globals do not apply to functions that are not SAM's.
    assert_eq!(node.name, "Node");
    assert_eq!(node.command, ["npx", "aws-lambda-ric", "index.handler"]);
    assert_eq!(node.timeout, Duration::from_secs(3));
    assert!(node.environment.is_empty());
}

#[test]
fn intrinsics_are_resolved_or_left_out_with_a_warning() {
    let (_project, functions) = Project::new().template(POLYGLOT).unwrap();
    let variables: Vec<String> = functions.functions[0]
        .environment
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let arn = "arn:aws:lambda:us-west-2:123456789012:function";
    assert_eq!(
        variables,
        [
            "SHARED=own",
            "STAGE=dev",
            "COUNT=3",
            "FLAG=true",
            "REGION=us-west-2",
            "ACCOUNT=123456789012/${Literal}",
            "NODE=Node",
            &format!("NODE_ARN={arn}:Node"),
            &format!("SELF={arn}:shop-orders:live"),
            &format!("SELF_TOO={arn}:shop-orders:live"),
            "JOINED=shop-x",
        ]
    );
    let said: Vec<&str> = functions
        .warnings
        .iter()
        .map(|warning| warning.split_once("template.yaml: ").unwrap().1)
        .collect();
    let left_out = |name: &str, reason: &str| {
        format!("function \"shop-orders\": Environment.Variables.{name} is left out: {reason}")
    };
    assert_eq!(
        said,
        [
            left_out("TABLE", "Orders is an AWS::DynamoDB::Table on AWS"),
            left_out("TABLE_ARN", "Orders is an AWS::DynamoDB::Table on AWS"),
            left_out("SECRET", "the parameter Secret is kept in Parameter Store"),
            left_out("ASKED", "the parameter Asked has no Default"),
            left_out("MANAGED", "it is kept in Parameter Store or Secrets Manager"),
            left_out("ABSENT", "Absent is not in the template"),
            left_out("CHOSEN", "!If is not resolved here"),
            "function \"Java\": is left out: this server does not run java21 by itself; set its Command \
             in functions.json"
                .to_owned(),
            "function \"Image\": is left out: it is a container image".to_owned(),
        ]
    );
}

#[test]
fn a_template_in_json_is_read_with_the_long_forms_of_intrinsics() {
    let text = r#"{
        "Parameters": {"Name": {"Type": "String", "Default": "from-json"}},
        "Resources": {"F": {"Type": "AWS::Serverless::Function", "Properties": {
            "CodeUri": {"Bucket": "b", "Key": "k"},
            "FunctionName": {"Ref": "Name"}, "Runtime": "python3.12", "Handler": "app.handler",
            "Environment": {"Variables": {
                "R": {"Ref": "AWS::Region"},
                "S": {"Fn::Sub": "${F.Arn}"},
                "G": {"Fn::GetAtt": ["F", "Arn"]}
            }}
        }}}
    }"#;
    let (project, functions) = Project::new().template(text).unwrap();
    let function = only(&functions);
    assert_eq!(
        function.working_directory.as_deref(),
        Some(project.0.path())
    );
    assert!(
        functions.warnings[0].ends_with(
            "function \"from-json\": CodeUri is not on this machine; the template's folder is used instead"
        ),
        "{:?}",
        functions.warnings
    );
    let arn = "arn:aws:lambda:us-west-2:123456789012:function:from-json";
    assert_eq!(function.name, "from-json");
    let values: Vec<&str> = function.environment.values().map(String::as_str).collect();
    assert_eq!(values, ["us-west-2", arn, arn]);
}

#[test]
fn an_error_in_a_template_names_the_function_and_the_member() {
    let function = |properties: &str| {
        format!("Resources: {{F: {{Type: AWS::Serverless::Function, Properties: {properties}}}}}")
    };
    for (text, expected) in [
        (
            function("{Runtime: python3.13, Handler: a.b, Timeout: 1000}"),
            "template.yaml: function \"F\": Timeout is \"1000\"; it must be a whole number from 1 to 900 \
             (seconds)",
        ),
        (
            function("{Runtime: python3.13}"),
            "template.yaml: function \"F\": Handler is missing; this Runtime needs it",
        ),
        (
            function("{FunctionName: a b, Runtime: python3.13, Handler: a.b}"),
            "template.yaml: function \"F\": FunctionName is \"a b\"; it must be 1 to 64 letters, digits, \
             - and _",
        ),
        (
            "Resources: {}".to_owned(),
            "template.yaml: configures no function that this server can run: it needs an AWS::Serverless::Function \
             with a Runtime of provided.*, python3.* or nodejs*, and its code beside the template",
        ),
    ] {
        let Err(error) = Project::new().template(&text) else {
            panic!("{text} was read");
        };
        assert_eq!(said(&error).replace("\"a b\": Fun", "\"F\": Fun"), expected);
    }
    let same = "Resources:
  A: {Type: AWS::Serverless::Function, Properties: {FunctionName: n, Runtime: python3.13, Handler: a.b}}
  B: {Type: AWS::Serverless::Function, Properties: {FunctionName: n, Runtime: python3.13, Handler: a.b}}";
    let Err(error) = Project::new().template(same) else {
        panic!("two functions of one name were read");
    };
    assert_eq!(
        said(&error),
        "template.yaml: two functions have the name \"n\"; names must differ"
    );
}

#[test]
fn a_missing_file_is_named() {
    let path = Path::new("/nowhere/template.yaml");
    let error = Functions::read_template(path, &ServiceSettings::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("/nowhere/template.yaml: cannot be read: "),
        "{error}"
    );
}
