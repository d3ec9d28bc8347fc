//! The pages of the server: executions and functions, what they wait for, and the buttons that end it.
//!
//! A page is rendered here and works without script. With it, a page that shows something open is told of
//! changes by a stream, and loads itself again.

mod access;
mod actions;
mod assets;
mod chart;
mod copies;
mod events;
mod execution;
mod executions;
mod fields;
mod forms;
mod functions;
mod json;
mod layout;
mod link;
mod live;
mod logs;
mod open;
mod operation;
mod replays;
mod respond;
mod start;
mod table;
mod text;
mod view;
mod waiting;

use std::sync::Arc;

use durable_service::model::ExecutionArn;
use durable_service::recording::Recording;
use http::request::Parts;
use http::{Method, StatusCode};
use maud::Markup;
use tokio::sync::watch;
use uuid::Uuid;

use crate::api::Api;
use crate::config::LeftOut;
use crate::engine::{Engine, World};
use crate::http::{AccessPolicy, BodyLimits, Request, Response, read};
use access::FormToken;
use actions::Done;
use fields::Fields;
use layout::{ClockState, Frame, Part};
use live::Scope;
use respond::{attachment, page, see_other};
use view::View;

/// The pages of an engine.
#[derive(Debug)]
pub(crate) struct Page {
    api: Arc<Api>,
    engine: Arc<Engine>,
    access: AccessPolicy,
    token: FormToken,
    /// Tells this run of the server from another one.
    run: String,
    facts: Facts,
    stop: watch::Receiver<bool>,
}

/// What the pages say about the server.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// Its URL, for commands.
    pub(crate) endpoint: String,
    /// How time passes.
    pub(crate) time: &'static str,
    /// Functions that are not served.
    pub(crate) left_out: Vec<LeftOut>,
    /// Limits on forms.
    pub(crate) body_limits: BodyLimits,
}

/// What the page of an execution shows.
struct Shown {
    view: View,
    /// The execution that the selected operation invoked.
    child: Option<View>,
    answer_is_lost: bool,
    /// How many invocations ran an earlier program.
    changed_after: Option<usize>,
    /// The address of the stream of changes, and the present state.
    live: (String, String),
}

/// Why something was not done, or is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Problem {
    status: StatusCode,
    message: String,
}

impl Problem {
    fn refused(message: &str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            message: message.to_owned(),
        }
    }

    fn failed(message: &str) -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            message: message.to_owned(),
        }
    }

    fn missing(message: &str) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            message: message.to_owned(),
        }
    }
}

impl Page {
    pub(crate) fn new(
        api: Arc<Api>,
        engine: Arc<Engine>,
        access: AccessPolicy,
        facts: Facts,
        stop: watch::Receiver<bool>,
    ) -> Self {
        Self {
            api,
            engine,
            access,
            token: FormToken::new(),
            run: Uuid::new_v4().simple().to_string(),
            facts,
            stop,
        }
    }

    /// Whether a request is for a page, and not for the API.
    pub(crate) fn owns(request: &Request) -> bool {
        let path = request.uri().path();
        match *request.method() {
            Method::GET => {
                matches!(
                    path,
                    "/" | "/execution" | "/functions" | "/start" | "/open" | "/live"
                ) || path.starts_with("/execution/")
                    || assets::has(path)
            }
            Method::POST => path == "/open" || path.starts_with("/do/"),
            _ => false,
        }
    }

    /// Answers a request for a page.
    pub(crate) async fn answer(&self, request: Request) -> Response {
        let (head, body) = request.into_parts();
        if let Err(rejected) = access::admit(self.access, &head) {
            self.engine.note(&format!("refused: a page: {rejected}"));
            return respond::refused(&rejected.to_string());
        }
        if head.method != Method::POST {
            let fields = Fields::read(head.uri.query().unwrap_or_default().as_bytes());
            return self.get(&head, &fields);
        }
        let Ok(body) = read(body, self.facts.body_limits).await else {
            let problem = Problem::refused("The form is too large, or did not arrive complete.");
            return self.problem(&problem, "/");
        };
        let fields = Fields::read(&body);
        if let Err(refused) = self.token.check(&head, fields.get("token")) {
            self.engine
                .note(&format!("refused: {}: {refused}", head.uri.path()));
            return respond::refused(&refused.to_string());
        }
        self.post(&head, &fields).await
    }

    fn get(&self, head: &Parts, fields: &Fields) -> Response {
        let path = head.uri.path();
        let here = head.uri.path_and_query().map_or("/", |it| it.as_str());
        let token = self.token.as_str();
        match path {
            "/" => self.executions(fields, here),
            "/functions" => {
                let live = self.engine.look(|world, _| self.live(&Scope::All, world));
                let body = functions::render(self.engine.fleet(), &self.facts.left_out, token);
                self.frame("Functions", Part::Functions, here, Some(live), body)
            }
            "/start" => {
                let draft = self
                    .engine
                    .look(|world, _| start::Draft::of(&world.service, fields));
                let functions = self.engine.fleet().functions();
                let names: Vec<&str> = functions.map(|it| it.config().name.as_str()).collect();
                let body = start::render(&draft, &names, token);
                self.still_page("Start", Part::Start, here, body)
            }
            "/open" => self.still_page("Saved history", Part::Open, here, open::form(token, None)),
            "/live" => {
                let scope = match named(fields) {
                    Some(arn) => {
                        Scope::Execution(arn, fields.get("child").and_then(|it| it.parse().ok()))
                    }
                    None => Scope::All,
                };
                live::stream(&self.engine, scope, &self.run, self.stop.clone())
            }
            "/execution" => {
                let mut response = self.execution(fields, here);
                // A live page that learns of the deletion of what it shows has asked nothing wrong.
                if respond::renews(head) && response.status() == StatusCode::NOT_FOUND {
                    *response.status_mut() = StatusCode::OK;
                }
                response
            }
            _ => match path.strip_prefix("/execution/") {
                Some(file) => self.file(file, fields),
                None => assets::respond(path, &head.headers).unwrap_or_else(|| {
                    self.problem(&Problem::missing("There is no such page."), "/")
                }),
            },
        }
    }

    fn executions(&self, fields: &Fields, here: &str) -> Response {
        let (list, live) = self.engine.look(|world, now| {
            let list = executions::List::select(world, fields, now);
            (list, self.live(&Scope::All, world))
        });
        let mut functions = self.engine.fleet().functions();
        let durable = functions.find(|it| it.config().durable.is_some());
        let name = durable.map_or("NAME", |it| it.config().name.as_str());
        let endpoint = &self.facts.endpoint;
        let example =
            format!("durable invoke {name} --payload '{{}}' --event --endpoint {endpoint}");
        let body = list.render(fields, &example);
        self.frame("Executions", Part::Executions, here, Some(live), body)
    }

    fn execution(&self, fields: &Fields, here: &str) -> Response {
        let Some(arn) = named(fields) else {
            return self.problem(&Problem::refused("The address names no execution."), "/");
        };
        let Some(Shown {
            view,
            child,
            answer_is_lost,
            changed_after,
            live,
        }) = self.shown(&arn, fields)
        else {
            let problem =
                Problem::missing("This execution does not exist. It may have been deleted.");
            return self.problem(&problem, "/");
        };
        let logs = self.engine.fleet().book().of_execution(&arn);
        let body = execution::render(
            &view,
            execution::Context {
                token: self.token.as_str(),
                fields,
                endpoint: &self.facts.endpoint,
                region: self.engine.region(),
                child: child.as_ref(),
                answer_is_lost,
                changed_after,
                logs: &logs,
            },
        );
        let title = format!("{}: {}", view.name, text::words(view.status.as_str()));
        self.frame(&title, Part::Executions, here, Some(live), body)
    }

    /// The execution of an ARN, with what the fields select.
    fn shown(&self, arn: &ExecutionArn, fields: &Fields) -> Option<Shown> {
        self.engine.look(|world, now| {
            let view = View::of(world.service.execution(arn).ok()?, now);
            let child = fields
                .get("op")
                .and_then(|op| operation::child_of(&view, op));
            let child = child.and_then(|child| world.service.execution(child).ok());
            let child = child.map(|child| View::of(child, now));
            let child_arn = child.as_ref().and_then(|child| child.arn.clone());
            let scope = Scope::Execution(arn.clone(), child_arn);
            Some(Shown {
                view,
                child,
                answer_is_lost: world.loses_answer(arn),
                changed_after: world.changed_after(arn),
                live: self.live(&scope, world),
            })
        })
    }

    /// A file of an execution.
    fn file(&self, name: &str, fields: &Fields) -> Response {
        let missing = || self.problem(&Problem::missing("There is no such file."), "/");
        let Some(arn) = named(fields) else {
            return missing();
        };
        let Some(Shown { view, .. }) = self.shown(&arn, &Fields::default()) else {
            return missing();
        };
        let (content, content_type, extension) = match name {
            "history.json" => {
                let recording = Recording::new(Some(arn), view.events.clone());
                let json = format!("{:#}\n", recording.to_json());
                (json, "application/json", "json")
            }
            "timeline.svg" => (view.timeline().to_svg(), "image/svg+xml", "svg"),
            "timeline.html" => (
                view.timeline().to_html(),
                "text/html; charset=utf-8",
                "html",
            ),
            "timeline.mmd" => (
                view.timeline().to_mermaid(),
                "text/plain; charset=utf-8",
                "mmd",
            ),
            _ => return missing(),
        };
        let shows = fields.get("view").is_some() && extension == "json";
        let file = (!shows).then(|| copies::file_name(&view.name, extension));
        attachment(content, content_type, file.as_deref())
    }

    async fn post(&self, head: &Parts, fields: &Fields) -> Response {
        let path = head.uri.path();
        let token = self.token.as_str();
        if path == "/open" {
            let text = fields.get("history").unwrap_or_default();
            let (status, body) = match open::opened(text, token) {
                Ok(body) => (StatusCode::OK, body),
                Err(body) => (StatusCode::BAD_REQUEST, body),
            };
            let mut response = self.still_page("Saved history", Part::Open, "/open", body);
            *response.status_mut() = status;
            return response;
        }
        let action = path.strip_prefix("/do/").unwrap_or_default();
        let back = fields
            .get("arn")
            .map_or_else(|| "/".to_owned(), link::execution);
        match self.act(action, fields, head.extensions.get()).await {
            Some(Ok(Done::At(address))) => see_other(&address),
            Some(Ok(Done::Answered {
                function,
                answer,
                failed,
            })) => {
                let body = respond::answered(&function, &answer, failed);
                self.still_page("Answer", Part::Functions, "/functions", body)
            }
            Some(Ok(Done::Checked(report))) => {
                let body = replays::render(&report);
                self.still_page("Replays", Part::Functions, "/functions", body)
            }
            Some(Err(problem)) => self.problem(&problem, &back),
            None => self.problem(&Problem::missing("There is no such action."), &back),
        }
    }

    fn problem(&self, problem: &Problem, back: &str) -> Response {
        let body = layout::problem("That did not work", &problem.message, back);
        let mut response = self.still_page("Problem", Part::Other, "/", body);
        *response.status_mut() = problem.status;
        response
    }

    fn still_page(&self, title: &str, part: Part, here: &str, body: Markup) -> Response {
        self.frame(title, part, here, None, body)
    }

    /// The address of the stream of a scope, and its present state.
    fn live(&self, scope: &Scope, world: &World) -> (String, String) {
        let address = match scope {
            Scope::All => "/live".to_owned(),
            Scope::Execution(arn, child) => {
                let child = child
                    .as_ref()
                    .map(|it| format!("&child={}", link::encoded(it.as_str())));
                format!(
                    "/live?arn={}{}",
                    link::encoded(arn.as_str()),
                    child.unwrap_or_default()
                )
            }
        };
        (address, format!("{} {}", self.run, scope.state(world)))
    }

    fn frame(
        &self,
        title: &str,
        part: Part,
        here: &str,
        live: Option<(String, String)>,
        body: Markup,
    ) -> Response {
        let held = self
            .engine
            .look(|world, _| world.skips().then(|| world.is_held()));
        let frame = Frame {
            title,
            part,
            clock: ClockState {
                mode: self.facts.time,
                held,
            },
            token: self.token.as_str(),
            here,
            live,
            body,
        };
        page(frame.render())
    }
}

/// The execution that the fields name.
fn named(fields: &Fields) -> Option<ExecutionArn> {
    fields.get("arn")?.parse().ok()
}
