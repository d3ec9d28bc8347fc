//! What operations are called in choices: by their paths, as results call them.

use durable_service::Execution;
use durable_service::model::Operation;

/// The path of an operation: its label after those of the contexts around it, joined by `/`.
///
/// An operation without a name is labelled by its kind and number, `Step#1`, as in results. The second of a
/// name in a context has its number behind it.
pub(crate) fn path(execution: &Execution, operation: &Operation) -> String {
    let mut labels = vec![label(execution, operation)];
    let mut around = parent(execution, operation);
    while let Some(context) = around {
        labels.push(label(execution, context));
        around = parent(execution, context);
    }
    labels.reverse();
    labels.join("/")
}

fn parent<'a>(execution: &'a Execution, operation: &Operation) -> Option<&'a Operation> {
    let parent = operation.parent_id.as_ref()?;
    execution.operations().find(|context| context.id == *parent)
}

fn label(execution: &Execution, operation: &Operation) -> String {
    let kind = |operation: &Operation| {
        let sub_type = operation.sub_type.clone();
        sub_type.unwrap_or_else(|| operation.operation_type().to_string())
    };
    let before = execution
        .operations()
        .take_while(|other| other.id != operation.id)
        .filter(|other| other.parent_id == operation.parent_id && other.name == operation.name);
    let Some(name) = &operation.name else {
        let kind_here = kind(operation);
        let number = before.filter(|other| kind(other) == kind_here).count() + 1;
        return format!("{kind_here}#{number}");
    };
    match before.count() + 1 {
        1 => name.clone(),
        number => format!("{name} ({number}{})", ordinal(number)),
    }
}

/// The letters of an ordinal number.
fn ordinal(number: usize) -> &'static str {
    match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals_are_english() {
        let written = [1, 2, 3, 4, 11, 12, 13, 21, 22, 101, 111].map(|number| {
            let letters = ordinal(number);
            format!("{number}{letters}")
        });
        assert_eq!(
            written.join(" "),
            "1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 101st 111th"
        );
    }
}
