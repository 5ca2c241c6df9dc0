//! A look at a processor over an exchange that answers at once: what the client adds to the network's time.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use terraform_provider_atlas::atlas::{
    Client, Context, Credentials, Exchange, ExchangeError, HttpRequest, HttpResponse,
    ProcessorPath, Settings, SystemClock,
};
use terraform_provider_atlas::provider::api_error::{CredentialKind, Subject, diagnose};
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;
use url::Url;

const FOUND: &str = r#"{"_id":"66f0c1e2d3a4b5c6d7e8f9a0","name":"orders","pipeline":[],"state":"STARTED","tier":"SP10"}"#;

const REFUSED: &str = r#"{"detail":"The user is not authorized to access this resource.","error":401,"errorCode":"USER_UNAUTHORIZED","parameters":[],"reason":"Unauthorized"}"#;

const CHALLENGE: &str = r#"Digest realm="MMS Public API", domain="", nonce="hs3MaU0ApVLqAAVkOZ1gAoCqTMqWcPiq", algorithm=MD5, qop="auth", stale=false"#;

/// Challenges whoever shows no credentials.
struct Atlas {
    status: StatusCode,
    body: &'static str,
}

#[async_trait]
impl Exchange for Atlas {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, ExchangeError> {
        let mut headers = HeaderMap::new();
        let is_known = request.headers.contains_key(header::AUTHORIZATION);
        let (status, body) = if is_known {
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            );
            (self.status, self.body)
        } else {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static(CHALLENGE),
            );
            (StatusCode::UNAUTHORIZED, "")
        };
        Ok(HttpResponse {
            status,
            headers,
            body: body.into(),
            truncated: false,
            broken_off: None,
        })
    }
}

struct Caller {
    client: Client,
    runtime: Runtime,
    path: ProcessorPath,
    context: Context,
}

impl Caller {
    fn new(atlas: Atlas, credentials: Credentials) -> Self {
        let settings = Settings {
            base_url: Url::parse("https://cloud.mongodb.com").expect("it is a URL"),
            api_version: "2024-05-30".to_owned(),
            credentials: Some(credentials),
            request_timeout: Duration::from_secs(30),
            max_retries: 0,
            user_agent: "terraform-provider-atlas".to_owned(),
            ca: Arc::default(),
        };
        let runtime = Builder::new_current_thread().enable_all().build();
        Self {
            client: Client::new(settings, Arc::new(atlas), Arc::new(SystemClock)),
            runtime: runtime.expect("a runtime"),
            path: ProcessorPath {
                group_id: "0123456789abcdef01234567".to_owned(),
                tenant_name: "workspace-1".to_owned(),
                processor_name: "orders".to_owned(),
            },
            context: Context {
                deadline: Instant::now() + Duration::from_secs(86_400),
                cancel: Default::default(),
                abandoned: Default::default(),
                purpose: "bench".to_owned(),
            },
        }
    }

    fn look(
        &self,
    ) -> Result<terraform_provider_atlas::atlas::Processor, terraform_provider_atlas::atlas::Error>
    {
        self.runtime
            .block_on(self.client.processor(&self.path, &self.context))
    }
}

fn found() -> Atlas {
    Atlas {
        status: StatusCode::OK,
        body: FOUND,
    }
}

fn access_token() -> Credentials {
    Credentials::AccessToken("token".into())
}

#[divan::bench]
fn look_with_access_token(bencher: Bencher<'_, '_>) {
    let caller = Caller::new(found(), access_token());
    bencher
        .counter(ItemsCount::new(1_usize))
        .bench(|| caller.look().is_ok());
}

/// The difference to an access token is the digest header of RFC 7616.
#[divan::bench]
fn look_with_digest_header(bencher: Bencher<'_, '_>) {
    let credentials = Credentials::ApiKey {
        public_key: "abcdefgh".to_owned(),
        private_key: "00000000-0000-0000-0000-000000000000".into(),
    };
    let caller = Caller::new(found(), credentials);
    assert!(caller.look().is_ok(), "challenged, and then known");
    bencher
        .counter(ItemsCount::new(1_usize))
        .bench(|| caller.look().is_ok());
}

/// From the body of an error to what the person is shown.
#[divan::bench]
fn error_body_to_diagnostic(bencher: Bencher<'_, '_>) {
    let atlas = Atlas {
        status: StatusCode::FORBIDDEN,
        body: REFUSED,
    };
    let caller = Caller::new(atlas, access_token());
    let subject = Subject::new(
        caller.path.clone(),
        Some(CredentialKind::AccessToken),
        Duration::from_secs(90),
    );
    bencher.counter(BytesCount::of_str(REFUSED)).bench(|| {
        let error = caller.look().expect_err("it is refused");
        diagnose("Cannot read stream processor \"orders\"", &error, &subject)
    });
}
