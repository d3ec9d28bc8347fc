//! `durable ui`

use std::net::TcpStream;

use clap::Args;
use http::Uri;

use super::connection::Connection;
use super::error::CliError;
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
        let Some(endpoint) = self.connection.endpoint() else {
            return Err(CliError::NoPage);
        };
        let unreachable = |reason: String| CliError::Unreachable {
            endpoint: endpoint.to_owned(),
            reason,
        };
        let uri: Uri = endpoint
            .parse()
            .map_err(|error: http::uri::InvalidUri| unreachable(error.to_string()))?;
        let host = uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        // A browser would say less about a server that is not there.
        TcpStream::connect((host, uri.port_u16().unwrap_or(80)))
            .map_err(|error| unreachable(error.to_string()))?;
        let page = format!("{}/", endpoint.trim_end_matches('/'));
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
