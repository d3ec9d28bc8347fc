//! Runs the tests of this crate and of the examples in cloud mode, against `durable serve` with virtual
//! time: the very same test binaries, with real processes, the Lambda Runtime API and AWS's API
//! between them and the workflows.
//!
//! ```console
//! cargo run -p durable-workflow-tests --bin cloud
//! ```
//!
//! A target's functions are those of its own binary if it serves any, and else those of `bootstrap`.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

type Error = Box<dyn std::error::Error>;

/// The examples, each a program with these handlers.
const EXAMPLES: [(&str, &[&str]); 2] = [
    (
        "back-office",
        &[
            "agent",
            "loan_approval",
            "nightly_batch",
            "payments",
            "trip_saga",
            "year_of_billing",
        ],
    ),
    ("order-workflow", &["order_workflow"]),
];

/// Time limit of a test program.
const TIME_LIMIT: Duration = Duration::from_mins(10);

/// A program that cargo built.
struct Program {
    name: String,
    path: PathBuf,
    /// Folder of the package.
    folder: PathBuf,
    is_test: bool,
    /// Whether it ends in `target::main`, so that it serves the handlers in it.
    is_own_bootstrap: bool,
}

/// The results of the tests of a target.
#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
    /// Number of skipped tests, by reason.
    skipped: BTreeMap<String, usize>,
}

fn main() -> ExitCode {
    match run() {
        Ok(tally) => {
            println!("\nall targets: {tally}");
            for (reason, tests) in &tally.skipped {
                println!("{tests:>5} skipped: {reason}");
            }
            ExitCode::from(u8::from(tally.failed > 0 || tally.passed == 0))
        }
        Err(error) => {
            eprintln!("cloud: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<Tally, Error> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let programs = build()?;
    let find = |name: &str| {
        let program = programs
            .iter()
            .find(|program| !program.is_test && program.name == name);
        program.ok_or_else(|| format!("cargo built no program {name}"))
    };
    let (durable, bootstrap) = (find("durable")?, find("bootstrap")?);
    let scratch = Scratch::new()?;
    let mut total = Tally::default();
    for test in programs.iter().filter(|program| program.is_test) {
        if !wanted.is_empty() && !wanted.contains(&test.name) {
            continue;
        }
        let example = EXAMPLES
            .iter()
            .find(|(name, _)| test.folder.ends_with(name));
        let (served, handlers) = match (example, test.is_own_bootstrap) {
            (Some((name, handlers)), _) => {
                let handlers = handlers.iter().copied().map(str::to_owned).collect();
                (find(name)?, handlers)
            }
            (None, true) => (test, handlers(&test.path)?),
            (None, false) => (bootstrap, handlers(&bootstrap.path)?),
        };
        let functions = scratch.functions(&served.path, &handlers)?;
        let tally = run_target(&durable.path, test, &functions, &scratch)?;
        println!("{}: {tally}", test.name);
        total.add(tally);
    }
    Ok(total)
}

/// Builds the tests and programs of the packages, and returns their paths.
fn build() -> Result<Vec<Program>, Error> {
    let mut programs = cargo(&["build", "--bin", "durable"], &["durable-server"])?;
    // What is deployed is built alone, so that nothing of the harness can be in it.
    let examples = EXAMPLES.iter().map(|(name, _)| *name);
    let packages: Vec<&str> = examples.chain(["durable-workflow-tests"]).collect();
    for package in &packages {
        programs.extend(cargo(&["build", "--bins"], &[package])?);
    }
    let tests = ["test", "--no-run", "--lib", "--tests", "--examples"];
    programs.extend(cargo(&tests, &packages)?);
    programs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(programs)
}

fn cargo(arguments: &[&str], packages: &[&str]) -> Result<Vec<Program>, Error> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(arguments)
        .args(["--message-format", "json-render-diagnostics"])
        .args(packages.iter().flat_map(|package| ["-p", package]))
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("`cargo {}` failed", arguments.join(" ")).into());
    }
    let messages = String::from_utf8(output.stdout)?;
    Ok(messages.lines().filter_map(program).collect())
}

/// The program of one of cargo's messages.
fn program(message: &str) -> Option<Program> {
    let message: Value = serde_json::from_str(message).ok()?;
    let path = PathBuf::from(message.get("executable")?.as_str()?);
    let target = message.get("target")?;
    let kind = target.pointer("/kind/0")?.as_str()?;
    let in_test_profile = message.pointer("/profile/test")?.as_bool()?;
    let manifest = Path::new(message.get("manifest_path")?.as_str()?);
    let folder = manifest.parent()?.to_owned();
    let is_test = in_test_profile && matches!(kind, "test" | "lib");
    let of_server = folder.ends_with("durable-server");
    if in_test_profile && !is_test || is_test && of_server {
        return None;
    }
    let source = std::fs::read_to_string(target.get("src_path")?.as_str()?).ok()?;
    let is_own_bootstrap = source.contains("target::main(");
    // Other targets test the harness itself, or have no modes.
    let has_modes = is_own_bootstrap
        || source.contains("durable_test::main!()")
        || source.contains("#[durable_test");
    if is_test && !has_modes {
        return None;
    }
    Some(Program {
        name: target.get("name")?.as_str()?.to_owned(),
        path,
        folder,
        is_test,
        is_own_bootstrap,
    })
}

fn handlers(program: &Path) -> Result<Vec<String>, Error> {
    let output = Command::new(program).arg("--handlers").output()?;
    Ok(String::from_utf8(output.stdout)?
        .lines()
        .map(str::to_owned)
        .collect())
}

/// A folder that is removed when this value is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self, Error> {
        let folder = std::env::temp_dir().join(format!("durable-cloud-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    /// The functions of a program, as `functions.json` has them. As in local mode an execution has a
    /// year, and an invocation a quarter of an hour.
    fn functions(&self, program: &Path, handlers: &[String]) -> Result<Value, Error> {
        let program = self.stripped(program)?;
        let function = |handler: &String| {
            let function = json!({
                "Command": [program],
                "Handler": handler,
                "Timeout": 900,
                "DurableConfig": {"ExecutionTimeout": 31_622_400},
            });
            (handler.clone(), function)
        };
        Ok(handlers.iter().map(function).collect())
    }

    /// A copy of a program without symbols, as programs are deployed: the SDK records the stack trace
    /// of an error, and with the names of a debug build one is longer than the service takes.
    fn stripped(&self, program: &Path) -> Result<PathBuf, Error> {
        let copy = self
            .0
            .join(program.file_name().ok_or("a program has a name")?);
        if copy.exists() {
            return Ok(copy);
        }
        let status = Command::new("strip")
            .arg("-o")
            .arg(&copy)
            .arg(program)
            .status()
            .map_err(|error| format!("strip, which comes with a C compiler: {error}"))?;
        if !status.success() {
            return Err(format!("strip failed on {}", program.display()).into());
        }
        Ok(copy)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed stays in a temporary folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn run_target(
    durable: &Path,
    test: &Program,
    functions: &Value,
    scratch: &Scratch,
) -> Result<Tally, Error> {
    let file = scratch.0.join("functions.json");
    std::fs::write(&file, functions.to_string())?;
    let server = Server::start(durable, &file)?;
    let map: Value = functions
        .as_object()
        .into_iter()
        .flat_map(|functions| functions.keys())
        .map(|name| (name.clone(), json!(format!("{name}:$LATEST"))))
        .collect();
    let mut process = Command::new(&test.path)
        .args(["--nocapture", "--test-threads=1"])
        .current_dir(&test.folder)
        .env("DURABLE_RUNNER_MODE", "cloud")
        .env("DURABLE_FUNCTION_NAME_MAP", map.to_string())
        .env("LAMBDA_ENDPOINT", &server.url)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()?;
    let (lines, ended) = watch(&mut process)?;
    drop(server);
    let mut tally = Tally::read(&lines);
    if let Err(reason) = ended {
        println!("{}\n{}: {reason}", lines.join("\n"), test.name);
        // A program that ends before its summary has lost the results of its tests.
        tally.failed = tally.failed.max(1);
    }
    Ok(tally)
}

/// Collects what a test program prints until it exits, and why it failed, if it did.
fn watch(process: &mut Child) -> Result<(Vec<String>, Result<(), String>), Error> {
    let stdout = process.stdout.take().ok_or("the tests have no output")?;
    let (printed, received) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            // The receiver is dropped after the time limit.
            let _ = printed.send(line);
        }
    });
    let started = Instant::now();
    let mut lines = Vec::new();
    loop {
        match received.recv_timeout(TIME_LIMIT.saturating_sub(started.elapsed())) {
            Ok(line) => lines.push(line),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                process.kill()?;
                process.wait()?;
                let reason = format!("did not end within {} s", TIME_LIMIT.as_secs());
                return Ok((lines, Err(reason)));
            }
        }
    }
    let status = process.wait()?;
    let has_summary = lines.iter().any(|line| line.starts_with("test result:"));
    let ended = match status.success() {
        true if has_summary => Ok(()),
        true => Err("ended without a summary of its tests".to_owned()),
        false => Err(status.to_string()),
    };
    Ok((lines, ended))
}

/// A local server; it ends with this value, and its processes with it.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(durable: &Path, functions: &Path) -> Result<Self, Error> {
        let log = functions.with_extension("log");
        let mut process = Command::new(durable)
            .args([
                "serve",
                "--addr",
                "127.0.0.1:0",
                "--time",
                "virtual",
                "--quiet",
                // Answers to callbacks come from the tests, after up to a second of real time.
                "--skip-grace",
                "3000",
            ])
            .arg("--functions")
            .arg(functions)
            .stdout(Stdio::piped())
            // It has a line for each skip of time.
            .stderr(std::fs::File::create(&log)?)
            .spawn()?;
        let stdout = process.stdout.take().ok_or("the server has no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let url = line.trim().strip_prefix("listening on ").map(str::to_owned);
        let server = Self {
            process,
            url: url.unwrap_or_default(),
        };
        if server.url.is_empty() {
            let reason = std::fs::read_to_string(&log)?;
            return Err(format!("the server did not start: {line}{reason}").into());
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Tally {
    /// Reads what a test binary printed: libtest's summary, and the reasons of the skipped tests.
    fn read(output: &[String]) -> Self {
        let mut tally = Self::default();
        let number = |line: &str, what: &str| {
            let before = line.split(what).next().unwrap_or_default();
            let word = before.split_whitespace().next_back();
            word.and_then(|word| word.parse().ok()).unwrap_or(0)
        };
        let mut ignored = 0;
        for line in output {
            if line.starts_with("test result:") {
                tally.passed += number(line, " passed");
                tally.failed += number(line, " failed");
                ignored += number(line, " ignored");
            } else if let Some(reason) = skip_reason(line) {
                *tally.skipped.entry(reason).or_default() += 1;
            }
        }
        let reasoned: usize = tally.skipped.values().sum();
        if ignored > reasoned {
            let unreasoned = "ignored in both modes".to_owned();
            tally.skipped.insert(unreasoned, ignored - reasoned);
        }
        tally
    }

    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        for (reason, tests) in other.skipped {
            *self.skipped.entry(reason).or_default() += tests;
        }
    }
}

/// The reason in a line of a skipped test.
fn skip_reason(line: &str) -> Option<String> {
    if let Some(reason) = line.strip_prefix("skipped: ") {
        return Some(reason.to_owned());
    }
    let (_, reason) = line.split_once("... ignored (")?;
    Some(reason.trim_end_matches(')').to_owned())
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let skipped: usize = self.skipped.values().sum();
        write!(
            f,
            "{} passed, {} failed, {skipped} skipped",
            self.passed, self.failed
        )
    }
}
