//! What `RateLimit-Remaining` said counts on after an answer that lacks it.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{task::JoinSet, time::Instant};

use super::{
    super::testing::{Script, Step, answer, client, context, path, settings, started},
    FULL_AGAIN, TOKEN_EVERY, lock,
};

const LATENCY: Duration = Duration::from_millis(100);

/// A bucket with so many tokens, which gets one back in the time that it is documented for and tells so many times what it has, and
/// what was refused of it. One answer comes from elsewhere, if any does.
fn bucket(
    tokens: f64,
    times: usize,
    elsewhere: Option<fn() -> Step>,
) -> (Arc<Script>, Arc<AtomicUsize>) {
    let refused = Arc::new(AtomicUsize::new(0));
    let count = refused.clone();
    let tokens = Mutex::new((tokens, Instant::now(), 0));
    let script = Script::by(move |_| {
        let mut bucket = lock(&tokens);
        let (left, since, number) = &mut *bucket;
        *left += since.elapsed().as_secs_f64() / TOKEN_EVERY.as_secs_f64();
        *since = Instant::now();
        *number += 1;
        if *number == 5
            && let Some(answer) = elsewhere
        {
            return answer().after(LATENCY);
        }
        if *left < 1.0 {
            count.fetch_add(1, Ordering::Relaxed);
            return answer(429, &[("retry-after", "1")], "").after(LATENCY);
        }
        *left -= 1.0;
        let mut step = started().after(LATENCY);
        if *number > times {
            return step;
        }
        let remaining = (*left as usize).to_string();
        let headers = &mut step.answer.as_mut().unwrap().headers;
        headers.insert("ratelimit-remaining", remaining.parse().unwrap());
        step
    });
    (script, refused)
}

/// One look, and then so many at once: how many requests were refused.
async fn refused(looks: usize, (script, refused): (Arc<Script>, Arc<AtomicUsize>)) -> usize {
    let client = Arc::new(client(settings(), &script));
    let patient = || context(Duration::from_secs(1_200));
    client.description(&path(), &patient()).await.unwrap();
    let mut all = JoinSet::new();
    for _ in 0..looks {
        let (client, patient) = (client.clone(), patient());
        all.spawn(async move { client.description(&path(), &patient).await });
    }
    for looked in all.join_all().await {
        looked.unwrap();
    }
    refused.load(Ordering::Relaxed)
}

#[tokio::test(start_paused = true)]
async fn one_answer_without_it_does_not_open_the_door_for_all() {
    let answers: [fn() -> Step; 3] = [
        || answer(502, &[], "<html>"),
        || answer(500, &[], r#"{"error":500,"errorCode":"UNEXPECTED_ERROR"}"#),
        started,
    ];
    for elsewhere in answers {
        assert!(refused(200, bucket(3.0, usize::MAX, Some(elsewhere))).await <= 2);
    }
}

/// What is spent as it comes back never fills the bucket.
#[tokio::test(start_paused = true)]
async fn what_was_told_once_counts_as_long_as_requests_go() {
    assert!(refused(1_500, bucket(1.0, 1, None)).await <= 2);
}

/// So many looks at once, after an answer to the first one: how long they take.
async fn after(first: Step, pause: Duration) -> Duration {
    let first = Mutex::new(Some(first));
    let script = Script::by(move |_| {
        let first = lock(&first).take();
        first.unwrap_or_else(|| started().after(LATENCY))
    });
    let client = Arc::new(client(settings(), &script));
    let patient = context(Duration::from_secs(1_200));
    client.description(&path(), &patient).await.unwrap();
    tokio::time::sleep(pause).await;
    let began = Instant::now();
    let mut looks = JoinSet::new();
    for _ in 0..100 {
        let (client, patient) = (client.clone(), context(Duration::from_secs(1_200)));
        looks.spawn(async move { client.description(&path(), &patient).await });
    }
    looks.join_all().await;
    began.elapsed()
}

#[tokio::test(start_paused = true)]
async fn what_was_told_long_ago_or_by_somebody_else_holds_nobody_back() {
    let told = |status, body| answer(status, &[("ratelimit-remaining", "0")], body);
    let found = r#"{"_id":"66f0","name":"orders","state":"STARTED"}"#;
    let soon = Duration::from_secs(1);
    assert!(after(told(200, found), soon).await > Duration::from_secs(10));
    assert_eq!(after(told(200, found), FULL_AGAIN).await, LATENCY);
    assert_eq!(after(told(503, "<html>"), soon).await, LATENCY);
}
