//! `durable replay-check`

use std::path::PathBuf;

use clap::Args;
use durable_client::Location;
use durable_service::{Service, ServiceSettings};
use serde_json::Value;

use super::Report as Printed;
use super::api::Api;
use super::connection::Connection;
use super::error::CliError;
use crate::config::{FunctionConfig, Functions};
use crate::process::{FleetSettings, Inherited, Run, launcher};
use crate::replay_check::{Program, Report, Wanted, replay};
use crate::store::Store;
use crate::template_args::TemplateArgs;
use crate::{ServerSettings, StoreLocation};

const EXAMPLES: &str = "\
An open execution is replayed as it stands, one that is over from its start. Nothing is changed, and with the SDK for
Rust no body of a step runs. What may differ:
  breaks    an execution under way fails when it resumes
  changes   it goes on, and does something else
  goes on   as recorded, or what differs is behind it

Examples:
  durable replay-check OrderWorkflow
  durable replay-check OrderWorkflow --open --json
  durable replay-check OrderWorkflow --store durable.db --functions functions.json";

const EXIT_CODES: &str = "\
Exit codes: 0 all go on, 1 one breaks (with --strict, also: one changes), 2 the command line was wrong, 3 nothing was
replayed (no server, no such function, no program that starts), 130 Ctrl-C.";

/// Replay the stored executions of a function on its present program, and say which would go on
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub struct ReplayCheck {
    /// Name of the function
    function: String,
    /// Replay those executions alone that are open
    #[arg(long)]
    open: bool,
    /// Replay the newest so many executions
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
    /// Exit with 1 also if an execution changes
    #[arg(long)]
    strict: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Read the executions from the file of a store, which no server may have open, instead of from a server
    #[arg(long, value_name = "FILE", requires = "file")]
    store: Option<PathBuf>,
    /// With --store: the file that configures the functions
    #[arg(long, value_name = "FILE", group = "file", requires = "store")]
    functions: Option<PathBuf>,
    /// With --store: the SAM template that configures the functions
    #[arg(long, value_name = "FILE", group = "file", requires = "store")]
    template: Option<PathBuf>,
    #[command(flatten)]
    template_args: TemplateArgs,
    /// With --store: variable of this environment that the function gets, too
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pass_env: Vec<String>,
    #[command(flatten)]
    connection: Connection,
}

impl ReplayCheck {
    pub(super) async fn run(self) -> Result<Printed, CliError> {
        let (json, strict) = (self.json, self.strict);
        let checked = match self.store.clone() {
            Some(store) => self.offline(store).await.map_err(CliError::ReplayCheck),
            None => self.at_server().await,
        };
        let report = checked.map_err(|error| CliError::NotReplayed(Box::new(error)))?;
        let counts = report.counts();
        let failed = counts.breaks > 0 || (strict && counts.changes > 0);
        let mut printed = if json {
            let value = serde_json::to_value(&report).unwrap_or(Value::Null);
            Printed::json(&value)
        } else {
            Printed::of(report.to_text())
        };
        printed.failed = failed;
        Ok(printed)
    }

    fn wanted(&self) -> Wanted {
        Wanted {
            open: self.open,
            limit: self.limit,
        }
    }

    /// Has the server check.
    async fn at_server(self) -> Result<Report, CliError> {
        let api = Api::of(&self.connection);
        let answer = api.replay_check(&self.function, self.wanted()).await?;
        serde_json::from_value(answer).map_err(|error| CliError::Answer {
            call: "the replay",
            reason: error.to_string(),
        })
    }

    /// Checks here, with the executions of a file.
    async fn offline(self, store: PathBuf) -> Result<Report, String> {
        if !store.is_file() {
            return Err(format!("{}: there is no such store", store.display()));
        }
        let wanted = self.wanted();
        let settings = ServerSettings {
            store: StoreLocation::File(store.clone()),
            ..ServerSettings::default()
        };
        let service = settings.service.clone();
        let fleet = FleetSettings {
            location: Location {
                region: service.region.clone(),
                endpoint: None,
            },
            launcher: launcher(),
            inherited: Inherited::with(self.pass_env.clone()),
            run: Run::new(),
            idle_timeout: settings.idle_timeout,
            quiet: true,
            watch: false,
            silent: true,
            init_timeout: settings.init_timeout,
            stop_grace: settings.stop_grace,
        };
        let config = self.configured(&service)?;
        let name = config.name.clone();
        let (_store, stored) = Store::open(&store).map_err(|error| error.to_string())?;
        let service = Service::restore(service, stored).map_err(|error| error.to_string())?;
        let program = Program::new(config, fleet).await?;
        let arns = wanted.select(&service, &name);
        let replayed = replay(&program, arns, |arn, show| {
            if let Ok(execution) = service.execution(arn) {
                show(execution);
            }
        });
        let report = replayed.await.map(|all| Report::new(&name, &all));
        program.end().await;
        report
    }

    /// The configuration of the function, from its file.
    fn configured(self, service: &ServiceSettings) -> Result<FunctionConfig, String> {
        let name = self.function;
        let options = self.template_args.options()?;
        let read = match (&self.functions, &self.template) {
            (Some(path), _) => Functions::read_json(path),
            (None, Some(path)) => Functions::read_template(path, service, &options),
            (None, None) => Ok(Functions::default()),
        };
        let read = read.map_err(|error| error.to_string())?;
        let left_out = read.left_out.iter().find(|it| it.function == name);
        let left_out = left_out.map(ToString::to_string);
        let mut functions = read.functions.into_iter();
        let is_it = |it: &FunctionConfig| it.name == name || it.other_names.contains(&name);
        functions
            .find(is_it)
            .ok_or_else(|| left_out.unwrap_or_else(|| format!("the file has no function {name}")))
    }
}
