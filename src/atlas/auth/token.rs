//! An OAuth access token: what the token endpoint answered, and how long it is good for.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use secrecy::SecretString;
use serde_json::Value;
use tokio::time::Instant;

use super::super::processor::Unreadable;

/// A fetched token.
pub(super) struct Token {
    pub(super) value: SecretString,
    pub(super) expires: Instant,
    /// From here on a new one is fetched, while this one still works.
    renew: Instant,
    /// When it was refused although it had been fetched because its predecessor was.
    hopeless_since: Mutex<Option<Instant>>,
}

/// A token is renewed when this much of its life is left, or half of it, whichever is less.
const EARLY: Duration = Duration::from_secs(10 * 60);
/// What Atlas documents, for an answer that doesn't say.
const USUAL_LIFE: Duration = Duration::from_secs(60 * 60);
/// A life that no clock can add up is no life.
const LONGEST_LIFE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long a refusal of a token that was new is held to be about the role, and no reason to fetch another.
const HOPELESS_FOR: Duration = Duration::from_secs(5 * 60);

impl Token {
    /// Reads the success of the token endpoint (RFC 6749 §5.1).
    pub(super) fn read(body: &[u8], now: Instant) -> Result<Self, Unreadable> {
        let mut body: Value =
            serde_json::from_slice(body).map_err(|_| Unreadable("the body is not JSON"))?;
        let text = |key: &str| {
            body.get(key)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
        };
        if text("access_token").is_none() {
            return Err(Unreadable("the body has no \"access_token\""));
        }
        if text("token_type").is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
            return Err(Unreadable("the token is not a bearer token"));
        }
        let seconds = match body.get("expires_in") {
            Some(Value::Number(number)) => number.as_f64(),
            Some(Value::String(text)) => text.parse().ok(),
            _ => None,
        };
        let life = seconds
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .unwrap_or(USUAL_LIFE)
            .min(LONGEST_LIFE);
        // Taken out, so that no copy of it stays in what was read.
        let Some(Value::String(value)) = body.get_mut("access_token").map(Value::take) else {
            return Err(Unreadable("the \"access_token\" is no text"));
        };
        let expires = now + life;
        Ok(Self {
            value: value.into(),
            expires,
            renew: expires - EARLY.min(life / 2),
            hopeless_since: Mutex::default(),
        })
    }

    pub(super) fn is_fresh(&self) -> bool {
        Instant::now() < self.renew
    }

    pub(super) fn is_alive(&self) -> bool {
        Instant::now() < self.expires
    }

    /// It was fetched because of a 401, and refused all the same.
    pub(super) fn refused_when_new(&self) {
        *self
            .hopeless_since
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Whether another token would be refused as well.
    pub(super) fn is_hopeless(&self) -> bool {
        self.hopeless_since
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some_and(|since| since.elapsed() < HOPELESS_FOR)
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_token_is_renewed_ten_minutes_early_or_at_half_of_its_life() {
        let cases = [
            (
                r#"{"access_token":"t","expires_in":3600,"token_type":"Bearer"}"#,
                3_000,
                3_600,
            ),
            (
                r#"{"access_token":"t","expires_in":"60","token_type":"bearer"}"#,
                30,
                60,
            ),
            (r#"{"access_token":"t"}"#, 3_000, 3_600),
            (
                r#"{"access_token":"t","expires_in":1e15}"#,
                30 * 24 * 3_600 - 600,
                30 * 24 * 3_600,
            ),
            (r#"{"access_token":"t","expires_in":-1}"#, 3_000, 3_600),
        ];
        for (body, renew, expires) in cases {
            let now = Instant::now();
            let token =
                Token::read(body.as_bytes(), now).unwrap_or_else(|error| panic!("{body}: {error}"));
            assert_eq!(
                (token.renew - now, token.expires - now),
                (Duration::from_secs(renew), Duration::from_secs(expires)),
                "{body}"
            );
            assert_eq!(token.value.expose_secret(), "t");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn other_answers_are_no_tokens() {
        for body in [
            "",
            "{}",
            "[]",
            r#"{"access_token":""}"#,
            r#"{"access_token":7}"#,
            r#"{"access_token":"t","token_type":"mac"}"#,
        ] {
            assert!(
                Token::read(body.as_bytes(), Instant::now()).is_err(),
                "{body}"
            );
        }
    }
}
