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
    /// Hits requests whose credentials are not accepted, in place of those that have good ones: their challenge is what fails.
    /// Such a request takes no effect, whatever the fault says.
    #[serde(default)]
    pub on_challenge: bool,
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
            on_challenge: false,
            effect,
        }
    }

    /// Hits the answer to a request for which there are no good credentials yet, once.
    pub fn on_challenge(effect: Effect) -> Self {
        Self {
            on_challenge: true,
            ..Self::on_any(effect)
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

    /// Whether it spoils credentials, and so happens before they are looked at.
    pub(crate) fn spoils_credentials(&self) -> bool {
        matches!(self.effect, Effect::ExpireTokens | Effect::ExpireNonces)
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
}

/// The faults that wait for their requests, in the order in which they were given.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    waiting: Vec<Waiting>,
    given: u64,
    hits: u64,
}

/// A fault and its number, by which one can be told from others that are the same.
#[derive(Debug, Serialize)]
pub(crate) struct Waiting {
    pub(crate) number: u64,
    #[serde(flatten)]
    pub(crate) fault: Fault,
}

impl Queue {
    pub(crate) fn push(&mut self, fault: Fault) {
        self.given += 1;
        let number = self.given;
        self.waiting.push(Waiting { number, fault });
    }

    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// Drops one; none has this number where it has worn off by now.
    pub(crate) fn remove(&mut self, number: u64) {
        self.waiting.retain(|waiting| waiting.number != number);
    }

    pub(crate) fn waiting(&self) -> &[Waiting] {
        &self.waiting
    }

    /// How many requests were hit so far.
    pub(crate) fn hits(&self) -> u64 {
        self.hits
    }

    /// The first that hits this request. Those that still let requests through count this one and let it pass on.
    pub(crate) fn take(&mut self, call: &Call, wanted: impl Fn(&Fault) -> bool) -> Option<Effect> {
        for Waiting { fault, .. } in &mut self.waiting {
            if fault.times == 0 || !fault.hits(call) || !wanted(fault) {
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
            self.waiting.retain(|waiting| waiting.fault.times > 0);
            self.hits += 1;
            return Some(effect);
        }
        None
    }
}

#[cfg(test)]
mod tests;
