//! Why a plugin could not be started or spoken to.

use std::error::Error;
use std::fmt;

/// What failed, and its cause.
#[derive(Debug)]
pub struct PluginError {
    what: String,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl PluginError {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            cause: None,
        }
    }

    /// For `map_err`: `what` failed because of the error.
    pub(crate) fn because<E: Into<Box<dyn Error + Send + Sync>>>(
        what: impl fmt::Display,
    ) -> impl FnOnce(E) -> Self {
        move |cause| Self {
            what: what.to_string(),
            cause: Some(cause.into()),
        }
    }
}

impl fmt::Display for PluginError {
    /// With all causes: in a test's output nobody asks for them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        let mut cause = self.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl Error for PluginError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}
