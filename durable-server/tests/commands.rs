//! Every command of the book and of the READMEs. Those of `durable` are typed here as they stand, against a server on a
//! free port, or are read by its own command line where they need AWS. The others are listed, with what runs them.

#![expect(clippy::panic, clippy::unwrap_used, reason = "tests")]

#[path = "server/serving.rs"]
mod serving;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use serving::Serving;

/// What other programs run: the command, and where it is run, or what it needs that a test has not.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "cargo run -p order-workflow --example simulate -- examples/order-workflow/orders.json",
        ".ci/run, with other words",
    ),
    ("cargo test --workspace", ".ci/run"),
    ("cargo test", "a project of `durable new`"),
    ("cargo build", "a project of `durable new`"),
    (
        "cargo test --test orders",
        "`cargo test --workspace` has this target",
    ),
    (
        "cargo build -p order-workflow -p durable-server",
        "`cargo test --workspace` builds both",
    ),
    (
        "export PATH=\"$PWD/target/debug:$PATH\"",
        "this test does the same",
    ),
    (
        "DURABLE_COVERAGE=/tmp/coverage cargo test",
        "tests/tests/report.rs",
    ),
    (
        "DURABLE_RUNNER_MODE=cloud QUALIFIED_FUNCTION_NAME='OrderWorkflow:$LATEST' LAMBDA_FUNCTION_TEST_NAME=order_workflow cargo test --test workflow",
        "AWS",
    ),
    (
        "DURABLE_RUNNER_MODE=cloud QUALIFIED_FUNCTION_NAME=NAME:live LAMBDA_FUNCTION_TEST_NAME=order_workflow cargo test --test workflow",
        "AWS",
    ),
    (
        "AWS_ENDPOINT_URL_LAMBDA=http://127.0.0.1:9014 AWS_REGION=us-west-2 AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x cargo lambda watch",
        "cargo-lambda",
    ),
    (
        "export AWS_ENDPOINT_URL_LAMBDA=http://127.0.0.1:9014 AWS_REGION=us-west-2 AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x",
        "tests/peers/aws_cli.rs",
    ),
    (
        "aws lambda list-durable-executions-by-function --function-name OrderWorkflow --region us-west-2",
        "tests/peers/aws_cli.rs",
    ),
    (
        "DURABLE_EXECUTIONS_EXTERNAL_EMULATOR_PORT=9014 sam local invoke OrderWorkflow --event order.json",
        "SAM CLI",
    ),
    ("cdk synth", "CDK"),
    (
        "docker run --rm -p 9000:8080 -e AWS_ENDPOINT_URL_LAMBDA=http://host.docker.internal:9014 -e AWS_REGION=us-west-2 -e AWS_ACCESS_KEY_ID=x -e AWS_SECRET_ACCESS_KEY=x my-function",
        "Docker",
    ),
    (
        "DURABLE_EXECUTIONS_EXTERNAL_EMULATOR_PORT=9014 sam local callback succeed ID --result '\"granted\"'",
        "SAM CLI",
    ),
    (
        "rust-gdb --args target/debug/deps/workflow-HASH an_order_is_shipped --no-capture",
        "a debugger",
    ),
    (
        "cargo new --lib ../quick-start",
        "cargo, and the package is examples/quick-start",
    ),
    ("cd ../quick-start", "the shell"),
    (
        "DURABLE_RUNNER_MODE=cloud LAMBDA_ENDPOINT=http://127.0.0.1:9014 QUALIFIED_FUNCTION_NAME=OrderWorkflow:live LAMBDA_FUNCTION_TEST_NAME=order_workflow cargo test --test workflow",
        ".ci/template",
    ),
    ("sam build --beta-features", "SAM CLI"),
    ("sam deploy --guided", "SAM CLI, and AWS"),
    ("cargo install durable-server --locked", "the registry"),
    (
        "cargo install --path durable-server --locked",
        ".ci/install",
    ),
    (
        "cd ../orders && cargo test --test workflow",
        ".ci/template, in a project of `durable new`",
    ),
    (
        "UPDATE_PICTURES=1 cargo test -p quick-start --test readme",
        "`cargo test --workspace` has this target",
    ),
    (
        "cargo run -p durable-workflow-tests --example covers",
        "a measurement, which needs a machine of its own; tests/tests/explorations/reduction.rs asserts what it shows",
    ),
    (
        "cargo run -p durable-workflow-tests --example generator -- --operations 2",
        "tests/tests/generator.rs",
    ),
    (
        "cargo run -p durable-workflow-tests --example generator -- --program '[\"step\", {\"race\": [[\"wait\"], [\"callback\"]]}]'",
        "tests/tests/generator.rs",
    ),
    ("cargo run -p durable-workflow-tests --bin cloud", ".ci/run"),
    ("cargo test -p order-workflow", "`cargo test --workspace`"),
    ("cargo test -p back-office", "`cargo test --workspace`"),
    (
        "cargo build -p back-office",
        "`cargo test --workspace` builds it",
    ),
    (
        "sam deploy --guided --stack-name order-workflow --capabilities CAPABILITY_IAM",
        "SAM CLI, and AWS",
    ),
    (
        "sam deploy --guided --stack-name back-office --capabilities CAPABILITY_IAM",
        "SAM CLI, and AWS",
    ),
    (
        "aws lambda invoke --function-name \"$QUALIFIED_FUNCTION_NAME\" --invocation-type Event --cli-binary-format raw-in-base64-out --payload \"$(jq '.[0]' orders.json)\" /dev/stdout",
        "AWS",
    ),
    (
        "DURABLE_RUNNER_MODE=cloud QUALIFIED_FUNCTION_NAME=... LAMBDA_FUNCTION_TEST_NAME=order_workflow cargo test -p order-workflow --test workflow",
        "AWS",
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every page that a user or a contributor reads: of the book, of the packages, and of the examples.
fn pages() -> Vec<String> {
    let mut folders = vec![
        root(),
        root().join("docs"),
        root().join("durable-server/template"),
    ];
    for parent in [root(), root().join("examples")] {
        let entries = fs::read_dir(parent).unwrap();
        let below = entries.map(|entry| entry.unwrap().path());
        folders.extend(below.filter(|path| path.join("Cargo.toml").exists()));
    }
    let files = folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path());
    let pages = files.filter(|path| path.extension().is_some_and(|it| it == "md"));
    pages
        .map(|page| fs::read_to_string(page).unwrap())
        .collect()
}

/// The commands of all blocks, whole: a line that ends in `\` goes on in the next one, and what follows `#` explains.
/// Of a session, with what the commands print, those are the lines that start with `$`.
fn commands() -> BTreeSet<String> {
    let mut commands = BTreeSet::new();
    for text in pages() {
        for block in text.split("\n```").skip(1).step_by(2) {
            let (language, block) = block.split_once('\n').unwrap();
            for line in block.replace("\\\n", " ").lines() {
                let command = match (language, line.strip_prefix("$ ")) {
                    ("console" | "sh", _) => line,
                    ("text", Some(typed)) => typed,
                    _ => continue,
                };
                let command = command.split("  #").next().unwrap();
                let command =
                    command.replace("cargo run -p durable-server --bin durable --", "durable");
                let words: Vec<&str> = command.split_whitespace().collect();
                commands.insert(words.join(" "));
            }
        }
    }
    assert!(commands.len() > 60, "{commands:?}");
    commands
}

/// The commands in the prose of all pages, with examples in place of what stands for any value.
fn spans(program: &str) -> BTreeSet<String> {
    let mut spans = BTreeSet::new();
    for text in pages() {
        let prose: Vec<&str> = text.split("\n```").step_by(2).collect();
        let prose = prose.join("\n").replace('\n', " ");
        let code = prose.split('`').skip(1).step_by(2);
        for span in code.filter(|span| span.starts_with(program)) {
            let words = span.split_whitespace().map(|word| match word {
                "NAME" => "orders",
                "SHELL" => "bash",
                word => word,
            });
            spans.insert(words.collect::<Vec<_>>().join(" "));
        }
    }
    spans
}

/// Whether a command of `durable` acts on the local server, so that it can be typed here.
fn is_typed(command: &str) -> bool {
    let elsewhere = [
        "--aws",
        " > ~",
        "--dir",
        "durable serve",
        "durable coverage",
        "durable invoke trip_saga",
        "durable new",
        "--store",
    ];
    command.starts_with("durable ") && !elsewhere.iter().any(|part| command.contains(part))
}

#[test]
fn every_command_is_typed_here_or_runs_elsewhere() {
    let listed: BTreeSet<&str> = ELSEWHERE.iter().map(|(command, _)| *command).collect();
    let commands = commands();
    for command in &commands {
        // A benchmark needs a machine of its own, and the checks of the repository run this test.
        let is_bench = command.starts_with("cargo bench ");
        let script = command.strip_prefix("bash ").unwrap_or(command);
        let is_check = script.starts_with(".ci/") && root().join(script).is_file();
        let known = is_bench
            || is_check
            || command.starts_with("durable ")
            || listed.contains(command.as_str());
        assert!(known, "nothing runs this command:\n{command}");
    }
    for command in listed {
        assert!(commands.contains(command), "no page has {command}");
    }
}

#[test]
fn cargo_knows_the_packages_and_targets_of_all_commands() {
    let metadata = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--offline",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let mut known = BTreeSet::new();
    for package in metadata["packages"].as_array().unwrap() {
        known.insert(format!("-p {}", package["name"].as_str().unwrap()));
        for target in package["targets"].as_array().unwrap() {
            let kind = target["kind"][0].as_str().unwrap();
            known.insert(format!("--{kind} {}", target["name"].as_str().unwrap()));
        }
    }
    // The book's test of a user's recordings.
    known.insert("--test replays".to_owned());
    let mut seen = 0;
    for command in commands().into_iter().chain(spans("cargo ")) {
        let Some((_, arguments)) = command.split_once("cargo ") else {
            continue;
        };
        let words: Vec<&str> = arguments.split(" -- ").next().unwrap().split(' ').collect();
        for pair in words.windows(2) {
            if ["-p", "--test", "--bin", "--example", "--bench"].contains(&pair[0]) {
                let pair = pair.join(" ");
                assert!(known.contains(&pair), "cargo has no {pair}:\n{command}");
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "{seen}");
}

/// The words of a person in a folder, for the server at an endpoint.
fn typed(folder: &Path, endpoint: &str, command: &str) -> (i32, String) {
    let durable = assert_cmd::cargo::cargo_bin!("durable").parent().unwrap();
    let paths = std::env::var("PATH").unwrap();
    let output = Command::new("bash")
        .args(["-c", command])
        .current_dir(folder)
        .env("PATH", format!("{}:{paths}", durable.display()))
        .env("AWS_ENDPOINT_URL_LAMBDA", endpoint)
        .env_remove("AWS_REGION")
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(said).unwrap(),
    )
}

#[test]
fn the_command_line_takes_every_command_of_durable() {
    let folder = tempfile::tempdir().unwrap();
    let mut seen = 0;
    for command in commands().into_iter().chain(spans("durable ")) {
        if command.starts_with("durable ") {
            // Asked for help at the end, it reads all that stands before, and does nothing.
            let before_redirection = command.split(" > ").next().unwrap();
            let whole = format!("{before_redirection} --help");
            let (code, said) = typed(folder.path(), "http://127.0.0.1:1", &whole);
            assert_eq!(code, 0, "{command}\n{said}");
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen}");
}

/// The first text that a condition finds in what a command says again and again.
fn until(
    folder: &Path,
    endpoint: &str,
    command: &str,
    find: impl Fn(&str) -> Option<String>,
) -> String {
    let patience = Instant::now() + Duration::from_mins(1);
    loop {
        let (code, said) = typed(folder, endpoint, command);
        assert_eq!(code, 0, "{command}\n{said}");
        if let Some(found) = find(&said) {
            return found;
        }
        assert!(Instant::now() < patience, "{command}\n{said}");
    }
}

#[test]
fn the_commands_that_need_no_cloud_work_as_they_stand() {
    let test = std::env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join("examples/function");
    let durable = json!({"ExecutionTimeout": 7 * 86_400});
    let functions: Value = json!({
        "OrderWorkflow": {"Command": [program], "Handler": "orders", "DurableConfig": durable},
        "Approval": {"Command": [program], "Handler": "approval", "DurableConfig": durable},
    });
    let serving = Serving::start(&functions, &["--time", "skip", "--skip-grace", "600000"]);
    let endpoint = format!("http://{}", serving.address);
    // The files that the commands name, where they name them.
    let folder = tempfile::tempdir().unwrap();
    let example = folder.path().join("examples/order-workflow");
    fs::create_dir_all(&example).unwrap();
    fs::copy(
        root().join("examples/order-workflow/order.json"),
        example.join("order.json"),
    )
    .unwrap();

    let mut seen = 0;
    for command in commands().into_iter().filter(|it| is_typed(it)) {
        // An execution that is open, with a callback.
        let start = "durable invoke Approval --event";
        let arn = until(folder.path(), &endpoint, start, |said| {
            said.lines()
                .find(|line| line.starts_with("arn:"))
                .map(str::to_owned)
        });
        let id = until(
            folder.path(),
            &endpoint,
            &format!("durable history '{arn}'"),
            |said| {
                let (_, rest) = said.split_once("durable callback succeed ")?;
                rest.split_whitespace().next().map(str::to_owned)
            },
        );
        let whole = command
            .replace(" ARN", &format!(" '{arn}'"))
            .replace(" ID", &format!(" {id}"))
            // No browser opens in a test.
            .replace("durable ui", "durable ui --print");
        let (code, said) = typed(folder.path(), &endpoint, &whole);
        assert_eq!(code, 0, "{command}\n{said}");
        seen += 1;
    }
    assert!(seen >= 6, "{seen}");
}

#[test]
fn the_functions_of_the_examples_are_those_that_the_book_serves() {
    let command = "durable serve --functions examples/order-workflow/functions.json --time skip";
    assert!(commands().contains(command));
    let text = fs::read_to_string(root().join("examples/order-workflow/functions.json")).unwrap();
    let functions: Value = serde_json::from_str(&text).unwrap();
    let path = &functions["OrderWorkflow"]["Command"][0];
    assert_eq!(path, "../../target/debug/order-workflow");
}

#[test]
fn the_session_of_the_readme_is_what_a_new_project_prints() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().join("here");
    fs::create_dir(&here).unwrap();
    let typed_there = "durable new orders --dir ../orders --source .";
    assert!(readme.contains(&format!("$ {typed_there}\n")));

    let command = typed_there.replace("source .", &format!("source '{}'", root().display()));
    let (code, said) = typed(&here, "http://127.0.0.1:1", &command);

    assert_eq!(code, 0, "{said}");
    assert!(readme.contains(&said), "{said}");
    let tests = fs::read_to_string(folder.path().join("orders/tests/workflow.rs")).unwrap();
    for shown in readme
        .lines()
        .filter(|line| line.starts_with("test ") && line.ends_with("ok"))
    {
        let name = shown.split_whitespace().nth(1).unwrap();
        assert!(tests.contains(&format!("async fn {name}(")), "{name}");
    }
}
