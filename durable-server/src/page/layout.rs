//! The frame of all pages.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::assets::{HTMX, ICON, PLOT_STYLE, SCRIPT, STYLE};

/// How htmx works here: what a person has opened stays open when a part of the page is renewed.
const HTMX_CONFIG: &str = r#"{"morphIgnore": ["open", "data-htmx-powered"], "history": false}"#;

/// The clock of the server, as every page shows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClockState {
    /// How time passes.
    pub(super) mode: &'static str,
    /// Whether skipping can be switched off and on, and whether it is off.
    pub(super) held: Option<bool>,
}

/// What a page is made of.
pub(super) struct Frame<'a> {
    pub(super) title: &'a str,
    /// The part of the site, whose link is marked.
    pub(super) part: Part,
    pub(super) clock: ClockState,
    pub(super) token: &'a str,
    /// Where the page is, to come back to.
    pub(super) here: &'a str,
    /// The address of the stream of changes, and the state that the page shows; none for a page that stays as
    /// it is.
    pub(super) live: Option<(String, String)>,
    pub(super) body: Markup,
}

/// The parts of the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Executions,
    Functions,
    Start,
    Open,
    /// None of them.
    Other,
}

const PARTS: [(Part, &str, &str); 4] = [
    (Part::Executions, "/", "Executions"),
    (Part::Functions, "/functions", "Functions"),
    (Part::Start, "/start", "Start"),
    (Part::Open, "/open", "Saved history"),
];

impl Frame<'_> {
    /// The page as HTML.
    pub(super) fn render(&self) -> String {
        let live = self.live.as_ref();
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="htmx-config" content=(HTMX_CONFIG);
                    title { (self.title) " · durable" }
                    link rel="icon" href=(ICON) type="image/svg+xml";
                    link rel="stylesheet" href=(PLOT_STYLE);
                    link rel="stylesheet" href=(STYLE);
                    script src=(HTMX) defer {}
                    script src=(SCRIPT) defer {}
                }
                body {
                    a.skip href="#main" { "Skip to the content" }
                    header.top {
                        a.brand href="/" { "durable" }
                        nav aria-label="Pages" {
                            @for (part, address, name) in PARTS {
                                a href=(address) aria-current=[(part == self.part).then_some("page")] { (name) }
                            }
                        }
                        (self.clock())
                        @if live.is_some() { span.connection hidden { "live" } }
                    }
                    main id="main" tabindex="-1"
                        data-live=[live.map(|(address, _)| address)]
                        data-state=[live.map(|(_, state)| state)] {
                        (self.body)
                    }
                    p.toast aria-hidden="true" hidden {}
                    p.unseen id="said" role="status" {}
                }
            }
        }
        .into_string()
    }

    fn clock(&self) -> Markup {
        let Some(held) = self.clock.held else {
            return html! { span.clock { (self.clock.mode) } };
        };
        let (state, button) = if held {
            ("time waits for you", "Let time run")
        } else {
            (self.clock.mode, "Hold time")
        };
        let title = "Held time moves only by the buttons of an execution";
        html! {
            form.clock method="post" action="/do/hold" {
                (hidden("token", self.token))
                (hidden("held", if held { "false" } else { "true" }))
                (hidden("back", self.here))
                span { (state) }
                button.quiet type="submit" title=(title) { (button) }
            }
        }
    }
}

/// A hidden field of a form.
pub(super) fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// SVG of the timeline, which escapes what comes from an execution.
pub(super) fn trusted(svg: String) -> Markup {
    PreEscaped(svg)
}

/// A page that says why something was not done, or is not there.
pub(super) fn problem(heading: &str, message: &str, back: &str) -> Markup {
    html! {
        section.problem role="alert" {
            h1 { (heading) }
            p { (message) }
            p { a.button href=(back) { "Back" } }
        }
    }
}
