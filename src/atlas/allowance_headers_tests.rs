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

/// A bucket with three tokens, which gets one back in the time that it is documented for, and what was refused of it.
fn bucket(without_the_header: fn() -> Step) -> (Arc<Script>, Arc<AtomicUsize>) {
    let refused = Arc::new(AtomicUsize::new(0));
    let count = refused.clone();
    let tokens = Mutex::new((3.0_f64, Instant::now(), 0));
    let script = Script::by(move |_| {
        let mut bucket = lock(&tokens);
        let (left, since, number) = &mut *bucket;
        *left += since.elapsed().as_secs_f64() / TOKEN_EVERY.as_secs_f64();
        *since = Instant::now();
        *number += 1;
        if *number == 5 {
            return without_the_header().after(LATENCY);
        }
        if *left < 1.0 {
            count.fetch_add(1, Ordering::Relaxed);
            return answer(429, &[("retry-after", "1")], "").after(LATENCY);
        }
        *left -= 1.0;
        let mut step = started().after(LATENCY);
        let remaining = (*left as usize).to_string();
        let headers = &mut step.answer.as_mut().unwrap().headers;
        headers.insert("ratelimit-remaining", remaining.parse().unwrap());
        step
    });
    (script, refused)
}

#[tokio::test(start_paused = true)]
async fn one_answer_without_it_does_not_open_the_door_for_all() {
    let answers: [fn() -> Step; 3] = [
        || answer(502, &[], "<html>"),
        || answer(500, &[], r#"{"error":500,"errorCode":"UNEXPECTED_ERROR"}"#),
        started,
    ];
    for without_the_header in answers {
        let (script, refused) = bucket(without_the_header);
        let client = Arc::new(client(settings(), &script));
        let patient = context(Duration::from_secs(1_200));
        client.description(&path(), &patient).await.unwrap();
        let mut looks = JoinSet::new();
        for _ in 0..200 {
            let (client, patient) = (client.clone(), context(Duration::from_secs(1_200)));
            looks.spawn(async move { client.description(&path(), &patient).await });
        }
        for looked in looks.join_all().await {
            looked.unwrap();
        }
        assert!(refused.load(Ordering::Relaxed) <= 2, "{refused:?}");
    }
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
