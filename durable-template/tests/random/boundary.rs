//! What must hold of any text that is given for a template.

use durable_template::{Inputs, Template, Value, document, parameter_overrides};

/// Reads and evaluates a text, twice: it ends, and both times the same comes of it.
pub(crate) fn check(body: &[u8]) {
    let Ok(text) = std::str::from_utf8(body) else {
        return;
    };
    if let Ok(overrides) = parameter_overrides(text) {
        assert!(overrides.keys().all(|name| !name.is_empty()));
    }
    let _ = document(text);
    let Ok(template) = Template::read(text) else {
        return;
    };
    let chosen = template
        .parameters()
        .map(|name| (name.to_owned(), "a,1".to_owned()));
    for inputs in [
        Inputs::default(),
        Inputs {
            parameters: chosen.collect(),
            ..Inputs::default()
        },
    ] {
        let stack = template.evaluate(&inputs);
        assert_eq!(stack, template.evaluate(&inputs));
        for function in &stack.functions {
            match &function.name {
                Value::Text(_) | Value::Unresolved(_) => {}
                other => panic!("the name of {} is {other:?}", function.path()),
            }
        }
    }
}
