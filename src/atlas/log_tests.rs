//! No secret reaches the log, at any level, over real HTTP, whatever the answers are.

use std::{
    fmt::{Debug, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use secrecy::SecretString;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tracing::field::{Field, Visit};
use tracing_subscriber::{Layer, layer::SubscriberExt};
use url::Url;

use super::{
    Client, Credentials, Flags, StartOptions,
    testing::{context, path, settings},
};

/// Keeps every field of every event and span, of all crates.
#[derive(Clone, Default)]
pub(super) struct Kept(pub(super) Arc<Mutex<String>>);

impl<S: tracing::Subscriber> Layer<S> for Kept {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        let metadata = event.metadata();
        let (level, target) = (metadata.level(), metadata.target());
        writeln!(self.0.lock().unwrap(), "{level} {target}").unwrap();
        event.record(&mut self.clone());
    }

    fn on_new_span(
        &self,
        attributes: &tracing::span::Attributes<'_>,
        _: &tracing::Id,
        _: tracing_subscriber::layer::Context<'_, S>,
    ) {
        attributes.record(&mut self.clone());
    }

    fn on_record(
        &self,
        _: &tracing::Id,
        values: &tracing::span::Record<'_>,
        _: tracing_subscriber::layer::Context<'_, S>,
    ) {
        values.record(&mut self.clone());
    }
}

impl Visit for Kept {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        writeln!(self.0.lock().unwrap(), "{field}={value:?}").unwrap();
    }
}

/// Serves one connection after the other: tokens, a challenge, then failures that echo the whole request.
async fn echoing_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut asked = vec![0; 16 << 10];
                loop {
                    let length = stream.read(&mut asked).await.unwrap_or_default();
                    if length == 0 {
                        return;
                    }
                    let head = String::from_utf8_lossy(&asked[..length]).into_owned();
                    let (status, headers, body) = if head.starts_with("POST /api/oauth/token") {
                        (
                            200,
                            "",
                            r#"{"access_token":"jwt-fetched-secret","expires_in":3600}"#.to_owned(),
                        )
                    } else if head.to_lowercase().contains("authorization:") {
                        (503, "", format!("upstream failed on {head}"))
                    } else {
                        (
                            401,
                            "www-authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n",
                            String::new(),
                        )
                    };
                    let answer = format!(
                        "HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n{body}",
                        body.len()
                    );
                    if stream.write_all(answer.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}

#[tokio::test]
async fn no_secret_is_logged() {
    let kept = Kept::default();
    // With one dispatcher alone, tracing asks the thread that reaches a callsite first whether anybody listens, and that
    // may be another test's; with two it asks both.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let _guard =
        tracing::subscriber::set_default(tracing_subscriber::registry().with(kept.clone()));
    let port = echoing_server().await;
    let secrets = [
        "given-token-secret",
        "mdb_sa_sk_client-secret",
        "jwt-fetched-secret",
        "private-key-secret",
        "bWRiX3NhX2lkXzE6bWRiX3NhX3NrX2NsaWVudC1zZWNyZXQ=",
    ];
    let credentials = [
        Credentials::AccessToken(SecretString::from(secrets[0])),
        Credentials::ServiceAccount {
            client_id: "mdb_sa_id_1".to_owned(),
            client_secret: SecretString::from(secrets[1]),
        },
        Credentials::ApiKey {
            public_key: "abcdefgh".to_owned(),
            private_key: SecretString::from(secrets[3]),
        },
    ];
    let mut shown = String::new();
    for credentials in credentials {
        let mut settings = settings();
        settings.base_url = Url::parse(&format!("http://127.0.0.1:{port}")).unwrap();
        settings.credentials = Some(credentials);
        // One repetition shows what repetitions log; it takes real time.
        settings.max_retries = u32::from(shown.is_empty());
        let client = Client::over_http(settings);
        let context = context(Duration::from_secs(20));
        let get = client.processor(&path(), &context).await.unwrap_err();
        let post = client
            .start(
                &path(),
                &StartOptions::default(),
                Flags::default(),
                &context,
            )
            .await
            .unwrap_err();
        client.revoke().await;
        for error in [get, post] {
            assert_eq!(error.status(), Some(503));
            assert!(
                !error.excerpt().unwrap().contains("response="),
                "{:?}",
                error.excerpt()
            );
            writeln!(shown, "{error} {error:?} {:?} {client:?}", error.excerpt()).unwrap();
        }
    }
    let log = kept.0.lock().unwrap().clone();
    assert!(
        log.contains("repeating a request to Atlas") && log.contains("Atlas answered"),
        "{log}"
    );
    for secret in secrets {
        assert!(!log.contains(secret), "{secret} in the log:\n{log}");
        assert!(!shown.contains(secret), "{secret} in an error:\n{shown}");
    }
}
