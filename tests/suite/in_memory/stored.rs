//! What the state file holds of a resource, and the times that are recorded in it.

use std::cell::RefCell;
use std::time::Duration;

use jiff::Timestamp;
use terraform_provider_atlas::framework::Value;

use super::terraform::{Planned, Terraform};

#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) value: Value,
    pub(crate) private: Vec<u8>,
    pub(crate) identity: Option<Value>,
    pub(crate) tainted: bool,
}

impl Stored {
    /// Every time at which a start or stop was sent or accepted, as it is recorded.
    pub(crate) fn times(&self) -> Vec<Timestamp> {
        let times = RefCell::new(Vec::new());
        self.clone().change_times(|time| {
            times.borrow_mut().push(time);
            time
        });
        times.into_inner()
    }

    /// Gives another value to every time at which a start or stop was sent or accepted.
    pub(crate) fn change_times(&mut self, change: impl Fn(Timestamp) -> Timestamp) {
        if let Some(at) = self.value.attribute("started_at").as_str() {
            let at = change(at.parse().expect("a time"));
            self.value.set("started_at", at.to_string());
        }
        let mut private: serde_json::Value =
            serde_json::from_slice(&self.private).unwrap_or_default();
        for time in ["/started_at", "/unsettled/started_at"] {
            if let Some(time) = private.pointer_mut(time) {
                let at = time.as_str().expect("a text").parse().expect("a time");
                *time = change(at).to_string().into();
            }
        }
        for doubt in ["doubt", "stop_in_doubt"] {
            if let Some(time) = private.get_mut(doubt) {
                let at = time.as_i64().expect("a number");
                let at = Timestamp::from_millisecond(at).expect("a time");
                *time = change(at).as_millisecond().into();
            }
        }
        if private.is_object() {
            self.private = private.to_string().into_bytes();
        }
    }
}

impl Planned {
    /// The same times in a plan file.
    pub(crate) fn grow_old(&mut self, times: &[Timestamp], by: Duration) {
        let mut private = String::from_utf8_lossy(&self.private).into_owned();
        for time in times {
            let older = *time - by;
            private = private
                .replace(&time.to_string(), &older.to_string())
                .replace(
                    &time.as_millisecond().to_string(),
                    &older.as_millisecond().to_string(),
                );
            let is_planned = |value: &Value| value.as_str() == Some(&time.to_string());
            if !self.value.is_null() && is_planned(self.value.attribute("started_at")) {
                self.value.set("started_at", older.to_string());
            }
        }
        self.private = private.into_bytes();
    }
}

impl Terraform {
    /// The times that are recorded in state.
    pub(crate) fn times(&self) -> Vec<Timestamp> {
        let stored = self.state.iter().chain(&self.deposed);
        stored.flat_map(Stored::times).collect()
    }

    /// Makes what was recorded at these times so much older.
    pub(crate) fn grow_old(&mut self, times: &[Timestamp], by: Duration) {
        for stored in self.state.iter_mut().chain(&mut self.deposed) {
            stored.change_times(|time| {
                if times.contains(&time) {
                    time - by
                } else {
                    time
                }
            });
        }
    }
}
