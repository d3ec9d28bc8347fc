//! Files, network, processes and standard input.

use super::{Rule, rule, vague};
use crate::lint::catalogue::Lint::Io;

const FILE: &str = "{ctx}.step(|_| async { Ok({call}?) }).name(\"file\").await?";
const ASYNC_FILE: &str = "{ctx}.step(|_| async { Ok({call}.await?) }).name(\"file\").await?";
const NETWORK: &str = "{ctx}.step(|_| async { .. Ok(answer) }).name(\"fetch\").await?";
const PROCESS: &str = "{ctx}.step(|_| async { .. Ok(output) }).name(\"run\").await?";
const STDIN: &str = "{ctx}.step(|_| async { .. Ok(line) }).name(\"read\").await?";

pub(super) const RULES: &[Rule] = &[
    vague(Io, "std::fs::*", FILE),
    rule(Io, "std::fs::File::open", FILE),
    rule(Io, "std::fs::File::create", FILE),
    rule(Io, "std::fs::read_to_string", FILE),
    rule(Io, "std::fs::read_dir", FILE),
    vague(Io, "std::fs::OpenOptions::new", PROCESS),
    vague(Io, "tokio::fs::*", ASYNC_FILE),
    vague(Io, "tokio::fs::File::open", ASYNC_FILE),
    vague(Io, "tokio::fs::File::create", ASYNC_FILE),
    vague(Io, "tokio::fs::OpenOptions::new", PROCESS),
    rule(Io, "std::net::TcpStream::connect", NETWORK),
    rule(Io, "std::net::TcpListener::bind", NETWORK),
    rule(Io, "std::net::UdpSocket::bind", NETWORK),
    rule(Io, "tokio::net::TcpStream::connect", NETWORK),
    rule(Io, "tokio::net::TcpListener::bind", NETWORK),
    rule(Io, "tokio::net::UdpSocket::bind", NETWORK),
    rule(Io, "tokio::net::UnixStream::connect", NETWORK),
    rule(Io, "std::os::unix::net::UnixStream::connect", NETWORK),
    vague(Io, "tokio::net::lookup_host", NETWORK),
    rule(Io, "reqwest::get", NETWORK),
    rule(Io, "reqwest::blocking::get", NETWORK),
    vague(Io, "ureq::get", NETWORK),
    vague(Io, "ureq::post", NETWORK),
    rule(Io, "std::process::Command::new", PROCESS),
    rule(Io, "tokio::process::Command::new", PROCESS),
    rule(Io, "std::io::stdin", STDIN),
    rule(Io, "tokio::io::stdin", STDIN),
    vague(Io, "std::io::read_to_string", STDIN),
];
