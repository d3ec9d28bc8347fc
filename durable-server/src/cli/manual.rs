//! `durable completions` and `durable man`

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;
use durable_view::visible_lines;

const COMPLETIONS: &str = "\
Examples:
  durable completions bash > ~/.local/share/bash-completion/completions/durable
  durable completions zsh > ~/.zfunc/_durable
  durable completions fish > ~/.config/fish/completions/durable.fish";

const PAGES: &str = "\
Examples:
  durable man > durable.1
  durable man serve > durable-serve.1
  durable man --dir ~/.local/share/man/man1";

/// Print the completions of a shell
// Not a `///`, of which clap would make a part of the help.
#[cfg_attr(doc, doc = "\nThe [module](crate::cli#example) has an example.")]
#[derive(Debug, Args)]
#[command(after_help = COMPLETIONS)]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

impl CompletionsArgs {
    /// Prints the completions of a command.
    #[must_use]
    pub fn run(&self, command: &Command) -> ExitCode {
        let mut command = without_hidden(command);
        let name = command.get_name().to_owned();
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, name, &mut script);
        print(&script)
    }
}

/// The command with the commands that a person types: completions would have the others, too.
fn without_hidden(command: &Command) -> Command {
    let visible = command
        .get_subcommands()
        .filter(|below| !below.is_hide_set());
    Command::new("durable")
        .version(env!("CARGO_PKG_VERSION"))
        .about(command.get_about().cloned().unwrap_or_default())
        .args(command.get_arguments().cloned())
        .subcommands(visible.cloned())
}

/// Print the manual page of `durable` or of one of its commands
// Not a `///`, of which clap would make a part of the help.
#[cfg_attr(doc, doc = "\nThe [module](crate::cli#example) has an example.")]
#[derive(Debug, Args)]
#[command(after_help = PAGES)]
pub struct ManArgs {
    /// The command, as in `serve` or `callback succeed`
    #[arg(conflicts_with = "dir")]
    command: Vec<String>,
    /// Write the pages of all commands to this folder instead
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

impl ManArgs {
    /// Prints or writes pages of a command.
    #[must_use]
    pub fn run(&self, command: Command) -> ExitCode {
        let outcome = match &self.dir {
            Some(folder) => write_all(command, folder).map(|()| Vec::new()),
            None => page(command, &self.command),
        };
        match outcome {
            Ok(page) => print(&page),
            Err(message) => {
                let _ = writeln!(io::stderr(), "error: {}", visible_lines(&message));
                ExitCode::from(1)
            }
        }
    }
}

fn write_all(command: Command, folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(command, folder))
        .map_err(|error| format!("cannot write pages to {}: {error}", folder.display()))
}

/// The page of the command that these names lead to.
fn page(command: Command, names: &[String]) -> Result<Vec<u8>, String> {
    // `durable help` has no page, and a folder of pages does not name one either.
    let mut command = command.disable_help_subcommand(true);
    command.build();
    for name in names {
        let below = command.get_subcommands();
        let visible = below.filter(|below| !below.is_hide_set());
        let known: Vec<&str> = visible.map(Command::get_name).collect();
        let Some(below) = command.find_subcommand(name) else {
            let whole = command.get_bin_name().unwrap_or("durable").to_owned();
            return Err(if known.is_empty() {
                format!("`{whole}` has no commands of its own, and so none named {name}")
            } else {
                format!(
                    "`{whole}` has no command {name}; it has {}",
                    known.join(", ")
                )
            });
        };
        command = below.clone();
    }
    // What a person types, not the names with dashes that the files have.
    let whole = command.get_bin_name().map(str::to_owned);
    if let Some(whole) = whole {
        command = command.display_name(whole.replace(' ', "-"));
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command)
        .render(&mut page)
        .map_err(|error| error.to_string())?;
    Ok(page)
}

fn print(text: &[u8]) -> ExitCode {
    let mut out = io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::from(1),
        _ => ExitCode::SUCCESS,
    }
}
