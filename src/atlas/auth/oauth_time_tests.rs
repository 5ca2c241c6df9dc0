//! A token that one call has no time to wait for is fetched by the next.

use std::{sync::Arc, time::Duration};

use tokio::task::JoinSet;

use super::{super::super::testing::*, *};
use crate::atlas::{Client, Credentials};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

fn client(script: &Arc<Script>) -> Arc<Client> {
    let mut settings = settings();
    settings.credentials = Some(Credentials::ServiceAccount {
        client_id: "mdb_sa_id_0123".to_owned(),
        client_secret: "mdb_sa_sk_very-secret".to_owned().into(),
    });
    Arc::new(super::super::super::testing::client(settings, script))
}

/// How many fail of twenty calls, of which the first has little time and asks first.
async fn failures(script: &Arc<Script>, little: Duration, much: Duration) -> usize {
    let client = client(script);
    let mut calls = JoinSet::new();
    for number in 0..20 {
        let (client, time) = (client.clone(), if number == 0 { little } else { much });
        calls.spawn(async move { client.description(&path(), &context(time)).await.is_err() });
    }
    calls
        .join_all()
        .await
        .into_iter()
        .filter(|failed| *failed)
        .count()
}

fn token() -> Step {
    answer(200, &[], r#"{"access_token":"jwt-number-1"}"#)
}

fn tokens(script: &Script) -> usize {
    let asked = script.asked();
    let tokens = asked
        .iter()
        .filter(|request| request.url.path() == "/api/oauth/token");
    tokens.count()
}

#[tokio::test(start_paused = true)]
async fn little_time_is_the_matter_of_one_call_alone() {
    let slow = || token().after(3 * SECOND);
    let unavailable = || answer(503, &[], "busy").after(SECOND);
    let limited = || answer(429, &[("retry-after", "20")], "").after(SECOND);
    let cases: [(u32, fn() -> Step); 5] = [
        (2, slow),
        (10, unavailable),
        (15, unavailable),
        (18, unavailable),
        (15, limited),
    ];
    for (little, at_first) in cases {
        let (little, began) = (little * SECOND, Instant::now());
        let script = Script::by(move |request| match request.url.path() {
            "/api/oauth/token" if began.elapsed() < 20 * SECOND => at_first(),
            "/api/oauth/token" => token(),
            _ => started(),
        });
        assert_eq!(
            failures(&script, little, 10 * MINUTE).await,
            1,
            "{little:?}"
        );
    }
}

/// Otherwise all who wait for the limit of tokens would ask for one in turn.
#[tokio::test(start_paused = true)]
async fn who_has_no_more_time_than_the_one_that_failed_does_not_ask_again() {
    let script = Script::by(|_| answer(429, &[("retry-after", "60")], "").after(SECOND));
    assert_eq!(failures(&script, 40 * SECOND, 50 * SECOND).await, 20);
    assert_eq!(tokens(&script), 1);
}
