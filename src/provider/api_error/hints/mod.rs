//! The one table of what Atlas' errors mean and what to do about them; the first row that fits is the hint.
//!
//! `{…}` in a row is filled in from the error and its subject. Backquotes name attributes and commands.

mod codes;
mod statuses;
mod texts;

use super::{CredentialKind, Subject};
use crate::atlas::{Error, Kind};

/// One row of the table.
pub(super) struct Hint {
    /// What it is a hint for.
    pub(super) on: On,
    /// The statuses that it was documented or seen with; only a message has to come with one of them.
    pub(super) status: &'static [u16],
    /// The attribute that it is about.
    pub(super) attribute: Option<&'static str>,
    /// What has happened, in the words of somebody who writes a configuration.
    pub(super) meaning: &'static str,
    /// What to do.
    pub(super) advice: &'static str,
}

/// What selects a row.
pub(super) enum On {
    /// One of these `errorCode`s.
    Code(&'static [&'static str]),
    /// One of these OAuth errors (RFC 6749 section 5.2).
    OAuth(&'static [&'static str]),
    /// A message, in lower case, that contains one of these.
    Text(&'static [&'static str]),
    /// A 401 with this kind of credentials; none: with any.
    Unauthorized(Option<CredentialKind>),
    /// One of these statuses of the request for an access token.
    Token(&'static [u16]),
    /// Any redirect.
    Redirect,
    /// This status with a body that is not Atlas'.
    NotAtlas(u16),
    /// One of these statuses.
    Status(&'static [u16]),
    /// This status of a list, where no processor is named that could be meant.
    List(u16),
    /// Any status from 500 on.
    ServerError,
}

/// All rows in the order in which they are tried.
pub(super) fn all() -> impl Iterator<Item = &'static Hint> {
    [codes::CODES, texts::TEXTS, statuses::STATUSES]
        .into_iter()
        .flatten()
}

/// The hint for an answer of Atlas; none for a status that nobody expects.
pub(super) fn find(error: &Error, subject: &Subject) -> Option<&'static Hint> {
    all().find(|hint| hint.fits(error, subject))
}

/// Whether a 404 names the processor as what does not exist; otherwise it may be the workspace, the project, or a path that
/// `base_url` has too many. (No document has the code that Atlas really uses.)
pub fn names_the_processor(error: &Error) -> bool {
    error
        .error_code()
        .is_some_and(|code| codes::NO_SUCH_PROCESSOR.contains(&code))
}

impl Hint {
    fn fits(&self, error: &Error, subject: &Subject) -> bool {
        // Where no processor is named, there is none to be checked.
        if subject.listing && self.attribute == Some("processor_name") {
            return false;
        }
        let status = error.status().unwrap_or_default();
        match &self.on {
            On::Code(codes) => error.error_code().is_some_and(|code| codes.contains(&code)),
            On::OAuth(errors) => error.oauth_error().is_some_and(|one| errors.contains(&one)),
            On::Text(parts) => {
                // The same words beside a 401 are about other credentials.
                let said = error.message().unwrap_or_default().to_lowercase();
                self.status.contains(&status) && parts.iter().any(|part| said.contains(part))
            }
            On::Unauthorized(kind) => {
                status == 401 && (kind.is_none() || *kind == subject.credentials)
            }
            On::Token(statuses) => error.kind() == Kind::Token && statuses.contains(&status),
            On::Redirect => (300..400).contains(&status),
            On::NotAtlas(one) => {
                // Of a body that did not come nobody knows whose it is.
                status == *one && !error.has_atlas_body() && error.broken_off().is_none()
            }
            On::Status(statuses) => statuses.contains(&status),
            On::List(one) => subject.listing && status == *one,
            On::ServerError => status >= 500,
        }
    }
}
