//! The policy of repetitions, seen through a GET.

use std::time::Duration;

use super::super::{Credentials, Settings};
use super::{super::testing::*, *};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn whatever_passes_by_itself_is_repeated() {
    let generic = |message: &str| {
        answer(
            400,
            &[],
            format!(
                r#"{{"error":400,"errorCode":"STREAM_PROCESSOR_GENERIC_ERROR","parameters":["orders","{message}"]}}"#
            ),
        )
    };
    let failures = [
        answer(429, &[], ""),
        answer(500, &[], ""),
        answer(502, &[], "<html>"),
        answer(503, &[], ""),
        answer(504, &[], ""),
        generic("failed to acquire resources"),
        lost(),
        not_sent(),
        answer(200, &[], "{}"),
        answer(200, &[], "<html>"),
        answer(204, &[], ""),
        started().after(2 * MINUTE),
    ];
    for failure in failures {
        let script = Script::of([failure, started()]);
        let processor = client(settings(), &script)
            .processor(&path(), &context(10 * MINUTE))
            .await
            .unwrap();
        assert_eq!(processor.state, "STARTED");
        let wait = script.times()[1] - script.times()[0];
        assert!(wait >= Duration::from_secs(1), "{wait:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_does_not_is_final() {
    let cases = [
        (400, ""),
        (401, ""),
        (403, ""),
        (404, ""),
        (406, ""),
        (409, ""),
        (410, ""),
        (302, ""),
        (
            400,
            r#"{"errorCode":"STREAM_PROCESSOR_GENERIC_ERROR","parameters":["p","RBAC: access denied"]}"#,
        ),
    ];
    for (status, body) in cases {
        let script = Script::of([answer(status, &[], body)]);
        let error = client(settings(), &script)
            .processor(&path(), &context(10 * MINUTE))
            .await
            .unwrap_err();
        assert_eq!((error.status(), error.attempts()), (Some(status), 1));
    }
}

#[tokio::test(start_paused = true)]
async fn repetitions_are_counted() {
    for max_retries in [0, 1, 5] {
        let script = Script::by(|_| answer(503, &[], ""));
        let client = client(
            Settings {
                max_retries,
                ..settings()
            },
            &script,
        );
        let began = Instant::now();
        let error = client
            .processor(&path(), &context(60 * MINUTE))
            .await
            .unwrap_err();
        assert_eq!(
            (error.attempts(), error.elapsed(), script.asked().len()),
            (max_retries + 1, began.elapsed(), max_retries as usize + 1)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_rate_limit_is_waited_out_without_counting_except_where_repetitions_are_off() {
    let script = Script::by(|_| answer(429, &[], ""));
    let limited = client(
        Settings {
            max_retries: 1,
            ..settings()
        },
        &script,
    )
    .processor(&path(), &context(10 * MINUTE))
    .await
    .unwrap_err();
    assert!(limited.attempts() > 15, "{}", limited.attempts());
    assert!(limited.elapsed() <= 10 * MINUTE);
    let script = Script::by(|_| answer(429, &[], ""));
    let limited = client(
        Settings {
            max_retries: 0,
            ..settings()
        },
        &script,
    )
    .processor(&path(), &context(10 * MINUTE))
    .await
    .unwrap_err();
    assert_eq!(limited.attempts(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_the_server_asks_is_waited_and_never_less_than_the_backoff() {
    let bucket = r#"{"error":429,"errorCode":"RATE_LIMITED_TOKEN_BUCKET","parameters":["/path",40,10,5,60]}"#;
    let cases = [
        (answer(429, &[("retry-after", "30")], ""), 30..=31),
        (
            answer(503, &[("retry-after", "Wed, 21 Oct 2026 07:28:45 GMT")], ""),
            45..=46,
        ),
        (answer(429, &[], bucket), 40..=41),
        (answer(429, &[("retry-after", "0")], ""), 1..=2),
    ];
    for (refusal, seconds) in cases {
        let script = Script::of([refusal, started()]);
        client(settings(), &script)
            .processor(&path(), &context(10 * MINUTE))
            .await
            .unwrap();
        let waited = (script.times()[1] - script.times()[0]).as_secs_f64();
        assert!(
            waited >= f64::from(*seconds.start()) && waited <= f64::from(*seconds.end()) + 0.01,
            "{waited} for {seconds:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_would_pass_the_deadline_is_not_begun() {
    let script = Script::of([answer(429, &[("retry-after", "120")], "")]);
    let began = Instant::now();
    let error = client(settings(), &script)
        .processor(&path(), &context(MINUTE))
        .await
        .unwrap_err();
    assert_eq!(
        (error.status(), error.kind(), began.elapsed()),
        (Some(429), Kind::Api, Duration::ZERO)
    );
    assert_eq!(error.retry_after(), Some(Duration::from_secs(120)));
    let script = Script::of([answer(429, &[("retry-after", &u64::MAX.to_string())], "")]);
    assert_eq!(
        client(settings(), &script)
            .processor(&path(), &context(MINUTE))
            .await
            .unwrap_err()
            .status(),
        Some(429)
    );
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_ends_a_wait_at_once_and_keeps_what_was_seen() {
    let script = Script::of([answer(503, &[("retry-after", "30")], "")]);
    let context = context(10 * MINUTE);
    let began = Instant::now();
    let client = client(settings(), &script);
    let target = path();
    let (answer, ()) = tokio::join!(client.processor(&target, &context), async {
        sleep(Duration::from_secs(3)).await;
        context.cancel.cancel();
    });
    let error = answer.unwrap_err();
    assert_eq!(
        (
            error.kind(),
            error.status(),
            error.attempts(),
            began.elapsed()
        ),
        (Kind::Cancelled, Some(503), 1, Duration::from_secs(3))
    );
    assert_eq!(error.verdict(), Verdict::Final);
}

#[tokio::test(start_paused = true)]
async fn without_credentials_nothing_is_repeated() {
    let script = Script::of([]);
    let credentials: Option<Credentials> = None;
    let error = client(
        Settings {
            credentials,
            ..settings()
        },
        &script,
    )
    .processor(&path(), &context(MINUTE))
    .await
    .unwrap_err();
    assert_eq!(error.kind(), Kind::NoCredentials);
}
