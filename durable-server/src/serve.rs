//! The subcommand `durable serve`.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};
use durable_service::ServiceSettings;
use durable_view::{visible, visible_lines};
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};
use uuid::Uuid;

use crate::config::{
    ConfigError, Endpoint, EndpointError, FUNCTION_NAME, Functions, SAM_FUNCTION, TemplateOptions,
    is_function_name,
};
use crate::init;
use crate::opening;
use crate::process::{Inherited, launcher};
use crate::template_args::TemplateArgs;
use crate::{Running, Server, ServerSettings, StoreLocation, TimeMode};

/// Limit on the variables that are named.
const MAX_NAMES: usize = 5;

/// Exit code of a server that did not start.
const NOT_STARTED: u8 = 1;

/// Maximal number of open files: enough for all connections and the pipes of many processes, and not more,
/// because processes inherit the limit and some try every number up to it.
const MAX_FILES: u64 = 65_536;

/// Real time without a change of an execution before waits beside its open callbacks are skipped. AWS's own
/// tools look for callbacks every two seconds, and may answer a second later.
const ANSWER_GRACE: Duration = Duration::from_secs(5);

/// The same where timeouts of open callbacks are skipped, too: answers are the exception there.
const TIMEOUT_GRACE: Duration = Duration::from_millis(500);

/// Arguments of `durable serve`.
///
/// They become [`ServerSettings`].
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 stopped by a signal, 1 not started, 2 wrong usage.

Example:
  durable serve --functions functions.json --time skip
  aws lambda invoke --endpoint-url http://127.0.0.1:9014 \\
      --function-name 'OrderWorkflow:$LATEST' out.json")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct ServeArgs {
    /// Where to listen; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:9014", value_name = "IP:PORT", value_parser = address)]
    addr: SocketAddr,
    #[command(flatten)]
    functions: FunctionsFile,
    #[command(flatten)]
    template: TemplateArgs,
    /// Say what would be served, and what not and why, without serving it. Exits with 1 if nothing would be.
    #[arg(long, help_heading = "Options")]
    check: bool,
    /// Where executions are kept: `memory`, or a file, from which the next server continues.
    #[arg(long, value_name = "memory|FILE", default_value = "memory")]
    store: PathBuf,
    /// How time passes for executions.
    #[arg(long, value_enum, default_value = "real")]
    time: Time,
    /// What `--time skip` skips besides: timeouts of open callbacks, which it else leaves to real time
    /// so that they can be answered.
    #[arg(long, value_enum, value_name = "WHAT")]
    skip: Option<SkipAlso>,
    /// How long an execution must be left alone before its time is skipped while a callback is open or it
    /// is paused, in milliseconds. By default 5000, in which clients that look every other second answer; 500
    /// with `--skip callbacks` or `--time virtual`.
    #[arg(long, value_name = "MS")]
    skip_grace: Option<u64>,
    /// Listen where other machines can reach the server, and answer web pages and requests for any host.
    #[arg(long)]
    allow_remote: bool,
    /// Accept requests for the host host.docker.internal too: those of containers on this machine.
    #[arg(long)]
    allow_containers: bool,
    /// Variable of this environment that functions get, too; a `*` at the end stands for any rest. Programs
    /// get what they need anyway: PATH, HOME, locale, proxies. Repeat it, or separate names by commas.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pass_env: Vec<String>,
    /// Watch the programs of functions: when one changes on disk, its processes are replaced. An invocation that
    /// runs is finished by the earlier program. The log and the page name the open executions that meet the
    /// changed one, and `durable replay-check` says whether they go on.
    #[arg(long)]
    watch: bool,
    /// Serve no page for browsers, only the API.
    #[arg(long)]
    no_page: bool,
    /// Leave what functions write out of the server's log.
    #[arg(long)]
    quiet: bool,
    /// AWS Region to pretend to be in.
    #[arg(long, env = "AWS_REGION", default_value = "us-west-2", value_parser = region)]
    region: String,
    /// The number in the execution ids of this run, which else is random.
    #[arg(long, hide = true)]
    seed: Option<u64>,
    /// AWS account to pretend to be.
    #[arg(long, default_value = "123456789012", value_parser = account)]
    account: String,
}

/// The file that configures the functions.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct FunctionsFile {
    /// The file that configures the functions: `{"NAME": {"Command": ["PROGRAM"], "DurableConfig": {}}}`.
    #[arg(long, value_name = "FILE")]
    functions: Option<PathBuf>,
    /// The SAM template that configures the functions.
    #[arg(long, value_name = "FILE", conflicts_with = "functions")]
    template: Option<PathBuf>,
    /// A durable function that another program runs, such as `cargo lambda watch`, a debugger or a container:
    /// its URL, as in orders=http://127.0.0.1:9000/2015-03-31/functions/orders/invocations. Repeat it for
    /// more. It wins over a function of that name in the file.
    #[arg(long = "function", value_name = "NAME=URL", value_parser = function)]
    at: Vec<(String, Endpoint)>,
    /// Serve the function that SAM CLI runs in a container, for `sam local invoke` with
    /// `DURABLE_EXECUTIONS_EXTERNAL_EMULATOR_PORT` set to this server's port. Implies --allow-containers.
    #[arg(long)]
    sam: bool,
}

/// Where SAM CLI's container is until SAM CLI says otherwise.
const SAM_ENDPOINT: &str = "http://localhost:8080/2015-03-31/functions/function/invocations";

/// A function of another program: its name and its URL.
fn function(text: &str) -> Result<(String, Endpoint), String> {
    let (name, url) = text
        .split_once('=')
        .ok_or("write NAME=URL, the function's name before its URL")?;
    if !is_function_name(name) {
        return Err(format!("the name of a function must be {FUNCTION_NAME}"));
    }
    let endpoint: Endpoint = url
        .parse()
        .map_err(|error: EndpointError| error.to_string())?;
    Ok((name.to_owned(), endpoint))
}

impl FunctionsFile {
    fn read(
        &self,
        service: &ServiceSettings,
        options: &TemplateOptions,
    ) -> Result<Functions, ConfigError> {
        let mut read = match (&self.functions, &self.template) {
            (Some(path), _) => Functions::read_json(path)?,
            (None, Some(path)) => Functions::read_template(path, service, options)?,
            (None, None) => Functions::default(),
        };
        for (name, endpoint) in &self.at {
            read.run_elsewhere(name, endpoint.clone());
        }
        if self.sam
            && let Ok(endpoint) = SAM_ENDPOINT.parse()
        {
            read.run_elsewhere(SAM_FUNCTION, endpoint);
        }
        Ok(read)
    }
}

/// How time passes for executions.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Time {
    /// At its real speed: a wait of a day takes a day.
    Real,
    /// At its real speed while a function works, and else at once to what is due next: waits, retries,
    /// timeouts. Each execution has its own time, shared with those that it invokes. While a callback is
    /// open or an execution is paused, no timeout is skipped, nor the last minute before it.
    Skip,
    /// Work takes no time, so that all times are exact, as in a test that runs in process. Timeouts of
    /// open callbacks are skipped, too.
    Virtual,
    /// Time stands still until you move it on the page: to what is due next, or by a duration.
    Manual,
}

/// What else is skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SkipAlso {
    /// Timeouts of open callbacks, and of executions that have one or are paused.
    Callbacks,
}

/// An address to listen at. A name has no address of its own but `localhost`.
fn address(text: &str) -> Result<SocketAddr, String> {
    let numeric = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    let wrong = |_| "an address reads like 127.0.0.1:9014; port 0 takes any free one".to_owned();
    numeric.parse().map_err(wrong)
}

/// A Region as ARNs of functions have it.
fn region(text: &str) -> Result<String, String> {
    let words: Vec<&str> = text.split('-').collect();
    let is_region = match words.split_last() {
        Some((number, words)) => {
            let word = |it: &&str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_lowercase());
            words.len() >= 2
                && words.iter().all(word)
                && number.len() == 1
                && number.bytes().all(|it| it.is_ascii_digit())
        }
        None => false,
    };
    if is_region {
        Ok(text.to_owned())
    } else {
        Err("an AWS Region reads like us-west-2; it comes from --region or AWS_REGION".to_owned())
    }
}

fn account(text: &str) -> Result<String, String> {
    let digits = text.len() == 12 && text.chars().all(|c| c.is_ascii_digit());
    if digits {
        Ok(text.to_owned())
    } else {
        Err("an AWS account id has twelve digits".to_owned())
    }
}

impl ServeArgs {
    /// Runs the server until SIGINT, SIGTERM, SIGHUP or SIGQUIT.
    #[must_use]
    pub fn run(self) -> ExitCode {
        if init::is_needed() {
            return init::run();
        }
        raise_file_limit();
        let check = self.check;
        let served = self.settings().and_then(|(settings, summary)| {
            if check {
                say(&summary);
                return Ok(());
            }
            let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
            runtime.block_on(serve(settings, &summary))
        });
        match served {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("durable serve: {}", visible_lines(&error));
                ExitCode::from(NOT_STARTED)
            }
        }
    }

    /// The mode of time.
    fn time(&self) -> Result<TimeMode, String> {
        let callbacks = self.skip == Some(SkipAlso::Callbacks);
        let grace = match self.time {
            Time::Skip if !callbacks => ANSWER_GRACE,
            _ => TIMEOUT_GRACE,
        };
        let grace = self.skip_grace.map_or(grace, Duration::from_millis);
        match self.time {
            Time::Skip => Ok(TimeMode::Skip { grace, callbacks }),
            Time::Real if callbacks => {
                Err("--skip callbacks skips nothing in real time; add --time skip".to_owned())
            }
            Time::Real => Ok(TimeMode::Real),
            Time::Virtual => Ok(TimeMode::Virtual { grace }),
            Time::Manual => Ok(TimeMode::Manual),
        }
    }

    /// The settings, and what is said once the server listens.
    fn settings(self) -> Result<(ServerSettings, Vec<String>), String> {
        let time = self.time()?;
        let service = ServiceSettings {
            region: self.region,
            account: self.account,
            run: self.seed.unwrap_or_else(|| Uuid::new_v4().as_u64_pair().0),
            ..ServiceSettings::default()
        };
        let functions = self
            .functions
            .read(&service, &self.template.options()?)
            .map_err(|error| error.to_string())?;
        for line in opening::faults(&functions) {
            eprintln!("durable serve: {}", visible_lines(&line));
        }
        if let Some(line) = withheld(&Inherited::with(self.pass_env.clone())) {
            eprintln!("durable serve: {line}");
        }
        if self.allow_remote {
            eprintln!(
                "durable serve: --allow-remote: whoever reaches {} can run functions and read executions, \
                 without credentials, and so can web pages",
                self.addr
            );
        }
        if functions.functions.is_empty() {
            return Err("no function is left to serve".to_owned());
        }
        let settings = ServerSettings {
            functions: functions.functions.clone(),
            left_out: functions.left_out.clone(),
            address: self.addr,
            allow_remote: self.allow_remote,
            allow_containers: self.allow_containers || self.functions.sam,
            store: if self.store.as_os_str() == "memory" {
                StoreLocation::Memory
            } else {
                StoreLocation::File(self.store)
            },
            time,
            service,
            pass_env: self.pass_env,
            quiet: self.quiet,
            watch: self.watch,
            page: !self.no_page,
            launcher: launcher(),
            ..ServerSettings::default()
        };
        let summary = opening::summary(&functions, &settings);
        Ok((settings, summary))
    }
}

/// What is said about the variables that functions do not get.
fn withheld(inherited: &Inherited) -> Option<String> {
    let names = inherited.withheld();
    let shown: Vec<&str> = names.iter().take(MAX_NAMES).map(String::as_str).collect();
    let more = if names.len() > MAX_NAMES { ", …" } else { "" };
    (!names.is_empty()).then(|| {
        format!(
            "functions do not get {} variables of this environment ({}{more}); --pass-env NAME passes one on",
            names.len(),
            visible(&shown.join(", "))
        )
    })
}

/// Raises the soft limit of open files towards the hard one: it is often 256 or 1024, and connections and
/// the pipes of processes need more. If the system refuses, the limit stays as it was.
fn raise_file_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(MAX_FILES, |hard| hard.min(MAX_FILES));
    if limit.current.is_some_and(|soft| soft < wanted) {
        limit.current = Some(wanted);
        let _ = setrlimit(Resource::Nofile, limit);
    }
}

async fn serve(settings: ServerSettings, summary: &[String]) -> Result<(), String> {
    let signals = |error: std::io::Error| format!("cannot wait for signals: {error}");
    let mut interrupted = signal(SignalKind::interrupt()).map_err(signals)?;
    let mut terminated = signal(SignalKind::terminate()).map_err(signals)?;
    let mut hung_up = signal(SignalKind::hangup()).map_err(signals)?;
    let mut quit = signal(SignalKind::quit()).map_err(signals)?;
    let running = Server::start(settings)
        .await
        .map_err(|error| error.to_string())?;
    announce(&running);
    say(summary);
    tokio::select! {
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
        _ = hung_up.recv() => {}
        _ = quit.recv() => {}
    }
    running.shutdown().await;
    Ok(())
}

fn announce(running: &Running) {
    let mut stdout = std::io::stdout().lock();
    // The parent process may not read what the server prints.
    let _ = writeln!(stdout, "listening on http://{}", running.addr());
    let _ = stdout.flush();
}

/// Says what is served.
fn say(summary: &[String]) {
    let mut stdout = std::io::stdout().lock();
    for line in summary {
        let _ = writeln!(stdout, "{}", visible_lines(line));
    }
    let _ = stdout.flush();
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Typed {
        #[command(flatten)]
        serve: ServeArgs,
    }

    fn time(arguments: &[&str]) -> TimeMode {
        let typed = ["durable", "--functions", "f.json", "--time"];
        let typed = Typed::try_parse_from(typed.iter().chain(arguments)).unwrap();
        typed.serve.time().unwrap()
    }

    #[test]
    fn an_address_is_an_ip_or_localhost_with_a_port() {
        assert_eq!(address("localhost:5"), Ok(([127, 0, 0, 1], 5).into()));
        assert_eq!(address("127.0.0.2:0"), Ok(([127, 0, 0, 2], 0).into()));
        for text in [
            "127.0.0.1",
            "localhost",
            "example.com:80",
            "9014",
            "localhost:70000",
        ] {
            assert!(address(text).is_err(), "{text}");
        }
    }

    #[test]
    fn clients_have_five_seconds_to_answer_unless_timeouts_are_skipped() {
        let skip = |millis: u64, callbacks: bool| TimeMode::Skip {
            grace: Duration::from_millis(millis),
            callbacks,
        };
        assert_eq!(time(&["skip"]), skip(5_000, false));
        assert_eq!(time(&["skip", "--skip", "callbacks"]), skip(500, true));
        assert_eq!(time(&["skip", "--skip-grace", "9"]), skip(9, false));
        let grace = Duration::from_millis(500);
        assert_eq!(time(&["virtual"]), TimeMode::Virtual { grace });
    }
}
