//! The fields of a query or of a form.

/// Fields by name, in their order.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads fields as browsers encode them.
    pub(super) fn read(text: &[u8]) -> Self {
        let fields = form_urlencoded::parse(text);
        Self(fields.into_owned().collect())
    }

    /// The value of a field, without white space around it; none if it is absent or empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(field, _)| field == name);
        let value = values.next().map(|(_, value)| value.trim())?;
        Some(value).filter(|value| !value.is_empty())
    }

    /// The same fields with another value of one, as a query; without a value, without the field.
    pub(super) fn with(&self, name: &str, value: Option<&str>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let others = self
            .0
            .iter()
            .filter(|(field, value)| field != name && !value.is_empty());
        query.extend_pairs(others);
        if let Some(value) = value {
            query.append_pair(name, value);
        }
        query.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_field_changes_and_the_others_stay() {
        let fields = Fields::read(b"status=FAILED&name=a+b%26c&page=&function=f");
        assert_eq!(fields.get("name"), Some("a b&c"));
        assert_eq!(fields.get("page"), None);
        assert_eq!(
            fields.with("status", Some("RUNNING")),
            "name=a+b%26c&function=f&status=RUNNING"
        );
        assert_eq!(fields.with("name", None), "status=FAILED&function=f");
    }
}
