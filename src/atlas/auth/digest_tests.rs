//! Digest: the known answers of the RFC, and the use of nonces as a server sees it.

use std::{sync::Arc, time::Duration};

use digest_auth::AuthorizationHeader;
use secrecy::SecretString;

use super::{
    super::super::{Client, Credentials, Error, Flags, Kind, StartOptions, testing::*},
    super::digest_server::{Nonces, PRIVATE_KEY, served},
    *,
};

const MINUTE: Duration = Duration::from_secs(60);

fn client(script: &Arc<Script>, private_key: &str) -> Client {
    let mut settings = settings();
    settings.credentials = Some(Credentials::ApiKey {
        public_key: "abcdefgh".to_owned(),
        private_key: SecretString::from(private_key),
    });
    super::super::super::testing::client(settings, script)
}

async fn calls(client: Client, number: usize) -> Result<(), Error> {
    let client = Arc::new(client);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..number {
        let client = client.clone();
        calls.spawn(async move { client.description(&path(), &context(MINUTE)).await });
    }
    while let Some(call) = calls.join_next().await {
        call.unwrap()?;
    }
    Ok(())
}

fn counts(script: &Script) -> Vec<String> {
    let count = |request: &HttpRequest| {
        Some(
            request
                .headers
                .get("authorization")?
                .to_str()
                .ok()?
                .split("nc=")
                .nth(1)?[..8]
                .to_owned(),
        )
    };
    script.asked().iter().filter_map(count).collect()
}

#[test]
fn the_answers_are_those_of_rfc_7616_3_9_1() {
    let common = r#"realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#;
    let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
    let cases = [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        (
            "SHA-256",
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        ),
    ];
    let digest = Digest::new("Mufasa".to_owned(), SecretString::from("Circle of Life"));
    let request = HttpRequest {
        method: http::Method::GET,
        url: Url::parse("http://www.example.org/dir/index.html").unwrap(),
        headers: http::HeaderMap::new(),
        body: None,
        timeout: MINUTE,
    };
    for (algorithm, response) in cases {
        let headers = [(
            http::header::WWW_AUTHENTICATE,
            format!("Digest {common}, algorithm={algorithm}")
                .parse()
                .unwrap(),
        )]
        .into_iter()
        .collect();
        let nonce = Nonce::new(challenge::choose(&headers).unwrap());
        let value = digest
            .authorization(&request, &nonce, Some(cnonce))
            .unwrap();
        let given = AuthorizationHeader::parse(&value).unwrap();
        assert_eq!(
            (
                given.response.as_str(),
                given.nc,
                given.uri.as_str(),
                given.username.as_str()
            ),
            (response, 1, "/dir/index.html", "Mufasa"),
            "{algorithm}"
        );
        assert!(value.contains("qop=auth, nc=00000001"), "{value}");
    }
}

/// The example of RFC 7616 §3.9.2, with its erratum 4897: what the RFC prints was computed with SHA-512 cut to 256 bits, which is not
/// the SHA-512/256 of FIPS 180-4. The values here were computed from the example's input with another implementation of that.
#[test]
fn the_answer_is_that_of_rfc_7616_3_9_2_as_corrected() {
    let challenge = r#"Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true"#;
    let headers = [(http::header::WWW_AUTHENTICATE, challenge.parse().unwrap())]
        .into_iter()
        .collect();
    let request = HttpRequest {
        method: http::Method::GET,
        url: Url::parse("http://api.example.org/doe.json").unwrap(),
        headers: http::HeaderMap::new(),
        body: None,
        timeout: MINUTE,
    };
    let value = Digest::new(
        "J\u{e4}s\u{f8}n Doe".to_owned(),
        SecretString::from("Secret, or not?"),
    )
    .authorization(
        &request,
        &Nonce::new(challenge::choose(&headers).unwrap()),
        Some("NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v"),
    )
    .unwrap();
    let given = AuthorizationHeader::parse(&value).unwrap();
    assert_eq!(
        (given.username.as_str(), given.response.as_str()),
        (
            "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b",
            "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"
        )
    );
    assert!(given.userhash, "{value}");
    assert!(value.contains("algorithm=SHA-512-256"), "{value}");
    assert!(value.is_ascii(), "the hash is fit for a header: {value}");
}

#[tokio::test(start_paused = true)]
async fn many_calls_at_once_take_one_more_exchange_than_calls() {
    let script = served(Nonces::Reusable);
    calls(client(&script, PRIVATE_KEY), 50).await.unwrap();
    assert_eq!(script.asked().len(), 51);
    let mut counts = counts(&script);
    assert_eq!(
        counts[0], "00000001",
        "whoever fetched the nonce spends it first"
    );
    counts.sort();
    let expected: Vec<String> = (1..=50).map(|count| format!("{count:08x}")).collect();
    assert_eq!(counts, expected);
}

#[tokio::test(start_paused = true)]
async fn nonces_for_one_use_cost_a_second_exchange_and_no_call() {
    let script = served(Nonces::SingleUse);
    calls(client(&script, PRIVATE_KEY), 20).await.unwrap();
    assert!(script.asked().len() <= 40, "{}", script.asked().len());
}

#[tokio::test(start_paused = true)]
async fn a_nonce_that_expires_is_replaced_whatever_stale_says() {
    let script = served(Nonces::Uses(3));
    let client = client(&script, PRIVATE_KEY);
    for _ in 0..7 {
        client.description(&path(), &context(MINUTE)).await.unwrap();
    }
    // One to fetch the first nonce, and one refusal after every third use.
    assert_eq!(script.asked().len(), 7 + 1 + 2);
}

#[tokio::test(start_paused = true)]
async fn a_constant_nonce_goes_on_counting() {
    let script = served(Nonces::Constant);
    let client = client(&script, PRIVATE_KEY);
    client.description(&path(), &context(MINUTE)).await.unwrap();
    client.description(&path(), &context(MINUTE)).await.unwrap();
    assert_eq!(counts(&script), ["00000001", "00000002"]);
}

#[tokio::test(start_paused = true)]
async fn a_constant_nonce_that_is_refused_once_goes_on_counting() {
    let challenge = || {
        answer(
            401,
            &[(
                "www-authenticate",
                r#"Digest realm="r", nonce="n", qop="auth""#,
            )],
            "",
        )
    };
    let script = Script::of([challenge(), started(), challenge(), started()]);
    let client = client(&script, PRIVATE_KEY);
    client.description(&path(), &context(MINUTE)).await.unwrap();
    client.description(&path(), &context(MINUTE)).await.unwrap();
    assert_eq!(counts(&script), ["00000001", "00000002", "00000003"]);
}

#[tokio::test(start_paused = true)]
async fn a_session_nonce_serves_one_request() {
    let header = r#"Digest realm="r", nonce="n", qop="auth", algorithm=MD5-sess"#;
    let challenge = || answer(401, &[("www-authenticate", header)], "");
    let script = Script::of([challenge(), started(), challenge(), started()]);
    let client = client(&script, PRIVATE_KEY);
    client.description(&path(), &context(MINUTE)).await.unwrap();
    client.description(&path(), &context(MINUTE)).await.unwrap();
    assert_eq!(counts(&script), ["00000001", "00000001"]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_a_fresh_nonce_is_final() {
    let script = served(Nonces::Reusable);
    let error = calls(client(&script, "wrong-key-wrong-key"), 1)
        .await
        .unwrap_err();
    assert_eq!(
        (
            error.kind(),
            error.status(),
            error.attempts(),
            script.asked().len()
        ),
        (Kind::Api, Some(401), 1, 2)
    );
    assert!(!format!("{error} {error:?}").contains("wrong-key"));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_key_does_not_make_calls_wait_for_one_another() {
    let script = served(Nonces::Reusable);
    let client = Arc::new(client(&script, "wrong-key-wrong-key"));
    let began = tokio::time::Instant::now();
    let results = tokio::join!(
        calls_of(&client),
        calls_of(&client),
        calls_of(&client),
        calls_of(&client),
        calls_of(&client)
    );
    for result in [results.0, results.1, results.2, results.3, results.4] {
        assert_eq!(result.unwrap_err().status(), Some(401));
    }
    assert_eq!(script.asked().len(), 10);
    assert_eq!(
        began.elapsed(),
        Duration::from_millis(80),
        "two exchanges of the first, then two of all others at once"
    );
}

async fn calls_of(client: &Client) -> Result<(), Error> {
    let path = path();
    client.description(&path, &context(MINUTE)).await.map(drop)
}

#[tokio::test(start_paused = true)]
async fn a_post_is_signed_with_its_query_and_sent_once_with_credentials() {
    let script = served(Nonces::Uses(1));
    let client = client(&script, PRIVATE_KEY);
    let flags = Flags {
        envelope: Some(true),
        pretty: Some(false),
    };
    let options = StartOptions {
        tier: Some("SP10".to_owned()),
        ..Default::default()
    };
    client
        .start(&path(), &options, flags, &context(MINUTE))
        .await
        .unwrap();
    client
        .start(&path(), &options, flags, &context(MINUTE))
        .await
        .unwrap();
    let asked = script.asked();
    assert_eq!(asked.len(), 4);
    for request in &asked {
        assert_eq!(
            request.body.as_deref(),
            Some(br#"{"tier":"SP10"}"#.as_slice())
        );
    }
    assert!(
        asked[1].headers["authorization"]
            .to_str()
            .unwrap()
            .contains(r#"orders:startWith?envelope=true&pretty=false""#)
    );
}

#[tokio::test(start_paused = true)]
async fn without_a_digest_challenge_a_401_is_final_and_another_answer_is_the_answer() {
    let cases = [
        (401, vec![]),
        (401, vec![("www-authenticate", "Basic realm=\"x\"")]),
        (404, vec![]),
        (302, vec![("location", "/login")]),
    ];
    for (status, headers) in cases {
        let script = Script::of([answer(status, &headers, "")]);
        let error = calls(client(&script, PRIVATE_KEY), 1).await.unwrap_err();
        assert_eq!((error.status(), script.asked().len()), (Some(status), 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_post_that_carried_no_credentials_did_nothing() {
    let script = Script::of([lost()]);
    let error = client(&script, PRIVATE_KEY)
        .start(
            &path(),
            &StartOptions::default(),
            Flags::default(),
            &context(MINUTE),
        )
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.may_have_been_processed()),
        (Kind::Lost, false)
    );
    let challenge = answer(
        401,
        &[("www-authenticate", r#"Digest realm="r", nonce="n""#)],
        "",
    );
    let script = Script::of([challenge, lost()]);
    let error = client(&script, PRIVATE_KEY)
        .start(
            &path(),
            &StartOptions::default(),
            Flags::default(),
            &context(MINUTE),
        )
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.may_have_been_processed()),
        (Kind::Lost, true)
    );
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_nonce_can_be_cancelled_and_keeps_its_deadline() {
    let script = Script::by(|_| {
        answer(
            401,
            &[("www-authenticate", r#"Digest realm="r", nonce="n""#)],
            "",
        )
        .after(Duration::from_secs(10))
    });
    let client = client(&script, PRIVATE_KEY);
    let (first, cancelled, late) = (
        context(MINUTE),
        context(MINUTE),
        context(Duration::from_secs(5)),
    );
    let began = tokio::time::Instant::now();
    let target = path();
    let (_, (cancelled, at), late) = tokio::join!(
        client.description(&target, &first),
        async {
            tokio::join!(
                async {
                    let answer = client.description(&target, &cancelled).await;
                    (answer.unwrap_err(), began.elapsed())
                },
                async {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    cancelled.cancel.cancel();
                }
            )
            .0
        },
        client.description(&target, &late),
    );
    assert_eq!(
        (cancelled.kind(), at, cancelled.attempts()),
        (Kind::Cancelled, Duration::from_secs(1), 0)
    );
    assert_eq!((late.unwrap_err().kind()), Kind::DeadlinePassed);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_can_not_be_in_a_header_is_an_error() {
    let script = served(Nonces::Reusable);
    let mut settings = settings();
    settings.credentials = Some(Credentials::ApiKey {
        public_key: "abc\ndef".to_owned(),
        private_key: SecretString::from(PRIVATE_KEY),
    });
    let client = super::super::super::testing::client(settings, &script);
    let found = client.description(&path(), &context(MINUTE)).await;
    assert_eq!(found.unwrap_err().kind(), Kind::BadRequest);
}
