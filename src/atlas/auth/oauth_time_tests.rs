//! A token that one call has no time to wait for is fetched by the next.

use std::{sync::Arc, time::Duration};

use super::{super::super::testing::*, *};
use crate::atlas::{Client, Credentials};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

fn client(script: &Arc<Script>, max_retries: u32) -> Arc<Client> {
    let mut settings = settings();
    settings.max_retries = max_retries;
    settings.credentials = Some(Credentials::ServiceAccount {
        client_id: "mdb_sa_id_0123".to_owned(),
        client_secret: "mdb_sa_sk_very-secret".to_owned().into(),
    });
    Arc::new(super::super::super::testing::client(settings, script))
}

/// What became of calls that have so much time, and ask in this order.
async fn calls(client: &Arc<Client>, times: &[Duration]) -> Vec<Option<Error>> {
    let calls = times.iter().map(|time| async {
        let context = context(*time);
        client.description(&path(), &context).await.err()
    });
    futures_util::future::join_all(calls).await
}

/// How many fail of twenty calls, of which the first has little time and asks first.
async fn failures(client: &Arc<Client>, little: Duration, much: Duration) -> usize {
    let mut times = [much; 20];
    times[0] = little;
    let failed = calls(client, &times).await;
    failed.iter().flatten().count()
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
    type Answer = fn() -> Step;
    let cases: [(u32, u32, Answer); 6] = [
        (2, 5, slow),
        (2, 0, slow),
        (10, 5, unavailable),
        (15, 5, unavailable),
        (18, 5, unavailable),
        (15, 5, limited),
    ];
    for (little, max_retries, at_first) in cases {
        let (little, began) = (little * SECOND, Instant::now());
        let script = Script::by(move |request| match request.url.path() {
            "/api/oauth/token" if began.elapsed() < 20 * SECOND => at_first(),
            "/api/oauth/token" => token(),
            _ => started(),
        });
        assert_eq!(
            failures(&client(&script, max_retries), little, 10 * MINUTE).await,
            1,
            "{little:?}"
        );
    }
}

/// Otherwise all who wait for the limit of tokens would ask for one in turn.
#[tokio::test(start_paused = true)]
async fn who_has_no_more_time_than_the_one_that_failed_does_not_ask_again() {
    let script = Script::by(|_| answer(429, &[("retry-after", "60")], "").after(SECOND));
    assert_eq!(
        failures(&client(&script, 5), 40 * SECOND, 50 * SECOND).await,
        20
    );
    assert_eq!(tokens(&script), 1);
}

/// Its own time is over, but that is not why there was no token.
#[tokio::test(start_paused = true)]
async fn who_waits_behind_one_that_tries_on_is_told_why_there_is_no_token() {
    for (status, headers) in [
        (503, [("retry-after", "2")]),
        (429, [("retry-after", "60")]),
    ] {
        let script = Script::by(move |_| answer(status, &headers, "").after(SECOND));
        let times = [20, 100, 20, 21, 50].map(|time| time * SECOND);
        for (time, failed) in times.iter().zip(calls(&client(&script, 50), &times).await) {
            let failed = failed.unwrap();
            let told = (failed.kind(), failed.status());
            assert_eq!(told, (Kind::Token, Some(status)), "{time:?}");
        }
    }
}
