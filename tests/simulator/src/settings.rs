//! Everything that Atlas might do in more than one way; the defaults are what was observed.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde::{Deserialize, Deserializer, Serialize, de::Error};

use crate::{
    bucket::RateLimit, digest_settings::DigestSettings, oauth::OAuthSettings, serial,
    start_options::TIERS,
};

/// The simulator's behaviour. Each field says which value was seen of the real Atlas.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How a start goes on once it is accepted.
    pub start: StartBehaviour,
    /// The same for single processors, by name.
    pub start_of: BTreeMap<String, StartBehaviour>,
    /// What a start of a running processor is answered. Not observed; 400 is the analogue of what `:stop` says.
    pub when_started: WhenStarted,
    /// What the start of an unknown processor is answered: 400 was observed, 404 is documented.
    pub when_unknown: WhenUnknown,
    /// The `errorCode` of the 404 of an unknown processor. No public sample shows it.
    pub not_found_code: String,
    /// How long reads go on to show the old state after a start or stop. Observed: not at all.
    pub read_lag: Option<Lag>,
    /// How long a stop shows STOPPING. Observed: not at all for small processors, minutes for big ones.
    pub stop_lag: Option<Lag>,
    /// How long a create shows CREATING. Observed: not at all, or a moment.
    pub create_lag: Option<Lag>,
    /// What a group id that is not 24 lower-case hexadecimal digits is answered. Not observed.
    pub when_group_is_invalid: WhenInvalid,
    /// Projects of other organizations: every call on one of them is refused.
    pub foreign_groups: BTreeSet<String>,
    /// What such a call is answered. Both are documented.
    pub when_group_is_foreign: WhenForeign,
    /// The biggest tier that a processor may have, by workspace; SP50 in those that are not named.
    #[serde(deserialize_with = "max_tiers")]
    pub max_tiers: BTreeMap<String, String>,
    /// Whether [`crate::known::ACCESS_TOKEN`] has not expired. [`crate::Effect::ExpireTokens`] says that it has.
    pub access_token_is_good: bool,
    /// The bucket of each project; off unless it is set.
    pub rate_limit: Option<RateLimit>,
    /// Digest: challenges and nonces.
    pub digest: DigestSettings,
    /// The token endpoint.
    pub oauth: OAuthSettings,
    /// Whether answers say that the version is deprecated.
    pub deprecated: bool,
    /// Whether all versions are gone: 410 VERSION_GONE.
    pub sunset: bool,
    /// Whether a method that a path does not take, or an unknown verb, is answered 404 in place of 405. Not observed.
    pub wrong_method_is_not_found: bool,
    /// Whether a POST without Content-Length is answered 411, as some proxies do. Atlas itself accepts it.
    pub length_required: bool,
    /// The key of the body in an envelope. Not documented.
    pub envelope_key: String,
    /// Whether an envelope always comes under HTTP 200, the true status being inside only. Not documented.
    pub envelope_answers_200: bool,
    /// How long a connection may be idle before it is closed without a word; `None`: for ever. Read when it is opened.
    #[serde(with = "serial::optional_millis")]
    pub keep_alive: Option<Duration>,
    /// Between two bytes of a slow drip.
    #[serde(with = "serial::millis")]
    pub drip: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            start: StartBehaviour::default(),
            start_of: BTreeMap::new(),
            when_started: WhenStarted::GenericError,
            when_unknown: WhenUnknown::GenericError,
            not_found_code: "STREAM_PROCESSOR_NOT_FOUND".to_owned(),
            read_lag: None,
            stop_lag: None,
            create_lag: None,
            when_group_is_invalid: WhenInvalid::NotFound,
            foreign_groups: BTreeSet::new(),
            when_group_is_foreign: WhenForeign::NotInGroup,
            max_tiers: BTreeMap::new(),
            access_token_is_good: true,
            rate_limit: None,
            digest: DigestSettings::default(),
            oauth: OAuthSettings::default(),
            deprecated: false,
            sunset: false,
            wrong_method_is_not_found: false,
            length_required: false,
            envelope_key: "content".to_owned(),
            envelope_answers_200: false,
            keep_alive: None,
            drip: Duration::from_secs(1),
        }
    }
}

impl Settings {
    pub(crate) fn start_of(&self, processor: &str) -> &StartBehaviour {
        self.start_of.get(processor).unwrap_or(&self.start)
    }

    pub(crate) fn max_tier(&self, tenant: &str) -> &str {
        self.max_tiers.get(tenant).map_or("SP50", String::as_str)
    }
}

/// Tiers by name; one that there is not would be below all others without a word.
fn max_tiers<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    let tiers = BTreeMap::<String, String>::deserialize(deserializer)?;
    match tiers.values().find(|tier| !TIERS.contains(&tier.as_str())) {
        Some(tier) => Err(D::Error::custom(format!(
            "{tier} is no tier; there are {}",
            TIERS.join(", ")
        ))),
        None => Ok(tiers),
    }
}

/// How long something stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lag {
    /// Until so many reads have seen it.
    Polls(u32),
    /// For so long, on tokio's clock; milliseconds in JSON.
    #[serde(with = "serial::millis")]
    Time(Duration),
}

/// The states that an accepted start passes through.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StartBehaviour {
    /// States before the last one, each for `lag`; none is what was observed. Seen elsewhere: STARTING, PROVISIONING, INIT.
    pub through: Vec<String>,
    /// How long each of them lasts.
    pub lag: Lag,
    /// The state that it ends in.
    pub ends: String,
    /// FAILED so long after it has got there.
    pub fails_after: Option<Lag>,
}

impl Default for StartBehaviour {
    fn default() -> Self {
        Self {
            through: Vec::new(),
            lag: Lag::Polls(1),
            ends: "STARTED".to_owned(),
            fails_after: None,
        }
    }
}

impl StartBehaviour {
    /// STARTED after `state` was seen for so long.
    pub fn slow(state: &str, lag: Lag) -> Self {
        Self {
            through: vec![state.to_owned()],
            lag,
            ..Self::default()
        }
    }

    /// FAILED after `state` was seen for so long.
    pub fn failing(state: &str, lag: Lag) -> Self {
        Self {
            ends: "FAILED".to_owned(),
            ..Self::slow(state, lag)
        }
    }
}

/// What a start of a processor that already runs is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenStarted {
    /// 400 STREAM_PROCESSOR_GENERIC_ERROR, "has already been started".
    GenericError,
    /// 409, which third parties claim to have seen.
    Conflict,
    /// 200, as if nothing were the matter.
    Accepted,
}

/// What a start of a processor that does not exist is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenUnknown {
    /// 400 STREAM_PROCESSOR_GENERIC_ERROR, "Stream processor does not exist".
    GenericError,
    /// 404, as the specification has it.
    NotFound,
}

/// What a malformed group id is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenInvalid {
    /// 404 INVALID_GROUP_ID
    NotFound,
    /// 400 INVALID_GROUP_ID
    BadRequest,
}

/// What a call on a project of another organization is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenForeign {
    /// 401 NOT_IN_GROUP
    NotInGroup,
    /// 401 USER_CANNOT_ACCESS_GROUP
    UserCannotAccessGroup,
}
