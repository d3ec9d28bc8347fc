//! Templates as teams write them, each with what is served and what is said of it. No process is started.
//!
//! Each file of `tests/templates/` has a line that says what it shows, options, and the files of a project:
//! `-- PATH --` starts a file, `-- PATH (program) --` one that can be started. The snapshot beside it says what
//! comes of it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use durable_server::config::{
    FunctionConfig, Functions, LogLevel, LoggingConfig, TemplateOptions, Tenancy,
};
use durable_service::ServiceSettings;
use durable_template::parameter_overrides;

/// A file is older than those after it by this.
const STEP: Duration = Duration::from_secs(10);

/// A project that a file of the table describes.
struct Case {
    options: TemplateOptions,
    settings: ServiceSettings,
    template: String,
    files: Vec<File>,
}

struct File {
    path: String,
    text: String,
    is_program: bool,
}

impl Case {
    fn read(text: &str) -> Self {
        let mut case = Self {
            options: TemplateOptions::default(),
            settings: ServiceSettings::default(),
            template: "template.yaml".to_owned(),
            files: Vec::new(),
        };
        for line in text.lines() {
            if let Some(path) = line
                .strip_prefix("-- ")
                .and_then(|it| it.strip_suffix(" --"))
            {
                let program = path.strip_suffix(" (program)");
                case.files.push(File {
                    path: program.unwrap_or(path).to_owned(),
                    text: String::new(),
                    is_program: program.is_some(),
                });
            } else if let Some(file) = case.files.last_mut() {
                file.text.push_str(line);
                file.text.push('\n');
            } else if let Some((option, value)) = line.split_once(": ") {
                case.set(option, value);
            }
        }
        case
    }

    fn set(&mut self, option: &str, value: &str) {
        let value = value.to_owned();
        match option {
            "shows" => {}
            "parameters" => self.options.parameters = parameter_overrides(&value).unwrap(),
            "stack" => self.options.stack_name = Some(value),
            "environment" => self.options.config_env = Some(value),
            "env-vars" => self.options.env_vars = Some(value.into()),
            "target" => self.options.target_folder = Some(value.into()),
            "region" => self.settings.region = value,
            "template" => self.template = value,
            other => panic!("there is no option {other}"),
        }
    }

    /// What is served and what is said, with paths relative to the project.
    fn shown(mut self) -> String {
        let project = tempfile::tempdir().unwrap();
        let folder = fs::canonicalize(project.path()).unwrap();
        let last = u32::try_from(self.files.len()).unwrap();
        let now = SystemTime::now() - STEP * last;
        for (index, file) in (0..).zip(&self.files) {
            write(&folder, file, now + STEP * index);
        }
        let absolute = |path: &PathBuf| folder.join(path);
        self.options.cache = Some(folder.join("cache"));
        self.options.env_vars = self.options.env_vars.as_ref().map(absolute);
        self.options.target_folder = self.options.target_folder.as_ref().map(absolute);
        let template = folder.join(&self.template);
        let shown = match Functions::read_template(&template, &self.settings, &self.options) {
            Ok(functions) => shown(&functions),
            Err(error) => format!("error: {error}\n"),
        };
        let folder = folder.display().to_string();
        shown
            .replace(&format!("{folder}/"), "")
            .replace(&folder, "FOLDER")
    }
}

fn write(folder: &Path, file: &File, time: SystemTime) {
    let path = folder.join(&file.path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let text = if file.is_program && file.text.is_empty() {
        "#!/bin/sh\n"
    } else {
        &file.text
    };
    fs::write(&path, text).unwrap();
    if file.is_program {
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let opened = fs::File::options().write(true).open(&path).unwrap();
    opened.set_modified(time).unwrap();
    // A folder that a build makes is as old as what is in it.
    let folder = fs::File::open(path.parent().unwrap()).unwrap();
    folder.set_modified(time).unwrap();
}

fn shown(functions: &Functions) -> String {
    let mut shown = String::new();
    for left_out in &functions.left_out {
        writeln!(shown, "{left_out}").unwrap();
    }
    // Which interpreters this machine has is no matter of a template.
    let of_template = |warning: &&String| !warning.contains("no folder of PATH has");
    for warning in functions.warnings.iter().filter(of_template) {
        writeln!(shown, "warning: {warning}").unwrap();
    }
    for ignored in &functions.ignored {
        writeln!(shown, "{ignored}").unwrap();
    }
    for function in &functions.functions {
        shown.push_str(&served(function));
    }
    shown
}

fn served(function: &FunctionConfig) -> String {
    let mut shown = format!("serves {}", function.name);
    if !function.other_names.is_empty() {
        write!(shown, " or {}", function.other_names.join(" or ")).unwrap();
    }
    match function.durable {
        None => shown.push_str(": plain"),
        Some(durable) => {
            let unit = |value: Option<u64>, unit: &str| {
                value.map_or("-".to_owned(), |it| format!("{it} {unit}"))
            };
            let timeout = unit(durable.execution_timeout, "s");
            let kept = unit(durable.retention_period_in_days.map(u64::from), "days");
            write!(shown, ": durable, {timeout}, {kept}").unwrap();
        }
    }
    let (timeout, memory) = (function.timeout.as_secs(), function.memory);
    write!(shown, "; {timeout} s, {memory} MB").unwrap();
    if function.concurrency != 10 {
        write!(shown, ", {} at a time", function.concurrency).unwrap();
    }
    if function.tenancy == Tenancy::PerTenant {
        shown.push_str(", per tenant");
    }
    let logging = &function.logging;
    if *logging != LoggingConfig::default() {
        let (format, group) = (function.log_format().name(), function.log_group());
        write!(shown, ", logs {format} to {group}").unwrap();
        let levels = [logging.application_level, logging.system_level];
        let levels = levels.map(|level| level.map_or("-", LogLevel::name));
        write!(shown, " from {}", levels.join(" and ")).unwrap();
    }
    for (alias, version) in &function.aliases {
        write!(shown, ", {alias} = {version} of {}", function.versions).unwrap();
    }
    let folder = function.working_directory.as_deref().unwrap();
    let (runtime, command) = (function.runtime(), function.command.join(" "));
    writeln!(shown, "\n  {runtime}: {command} in {}", folder.display()).unwrap();
    for (name, value) in &function.environment {
        writeln!(shown, "  {name}={value}").unwrap();
    }
    shown
}

#[test]
fn every_template_of_the_table_is_served_as_its_snapshot_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/templates");
    let entries = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut cases: Vec<PathBuf> = entries
        .filter(|path| path.extension().is_some_and(|it| it == "txt"))
        .collect();
    cases.sort();
    assert!(cases.len() >= 40, "{} templates", cases.len());
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for path in cases {
            let name = path.file_stem().unwrap().to_str().unwrap();
            let shown = Case::read(&fs::read_to_string(&path).unwrap()).shown();
            insta::assert_snapshot!(name, shown);
        }
    });
}
