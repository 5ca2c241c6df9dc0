//! Deadline, time limit and cancellation of single requests.

use std::time::Duration;

use tokio::time::sleep;

use super::{
    super::{Flags, StartOptions, Verdict, testing::*},
    *,
};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_after_the_deadline() {
    let script = Script::of([]);
    let client = client(settings(), &script);
    let past = context(Duration::ZERO);
    let get = client.processor(&path(), &past).await.unwrap_err();
    let post = client
        .start(&path(), &StartOptions::default(), Flags::default(), &past)
        .await
        .unwrap_err();
    for error in [get, post] {
        assert_eq!(
            (
                error.kind(),
                error.may_have_been_processed(),
                error.attempts()
            ),
            (Kind::DeadlinePassed, false, 0)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_nobody_waits_for_any_more_changes_nothing_and_may_still_look() {
    let script = Script::of([started()]);
    let client = client(settings(), &script);
    let unwanted = context(MINUTE);
    unwanted.abandoned.cancel();
    let (options, flags) = (StartOptions::default(), Flags::default());
    let start = client.start(&path(), &options, flags, &unwanted).await;
    let stop = client.stop(&path(), flags, &unwanted).await;
    for refused in [start, stop] {
        let error = refused.unwrap_err();
        assert_eq!(error.kind(), Kind::Cancelled);
        assert!(!error.may_have_been_processed());
    }
    assert!(client.processor(&path(), &unwanted).await.is_ok());
    assert_eq!(script.asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_request_gets_the_time_limit_or_what_is_left() {
    for (left, timeout) in [(10 * MINUTE, 90), (MINUTE, 60)] {
        let script = Script::of([answer(200, &[], "")]);
        client(settings(), &script)
            .stop(&path(), Flags::default(), &context(left))
            .await
            .unwrap();
        assert_eq!(script.asked()[0].timeout, Duration::from_secs(timeout));
    }
}

#[tokio::test(start_paused = true)]
async fn an_exchange_that_forgets_its_time_limit_is_not_waited_for() {
    let script = Script::of([answer(200, &[], "").after(10 * MINUTE)]);
    let began = Instant::now();
    let error = client(settings(), &script)
        .start(
            &path(),
            &StartOptions::default(),
            Flags::default(),
            &context(20 * MINUTE),
        )
        .await
        .unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(91));
    assert_eq!(
        (
            error.kind(),
            error.may_have_been_processed(),
            error.verdict()
        ),
        (Kind::TimedOut, true, Verdict::LookLong)
    );
    assert_eq!(
        std::error::Error::source(&error).unwrap().to_string(),
        "there was no answer within 90s"
    );
}

#[tokio::test(start_paused = true)]
async fn a_time_out_before_anything_was_sent_did_nothing() {
    let script = Script::of([failure(ExchangeError::TimedOut {
        after: MINUTE,
        sent: false,
    })]);
    let error = client(settings(), &script)
        .start(
            &path(),
            &StartOptions::default(),
            Flags::default(),
            &context(20 * MINUTE),
        )
        .await
        .unwrap_err();
    assert_eq!(
        (
            error.kind(),
            error.may_have_been_processed(),
            error.verdict()
        ),
        (
            Kind::TimedOut,
            false,
            Verdict::Wait {
                rate_limited: false
            }
        )
    );
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_call_sends_nothing_more() {
    let script = Script::of([]);
    let context = context(MINUTE);
    context.cancel.cancel();
    let error = client(settings(), &script)
        .start(
            &path(),
            &StartOptions::default(),
            Flags::default(),
            &context,
        )
        .await
        .unwrap_err();
    assert_eq!(
        (
            error.kind(),
            error.may_have_been_processed(),
            error.attempts()
        ),
        (Kind::Cancelled, false, 0)
    );
}

/// Cancels after 5 s what takes `takes`; tells how it ended, and when.
async fn cancelled_start(takes: Duration) -> (Result<(), Error>, Duration) {
    let script = Script::of([answer(200, &[], "").after(takes)]);
    let context = context(10 * MINUTE);
    let client = client(settings(), &script);
    let began = Instant::now();
    let target = path();
    let options = StartOptions::default();
    let (answer, ()) = tokio::join!(
        async {
            (
                client
                    .start(&target, &options, Flags::default(), &context)
                    .await
                    .map(drop),
                began.elapsed(),
            )
        },
        async {
            sleep(Duration::from_secs(5)).await;
            context.cancel.cancel();
        }
    );
    answer
}

#[tokio::test(start_paused = true)]
async fn a_post_in_flight_gets_one_more_second_for_its_answer() {
    let (answer, took) = cancelled_start(Duration::from_millis(5_900)).await;
    answer.unwrap();
    assert_eq!(took, Duration::from_millis(5_900));
    let (answer, took) = cancelled_start(MINUTE).await;
    let error = answer.unwrap_err();
    assert_eq!(
        (
            error.kind(),
            error.may_have_been_processed(),
            error.attempts(),
            took
        ),
        (Kind::Cancelled, true, 1, Duration::from_secs(6))
    );
    assert_eq!(error.verdict(), Verdict::Final);
}

#[tokio::test(start_paused = true)]
async fn a_get_in_flight_ends_at_once() {
    let script = Script::of([started().after(MINUTE)]);
    let context = context(10 * MINUTE);
    let client = client(settings(), &script);
    let began = Instant::now();
    let target = path();
    let (answer, ()) = tokio::join!(
        async {
            (
                client.processor(&target, &context).await.unwrap_err(),
                began.elapsed(),
            )
        },
        async {
            sleep(Duration::from_secs(5)).await;
            context.cancel.cancel();
        }
    );
    assert_eq!(
        (
            answer.0.kind(),
            answer.0.may_have_been_processed(),
            answer.1
        ),
        (Kind::Cancelled, false, Duration::from_secs(5))
    );
}

#[tokio::test(start_paused = true)]
async fn a_refusal_in_the_last_second_is_not_repeated() {
    // The nonce is asked for, then the signed request is refused while the call is being cancelled.
    let challenge = || {
        answer(
            401,
            &[("www-authenticate", r#"Digest realm="r", nonce="n""#)],
            "",
        )
    };
    let script = Script::of([
        challenge(),
        started(),
        challenge().after(Duration::from_millis(5_500)),
    ]);
    let mut settings = settings();
    settings.credentials = Some(super::super::Credentials::ApiKey {
        public_key: "k".to_owned(),
        private_key: "p".into(),
    });
    let client = client(settings, &script);
    let context = context(10 * MINUTE);
    client.processor(&path(), &context).await.unwrap();
    let target = path();
    let (answer, ()) = tokio::join!(client.stop(&target, Flags::default(), &context), async {
        sleep(Duration::from_secs(5)).await;
        context.cancel.cancel();
    });
    let error = answer.unwrap_err();
    assert_eq!(
        (
            error.kind(),
            error.may_have_been_processed(),
            script.asked().len()
        ),
        (Kind::Cancelled, false, 3)
    );
}

/// One that takes this long to get ready, fails then, and must never be handed a request.
struct NeverReady(Duration);

#[async_trait::async_trait]
impl Exchange for NeverReady {
    async fn ready(&self, _: &HttpRequest) -> Result<(), ExchangeError> {
        sleep(self.0).await;
        let cause = Arc::new(std::io::Error::other("no certificates"));
        Err(ExchangeError::NotSent { cause })
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, ExchangeError> {
        panic!("{request:?} is sent");
    }
}

#[tokio::test(start_paused = true)]
async fn what_never_gets_ready_was_certainly_not_sent() {
    for (takes, kind, ends_after) in [
        (Duration::ZERO, Kind::NotSent, Duration::ZERO),
        (MINUTE, Kind::Cancelled, Duration::from_secs(5)),
    ] {
        let client = client_over(settings(), Arc::new(NeverReady(takes)));
        let context = context(10 * MINUTE);
        let (cancel, began) = (context.cancel.clone(), Instant::now());
        tokio::spawn(async move {
            sleep(Duration::from_secs(5)).await;
            cancel.cancel();
        });
        let stopped = client.stop(&path(), Flags::default(), &context).await;
        let error = stopped.unwrap_err();
        assert_eq!((error.kind(), began.elapsed()), (kind, ends_after));
        assert!(!error.may_have_been_processed(), "{kind:?}");
    }
}

/// One that takes this long to get ready, and then follows the script.
struct ReadyAfter(Duration, Arc<Script>);

#[async_trait::async_trait]
impl Exchange for ReadyAfter {
    async fn ready(&self, _: &HttpRequest) -> Result<(), ExchangeError> {
        sleep(self.0).await;
        Ok(())
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, ExchangeError> {
        self.1.exchange(request).await
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_that_it_takes_to_get_ready_is_none_for_the_request() {
    for (left, takes, timeout) in [
        (10 * MINUTE, 20, Some(90)),
        (MINUTE, 20, Some(40)),
        (MINUTE, 59, Some(1)),
        (MINUTE, 60, None),
        (MINUTE, 61, None),
    ] {
        let script = Script::by(|_| answer(200, &[], ""));
        let slow = ReadyAfter(Duration::from_secs(takes), script.clone());
        let client = client_over(settings(), Arc::new(slow));
        let context = context(left);
        let stopped = client.stop(&path(), Flags::default(), &context).await;
        let given = script.asked().first().map(|request| request.timeout);
        assert_eq!(given, timeout.map(Duration::from_secs), "{left:?}, {takes}");
        let refused = stopped.err().map(|error| error.kind());
        let passed = timeout.is_none().then_some(Kind::DeadlinePassed);
        assert_eq!(refused, passed, "{left:?}, {takes}");
    }
}
