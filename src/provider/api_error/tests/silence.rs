//! Failures without any answer.

use super::*;

fn cause(text: &str) -> Arc<std::io::Error> {
    Arc::new(std::io::Error::other(text.to_owned()))
}

fn unusable_file(then: &str) -> Arc<atlas::UnusableCaFile> {
    Arc::new(atlas::UnusableCaFile {
        path: "/etc/corporate.pem".into(),
        why: "could not be read (No such file or directory)".to_owned(),
        then: cause(then),
    })
}

#[tokio::test(start_paused = true)]
async fn no_answer() {
    let silence = Answer::Silence;
    let cases = vec![
        Case::new(
            "not sent",
            silence(ExchangeError::NotSent {
                cause: cause("failed to lookup address information"),
            }),
            &[
                "cloud.mongodb.com could not be reached, and nothing was sent",
                "failed to lookup address information",
                "`base_url`",
                "`HTTPS_PROXY`",
            ],
        ),
        Case::new(
            "a proxy that wants to know who asks",
            silence(ExchangeError::ProxyUnauthorized {
                cause: cause("tunnel error: proxy authorization required"),
            }),
            &[
                "proxy on the way to cloud.mongodb.com wants a user and a password",
                "Nothing was sent",
                "`HTTPS_PROXY`",
                "http://user:password@",
                "`NO_PROXY`",
            ],
        ),
        Case::new(
            "untrusted",
            silence(ExchangeError::UntrustedCertificate {
                cause: cause("UnknownIssuer"),
            }),
            &[
                "certificate of cloud.mongodb.com is not trusted",
                "UnknownIssuer",
                "`SSL_CERT_FILE`",
            ],
        ),
        Case::new(
            "no CA certificates",
            silence(ExchangeError::NoCaCertificates {
                cause: cause("no roots"),
            }),
            &[
                "no CA certificates on this system",
                "`SSL_CERT_FILE`",
                "ca-certificates",
            ],
        ),
        Case::new(
            "untrusted, and the file of certificates cannot be read",
            silence(ExchangeError::UntrustedCertificate {
                cause: unusable_file("UnknownIssuer"),
            }),
            &[
                "certificate of cloud.mongodb.com is not trusted",
                "the file /etc/corporate.pem, which the environment variable `SSL_CERT_FILE` names, could not be read",
                "UnknownIssuer",
                "Let `SSL_CERT_FILE` name a file",
            ],
        ),
        Case::new(
            "no CA certificates, and the file of them cannot be read",
            silence(ExchangeError::NoCaCertificates {
                cause: unusable_file("no roots"),
            }),
            &[
                "no CA certificates on this system",
                "the file /etc/corporate.pem, which the environment variable `SSL_CERT_FILE` names, could not be read",
                "no roots",
                "ca-certificates",
            ],
        ),
        Case::new(
            "a file of certificates that does not come to an end",
            silence(ExchangeError::NotSent {
                cause: Arc::new(atlas::HangingCaFiles {
                    within: Duration::from_secs(10),
                    named: Some("/mnt/gone/corporate.pem".into()),
                }),
            }),
            &[
                "could not be found out in time whom to trust, and nothing was sent",
                "the file /mnt/gone/corporate.pem",
                "a plain file of CA certificates in PEM",
            ],
        ),
        Case::new(
            "lost",
            silence(ExchangeError::Lost {
                cause: cause("connection reset by peer"),
            }),
            &[
                "broke before its answer had arrived",
                "connection reset by peer",
                "leaves open whether the request took effect",
                "sends no start to a processor that is STARTED",
            ],
        ),
        Case::new(
            "timed out",
            silence(ExchangeError::TimedOut {
                after: Duration::from_secs(90),
                sent: true,
            }),
            &[
                "no answer of cloud.mongodb.com within 1m30s",
                "leaves open whether the request took effect",
                "`request_timeout`",
            ],
        ),
        Case::new(
            "no connection in time",
            silence(ExchangeError::TimedOut {
                after: Duration::from_secs(10),
                sent: false,
            }),
            &[
                "No connection to cloud.mongodb.com could be made within 10s, and nothing was sent.",
                "firewall",
                "`base_url`",
                "`HTTPS_PROXY`",
            ],
        ),
        Case::new(
            "no connection in the little time that there was",
            silence(ExchangeError::TimedOut {
                after: Duration::from_secs(2),
                sent: false,
            }),
            &["within 2s", "A connection gets half of `request_timeout`"],
        ),
    ];
    let mut text = all(cases).await;
    let case = Case::new(
        "a refresh that is lost",
        silence(ExchangeError::Lost {
            cause: cause("broken pipe"),
        }),
        &["broken pipe", "Run the same again"],
    )
    .by(Call::Refresh);
    let shown = case.shown().await;
    assert!(
        !shown.contains("leaves open"),
        "a look changes nothing: {shown}"
    );
    text.push_str(&shown);
    golden("no_answer", &text);
}

#[tokio::test(start_paused = true)]
async fn without_credentials() {
    const WORDS: &[&str] = &[
        "no Atlas credentials",
        "`client_id` and `client_secret`",
        "`public_key` and `private_key`",
        "`access_token`",
        "MONGODB_ATLAS_CLIENT_ID",
        "MONGODB_ATLAS_PRIVATE_API_KEY",
        "MONGODB_ATLAS_ACCESS_TOKEN",
        "(not sent)",
    ];
    let start = Case::new("a start", json(200, ""), WORDS);
    let diagnostics = start.diagnose(&start.fails(None).await);
    let mut text = start.check(&diagnostics);
    assert!(!text.contains("-refresh=false"), "{text}");

    let refresh = Case::new("a refresh", json(200, ""), WORDS).by(Call::Refresh);
    let diagnostics = refresh.diagnose(&refresh.fails(None).await);
    let shown = refresh.check(&diagnostics);
    assert!(shown.contains("`-refresh=false`"), "{shown}");
    text.push_str(&shown);
    golden("without_credentials", &text);
}

#[tokio::test(start_paused = true)]
async fn cut_short() {
    let credentials = || Some(Credentials::AccessToken(ACCESS_TOKEN.into()));
    let late = Case::new(
        "the deadline has passed",
        json(200, ""),
        &["time for this operation", "`timeouts`", "`timeout`"],
    );
    let mut context = Context {
        deadline: Instant::now(),
        cancel: CancellationToken::new(),
        abandoned: CancellationToken::new(),
        purpose: "test".to_owned(),
    };
    let error = late.fails_within(credentials(), &context).await;
    let mut text = late.check(&late.diagnose(&error));

    let stopped = Case::new("cancelled", json(200, ""), &["interrupted", "Apply again"]);
    context.deadline = Instant::now() + Duration::from_secs(60);
    context.cancel.cancel();
    let error = stopped.fails_within(credentials(), &context).await;
    text.push_str(&stopped.check(&stopped.diagnose(&error)));
    golden("cut_short", &text);
}
