//! Files that configure functions.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use durable_server::config::{
    ConfigError, DurableConfig, FunctionConfig, Functions, LogFormat, LogLevel, LoggingConfig,
    TemplateOptions, Tenancy,
};
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

    /// Adds a program.
    fn with_program(self, file: &str) -> Self {
        let project = self.with(file, "#!/bin/sh\n");
        fs::set_permissions(project.path(file), fs::Permissions::from_mode(0o755)).unwrap();
        project
    }

    /// Adds a program that was built this number of seconds ago.
    fn with_older(self, file: &str, seconds: u64) -> Self {
        let project = self.with_program(file);
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
        let functions = read(&path)?;
        Ok((project, functions))
    }
}

fn read(template: &Path) -> Result<Functions, ConfigError> {
    let (settings, options) = (ServiceSettings::default(), TemplateOptions::default());
    Functions::read_template(template, &settings, &options)
}

/// The reasons why the only function is not served.
fn reasons(functions: &Functions) -> &[String] {
    assert_eq!(functions.functions, []);
    &functions.left_out[0].reasons
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
    let project = Project::new().with_program("target/debug/hello").with(
        "functions.json",
        r#"{"Hello": {
            "Command": ["target/debug/hello", "--fast"],
            "WorkingDirectory": "data",
            "Timeout": 60, "MemorySize": 512, "Handler": "hello",
            "Environment": {"Variables": {"B": "two", "A": "1"}},
            "DurableConfig": {"ExecutionTimeout": 300, "RetentionPeriodInDays": 7},
            "ReservedConcurrentExecutions": 2, "Aliases": {"live": 2, "next": "$LATEST"},
            "LoggingConfig": {"LogFormat": "Text", "SystemLogLevel": "WARN", "LogGroup": "hello-logs"}
        }}"#,
    );
    let functions = Functions::read_json(&project.path("functions.json")).unwrap();
    let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let expected = FunctionConfig {
        endpoint: None,
        name: "Hello".to_owned(),
        other_names: vec![],
        runtime: None,
        command: vec![
            project.path("target/debug/hello").display().to_string(),
            "--fast".to_owned(),
        ],
        working_directory: Some(project.path("data")),
        timeout: Duration::from_mins(1),
        memory: 512,
        environment: [variable("B", "two"), variable("A", "1")].into(),
        handler: Some("hello".to_owned()),
        aliases: [variable("live", "2"), variable("next", "$LATEST")].into(),
        versions: 2,
        durable: Some(DurableConfig {
            execution_timeout: Some(300),
            retention_period_in_days: Some(7),
        }),
        tenancy: Tenancy::Unchecked,
        concurrency: 2,
        logging: LoggingConfig {
            format: Some(LogFormat::Text),
            application_level: None,
            system_level: Some(LogLevel::Warn),
            group: Some("hello-logs".to_owned()),
        },
    };
    assert_eq!(functions.functions, [expected]);
    assert!(functions.warnings.is_empty());
}

#[test]
fn missing_members_have_lambdas_defaults() {
    let functions = Project::json(r#"{"plain": {"Command": ["sh", "app.sh"]}}"#).unwrap();
    let function = only(&functions);
    assert_eq!(function.command, ["sh", "app.sh"]);
    assert_eq!(function.timeout, Duration::from_secs(3));
    assert_eq!((function.memory, function.concurrency), (128, 10));
    assert_eq!(function.durable, None);
    assert_eq!(function.settings().durable, None);
}

#[test]
fn a_durable_function_logs_json_unless_its_file_chooses() {
    let functions = Project::json(
        r#"{"plain": {"Command": ["sh"]}, "durable": {"Command": ["sh"], "DurableConfig": {}},
            "text": {"Command": ["sh"], "DurableConfig": {}, "LoggingConfig": {"LogFormat": "Text"}},
            "loud": {"Command": ["sh"], "LoggingConfig": {"LogFormat": "JSON", "ApplicationLogLevel": "TRACE"}}}"#,
    );
    let functions = functions.unwrap().functions;
    let logs = |it: &FunctionConfig| (it.log_format(), it.log_level());
    let logs: Vec<_> = functions.iter().map(logs).collect();
    assert_eq!(
        logs,
        [
            (LogFormat::Text, None),
            (LogFormat::Json, Some(LogLevel::Info)),
            (LogFormat::Text, None),
            (LogFormat::Json, Some(LogLevel::Trace)),
        ]
    );
    assert_eq!(functions[0].log_group(), "/aws/lambda/plain");
}

#[test]
fn the_order_of_the_json_file_is_kept() {
    let functions = Project::json(
        r#"{"b": {"Command": ["sh"]}, "a": {"Command": ["sh"]}, "c": {"Command": ["sh"]}}"#,
    );
    let functions = functions.unwrap().functions;
    let names: Vec<&str> = functions.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["b", "a", "c"]);
}

#[test]
fn a_function_of_the_json_file_is_left_out_with_the_member_and_the_allowed_values() {
    for (text, expected) in [
        (
            r#"{"f": {"Command": ["sh"], "Timeout": 901}}"#,
            "Timeout is \"901\"; it must be a whole number from 1 to 900 (seconds)",
        ),
        (
            r#"{"f": {"Command": ["sh"], "DurableConfig": {"RetentionPeriodInDays": 0}}}"#,
            "DurableConfig.RetentionPeriodInDays is \"0\"; it must be a whole number from 1 to 90 (days)",
        ),
        (
            r#"{"f": {"Command": ["sh"], "Environment": {"Variables": {"A-B": "1"}}}}"#,
            "Environment.Variables.A-B is not a name of an environment variable; it must start with a \
             letter and contain only letters, digits and _",
        ),
        (
            r#"{"f": {"Command": ["sh"], "Environment": {"Variables": {"A": ["1"]}}}}"#,
            "Environment.Variables.A is a list; it must be a text",
        ),
        (
            r#"{"f": {"Command": "sh"}}"#,
            "Command is \"sh\"; it must be a list of texts",
        ),
        (
            r#"{"f": {"Timeout": 3}}"#,
            "Command is missing; it is the program and its arguments, such as [\"target/debug/hello\"]",
        ),
        (
            r#"{"f": {"Comand": ["sh"]}}"#,
            "Command is missing; it is the program and its arguments, such as [\"target/debug/hello\"]. \
             Unknown members: Comand",
        ),
        (
            r#"{"f": {"Command": ["sh"], "DurableConfg": {}}}"#,
            "DurableConfg is no member; did you mean DurableConfig?",
        ),
        (
            r#"{"f": {"Command": ["sh"], "TenancyConfig": {"TenantIsolationMode": "NONE"}}}"#,
            "TenancyConfig.TenantIsolationMode is \"NONE\"; it must be PER_TENANT",
        ),
        (
            r#"{"f": {"Command": ["sh"], "LoggingConfig": {"LogFormat": "json"}}}"#,
            "LoggingConfig.LogFormat is \"json\"; it must be one of JSON, Text",
        ),
        (
            r#"{"f": {"Command": ["sh"], "Aliases": {"live": "latest"}}}"#,
            "Aliases.live is \"latest\"; it must be a version: a number or $LATEST",
        ),
        (
            r#"{"f": {"Command": ["sh"], "Aliases": {"1": "1"}}}"#,
            "Aliases.1 is not a name of an alias; it must have 1 to 128 letters, digits, - and _, and not be a \
             number",
        ),
        (
            r#"{"my function": {"Command": ["sh"]}}"#,
            "its name must be 1 to 64 letters, digits, - and _",
        ),
        (
            r#"{"f": ["sh"]}"#,
            "its name must have an object as its value, the configuration",
        ),
    ] {
        let functions = Project::json(text).unwrap();
        assert_eq!(reasons(&functions), [expected]);
    }
}

#[test]
fn all_reasons_are_said_and_other_functions_are_served() {
    let functions = Project::json(
        r#"{"good": {"Command": ["sh"]}, "bad": {"Timeout": 0, "MemorySize": 1, "Command": []}}"#,
    )
    .unwrap();
    assert_eq!(only(&functions).name, "good");
    let [bad] = functions.left_out.as_slice() else {
        panic!("{functions:?}");
    };
    assert_eq!(
        bad.to_string(),
        "function \"bad\" is not served: Timeout is \"0\"; it must be a whole number from 1 to 900 (seconds)\n  \
         and MemorySize is \"1\"; it must be a whole number from 128 to 10240 (MB)\n  \
         and Command is empty; it must be the program and its arguments, such as [\"target/debug/hello\"]"
    );
}

#[test]
fn a_function_without_concurrency_is_served_and_one_with_much_of_it_too() {
    let functions = Project::json(
        r#"{"off": {"Command": ["sh"], "ReservedConcurrentExecutions": 0},
            "much": {"Command": ["sh"], "ReservedConcurrentExecutions": 2500}}"#,
    )
    .unwrap();
    let concurrency: Vec<usize> = functions
        .functions
        .iter()
        .map(|it| it.concurrency)
        .collect();
    assert_eq!(concurrency, [0, 2_500]);
}

#[test]
fn a_file_that_is_no_object_of_functions_is_an_error() {
    for (text, expected) in [
        (
            "{",
            "functions.json: is not a JSON object of functions by name: EOF while parsing an object at \
             line 1 column 1",
        ),
        (
            "[]",
            "functions.json: is not a JSON object of functions by name: it is not an object",
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
    let twice = Project::json(r#"{"f": {"Command": ["sh"]}, "f": {"Command": ["y"]}}"#);
    assert!(said(&twice.unwrap_err()).contains("duplicate"));
}

#[test]
fn a_missing_program_is_searched_for_beside_the_file_and_in_the_current_folder() {
    let project = Project::new().with("functions.json", r#"{"f": {"Command": ["./bin/gone"]}}"#);
    let functions = Functions::read_json(&project.path("functions.json")).unwrap();
    let message = functions.left_out[0].to_string();
    let here = std::env::current_dir().unwrap().join("bin/gone");
    for line in [
        "function \"f\" is not served: Runtime.InvalidEntrypoint: its Command is \"./bin/gone\", which does \
         not exist; looked for",
        &project.path("bin/gone").display().to_string(),
        &here.display().to_string(),
        "Build it, or correct the path",
    ] {
        assert!(message.contains(line), "{message}");
    }
}

#[test]
fn a_program_that_cannot_be_started_is_said_before_the_first_call() {
    let project = Project::new().with("plain", "#!/bin/sh").with(
        "functions.json",
        r#"{"f": {"Command": ["./plain"]}, "g": {"Command": ["no-such-program"]}}"#,
    );
    let functions = Functions::read_json(&project.path("functions.json")).unwrap();
    let message = functions.left_out[0].to_string();
    assert!(
        message.contains("Runtime.InvalidEntrypoint") && message.contains("permission denied"),
        "{message}"
    );
    assert!(functions.warnings[0].contains("no folder of PATH has a program \"no-such-program\""));
}

#[test]
fn an_unknown_member_raises_a_warning() {
    let text = r#"{"f": {"Command": ["sh"], "Timout": 5, "Weight": 5, "DurableConfig": {"ExecutionTimeOut": 3}}}"#;
    let functions = Project::json(text).unwrap();
    let [misspelt, unknown, inside] = functions.warnings.as_slice() else {
        panic!("{:?}", functions.warnings);
    };
    assert!(
        misspelt
            .ends_with("function \"f\": unknown member Timout is ignored; did you mean Timeout?"),
        "{misspelt}"
    );
    assert!(
        unknown.ends_with(
            "function \"f\": unknown member Weight is ignored; known ones are Command, Endpoint, \
             WorkingDirectory, Aliases, Versions, Timeout, MemorySize, Environment, Handler, Runtime, DurableConfig, \
             TenancyConfig, ReservedConcurrentExecutions, LoggingConfig"
        ),
        "{unknown}"
    );
    assert!(
        inside.ends_with(
            "function \"f\": unknown member DurableConfig.ExecutionTimeOut is ignored; did you mean \
             ExecutionTimeout?"
        ),
        "{inside}"
    );
}

#[test]
fn the_template_of_the_order_workflow_is_read() {
    let example = include_str!("../../examples/order-workflow/template.yaml");
    let bootstrap = ".aws-sam/build/OrderWorkflow/bootstrap";
    let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let (project, functions) = Project::new()
        .with_program(bootstrap)
        .template(example)
        .unwrap();
    let expected = FunctionConfig {
        endpoint: None,
        name: "OrderWorkflow".to_owned(),
        other_names: vec![],
        runtime: Some("provided.al2023".to_owned()),
        command: vec![project.path(bootstrap).display().to_string()],
        working_directory: Some(project.path(".aws-sam/build/OrderWorkflow")),
        timeout: Duration::from_secs(30),
        memory: 128,
        environment: [].into(),
        handler: Some("bootstrap".to_owned()),
        aliases: [variable("live", "1")].into(),
        versions: 1,
        durable: Some(DurableConfig {
            execution_timeout: Some(14_400),
            retention_period_in_days: Some(14),
        }),
        tenancy: Tenancy::Shared,
        concurrency: 10,
        logging: LoggingConfig::default(),
    };
    assert_eq!(functions.functions, [expected]);
    assert_eq!(functions.warnings, Vec::<String>::new());
}

#[test]
fn an_unbuilt_function_is_left_out_with_the_paths_tried_and_the_build_command() {
    let example = include_str!("../../examples/order-workflow/template.yaml");
    let project = Project::new().with("Cargo.toml", "");
    let (project, functions) = project.template(example).unwrap();
    let [reason] = reasons(&functions) else {
        panic!("{functions:?}");
    };
    let folder = project.path("").display().to_string();
    let folder = folder.trim_end_matches('/');
    assert_eq!(
        reason
            .replace(&format!("{folder}/"), "")
            .replace(folder, "FOLDER"),
        "Runtime.InvalidEntrypoint: its program is not built yet; looked for\n    \
         .aws-sam/build/OrderWorkflow/bootstrap\n    bootstrap\n    bootstrap.zip\n    \
         target/lambda/order-workflow/bootstrap\n    target/lambda/order-workflow/bootstrap.zip\n    \
         target/release/order-workflow\n    target/debug/order-workflow\n  Build it with `cargo build \
         --bin order-workflow` in FOLDER, or with `sam build`"
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
        .with_program("target/debug/order-workflow")
        .with(
            "members/app/template.yaml",
            include_str!("../../examples/order-workflow/template.yaml"),
        );
    let template = project.path("members/app/template.yaml");
    let functions = read(&template).unwrap();
    let program = project.path("target/debug/order-workflow");
    assert_eq!(only(&functions).command, [program.display().to_string()]);
}

#[test]
fn a_missing_file_is_named() {
    let path = Path::new("/nowhere/template.yaml");
    let error = read(path).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("/nowhere/template.yaml: cannot be read: "),
        "{error}"
    );
}

#[test]
fn a_template_in_utf_16_is_named_as_one() {
    let project = Project::new();
    let template = project.path("template.yaml");
    let text: Vec<u8> = "\u{feff}Resources: {}"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    fs::write(&template, text).unwrap();

    let error = read(&template).unwrap_err();

    assert!(
        error
            .to_string()
            .ends_with("it is in UTF-16, as PowerShell writes files; save it as UTF-8"),
        "{error}"
    );
}
