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
        let steps =
            u32::try_from(self.since.elapsed().as_nanos() / step.as_nanos()).unwrap_or(u32::MAX);
        self.since += step * steps;
        self.tokens = self
            .tokens
            .saturating_add(steps.saturating_mul(each))
            .min(limit.capacity);
        if self.tokens > 0 {
            self.tokens -= 1;
            return Ok(());
        }
        let wait = step - self.since.elapsed();
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
