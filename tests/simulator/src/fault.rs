//! What goes wrong on purpose, when and how often.

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{Operation, call::Call, serial};

/// One thing that goes wrong. It takes effect on requests whose credentials were found good, so that a challenge or
/// an expired token does not use it up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The operation that it hits; `None`: any.
    #[serde(default)]
    pub operation: Option<Operation>,
    /// The processor that it hits; `None`: any.
    #[serde(default)]
    pub processor: Option<String>,
    /// How many matching requests are let through before.
    #[serde(default)]
    pub skip: u32,
    /// How many matching requests it hits then; [`Fault::ALWAYS`] never wears off.
    #[serde(default = "once")]
    pub times: u32,
    /// What happens to them.
    pub effect: Effect,
}

fn once() -> u32 {
    1
}

impl Fault {
    /// For [`Fault::times`]: until the faults are cleared.
    pub const ALWAYS: u32 = u32::MAX;

    /// Hits the next request for an operation, once.
    pub fn on(operation: Operation, effect: Effect) -> Self {
        Self {
            operation: Some(operation),
            ..Self::on_any(effect)
        }
    }

    /// Hits the next request of any kind, once.
    pub fn on_any(effect: Effect) -> Self {
        Self {
            operation: None,
            processor: None,
            skip: 0,
            times: 1,
            effect,
        }
    }

    /// Only this processor.
    pub fn of(self, processor: &str) -> Self {
        Self {
            processor: Some(processor.to_owned()),
            ..self
        }
    }

    /// After so many that are let through.
    pub fn skip(self, skip: u32) -> Self {
        Self { skip, ..self }
    }

    /// So many times.
    pub fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }

    /// Until the faults are cleared.
    pub fn always(self) -> Self {
        self.times(Self::ALWAYS)
    }

    fn hits(&self, call: &Call) -> bool {
        self.operation
            .is_none_or(|operation| operation == call.route.operation)
            && self
                .processor
                .as_ref()
                .is_none_or(|name| Some(name) == call.route.processor.as_ref())
    }
}

/// What happens to a request. `processed` says whether Atlas does what was asked all the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// This very answer. Ready-made ones are constructors of this type.
    Answer {
        /// HTTP status.
        status: u16,
        /// Empty: no such header.
        #[serde(default)]
        content_type: String,
        /// Byte for byte; neither envelope nor pretty print touch it.
        #[serde(default, with = "serial::text")]
        body: Bytes,
        /// More headers.
        #[serde(default)]
        headers: Vec<(String, String)>,
        /// Whether the request took effect.
        #[serde(default)]
        processed: bool,
    },
    /// Held up on the way to Atlas, then processed and answered as usual.
    #[serde(with = "serial::millis")]
    Delay(Duration),
    /// The inner effect; what it does to the processor it does at once, what the client sees comes so much later.
    After(#[serde(with = "serial::millis")] Duration, Box<Self>),
    /// The inner effect, which should process nothing; Atlas does what was asked so much later, whatever has become of
    /// the client by then.
    Late(#[serde(with = "serial::millis")] Duration, Box<Self>),
    /// Processed and answered as usual.
    AsUsual,
    /// No answer, ever.
    NoAnswer {
        /// Whether the request took effect.
        processed: bool,
    },
    /// The connection is reset before a byte of the answer.
    Reset {
        /// Whether the request took effect.
        processed: bool,
    },
    /// Processed; the answer drips.
    SlowDrip,
    /// Processed; the answer breaks off half-way.
    Truncate,
    /// Processed; the answer is a JSON string of so many bytes.
    Oversize(usize),
    /// 307 to this address, not processed.
    Redirect(String),
    /// Processed and answered as usual, with `Connection: close`.
    CloseConnection,
    /// All bearer tokens in circulation expire before the request is looked at; it is answered 401 and may be repeated with
    /// a new one. The known one comes back with [`crate::Settings::access_token_is_good`].
    ExpireTokens,
    /// The same for the nonces of Digest.
    ExpireNonces,
}

impl Effect {
    /// This effect, seen by the client only after a while.
    pub fn after(self, duration: Duration) -> Self {
        Self::After(duration, Box::new(self))
    }

    /// This effect, which should process nothing; the request takes effect a while later.
    pub fn processed_late(self, duration: Duration) -> Self {
        Self::Late(duration, Box::new(self))
    }

    /// Whether it spoils credentials, and so happens before they are looked at.
    pub(crate) fn is_about_credentials(&self) -> bool {
        matches!(self, Self::ExpireTokens | Self::ExpireNonces)
    }
}

/// The faults that wait for their requests, in the order in which they were given.
#[derive(Debug, Default)]
pub(crate) struct Queue(Vec<Fault>);

impl Queue {
    pub(crate) fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn waiting(&self) -> &[Fault] {
        &self.0
    }

    /// The first that hits this request. Those that still let requests through count this one and let it pass on.
    pub(crate) fn take(&mut self, call: &Call, wanted: impl Fn(&Effect) -> bool) -> Option<Effect> {
        for fault in &mut self.0 {
            if fault.times == 0 || !fault.hits(call) || !wanted(&fault.effect) {
                continue;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            if fault.times != Fault::ALWAYS {
                fault.times -= 1;
            }
            let effect = fault.effect.clone();
            self.0.retain(|fault| fault.times > 0);
            return Some(effect);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tokio::time::Instant;

    use super::*;
    use crate::{
        Outcome, known,
        testing::{bare, outcome, send, with_orders},
    };

    #[tokio::test(start_paused = true)]
    async fn a_fault_hits_what_it_is_for_and_as_often_as_it_says() {
        let simulator = with_orders("STARTED");
        simulator.add_processor("other", "STARTED");
        simulator.fault(
            Fault::on(Operation::Get, Effect::empty(503))
                .of("orders")
                .skip(1)
                .times(2),
        );
        simulator.fault(Fault::on(Operation::Get, Effect::empty(502)));
        for (line, status) in [
            ("GET processors", 200),
            ("GET processor/orders", 502),
            ("GET processor/other", 200),
            ("GET processor/orders", 503),
            ("GET processor/orders", 503),
            ("GET processor/orders", 200),
        ] {
            assert_eq!(send(&simulator, line, "").await.status, status, "{line}");
        }
        simulator.fault(Fault::on_any(Effect::empty(500)).always());
        for _ in 0..3 {
            assert_eq!(send(&simulator, "GET processors", "").await.status, 500);
        }
        simulator.clear_faults();
        assert_eq!(send(&simulator, "GET processors", "").await.status, 200);
    }

    #[tokio::test(start_paused = true)]
    async fn whether_a_failed_start_took_effect() {
        let timeout =
            |processed| Effect::stream_processor_timeout(known::TENANT, "orders", processed);
        for (effect, status, after) in [
            (timeout(true), Some(504), "STARTED"),
            (timeout(false), Some(504), "STOPPED"),
            (Effect::unexpected_error(true), Some(500), "STARTED"),
            (Effect::NoAnswer { processed: true }, None, "STARTED"),
            (Effect::NoAnswer { processed: false }, None, "STOPPED"),
            (Effect::Reset { processed: true }, None, "STARTED"),
            (Effect::Reset { processed: false }, None, "STOPPED"),
            (Effect::SlowDrip, Some(200), "STARTED"),
            (Effect::Truncate, Some(200), "STARTED"),
            (Effect::CloseConnection, Some(200), "STARTED"),
            (Effect::Oversize(1000), Some(200), "STARTED"),
            (
                Effect::Redirect("http://127.0.0.1:1/".to_owned()),
                Some(307),
                "STOPPED",
            ),
            (Effect::Delay(Duration::from_secs(1)), Some(200), "STARTED"),
        ] {
            let simulator = with_orders("STOPPED");
            simulator.fault(Fault::on(Operation::Start, effect.clone()));
            let token = format!("Bearer {}", known::ACCESS_TOKEN);
            let headers = [
                ("authorization", token.as_str()),
                ("accept", "application/vnd.atlas.2024-05-30+json"),
            ];
            let seen = outcome(&simulator, "POST processor/orders:start", &headers, "").await;
            assert_eq!(
                (seen.status(), simulator.record()[0].status),
                (status, status),
                "{effect:?}"
            );
            assert_eq!(
                simulator.state("orders").as_deref(),
                Some(after),
                "{effect:?}"
            );
            assert_eq!(
                simulator.record()[0].state_after.as_deref(),
                Some(after),
                "{effect:?}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_sent_after_a_while_took_effect_before() {
        let simulator = with_orders("STOPPED");
        let effect = Effect::stream_processor_timeout(known::TENANT, "orders", true)
            .after(Duration::from_secs(30));
        simulator.fault(Fault::on(Operation::Start, effect));
        let (began, other) = (Instant::now(), simulator.clone());
        let start =
            tokio::spawn(async move { send(&other, "POST processor/orders:start", "").await });
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(
            send(&simulator, "GET processor/orders", "").await.state(),
            "STARTED"
        );
        let seen = start.await.expect("no panic");
        assert_eq!(
            (seen.verdict().as_str(), began.elapsed().as_secs()),
            ("504 STREAM_PROCESSOR_TIMEOUT", 30)
        );
        assert_eq!(seen.json()["parameters"], json!([known::TENANT, "orders"]));
    }

    #[tokio::test(start_paused = true)]
    async fn atlas_may_still_be_at_it_after_its_answer() {
        let timeout = Effect::stream_processor_timeout(known::TENANT, "orders", false);
        let (wait, patience) = (Duration::from_secs(20), Duration::from_secs(1));
        for (effect, answered) in [
            (timeout, true),
            (Effect::NoAnswer { processed: false }, true),
            (Effect::empty(502).after(Duration::from_secs(60)), false),
        ] {
            let simulator = with_orders("STOPPED");
            simulator.fault(Fault::on(Operation::Start, effect.processed_late(wait)));
            let token = format!("Bearer {}", known::ACCESS_TOKEN);
            let headers = [
                ("authorization", token.as_str()),
                ("accept", "application/vnd.atlas.2024-05-30+json"),
            ];
            let start = outcome(&simulator, "POST processor/orders:start", &headers, "");
            assert_eq!(
                tokio::time::timeout(patience, start).await.is_ok(),
                answered
            );
            assert_eq!(simulator.state("orders").as_deref(), Some("STOPPED"));
            tokio::time::advance(wait).await;
            assert_eq!(simulator.state("orders").as_deref(), Some("STARTED"));
            assert_eq!(simulator.starts("orders").len(), 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn faults_wait_for_good_credentials_unless_they_spoil_them() {
        let simulator = with_orders("STOPPED");
        simulator.fault(Fault::on_any(Effect::html(503)));
        assert_eq!(
            bare(&simulator, "GET processor/orders", &[], "")
                .await
                .status,
            401
        );
        assert_eq!(
            send(&simulator, "GET processor/orders", "").await.status,
            503
        );
        simulator.fault(Fault::on_any(Effect::ExpireTokens).skip(1));
        assert_eq!(
            send(&simulator, "GET processor/orders", "").await.status,
            200
        );
        let seen = send(&simulator, "GET processor/orders", "").await;
        assert_eq!(seen.verdict(), "401");
        simulator.set_access_token_is_good(true);
        assert_eq!(
            send(&simulator, "GET processor/orders", "").await.status,
            200
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_token_endpoint_fails_too() {
        let simulator = with_orders("STOPPED");
        simulator.fault(Fault::on(Operation::Token, Effect::token_limit_reached()));
        let seen = bare(&simulator, "POST /api/oauth/token", &[], "").await;
        assert_eq!(
            (seen.status, &seen.json()["error"]),
            (403, &json!("access_denied"))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_is_given_up_leaves_no_status() {
        let simulator = with_orders("STOPPED");
        simulator.fault(Fault::on(
            Operation::Get,
            Effect::Delay(Duration::from_secs(60)),
        ));
        let patience = Duration::from_secs(1);
        let given_up =
            tokio::time::timeout(patience, send(&simulator, "GET processor/orders", "")).await;
        assert!(given_up.is_err());
        assert_eq!(simulator.record()[0].status, None);
        assert!(matches!(
            outcome(&simulator, "GET processor/orders", &[], "").await,
            Outcome::Response(response) if response.status() == 401
        ));
    }
}
