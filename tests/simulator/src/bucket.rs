//! The token bucket that limits the requests of a project, on tokio's clock.

use std::time::{Duration, SystemTime};

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::Instant;

use crate::{
    answer::{Answer, ApiError},
    serial,
};

/// How much a project may ask for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimit {
    /// How many requests the full bucket holds.
    pub capacity: u32,
    /// How many it gets back after each period.
    pub refill: u32,
    /// The period.
    #[serde(with = "serial::millis")]
    pub period: Duration,
    /// Whether they come back one after another in place of all at once at the period's end.
    pub continuous: bool,
    /// Whether answers carry `RateLimit-Limit` and `RateLimit-Remaining`.
    pub headers: bool,
    /// How a 429 tells the time to wait.
    pub retry_after: RetryAfter,
}

impl Default for RateLimit {
    /// What is documented for all stream endpoints together.
    fn default() -> Self {
        Self {
            capacity: 1200,
            refill: 500,
            period: Duration::from_secs(60),
            continuous: false,
            headers: true,
            retry_after: RetryAfter::Seconds,
        }
    }
}

/// Where a 429 says how long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfter {
    /// `Retry-After` in seconds, and the second parameter.
    Seconds,
    /// `Retry-After` as an HTTP date, and the second parameter.
    HttpDate,
    /// The second parameter only.
    Parameter,
    /// Nowhere: the older error, RATE_LIMITED.
    Nowhere,
}

/// The bucket of one project.
#[derive(Debug)]
pub(crate) struct Bucket {
    tokens: u32,
    /// When the period began, or for a continuous refill when the last token came back.
    since: Instant,
}

impl Bucket {
    pub(crate) fn full(limit: &RateLimit) -> Self {
        Self {
            tokens: limit.capacity,
            since: Instant::now(),
        }
    }

    /// Takes a token, or answers 429. `wall` is the time that an HTTP date counts from.
    pub(crate) fn take(
        &mut self,
        limit: &RateLimit,
        path: &str,
        wall: SystemTime,
    ) -> Result<(), Box<Answer>> {
        let (step, each) = if limit.continuous {
            (limit.period / limit.refill.max(1), 1)
        } else {
            (limit.period, limit.refill)
        };
        let step = step.max(Duration::from_nanos(1));
        // Read once: the clock goes on meanwhile.
        let elapsed = self.since.elapsed();
        let steps = u32::try_from(elapsed.as_nanos() / step.as_nanos()).unwrap_or(u32::MAX);
        let gone = step * steps;
        self.since += gone;
        self.tokens = self
            .tokens
            .saturating_add(steps.saturating_mul(each))
            .min(limit.capacity);
        if self.tokens > 0 {
            self.tokens -= 1;
            return Ok(());
        }
        let wait = step.saturating_sub(elapsed - gone);
        Err(Box::new(self.refuse(limit, path, wall, wait)))
    }

    /// The headers of an answer, if it has any.
    pub(crate) fn headers(&self, limit: &RateLimit) -> Vec<(&'static str, String)> {
        let headers = [
            ("ratelimit-limit", limit.capacity),
            ("ratelimit-remaining", self.tokens),
        ];
        let headers = headers.map(|(name, value)| (name, value.to_string()));
        if limit.headers {
            headers.into()
        } else {
            Vec::new()
        }
    }

    fn refuse(&self, limit: &RateLimit, path: &str, wall: SystemTime, wait: Duration) -> Answer {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let (capacity, refill, period) = (limit.capacity, limit.refill, limit.period.as_secs());
        let detail = format!(
            "Rate limit exceeded for {path}. Please retry after {seconds} seconds. \
             Request capacity: {capacity}. Refill rate: {refill} per {period} seconds."
        );
        let status = StatusCode::TOO_MANY_REQUESTS;
        let error = ApiError::new(status, "RATE_LIMITED_TOKEN_BUCKET", detail).parameters([
            json!(path),
            json!(seconds),
            json!(capacity),
            json!(refill),
            json!(period),
        ]);
        let answer = match limit.retry_after {
            RetryAfter::Seconds => Answer::from(error).with("retry-after", seconds.to_string()),
            RetryAfter::HttpDate => {
                // Dates have no fractions; rounded down they would be too early.
                let date = wall + wait + Duration::from_millis(999);
                Answer::from(error).with("retry-after", httpdate::fmt_http_date(date))
            }
            RetryAfter::Parameter => error.into(),
            RetryAfter::Nowhere => {
                let detail =
                    format!("Resource {path} is limited to {refill} requests every 1 minutes.");
                ApiError::new(status, "RATE_LIMITED", detail)
                    .parameters([json!(path), json!(refill), json!(1)])
                    .into()
            }
        };
        self.headers(limit)
            .into_iter()
            .fold(answer, |answer, (name, value)| answer.with(name, value))
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use tokio::time::advance;

    use super::*;

    fn limit(continuous: bool, retry_after: RetryAfter) -> RateLimit {
        let period = Duration::from_secs(60);
        RateLimit {
            capacity: 10,
            refill: 5,
            period,
            continuous,
            retry_after,
            headers: true,
        }
    }

    fn take(bucket: &mut Bucket, limit: &RateLimit, times: usize) -> usize {
        (0..times)
            .filter(|_| bucket.take(limit, "/x", UNIX_EPOCH).is_ok())
            .count()
    }

    #[test]
    fn time_goes_by_while_a_request_is_refused() {
        // On a clock that runs, a period this short is over before the wait for its end is reckoned.
        let limit = RateLimit {
            capacity: 0,
            period: Duration::ZERO,
            ..RateLimit::default()
        };
        let mut bucket = Bucket::full(&limit);
        for _ in 0..1000 {
            assert!(bucket.take(&limit, "/", UNIX_EPOCH).is_err());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn tokens_come_back_at_once_or_one_by_one() {
        for (continuous, after_30_seconds, after_60_seconds) in [(false, 0, 5), (true, 2, 3)] {
            let limit = limit(continuous, RetryAfter::Seconds);
            let mut bucket = Bucket::full(&limit);
            assert_eq!(take(&mut bucket, &limit, 20), 10);
            for expected in [after_30_seconds, after_60_seconds] {
                advance(Duration::from_secs(30)).await;
                assert_eq!(
                    take(&mut bucket, &limit, 20),
                    expected,
                    "continuous: {continuous}"
                );
            }
            advance(Duration::from_secs(6000)).await;
            assert_eq!(
                take(&mut bucket, &limit, 20),
                10,
                "never more than the capacity"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_says_how_long_to_wait_in_one_way_or_another() {
        for (retry_after, header, parameter, code) in [
            (
                RetryAfter::Seconds,
                Some("55"),
                Some(55),
                "RATE_LIMITED_TOKEN_BUCKET",
            ),
            (
                RetryAfter::HttpDate,
                Some("Thu, 01 Jan 1970 00:00:55 GMT"),
                Some(55),
                "RATE_LIMITED_TOKEN_BUCKET",
            ),
            (
                RetryAfter::Parameter,
                None,
                Some(55),
                "RATE_LIMITED_TOKEN_BUCKET",
            ),
            (RetryAfter::Nowhere, None, Some(5), "RATE_LIMITED"),
        ] {
            let limit = limit(false, retry_after);
            let mut bucket = Bucket::full(&limit);
            take(&mut bucket, &limit, 10);
            advance(Duration::from_millis(5_000)).await;
            let answer = bucket
                .take(&limit, "/x", UNIX_EPOCH)
                .expect_err("the bucket is empty");
            let body = answer.body.expect("a body");
            let told = answer
                .headers
                .iter()
                .find(|(name, _)| *name == "retry-after")
                .map(|(_, value)| value.as_str());
            assert_eq!(
                (told, body["parameters"][1].as_u64(), &body["errorCode"]),
                (header, parameter, &json!(code))
            );
            assert!(
                answer
                    .headers
                    .contains(&("ratelimit-remaining", "0".to_owned()))
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_project_has_its_own_bucket() {
        use crate::testing::{send, with_orders};
        let simulator = with_orders("STOPPED");
        let other = "GET /api/atlas/v2/groups/aaaaaaaaaaaaaaaaaaaaaaaa/streams/t/processors";
        simulator.add_workspace("aaaaaaaaaaaaaaaaaaaaaaaa", "t");
        simulator
            .settings(|settings| settings.rate_limit = Some(limit(false, RetryAfter::Seconds)));
        for remaining in (0..10).rev() {
            let seen = send(&simulator, "GET processor/orders", "").await;
            assert_eq!(
                (seen.status, seen.header("ratelimit-remaining")),
                (200, remaining.to_string().as_str())
            );
        }
        assert_eq!(
            send(&simulator, "POST processor/orders:start", "")
                .await
                .status,
            429
        );
        assert_eq!(
            simulator.state("orders").as_deref(),
            Some("STOPPED"),
            "nothing was processed"
        );
        assert_eq!(send(&simulator, other, "").await.status, 200);
    }
}
