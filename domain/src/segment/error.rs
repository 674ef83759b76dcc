//! What is wrong with a filter.

/// An error that names the place as a JSON path: `filter.all[1].orders.count: min 5 is above max 3; …`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct FilterError {
    pub path: String,
    pub problem: String,
}

impl FilterError {
    pub(super) fn new(path: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            problem: problem.into(),
        }
    }

    /// The same problem, with its path extended by the enclosing object.
    pub(super) fn under(self, path: &str) -> Self {
        let path = match self.path.as_str() {
            "" | "." => path.to_owned(),
            inner if inner.starts_with('[') => format!("{path}{inner}"),
            inner => format!("{path}.{inner}"),
        };
        Self { path, ..self }
    }
}
