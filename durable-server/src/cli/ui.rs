//! `durable ui`

use std::net::TcpStream;

use clap::Args;

use super::connection::Connection;
use super::error::CliError;
use super::local_server::LocalServer;
use super::{EXIT_CODES, Report};

const EXAMPLES: &str = "\
Examples:
  durable ui
  durable ui --print
  durable ui --endpoint http://127.0.0.1:5000";

/// Open the page of the local server in a browser
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub struct Ui {
    /// Print the page's address, and open no browser
    #[arg(long)]
    print: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Ui {
    pub(super) fn run(&self) -> Result<Report, CliError> {
        let server = LocalServer::of(&self.connection, CliError::NoPage)?;
        // A browser would say less about a server that is not there.
        TcpStream::connect(server.address()).map_err(|error| server.unreachable(error))?;
        let page = format!("{}/", server.endpoint().trim_end_matches('/'));
        if self.print {
            return Ok(Report::of(page));
        }
        let report = Report::of(page.clone());
        Ok(match open::that_detached(&page) {
            Ok(()) => report,
            Err(error) => report.with_note(format!(
                "no browser could be opened ({error}); open the address yourself"
            )),
        })
    }
}
