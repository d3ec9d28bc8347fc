//! What is made up for each execution, and the words that stand for it.

use std::collections::HashMap;

use crate::ExecutionResult;

/// Shorter ids are not looked for: a text may hold them by chance.
const MIN_ID: usize = 16;

/// The ids of an execution and of those that it called.
#[derive(Default)]
pub(super) struct Names {
    /// ARNs, the longest first.
    arns: Vec<(String, String)>,
    /// Ids of callbacks, operations and requests.
    ids: HashMap<String, String>,
}

impl Names {
    pub(super) fn add(&mut self, result: &ExecutionResult) {
        self.add_called(result, "");
        self.arns
            .sort_by_key(|(arn, _)| std::cmp::Reverse(arn.len()));
    }

    fn add_called(&mut self, result: &ExecutionResult, caller: &str) {
        let whose = if caller.is_empty() {
            String::new()
        } else {
            format!(" of {caller}")
        };
        self.arns
            .push((result.arn().to_owned(), format!("[execution{whose}]")));
        for invocation in result.invocations() {
            let id = invocation.request_id.as_str().to_owned();
            self.ids.insert(id, "[request]".to_owned());
        }
        for operation in result.operations() {
            let path = operation.path();
            if let Some(id) = operation.callback_id() {
                self.ids.insert(id.to_owned(), format!("[callback {path}]"));
            }
            if operation.id().len() >= MIN_ID {
                self.ids
                    .insert(operation.id().to_owned(), format!("[operation {path}]"));
            }
        }
        for (id, child) in result.called() {
            let caller = result.operations().iter().find(|one| one.id() == id);
            self.add_called(
                child,
                &caller.map_or_else(String::new, crate::results::Operation::path),
            );
        }
    }

    /// A text with words in place of what is made up.
    pub(super) fn normalized(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (arn, word) in &self.arns {
            if text.contains(arn) {
                text = text.replace(arn, word);
            }
        }
        if text.len() < MIN_ID {
            return text;
        }
        let mut normalized = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let word = rest.find(|c| !is_of_id(c)).unwrap_or(rest.len());
            let (id, behind) = rest.split_at(word);
            match self.ids.get(id) {
                Some(word) => normalized.push_str(word),
                None => normalized.push_str(id),
            }
            let other = behind.find(is_of_id).unwrap_or(behind.len());
            let (between, behind) = behind.split_at(other);
            normalized.push_str(between);
            rest = behind;
        }
        normalized
    }
}

/// The characters of UUIDs, of hexadecimal numbers and of Base64.
fn is_of_id(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '/' | '=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_replaced_as_whole_words() {
        let id = "0123456789abcdef";
        let names = Names {
            arns: vec![("arn:aws:x/a/b".to_owned(), "[execution]".to_owned())],
            ids: [(id.to_owned(), "[operation charge]".to_owned())].into(),
        };
        assert_eq!(
            names.normalized(&format!("größe {id}: in arn:aws:x/a/b, not {id}0")),
            format!("größe [operation charge]: in [execution], not {id}0")
        );
    }
}
