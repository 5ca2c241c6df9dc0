//! Service accounts: how many tokens are fetched, and when.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use secrecy::SecretString;
use tokio::time::sleep;

use super::{
    super::super::{Client, Credentials, Flags, StartOptions, Verdict, testing::*},
    super::oauth_server::{served, server},
    *,
};

const MINUTE: Duration = Duration::from_secs(60);
const CLIENT_SECRET: &str = "mdb_sa_sk_very-secret";

fn client(script: &Arc<Script>) -> Client {
    let mut settings = settings();
    settings.credentials = Some(Credentials::ServiceAccount {
        client_id: "mdb_sa_id_0123".to_owned(),
        client_secret: SecretString::from(CLIENT_SECRET),
    });
    super::super::super::testing::client(settings, script)
}

fn to(script: &Script, path: &str) -> usize {
    script
        .asked()
        .iter()
        .filter(|request| request.url.path() == path)
        .count()
}

/// Many calls at once; the statuses of those that failed.
async fn calls(client: &Arc<Client>, number: usize) -> Vec<Error> {
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..number {
        let client = client.clone();
        calls.spawn(async move { client.description(&path(), &context(MINUTE)).await });
    }
    calls
        .join_all()
        .await
        .into_iter()
        .filter_map(Result::err)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_hundred_calls_at_once_share_one_token() {
    let script = served(&server());
    let client = Arc::new(client(&script));
    assert!(
        script.asked().is_empty(),
        "nothing is fetched before the first call"
    );
    assert!(calls(&client, 100).await.is_empty());
    assert_eq!(
        (to(&script, "/api/oauth/token"), script.asked().len()),
        (1, 101)
    );
    let request = &script.asked()[0];
    assert_eq!(
        (request.method.as_str(), request.url.as_str()),
        ("POST", "https://cloud.mongodb.com/api/oauth/token")
    );
    assert_eq!(
        request.body.as_deref(),
        Some(b"grant_type=client_credentials".as_slice())
    );
    assert_eq!(
        request.headers["authorization"],
        format!(
            "Basic {}",
            STANDARD.encode(format!("mdb_sa_id_0123:{CLIENT_SECRET}"))
        )
    );
    assert_eq!(request.headers["accept"], "application/json");
    assert_eq!(
        request.headers["content-type"],
        "application/x-www-form-urlencoded"
    );
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_before_it_expires_by_one_call_while_others_go_on() {
    let script = served(&server());
    let client = Arc::new(client(&script));
    assert!(calls(&client, 1).await.is_empty());
    sleep(Duration::from_secs(49 * 60)).await;
    assert!(calls(&client, 10).await.is_empty());
    assert_eq!(to(&script, "/api/oauth/token"), 1);
    sleep(Duration::from_secs(2 * 60)).await;
    assert!(calls(&client, 10).await.is_empty());
    assert_eq!(to(&script, "/api/oauth/token"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_slow_renewal_holds_up_nobody_else() {
    let token = || {
        answer(
            200,
            &[],
            r#"{"access_token":"jwt-number-1","expires_in":3600}"#,
        )
    };
    let script = Script::by(move |request| match request.url.path() {
        "/api/oauth/token" => token().after(Duration::from_secs(30)),
        _ => started(),
    });
    let client = Arc::new(client(&script));
    assert!(calls(&client, 1).await.is_empty());
    sleep(Duration::from_secs(55 * 60)).await;
    let (target, surroundings, began) = (path(), context(MINUTE), Instant::now());
    let timed = async || {
        client.description(&target, &surroundings).await.unwrap();
        began.elapsed()
    };
    let took = tokio::join!(timed(), timed(), timed());
    assert_eq!(
        took,
        (Duration::from_secs(30), Duration::ZERO, Duration::ZERO)
    );
    assert_eq!(to(&script, "/api/oauth/token"), 2);
}

#[tokio::test(start_paused = true)]
async fn many_refusals_of_one_token_make_one_new_token() {
    let server = server();
    let script = served(&server);
    let client = Arc::new(client(&script));
    assert!(calls(&client, 1).await.is_empty());
    server.lock().unwrap().valid = false;
    assert!(calls(&client, 30).await.is_empty());
    assert_eq!(to(&script, "/api/oauth/token"), 2);
}

#[tokio::test(start_paused = true)]
async fn where_a_new_token_is_refused_too_no_more_are_fetched_for_a_while() {
    let server = server();
    let script = served(&server);
    server.lock().unwrap().refuses = true;
    let client = Arc::new(client(&script));
    for _ in 0..5 {
        let errors = calls(&client, 10).await;
        assert_eq!(errors.len(), 10);
        assert!(
            errors
                .iter()
                .all(|error| error.status() == Some(401) && error.verdict() == Verdict::Final)
        );
    }
    assert_eq!(to(&script, "/api/oauth/token"), 2);
    sleep(6 * MINUTE).await;
    server.lock().unwrap().refuses = false;
    server.lock().unwrap().valid = false;
    assert!(
        calls(&client, 10).await.is_empty(),
        "later a refusal may be about the token again"
    );
    assert_eq!(to(&script, "/api/oauth/token"), 3);
}

#[tokio::test(start_paused = true)]
async fn a_start_whose_token_was_refused_goes_once_more_with_a_new_one() {
    let server = server();
    let script = served(&server);
    let client = client(&script);
    client.description(&path(), &context(MINUTE)).await.unwrap();
    server.lock().unwrap().valid = false;
    client
        .start(
            &path(),
            &StartOptions::default(),
            Flags::default(),
            &context(MINUTE),
        )
        .await
        .unwrap();
    assert_eq!(
        script
            .asked()
            .iter()
            .filter(|request| request.url.path().ends_with(":start"))
            .count(),
        2
    );
}

#[tokio::test(start_paused = true)]
async fn a_refused_service_account_is_one_failure_for_all_who_waited() {
    let body = r#"{"error":"invalid_client","error_description":"Invalid credentials provided."}"#;
    let script = Script::by(move |_| answer(401, &[], body).after(Duration::from_millis(20)));
    let client = Arc::new(client(&script));
    let errors = calls(&client, 50).await;
    assert_eq!((errors.len(), script.asked().len()), (50, 1));
    for error in errors {
        assert_eq!(
            (
                error.kind(),
                error.status(),
                error.oauth_error(),
                error.message()
            ),
            (
                Kind::Token,
                Some(401),
                Some("invalid_client"),
                Some("Invalid credentials provided.")
            )
        );
        assert_eq!(
            (
                error.verdict(),
                error.may_have_been_processed(),
                error.attempts()
            ),
            (Verdict::Final, false, 1)
        );
        assert!(error.url().ends_with("/api/oauth/token"));
    }
    // A later call asks again: the account may have been repaired meanwhile.
    assert_eq!(calls(&client, 1).await.len(), 1);
    assert_eq!(script.asked().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_token_endpoint_is_asked_again_by_policy() {
    let token = || answer(200, &[], r#"{"access_token":"jwt-number-1"}"#);
    let limited = || {
        answer(
            429,
            &[("retry-after", "20")],
            r#"{"error":429,"errorCode":"RATE_LIMITED","parameters":["/api/oauth/token",50,1]}"#,
        )
    };
    let script = Script::of([
        limited(),
        answer(503, &[], "no"),
        lost(),
        not_sent(),
        answer(200, &[], "{}"),
        token(),
        started(),
    ]);
    let waiting = context(10 * MINUTE);
    client(&script)
        .description(&path(), &waiting)
        .await
        .unwrap();
    assert!(script.times()[1] - script.times()[0] >= Duration::from_secs(20));

    let script = Script::of([limited(), limited(), limited()]);
    let error = client(&script)
        .start(
            &path(),
            &StartOptions::default(),
            Flags::default(),
            &context(Duration::from_secs(50)),
        )
        .await
        .unwrap_err();
    assert_eq!(
        (
            error.kind(),
            error.status(),
            error.attempts(),
            error.verdict()
        ),
        (Kind::Token, Some(429), 3, Verdict::Final)
    );

    let script = Script::by(|_| lost());
    let error = client(&script)
        .description(&path(), &context(10 * MINUTE))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts(), script.asked().len()),
        (Kind::Token, 6, 6)
    );
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_fails_does_not_end_a_token_that_still_works() {
    let fails = Arc::new(Mutex::new(false));
    let flag = fails.clone();
    let script = Script::by(move |request| match request.url.path() {
        "/api/oauth/token" if *flag.lock().unwrap() => answer(500, &[], ""),
        "/api/oauth/token" => answer(
            200,
            &[],
            r#"{"access_token":"jwt-number-1","expires_in":3600}"#,
        ),
        _ => started(),
    });
    let client = Arc::new(client(&script));
    assert!(calls(&client, 1).await.is_empty());
    *fails.lock().unwrap() = true;
    sleep(Duration::from_secs(55 * 60)).await;
    assert!(calls(&client, 1).await.is_empty());
    assert_eq!(to(&script, "/api/oauth/token"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_fetch_is_taken_over_by_the_next() {
    let token = answer(200, &[], r#"{"access_token":"jwt-number-1"}"#);
    let script = Script::of([answer(200, &[], "").after(MINUTE), token, started()]);
    let client = client(&script);
    let (leader, follower) = (context(10 * MINUTE), context(10 * MINUTE));
    let target = path();
    let (first, second, ()) = tokio::join!(
        client.description(&target, &leader),
        client.description(&target, &follower),
        async {
            sleep(Duration::from_secs(1)).await;
            leader.cancel.cancel();
        }
    );
    assert_eq!(first.unwrap_err().kind(), Kind::Cancelled);
    second.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_token_is_revoked_once_and_only_if_there_is_one() {
    let script = served(&server());
    let client = client(&script);
    client.revoke().await;
    assert!(script.asked().is_empty());
    client.description(&path(), &context(MINUTE)).await.unwrap();
    client.revoke().await;
    client.revoke().await;
    assert_eq!(to(&script, "/api/oauth/revoke"), 1);
    let request = script.asked().pop().unwrap();
    assert_eq!(
        request.body.as_deref(),
        Some(b"token=jwt-number-1&token_type_hint=access_token".as_slice())
    );
    assert!(
        request.headers["authorization"]
            .to_str()
            .unwrap()
            .starts_with("Basic ")
    );
    assert!(request.timeout <= Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn no_secret_gets_into_an_error() {
    let basic = STANDARD.encode(format!("mdb_sa_id_0123:{CLIENT_SECRET}"));
    let bodies = [
        (
            200,
            r#"{"access_token":"jwt-number-1","token_type":"mac"}"#.to_owned(),
        ),
        (400, format!("<pre>{CLIENT_SECRET} {basic}</pre>")),
        (
            400,
            format!(r#"{{"error":400,"detail":"{CLIENT_SECRET}","parameters":["{basic}"]}}"#),
        ),
    ];
    for (status, body) in bodies {
        let script = Script::by(move |_| answer(status, &[("content-type", "text/html")], &body));
        let error = client(&script)
            .description(&path(), &context(MINUTE))
            .await
            .unwrap_err();
        let shown = format!(
            "{error} {error:?} {:?} {:?} {:?} {:?}",
            error.excerpt(),
            error.message(),
            error.parameters(),
            std::error::Error::source(&error)
        );
        for secret in ["jwt-number-1", CLIENT_SECRET, &basic] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert_eq!(error.kind(), Kind::Token);
    }
}
