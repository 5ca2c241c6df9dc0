//! What a request asks for.

use serde::{Deserialize, Serialize};

/// An operation of the API; those that nothing here needs are [`Operation::Other`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// `POST /api/oauth/token`
    Token,
    /// `POST /api/oauth/revoke`
    Revoke,
    /// `GET …/processor/{p}`
    Get,
    /// `GET …/processors`
    List,
    /// `POST …/processor/{p}:start`
    Start,
    /// `POST …/processor/{p}:startWith`
    StartWith,
    /// `POST …/processor/{p}:stop`
    Stop,
    /// `POST …/processor`
    Create,
    /// `PATCH …/processor/{p}`
    Modify,
    /// `DELETE …/processor/{p}`
    Delete,
    /// `GET …/streams` and `GET …/streams/{t}`
    Workspace,
    /// `GET /api/atlas/v2/rateLimits`
    RateLimits,
    /// Anything else: unknown paths, methods that a path does not take.
    Other,
}

impl Operation {
    /// All of them.
    pub(crate) const ALL: [Self; 13] = [
        Self::Token,
        Self::Revoke,
        Self::Get,
        Self::List,
        Self::Start,
        Self::StartWith,
        Self::Stop,
        Self::Create,
        Self::Modify,
        Self::Delete,
        Self::Workspace,
        Self::RateLimits,
        Self::Other,
    ];

    /// Whether it belongs to the administration API, which wants a credential and a version date.
    pub(crate) fn is_administration(self) -> bool {
        !matches!(self, Self::Token | Self::Revoke)
    }
}
