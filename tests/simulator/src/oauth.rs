//! The token endpoint: service accounts exchange their secret for bearer tokens, and give them back.

use std::{collections::BTreeMap, time::Duration};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    answer::{Answer, ApiError},
    call::Call,
    known, serial,
    world::World,
};

const WINDOW: Duration = Duration::from_secs(60);

/// How the token endpoint behaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OAuthSettings {
    /// How long a token lives; `expires_in` says so in seconds.
    #[serde(with = "serial::millis")]
    pub token_lifetime: Duration,
    /// How many tokens may be asked for within a minute: 50 today, 10 in older texts.
    pub requests_per_minute: u32,
    /// How many tokens may be alive at once.
    pub live_tokens: usize,
}

impl Default for OAuthSettings {
    fn default() -> Self {
        Self {
            token_lifetime: Duration::from_secs(3600),
            requests_per_minute: 50,
            live_tokens: 100,
        }
    }
}

/// The tokens that were given out, and the minute's count of requests.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    given: u64,
    live: BTreeMap<String, Instant>,
    window: Option<(Instant, u32)>,
}

impl Tokens {
    /// Whether a token is alive.
    pub(crate) fn is_live(&self, token: &str) -> bool {
        self.live
            .get(token)
            .is_some_and(|expires| Instant::now() < *expires)
    }

    /// How many are alive.
    pub(crate) fn live(&self) -> usize {
        let now = Instant::now();
        self.live.values().filter(|expires| now < **expires).count()
    }

    /// Lets all of them expire.
    pub(crate) fn expire(&mut self) {
        self.live.clear();
    }

    /// Counts a request; an error once there are too many within a minute.
    fn count(&mut self, limit: u32) -> Result<(), Box<Answer>> {
        let now = Instant::now();
        let (since, count) = match self.window {
            Some((since, count)) if now < since + WINDOW => (since, count),
            _ => (now, 0),
        };
        self.window = Some((since, count.saturating_add(1)));
        if count < limit {
            return Ok(());
        }
        let wait = (since + WINDOW - now).as_secs_f64().ceil();
        let detail =
            format!("Resource /api/oauth/token is limited to {limit} requests every 1 minutes.");
        let error = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", detail);
        let parameters = [json!("/api/oauth/token"), json!(limit), json!(1)];
        Err(Box::new(
            Answer::from(error.parameters(parameters)).with("retry-after", format!("{wait}")),
        ))
    }

    /// A new token in the form of a JWT. Its signature is none.
    fn mint(&mut self, lifetime: Duration) -> String {
        self.given += 1;
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = part(json!({ "alg": "ES512", "typ": "JWT" }));
        let claims = part(json!({ "sub": known::CLIENT_ID, "jti": self.given }));
        let token = format!(
            "{header}.{claims}.{}",
            URL_SAFE_NO_PAD.encode("not a signature")
        );
        self.live.insert(token.clone(), Instant::now() + lifetime);
        token
    }
}

/// `POST /api/oauth/token`
pub(crate) fn token(world: &mut World, call: &Call) -> Result<Answer, Box<Answer>> {
    let settings = world.settings.oauth.clone();
    world.tokens.count(settings.requests_per_minute)?;
    check_client(call)?;
    match form(call).get("grant_type").map(String::as_str) {
        None => {
            return Err(error(
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "The grant_type parameter is missing.",
            ));
        }
        Some("client_credentials") => {}
        Some(_) => {
            let description = "The grant type is not supported.";
            return Err(error(
                StatusCode::BAD_REQUEST,
                "unsupported_grant_type",
                description,
            ));
        }
    }
    if world.tokens.live() >= settings.live_tokens {
        let description = "Access Token limit reached. Please use the existing Access Token or create a new Service Account.";
        return Err(error(StatusCode::FORBIDDEN, "access_denied", description));
    }
    let token = world.tokens.mint(settings.token_lifetime);
    let expires_in = settings.token_lifetime.as_secs();
    let body = json!({ "access_token": token, "expires_in": expires_in, "token_type": "Bearer" });
    Ok(plain(StatusCode::OK, Some(body)).with("cache-control", "no-store"))
}

/// `POST /api/oauth/revoke`: the same answer whether or not there was such a token (RFC 7009).
pub(crate) fn revoke(world: &mut World, call: &Call) -> Result<Answer, Box<Answer>> {
    check_client(call)?;
    let form = form(call);
    let Some(token) = form.get("token") else {
        return Err(error(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "The token parameter is missing.",
        ));
    };
    world.tokens.live.remove(token);
    Ok(plain(StatusCode::OK, None))
}

/// Basic credentials as they are: decoding percent signs here would hide a client's mistake.
fn check_client(call: &Call) -> Result<(), Box<Answer>> {
    let expected = format!("{}:{}", known::CLIENT_ID, known::CLIENT_SECRET);
    let given = call
        .header("authorization")
        .and_then(|value| value.split_once(' '));
    let given = given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
    match given.and_then(|(_, encoded)| STANDARD.decode(encoded.trim()).ok()) {
        Some(decoded) if decoded == expected.as_bytes() => Ok(()),
        _ => Err(error(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "Invalid credentials provided.",
        )),
    }
}

/// The fields of a form; none if the body is not one.
fn form(call: &Call) -> BTreeMap<String, String> {
    let media_type = call.header("content-type").unwrap_or_default();
    if !media_type
        .to_ascii_lowercase()
        .starts_with("application/x-www-form-urlencoded")
    {
        return BTreeMap::new();
    }
    form_urlencoded::parse(&call.body).into_owned().collect()
}

fn error(status: StatusCode, error: &str, description: &str) -> Box<Answer> {
    Box::new(plain(
        status,
        Some(json!({ "error": error, "error_description": description })),
    ))
}

fn plain(status: StatusCode, body: Option<Value>) -> Answer {
    let content_type = if body.is_some() {
        "application/json"
    } else {
        ""
    };
    Answer {
        status,
        content_type: content_type.to_owned(),
        body,
        headers: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use base64::{Engine, engine::general_purpose::STANDARD};
    use tokio::time::advance;

    use crate::{
        Simulator, known,
        testing::{Seen, bare, with_orders},
    };

    const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

    fn basic(id: &str, secret: &str) -> String {
        format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
    }

    async fn post(simulator: &Simulator, path: &str, body: &str) -> Seen {
        let credentials = basic(known::CLIENT_ID, known::CLIENT_SECRET);
        let line = format!("POST /api/oauth/{path}");
        bare(
            simulator,
            &line,
            &[FORM, ("authorization", &credentials)],
            body,
        )
        .await
    }

    async fn token(simulator: &Simulator) -> String {
        let seen = post(simulator, "token", "grant_type=client_credentials").await;
        seen.json()["access_token"]
            .as_str()
            .expect("a token")
            .to_owned()
    }

    async fn read(simulator: &Simulator, token: &str) -> u16 {
        let headers = [
            ("authorization", &*format!("Bearer {token}")),
            ("accept", "application/vnd.atlas.2024-05-30+json"),
        ];
        bare(simulator, "GET processor/orders", &headers, "")
            .await
            .status
    }

    #[tokio::test(start_paused = true)]
    async fn who_gets_a_token() {
        let good = basic(known::CLIENT_ID, known::CLIENT_SECRET);
        let encoded = basic(
            &known::CLIENT_ID.replace('_', "%5F"),
            &known::CLIENT_SECRET.replace('_', "%5F"),
        );
        for (credentials, form, status, error) in [
            (good.as_str(), "grant_type=client_credentials", 200, None),
            (&good, "", 400, Some("invalid_request")),
            (
                &good,
                "grant_type=password",
                400,
                Some("unsupported_grant_type"),
            ),
            (
                &basic(known::CLIENT_ID, "wrong"),
                "grant_type=client_credentials",
                401,
                Some("invalid_client"),
            ),
            (
                &encoded,
                "grant_type=client_credentials",
                401,
                Some("invalid_client"),
            ),
            (
                "",
                "grant_type=client_credentials",
                401,
                Some("invalid_client"),
            ),
        ] {
            let headers = [FORM, ("authorization", credentials)];
            let seen = bare(&Simulator::new(), "POST /api/oauth/token", &headers, form).await;
            assert_eq!(
                (seen.status, seen.json()["error"].as_str()),
                (status, error),
                "{credentials} {form}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_lives_until_it_expires_or_is_revoked() {
        let simulator = with_orders("STOPPED");
        let (first, second) = (token(&simulator).await, token(&simulator).await);
        assert_ne!(first, second);
        assert_eq!(
            (
                read(&simulator, &first).await,
                read(&simulator, "unknown").await
            ),
            (200, 401)
        );
        assert_eq!(
            post(
                &simulator,
                "revoke",
                &format!("token={first}&token_type_hint=access_token")
            )
            .await
            .status,
            200
        );
        assert_eq!(
            (
                read(&simulator, &first).await,
                read(&simulator, &second).await
            ),
            (401, 200)
        );
        assert_eq!(simulator.live_tokens(), 1);
        advance(Duration::from_secs(3599)).await;
        assert_eq!(read(&simulator, &second).await, 200);
        advance(Duration::from_secs(1)).await;
        assert_eq!(
            (read(&simulator, &second).await, simulator.live_tokens()),
            (401, 0)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_fifty_first_request_of_a_minute_is_refused() {
        let simulator = Simulator::new();
        for _ in 0..50 {
            token(&simulator).await;
        }
        advance(Duration::from_secs(20)).await;
        let refused = post(&simulator, "token", "grant_type=client_credentials").await;
        assert_eq!(
            (refused.verdict().as_str(), refused.header("retry-after")),
            ("429 RATE_LIMITED", "40")
        );
        assert_eq!(
            refused.json()["parameters"],
            serde_json::json!(["/api/oauth/token", 50, 1])
        );
        advance(Duration::from_secs(40)).await;
        token(&simulator).await;
    }

    #[tokio::test(start_paused = true)]
    async fn the_hundred_and_first_live_token_is_refused() {
        let simulator = Simulator::new();
        simulator.settings(|settings| settings.oauth.requests_per_minute = 1000);
        let mut last = String::new();
        for _ in 0..100 {
            last = token(&simulator).await;
        }
        let refused = post(&simulator, "token", "grant_type=client_credentials").await;
        assert_eq!(
            (refused.status, refused.json()["error"].as_str()),
            (403, Some("access_denied"))
        );
        post(&simulator, "revoke", &format!("token={last}")).await;
        token(&simulator).await;
    }
}
