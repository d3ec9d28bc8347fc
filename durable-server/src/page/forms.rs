//! The forms by which people act on an execution.

use maud::{Markup, html};

use super::layout::hidden;

/// What every form of an execution carries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) token: &'a str,
    pub(super) arn: &'a str,
}

impl Target<'_> {
    /// A form of a single button.
    pub(super) fn button(self, action: &str, label: &str, title: &str) -> Markup {
        self.form(action, label, title, &html! {})
    }

    /// A form with fields before its button.
    pub(super) fn form(self, action: &str, label: &str, title: &str, fields: &Markup) -> Markup {
        html! {
            form.inline method="post" action={ "/do/" (action) } {
                (hidden("token", self.token))
                (hidden("arn", self.arn))
                (fields)
                button type="submit" title=(title) { (label) }
            }
        }
    }

    /// A form that opens only on demand, because what it does needs a word first.
    pub(super) fn asking(self, action: &str, label: &str, title: &str, fields: &Markup) -> Markup {
        html! {
            details.menu id={ "menu-" (action) } {
                summary.button { (label) }
                div.menu-body {
                    p.note { (title) }
                    form.stacked method="post" action={ "/do/" (action) } hx-morph-skip="" {
                        (hidden("token", self.token))
                        (hidden("arn", self.arn))
                        (fields)
                        button type="submit" { (label) }
                    }
                }
            }
        }
    }
}

/// A field for an error's type and one for its message.
pub(super) fn error_fields(error_type: &str) -> Markup {
    html! {
        label { span { "Error type" }
            input type="text" name="type" value=(error_type) autocomplete="off" spellcheck="false";
        }
        label { span { "Message" }
            input type="text" name="message" autocomplete="off";
        }
    }
}
