//! A stub of the service: it returns canned responses and records the requests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

/// A request that the stub received.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Method and target, as in `GET /path?query`.
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// A response of the stub.
pub(crate) struct Response {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Response {
    pub(crate) fn json(body: &Value) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: body.to_string(),
        }
    }

    pub(crate) fn text(status: u16, body: &str) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.to_owned(),
        }
    }

    /// No response: the connection is closed.
    pub(crate) fn none() -> Self {
        Self::text(0, "")
    }

    pub(crate) fn refusal(status: u16, code: &str, message: &str) -> Self {
        let body = serde_json::json!({"Type": "User", "message": message, "Message": message});
        Self {
            status,
            ..Self::json(&body)
        }
        .with("x-amzn-errortype", code)
    }

    pub(crate) fn with(mut self, header: &'static str, value: &str) -> Self {
        self.headers.push((header, value.to_owned()));
        self
    }
}

/// A running stub.
pub(crate) struct Stub {
    endpoint: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Stub {
    /// A stub that sends these responses in turn and leaves further requests unanswered.
    pub(crate) fn answering(responses: impl IntoIterator<Item = Response>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let responses: Vec<Response> = responses.into_iter().collect();
        thread::spawn(move || {
            let mut responses = responses.into_iter();
            let mut unanswered = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let request = read(&stream);
                seen.lock().unwrap().push(request);
                match responses.next() {
                    Some(response) if response.status == 0 => drop(stream),
                    Some(response) => write(&mut stream, &response),
                    None => unanswered.push(stream),
                }
            }
        });
        Self { endpoint, requests }
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn read(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut next_line = || {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    };
    let line = next_line();
    let mut headers = Vec::new();
    loop {
        let header = next_line();
        let Some((name, value)) = header.split_once(':') else {
            break;
        };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let mut request = Request {
        line: line.trim_end_matches(" HTTP/1.1").to_owned(),
        headers,
        body: String::new(),
    };
    let length = request.header("content-length");
    let length = length.map_or(0, |length| length.parse().unwrap());
    let mut body = reader.take(length);
    body.read_to_string(&mut request.body).unwrap();
    request
}

fn write(stream: &mut TcpStream, response: &Response) {
    let Response {
        status,
        headers,
        body,
    } = response;
    write!(stream, "HTTP/1.1 {status} Answer\r\nconnection: close\r\n").unwrap();
    for (name, value) in headers {
        write!(stream, "{name}: {value}\r\n").unwrap();
    }
    write!(stream, "content-length: {}\r\n\r\n{body}", body.len()).unwrap();
}
