//! Turns a failed call of Atlas into diagnostics: what Atlas said, the status and codes, what to do about it, the request.
//!
//! The attribute is named in the text as well as in the path, because hosts hide the path of an attribute that is not set.
//! The table of hints is in `hints`; a failure without an answer has its prose in `unanswered`.

mod answered;
mod attribute;
mod fill;
mod hints;
mod request;
mod troubleshooting;
mod unanswered;

pub use hints::names_the_processor;
pub use troubleshooting::troubleshooting;

use std::time::Duration;

use crate::atlas::{self, Credentials, Kind, ProcessorPath};
use crate::framework::{Diagnostic, Diagnostics, Path};

/// What a failed call was about.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The processor.
    pub path: ProcessorPath,
    /// As whom Atlas was asked, if that is known.
    pub credentials: Option<CredentialKind>,
    /// The call only refreshed the state, which a run can do without.
    pub refreshing: bool,
    /// The call moves the processor to another region.
    pub moving: bool,
    /// The call stops the processor, for its own sake.
    pub stopping: bool,
    /// The call is an action's.
    pub acting: bool,
    /// The call was about all processors of the workspace, and about none by name.
    pub listing: bool,
    /// What each request may take, as long as the operation has so much time left.
    pub request_timeout: Duration,
    /// Where the operation is given more time, as the end of a sentence.
    pub more_time: &'static str,
}

/// What a repetition does to a processor that runs by then.
const SPARES: &str = "sends no start to a processor that is STARTED";

/// A kind of credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialKind {
    /// A bearer token that the user obtained.
    AccessToken,
    /// A service account.
    ServiceAccount,
    /// An API key.
    ApiKey,
}

/// Makes diagnostics of a failed call. `summary` says what failed and on what, without a trailing dot.
///
/// There is one error, or one for each field that Atlas found bad.
pub fn diagnose(summary: &str, error: &atlas::Error, subject: &Subject) -> Diagnostics {
    match error.kind() {
        Kind::Api => answered::diagnose(summary, error, subject),
        Kind::Token if error.status().is_some_and(|status| status >= 300) => {
            answered::diagnose(summary, error, subject)
        }
        _ => {
            let prose = unanswered::prose(error, subject);
            let which = match error.kind() {
                Kind::RateLimited => "Another request about this project",
                _ => "An earlier try of the same request",
            };
            let before = error.answered_before().map_or_else(String::new, |answer| {
                format!("{which} was answered. {}", answered::in_short(answer))
            });
            let detail = paragraphs([prose, before, request::line(error)]);
            Diagnostic::error(summary, detail).into()
        }
    }
}

/// The paragraphs that there are, with a blank line between them.
fn paragraphs<const N: usize>(all: [String; N]) -> String {
    let all: Vec<String> = all.into_iter().filter(|one| !one.is_empty()).collect();
    all.join("\n\n")
}

/// The attribute at the root, as a path.
fn at(diagnostic: Diagnostic, attribute: Option<&str>) -> Diagnostic {
    match attribute {
        Some(name) => diagnostic.at(Path::root(name)),
        None => diagnostic,
    }
}

impl Subject {
    /// A call on the processor at `path`, with credentials of that kind, and with so much time for each request.
    pub fn new(
        path: ProcessorPath,
        credentials: Option<CredentialKind>,
        request_timeout: Duration,
    ) -> Self {
        Self {
            path,
            credentials,
            refreshing: false,
            moving: false,
            stopping: false,
            acting: false,
            listing: false,
            request_timeout,
            more_time: "in its `timeouts` block or, of an action, with the argument `timeout`",
        }
    }

    /// The same, for a call that only refreshed the state.
    #[must_use]
    pub fn while_refreshing(mut self) -> Self {
        self.refreshing = true;
        self
    }

    /// The same, for a failover, which a processor that is STARTED does not hold off.
    #[must_use]
    pub fn while_moving(mut self) -> Self {
        self.moving = true;
        self
    }

    /// The same, for a stop that no start is to follow.
    #[must_use]
    pub fn while_stopping(mut self) -> Self {
        self.stopping = true;
        self
    }

    /// The same, for a call that an action makes.
    #[must_use]
    pub fn in_an_action(mut self) -> Self {
        self.acting = true;
        self
    }

    /// The same, for a call about all processors of the workspace.
    #[must_use]
    pub fn while_listing(mut self) -> Self {
        self.listing = true;
        self
    }

    /// The same, for an operation that is given more time there: the end of a sentence.
    #[must_use]
    pub fn given_time(mut self, more_time: &'static str) -> Self {
        self.more_time = more_time;
        self
    }

    /// How it comes after the resource that creates the processor.
    fn comes_after(&self) -> &'static str {
        if self.acting {
            "let that resource's `action_trigger` invoke this action (`after_create`)"
        } else {
            "refer to that resource here"
        }
    }

    fn spares(&self) -> &'static str {
        if self.moving {
            "sends a failover to a processor that is STARTED too, so find out before that whether it has moved"
        } else if self.stopping {
            "leaves a processor alone that is at rest"
        } else {
            SPARES
        }
    }
}

impl From<&Credentials> for CredentialKind {
    fn from(credentials: &Credentials) -> Self {
        match credentials {
            Credentials::AccessToken(_) => Self::AccessToken,
            Credentials::ServiceAccount { .. } => Self::ServiceAccount,
            Credentials::ApiKey { .. } => Self::ApiKey,
        }
    }
}

#[cfg(test)]
mod tests;
