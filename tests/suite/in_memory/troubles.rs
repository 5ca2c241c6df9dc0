//! What may go wrong with any single request, and who asks.

use std::time::{Duration, SystemTime};

use atlas_simulator::{Effect, Settings, known};

use super::exchange::{NOT_SENT, UNTRUSTED};
use super::words::{ACCESS_TOKEN, API_KEY, Caller, NAME, SERVICE_ACCOUNT};

/// One thing that goes wrong, as it is seen by a request for this operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trouble {
    pub(super) name: &'static str,
    pub(super) caller: Caller,
    pub(super) effect: fn() -> Effect,
    /// In which way Atlas is another than the one that was observed.
    pub(super) atlas: fn(&mut Settings),
}

impl Trouble {
    fn where_atlas(self, atlas: fn(&mut Settings)) -> Self {
        Self { atlas, ..self }
    }
}

/// The trouble that is none: against it, the others show that something was there to be spoilt.
pub(super) const NOTHING: &str = "nothing";

/// Everything that a network, a proxy or Atlas may do to a request.
pub(super) fn troubles() -> Vec<Trouble> {
    let by = |caller: Caller| {
        move |name, effect| Trouble {
            name,
            caller,
            effect,
            atlas: |_| {},
        }
    };
    let account = by(SERVICE_ACCOUNT);
    let key = by(API_KEY);
    let token = by(ACCESS_TOKEN);
    vec![
        account(NOTHING, || Effect::AsUsual),
        key(NOTHING, || Effect::AsUsual),
        token(NOTHING, || Effect::AsUsual),
        account("connection refused", || Effect::Redirect(NOT_SENT.into())),
        account("TLS failure", || Effect::Redirect(UNTRUSTED.into())),
        account("reset before", || Effect::Reset { processed: false }),
        account("reset after", || Effect::Reset { processed: true }),
        account("no answer, no effect", || Effect::NoAnswer {
            processed: false,
        }),
        account("no answer, effect", || Effect::NoAnswer { processed: true }),
        account("slow drip", || Effect::SlowDrip),
        account("slow answer", || Effect::Delay(Duration::from_secs(40))),
        account("late effect", || {
            Effect::stream_processor_timeout(known::TENANT, NAME, false)
                .processed_late(Duration::from_secs(5))
        }),
        account("lost, and carried out later", || {
            Effect::Reset { processed: false }.processed_late(Duration::from_secs(20))
        }),
        account("truncated", || Effect::Truncate),
        account("oversized", || Effect::Oversize(64 << 10)),
        account("wrong content type", || Effect::wrong_content_type(200)),
        account("HTML 200", || Effect::html(200)),
        account("429", || Effect::rate_limited(7)),
        account("429 HTTP date", || {
            Effect::rate_limited_until(SystemTime::now(), Duration::from_secs(7))
        }),
        account("429 by a clock that is ahead", || {
            let ahead = SystemTime::now() + Duration::from_secs(3_600);
            Effect::rate_limited_until(ahead, Duration::from_secs(7))
        }),
        account("429 by a clock that is behind", || {
            let behind = SystemTime::now() - Duration::from_secs(3_600);
            Effect::rate_limited_until(behind, Duration::from_secs(7))
        }),
        account("429 in parameters", || {
            Effect::rate_limited_without_header(7)
        }),
        account("429 old style", Effect::rate_limited_old_style),
        account("500", || Effect::unexpected_error(false)),
        account("500 with effect", || Effect::unexpected_error(true)),
        account("502", || Effect::html(502)),
        account("503", || Effect::service_unavailable(false)),
        account("503 with effect", || Effect::service_unavailable(true)),
        account("503 with Retry-After", || {
            Effect::service_unavailable(false).header("retry-after", "9")
        }),
        account("503 text", Effect::upstream_connect_error),
        account("504", || {
            Effect::stream_processor_timeout(known::TENANT, NAME, false)
        }),
        account("504 with effect", || {
            Effect::stream_processor_timeout(known::TENANT, NAME, true)
        }),
        account("409", || Effect::conflict(NAME)),
        account("transient 400", || {
            Effect::project_lookup_failed(NAME, known::GROUP_ID)
        }),
        account("400", || Effect::tier_too_small(NAME)),
        account("403", Effect::access_forbidden),
        account("404 of a proxy", Effect::not_atlas),
        account("401", Effect::user_unauthorized),
        account("token expired", || Effect::ExpireTokens),
        account("redirect", || {
            Effect::Redirect("https://elsewhere.example/".into())
        }),
        account("connection closed after", || Effect::CloseConnection),
        account("token expires by itself", || Effect::AsUsual).where_atlas(|settings| {
            settings.oauth.token_lifetime = Duration::from_secs(3);
        }),
        token("401 to an access token", Effect::user_unauthorized),
        token("access token expired", || Effect::ExpireTokens),
        token("reset after, with an access token", || Effect::Reset {
            processed: true,
        }),
        key("401 to a key", Effect::user_unauthorized),
        key("nonces expired", || Effect::ExpireNonces),
        key("nonces stale", || Effect::ExpireNonces).where_atlas(|settings| {
            settings.digest.stale_flag = true;
        }),
        key("nonces good for one request", || Effect::AsUsual).where_atlas(|settings| {
            settings.digest.single_use = true;
        }),
        key("500 with effect, to a key", || {
            Effect::unexpected_error(true)
        }),
        key("reset after, with a key", || Effect::Reset {
            processed: true,
        }),
    ]
}
