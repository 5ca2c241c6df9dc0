//! Progress: an action's caller hears what is being done.

use crate::framework::{Diagnostics, Progress, Severity};

use super::engine::Reporter;

/// Tells an action's caller, and the log, what is being done.
pub(crate) struct Told(pub(crate) Progress);

impl Reporter for Told {
    fn say(&self, message: String) {
        tracing::info!("{message}");
        self.0.send(message);
    }
}

/// Terraform from 1.16 on drops the warnings of actions that a trigger ran, so they are progress too.
pub(crate) fn tell_warnings(progress: &Progress, diagnostics: &Diagnostics) {
    for diagnostic in diagnostics {
        if diagnostic.severity == Severity::Warning {
            progress.send(format!(
                "Warning: {}: {}",
                diagnostic.summary, diagnostic.detail
            ));
        }
    }
}
