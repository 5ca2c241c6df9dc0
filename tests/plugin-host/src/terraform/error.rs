//! Why a real host could not be had or run, in words for the person who runs the tests.

use std::fmt;

/// What failed, with the cause in the text: nobody decides anything by it, people read it.
#[derive(Debug)]
pub struct HostError(String);

impl HostError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// For `map_err`: `what` failed because of the error.
    pub(super) fn because<E: fmt::Display>(what: impl fmt::Display) -> impl FnOnce(E) -> Self {
        move |cause| Self(format!("{what}: {cause}"))
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for HostError {}
