//! Progress: an action's caller hears what is being done.

use crate::framework::Progress;

use super::engine::Reporter;

/// Tells an action's caller, and the log, what is being done.
pub(crate) struct Told(pub(crate) Progress);

impl Reporter for Told {
    fn say(&self, message: String) {
        tracing::info!("{message}");
        self.0.send(message);
    }
}
