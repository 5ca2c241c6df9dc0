//! What a person is told: errors and warnings, each with a title, prose and the place it is about.

use super::{Path, visible};

/// How bad it is. There is no third kind: severity 0 of the wire would be printed as neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The operation has failed.
    Error,
    /// The operation goes on, but somebody should know.
    Warning,
}

/// One message for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// A title: what failed and on what, without a trailing dot.
    pub summary: String,
    /// What happened, why, and what to do, in sentences.
    pub detail: String,
    /// The attribute it is about; none for the whole block.
    pub path: Option<Path>,
}

impl Diagnostic {
    /// An error about the whole block.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Severity::Error, &summary.into(), &detail.into())
    }

    /// A warning about the whole block.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Severity::Warning, &summary.into(), &detail.into())
    }

    /// The same message, about the attribute at `path`.
    #[must_use]
    pub fn at(mut self, path: Path) -> Self {
        self.path = Some(path);
        self
    }

    /// The same message, with a paragraph more.
    #[must_use]
    pub fn and(mut self, paragraph: &str) -> Self {
        self.detail = visible::prose(&format!("{}\n\n{paragraph}", self.detail));
        self
    }

    /// Whatever was put into the texts, hosts print them as they are.
    fn new(severity: Severity, summary: &str, detail: &str) -> Self {
        Self {
            severity,
            summary: visible::title(summary),
            detail: visible::prose(detail),
            path: None,
        }
    }
}

/// Messages in the order in which they are to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// No messages yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one message.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Whether at least one message is an error.
    pub fn has_error(&self) -> bool {
        self.0.iter().any(|one| one.severity == Severity::Error)
    }

    /// Whether there is no message at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many messages there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The messages in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, more: I) {
        self.0.extend(more);
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(all: I) -> Self {
        Self(all.into_iter().collect())
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(one: Diagnostic) -> Self {
        Self(vec![one])
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::{Diagnostic, Diagnostics};
    use crate::framework::Path;

    #[test]
    fn no_order_to_a_terminal_comes_in() {
        let told = Diagnostic::error("a\u{1b}\nb", "c\u{9b}\nd").and("e\u{202e}");
        assert_eq!(told.summary, "a\u{fffd} b");
        assert_eq!(told.detail, "c\u{fffd}\nd\n\ne\u{fffd}");
    }

    #[test]
    fn only_an_error_is_an_error() {
        let mut all = Diagnostics::from(Diagnostic::warning("Still running", "It is billed."));
        assert!(!all.has_error());
        all.push(Diagnostic::error("Cannot start", "No role.").at(Path::root("group_id")));
        assert!(all.has_error());
        assert_eq!(all.len(), 2);
    }
}
