//! The functions of the server: how they are configured, and how their processes are.

use durable_view::{human, visible, visible_lines};
use maud::{Markup, html};

use super::layout::hidden;
use super::{link, logs};
use crate::config::{FunctionConfig, LeftOut};
use crate::logs::InvocationLog;
use crate::process::{Fleet, Function};

/// Limit on the invocations of a function whose logs are shown: the latest ones.
const MAX_LOGS: usize = 5;

/// The page of all functions.
pub(super) fn render(fleet: &Fleet, left_out: &[LeftOut], token: &str) -> Markup {
    html! {
        h1 { "Functions" }
        @for function in fleet.functions() {
            (one(function, &fleet.book().of_function(&function.config().name, MAX_LOGS), token))
        }
        @if !left_out.is_empty() {
            section.waits aria-labelledby="left-out" {
                h2 id="left-out" { "Not served" }
                ul { @for it in left_out { li { pre.error { (visible_lines(&it.to_string())) } } } }
            }
        }
    }
}

fn one(function: &Function, written: &[InvocationLog], token: &str) -> Markup {
    let config = function.config();
    let state = function.state();
    html! {
        section.function aria-labelledby={ "function-" (config.name) } {
            header {
                h2 id={ "function-" (config.name) } { (config.name) }
                span.note { (if config.durable.is_some() { "durable" } else { "plain" }) }
                div.actions {
                    a.button href=(link::start(&config.name)) { "Start…" }
                    @if config.durable.is_some() {
                        a.button.quiet href=(link::executions_of(&config.name)) { "Executions" }
                        @if !function.is_elsewhere() {
                            form method="post" action="/do/replay-check" {
                                (hidden("token", token))
                                (hidden("function", &config.name))
                                button.quiet type="submit"
                                    title="Replays its executions on its present program, without changing them" { "Check replays" }
                            }
                        }
                    }
                }
            }
            dl.facts {
                (configuration(config))
                dt { "Processes" } dd {
                    (state.running) " busy, " (state.idle) " idle, " (config.concurrency) " at most"
                }
                @if state.changes > 0 {
                    dt { "Program" } dd { "changed on disk since the server started: " (state.changes) " times" }
                }
                @if let Some(failure) = &state.last_failure {
                    dt { "Last failure" } dd { pre.error { (visible_lines(failure)) } }
                }
            }
            @if !written.is_empty() { (logs::latest(written)) }
        }
    }
}

fn configuration(config: &FunctionConfig) -> Markup {
    let variables: Vec<&str> = config.environment.keys().map(String::as_str).collect();
    html! {
        @if !config.other_names.is_empty() {
            dt { "Also named" } dd { (config.other_names.join(", ")) }
        }
        @match &config.endpoint {
            Some(endpoint) => { dt { "Runs at" } dd { code { (visible(&endpoint.to_string())) } } }
            None => { dt { "Command" } dd { code { (visible(&config.command.join(" "))) } } }
        }
        @if let Some(folder) = &config.working_directory {
            dt { "Folder" } dd { code { (visible(&folder.to_string_lossy())) } }
        }
        @if let Some(handler) = &config.handler { dt { "Handler" } dd { code { (visible(handler)) } } }
        dt { "Runtime" } dd { (config.runtime()) }
        dt { "Timeout" } dd { (human(config.timeout)) " an invocation" }
        dt { "Memory" } dd { (config.memory) " MB, as the function sees it" }
        @if let Some(durable) = &config.durable {
            dt { "Execution timeout" } dd {
                @match durable.execution_timeout {
                    Some(seconds) => (human(std::time::Duration::from_secs(seconds))),
                    None => "the longest possible",
                }
            }
            @if let Some(days) = durable.retention_period_in_days {
                dt { "Retention" } dd { (days) " days" }
            }
        }
        @if !variables.is_empty() {
            dt { "Variables" } dd { (visible(&variables.join(", "))) span.note { " (names only)" } }
        }
        @for (alias, version) in &config.aliases {
            dt { "Alias" } dd { (visible(alias)) " of version " (version) }
        }
    }
}
