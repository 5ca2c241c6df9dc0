//! Many calls at once on a project whose requests Atlas limits.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use super::super::{
    Client, Error, HttpRequest, Kind, ProcessorPath, Settings, Verdict,
    testing::{Script, Step, answer, client, context, path, settings, started},
};
use super::TOKEN_EVERY;

const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);

/// An answer of the bucket that is empty.
fn rate_limited(wait: &str) -> Step {
    answer(429, &[("retry-after", wait)], "")
}

/// A success, after this time, that says how many tokens are left.
fn served(remaining: &str, takes: Duration) -> Step {
    answer(
        200,
        &[("ratelimit-remaining", remaining)],
        r#"{"_id":"66f0","name":"orders","state":"STARTED"}"#,
    )
    .after(takes)
}

/// An exchange that answers each request by its number, from 0.
fn by_number(rule: impl Fn(usize) -> Step + Send + Sync + 'static) -> Arc<Script> {
    let number = AtomicUsize::new(0);
    Script::by(move |_| rule(number.fetch_add(1, Ordering::Relaxed)))
}

async fn look(client: &Client, time: Duration) -> Result<(), Error> {
    client
        .description(&path(), &context(time))
        .await
        .map(|_| ())
}

/// So many looks at once; all must succeed.
async fn looks(client: &Arc<Client>, number: usize) {
    let mut looks = JoinSet::new();
    for _ in 0..number {
        let client = client.clone();
        looks.spawn(async move { look(&client, 10 * MINUTE).await });
    }
    for looked in looks.join_all().await {
        looked.unwrap();
    }
}

/// When requests were sent, from the first on.
fn sent(script: &Script) -> Vec<Duration> {
    let times = script.times();
    times.iter().map(|time| *time - times[0]).collect()
}

/// The most requests that were under way at once, where each took so long.
fn most_under_way(script: &Script, each: Duration) -> usize {
    let times = script.times();
    let at = |moment: &Instant| {
        let began = |time: &&Instant| **time <= *moment && *moment < **time + each;
        times.iter().filter(began).count()
    };
    times.iter().map(at).max().unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn what_one_is_told_holds_for_all() {
    let script = by_number(|number| match number {
        0 => rate_limited("30"),
        _ => started().after(SECOND),
    });
    let client = Arc::new(client(settings(), &script));
    let first = tokio::spawn({
        let client = client.clone();
        async move { look(&client, 10 * MINUTE).await }
    });
    sleep(SECOND).await;
    looks(&client, 20).await;
    first.await.unwrap().unwrap();
    let sent = sent(&script);
    assert_eq!(sent.len(), 22);
    assert!(sent[1] >= Duration::from_secs(30), "{sent:?}");
    assert!(sent[1] <= Duration::from_secs(32), "{sent:?}");
    for pair in sent[1..].windows(2) {
        let apart = pair[1] - pair[0];
        assert!(
            apart >= TOKEN_EVERY || pair[1] >= sent[1] + SECOND,
            "nobody goes beside the first before it is answered or a token is back: {sent:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn with_each_good_answer_one_more_goes() {
    let each = Duration::from_millis(50);
    let script = by_number(move |number| match number {
        0 => rate_limited("5"),
        _ => started().after(each),
    });
    let client = Arc::new(client(settings(), &script));
    looks(&client, 1).await;
    looks(&client, 63).await;
    // After the one that was told to wait 2 go, then 4, 8, 16, 32, and the last.
    let after = sent(&script)[2..].to_vec();
    let rounds: Vec<usize> = (0..6)
        .map(|round| {
            let began = after[0] + each * round;
            let in_it = |sent: &&Duration| **sent >= began && **sent < began + each;
            after.iter().filter(in_it).count()
        })
        .collect();
    assert_eq!(rounds, [2, 4, 8, 16, 32, 1]);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_not_answered_holds_nobody_up() {
    let script = by_number(|number| match number {
        0 => rate_limited("5"),
        _ => started().after(MINUTE),
    });
    let client = Arc::new(client(settings(), &script));
    looks(&client, 10).await;
    let sent = sent(&script);
    assert!(
        sent[sent.len() - 1] < Duration::from_secs(8),
        "none waits for the answer to another: {sent:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn no_more_are_under_way_than_tokens_remain() {
    let each = Duration::from_millis(100);
    for (remaining, expected) in [("4", 4), ("1", 1), ("0", 1), ("many", 40), ("", 40)] {
        let script = by_number(move |_| served(remaining, each));
        let client = Arc::new(client(settings(), &script));
        looks(&client, 1).await;
        looks(&client, 40).await;
        assert_eq!(most_under_way(&script, each), expected, "{remaining:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_older_answer_does_not_count_against_a_younger() {
    let each = Duration::from_millis(100);
    let script = by_number(move |number| match number {
        0 => served("500", SECOND),
        _ => served("2", each),
    });
    let client = Arc::new(client(settings(), &script));
    looks(&client, 2).await;
    looks(&client, 30).await;
    assert_eq!(most_under_way(&script, each), 2);
}

#[tokio::test(start_paused = true)]
async fn those_refused_together_wait_together_where_no_time_is_told() {
    let script = by_number(|number| match number {
        0..50 => answer(429, &[], "").after(Duration::from_millis(10)),
        _ => started(),
    });
    let client = Arc::new(client(settings(), &script));
    looks(&client, 50).await;
    let sent = sent(&script);
    assert_eq!(sent.len(), 100);
    assert!(sent[50] >= SECOND, "{sent:?}");
    assert!(
        sent[99] < Duration::from_secs(4),
        "fifty refusals of one moment are no fifty reasons to wait: {sent:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn refusal_after_refusal_they_wait_longer_where_no_time_is_told() {
    let script = by_number(|number| match number {
        0..5 => answer(429, &[], ""),
        _ => started(),
    });
    looks(&Arc::new(client(settings(), &script)), 1).await;
    let sent = sent(&script);
    for (number, pair) in sent.windows(2).enumerate() {
        let least = SECOND * [1, 2, 4, 8, 15][number];
        assert!(pair[1] - pair[0] >= least, "{number}: {sent:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_good_answer_makes_the_next_wait_short_again() {
    let script = by_number(|number| match number {
        4 | 6 => started(),
        _ => answer(429, &[], ""),
    });
    let client = Arc::new(client(settings(), &script));
    looks(&client, 1).await;
    looks(&client, 1).await;
    let sent = sent(&script);
    assert!(sent[4] - sent[3] >= 8 * SECOND, "{sent:?}");
    assert!(sent[6] - sent[5] <= 2 * SECOND, "{sent:?}");
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_fills_slowly_is_asked_slowly() {
    // Capacity 10, 5 back in 60 seconds: a token every 12, and nobody waits longer than 10 for one.
    let body =
        r#"{"error":429,"errorCode":"RATE_LIMITED_TOKEN_BUCKET","parameters":["/x",5,10,5,60]}"#;
    let script = by_number(move |number| match number {
        0 => answer(429, &[], body),
        _ => started().after(MINUTE),
    });
    looks(&Arc::new(client(settings(), &script)), 4).await;
    let sent = sent(&script);
    let last = sent[sent.len() - 1] - sent[sent.len() - 2];
    assert_eq!(last.as_secs(), 10, "{sent:?}");
}

#[tokio::test(start_paused = true)]
async fn another_project_goes_on() {
    let other = ProcessorPath {
        group_id: "fedcba9876543210fedcba98".to_owned(),
        ..path()
    };
    let limited = path().group_id;
    let script = Script::by(move |request: &HttpRequest| {
        if request.url.path().contains(&limited) {
            rate_limited("30")
        } else {
            started()
        }
    });
    let client = client(settings(), &script);
    let refused = look(&client, 20 * SECOND).await.unwrap_err();
    assert_eq!(refused.status(), Some(429));
    let began = Instant::now();
    client.description(&other, &context(MINUTE)).await.unwrap();
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn where_there_is_no_time_to_wait_nothing_is_sent() {
    for wait in ["61", "18446744073709551615"] {
        let script = by_number(move |_| rate_limited(wait));
        let client = client(settings(), &script);
        assert_eq!(
            look(&client, MINUTE).await.unwrap_err().status(),
            Some(429),
            "{wait}"
        );
        let began = Instant::now();
        let error = look(&client, MINUTE).await.unwrap_err();
        assert_eq!(began.elapsed(), Duration::ZERO, "{wait}");
        assert_eq!(error.kind(), Kind::RateLimited, "{wait}");
        assert_eq!(error.verdict(), Verdict::Final, "{wait}");
        assert_eq!(error.attempts(), 0, "{wait}");
        assert!(!error.may_have_been_processed(), "{wait}");
        let told = error.answered_before().and_then(Error::status);
        assert_eq!(told, Some(429), "{wait}");
        assert_eq!(script.asked().len(), 1, "{wait}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_has_no_time_hears_of_it_at_once_behind_whoever_has_more() {
    let script = by_number(|number| match number {
        0 => rate_limited("300"),
        _ => started().after(SECOND),
    });
    let client = Arc::new(client(settings(), &script));
    look(&client, SECOND).await.unwrap_err();
    let patient = tokio::spawn({
        let client = client.clone();
        async move { look(&client, 10 * MINUTE).await }
    });
    tokio::task::yield_now().await;
    let began = Instant::now();
    let error = look(&client, MINUTE).await.unwrap_err();
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert_eq!(error.kind(), Kind::RateLimited);
    patient.await.unwrap().unwrap();
    assert_eq!(script.asked().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn who_already_queues_hears_at_once_that_its_time_will_not_do() {
    // A token every 10 seconds, so that the third still stands at the door when the second is refused as well.
    let body =
        r#"{"error":429,"errorCode":"RATE_LIMITED_TOKEN_BUCKET","parameters":["/x",5,10,5,60]}"#;
    let script = by_number(move |number| match number {
        0 => answer(429, &[], body),
        1 => rate_limited("300").after(2 * SECOND),
        _ => started(),
    });
    let client = Arc::new(client(settings(), &script));
    let mut patient = Vec::new();
    for _ in 0..3 {
        let client = client.clone();
        patient.push(tokio::spawn(
            async move { look(&client, 10 * MINUTE).await },
        ));
        tokio::task::yield_now().await;
    }
    let began = Instant::now();
    let error = look(&client, MINUTE).await.unwrap_err();
    assert_eq!(began.elapsed().as_secs(), 7);
    assert_eq!(error.kind(), Kind::RateLimited);
    for looked in patient {
        looked.await.unwrap().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_proxy_answers_lets_nobody_beside_it() {
    let each = Duration::from_millis(50);
    let bad_gateway = || answer(502, &[], "<html>Bad gateway</html>");
    let of_atlas = || {
        answer(
            500,
            &[],
            r#"{"error":500,"errorCode":"UNEXPECTED_ERROR","detail":"x"}"#,
        )
    };
    for (failure, beside) in [(bad_gateway as fn() -> Step, 1), (of_atlas, 9)] {
        let script = by_number(move |number| match number {
            0 => rate_limited("5"),
            1..9 => failure(),
            _ => started().after(each),
        });
        let without_retries = Settings {
            max_retries: 0,
            ..settings()
        };
        let client = Arc::new(client(without_retries, &script));
        look(&client, SECOND).await.unwrap_err();
        sleep(5 * SECOND).await;
        for _ in 1..9 {
            look(&client, MINUTE).await.unwrap_err();
        }
        looks(&client, 40).await;
        let after = &sent(&script)[9..];
        let at_once = after.iter().filter(|time| **time == after[0]);
        assert_eq!(at_once.count(), beside);
    }
}

#[tokio::test(start_paused = true)]
async fn who_waits_keeps_its_deadline_and_can_be_cancelled() {
    let script = by_number(|number| match number {
        0 => rate_limited("5"),
        _ => started().after(MINUTE),
    });
    let client = Arc::new(client(settings(), &script));
    look(&client, SECOND).await.unwrap_err();
    let many = tokio::spawn({
        let client = client.clone();
        async move { looks(&client, 100).await }
    });
    tokio::task::yield_now().await;

    let began = Instant::now();
    let waits = context(MINUTE);
    let cancel = waits.cancel.clone();
    tokio::spawn(async move {
        sleep(SECOND).await;
        cancel.cancel();
    });
    let cancelled = client.description(&path(), &waits).await.unwrap_err();
    assert_eq!(began.elapsed(), SECOND);
    assert_eq!(cancelled.kind(), Kind::Cancelled);
    assert!(!cancelled.may_have_been_processed());

    // A hundred are before it, and their project gets a token back every 120 ms.
    let late = look(&client, 8 * SECOND).await.unwrap_err();
    assert_eq!(began.elapsed(), 9 * SECOND);
    assert_eq!(late.kind(), Kind::RateLimited);
    assert_eq!(late.attempts(), 0);
    many.await.unwrap();
    assert_eq!(script.asked().len(), 101);
}
