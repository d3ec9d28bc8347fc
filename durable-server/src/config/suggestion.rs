//! What a misspelt name may have been meant to be.

/// Names that differ in more letters are not the same name misspelt.
const MAX_DISTANCE: usize = 2;

/// The known name that is nearest to a name, if it is near enough.
pub(super) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let lower = name.to_ascii_lowercase();
    let distance = |known: &str| strsim::damerau_levenshtein(&lower, &known.to_ascii_lowercase());
    let near = known.iter().map(|known| (distance(known), *known));
    let (distance, nearest) = near.min_by_key(|(distance, _)| *distance)?;
    // Of short names, two letters are too much.
    let allowed = MAX_DISTANCE.min(name.chars().count() / 3);
    (distance <= allowed).then_some(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_few_wrong_letters_is_recognized() {
        let known = ["Timeout", "MemorySize", "ExecutionTimeout", "Role"];
        for (name, expected) in [
            ("ExecutionTimout", Some("ExecutionTimeout")),
            ("ExecutionTimeOut", Some("ExecutionTimeout")),
            ("Timout", Some("Timeout")),
            ("Tiemout", Some("Timeout")),
            ("memorySize", Some("MemorySize")),
            ("Layers", None),
            ("Rule", Some("Role")),
            ("Tags", None),
        ] {
            assert_eq!(nearest(name, &known), expected, "{name}");
        }
    }
}
