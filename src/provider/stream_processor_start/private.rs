//! What the resource remembers between runs in Terraform's `private` bytes, and in a plan.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::atlas::StartOptions;
use crate::framework::Value;

use super::{arguments, doubts::Doubts, settling};
use crate::provider::stream_processor::engine::is_at_rest;

/// The content of `private` (kept in state) and of `planned_private` (kept in a plan), as JSON.
///
/// Bytes that are not ours (empty, or of a version that wrote something else) read as nothing remembered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Private {
    /// The object was imported and no update was applied since: its first start options and triggers are
    /// adopted without a request.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) imported: bool,
    /// The last start was accepted, but Atlas did not let it be read back.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) unreadable: bool,
    /// Terraform brought the processor to rest for a start that has not come: there, it stands where nobody wanted it. In the plan of
    /// a create: so does what that starts.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) stopped: bool,
    /// When that stop was in doubt, as [`Unsettled::at`] has it: for a while it may still take effect, or not show yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stop_in_doubt: Option<i64>,
    /// When the last start was accepted, RFC 3339, where the plan had promised the time before: the next refresh writes it down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) started_at: Option<String>,
    /// The last create or update failed although this start of its was, or may have been, accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unsettled: Option<Unsettled>,
    /// When the last start of this object whose answer was lost was sent, as [`Unsettled::at`] has it: for a while it may still take
    /// effect, whatever has been seen and sent since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) doubt: Option<i64>,
    /// In a plan only: the same of objects that this plan may destroy or replace, and of their stops, by id. The destroy half of a
    /// replace gets these bytes, and never those of its own object.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) doubts: BTreeMap<String, Doubts>,
    /// In a plan only: the id of what this create starts, if it is known: it waits for what is in doubt about the same. About what it
    /// takes the place of, should that be another, the destroy half does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) creates: Option<String>,
    /// In a plan only: this create takes the place of a failed one of the same id, whose start was or may
    /// have been accepted. A processor found STARTED is its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resumes: Option<Resumed>,
    /// In a plan only: the sound object whose place this create takes goes to another processor, and the plan has said what becomes of it.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) said: bool,
    /// In a plan only: what the sound object of the same id has in state that this create replaces, because somebody asked for that.
    /// The destroy half is told it nowhere else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replaces: Option<Box<Self>>,
    /// In a plan only: what is known of other objects of the processor that this plan ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) others: Option<Others>,
    /// In a plan only: processors that other objects have as well, by id, and how many objects there are: the one whose place this
    /// create takes leaves them to those, whichever it has.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) left_to_others: BTreeMap<String, usize>,
    /// In a plan only: these are the object's own bytes, of a plan to destroy it. The destroy half of a replace gets those of
    /// the create instead.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) destroys: bool,
    /// In a plan only: what an update is to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) change: Option<Change>,
}

/// A start that was, or may have been, accepted although its create or update failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Unsettled {
    /// The intention: only the same one, repeated, may take what runs by then as its own.
    pub(crate) sent: Sent,
    /// When it was accepted, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) started_at: Option<String>,
    /// Atlas did not let the processor be read.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) unreadable: bool,
    /// It was accepted, and no look has shown it since.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) unseen: bool,
    /// It was accepted, and a look has shown it since: what it was sent with counts.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) carried_out: bool,
    /// When that was, in milliseconds since 1970: of two objects of one processor, the later one tells what it runs of.
    pub(crate) at: i64,
}

/// Why a start was sent, and with what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Sent {
    /// None for a create.
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<Change>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resume_from_checkpoint: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_at_operation_time: Option<String>,
    /// What `triggers` became, where that was the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    triggers: Option<BTreeMap<String, Option<String>>>,
}

/// The failed create whose place another takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Resumed {
    /// The id of both.
    pub(crate) id: String,
    /// What the failed one left open.
    pub(crate) unsettled: Unsettled,
}

/// Whether another object of the same processor stays in state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Others {
    /// One does, and so this end of one leaves it running.
    Stay,
    /// None was planned to before this. One that is planned after it knows of it, and looks after the processor by itself.
    MayFollow,
}

/// What an update does besides writing the configuration to state; the strongest reason wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// A start option was set, or given another value: stop if running, start with the options.
    Options,
    /// `triggers` changed: start, as `if_started` says.
    Triggers,
    /// The processor was found at rest: start it with its tier only, from the checkpoint.
    Drift,
}

impl Change {
    /// The start options that go with a start for this reason (none: a create).
    pub(crate) fn options(change: Option<Self>, object: &Value) -> StartOptions {
        match change {
            None | Some(Self::Options | Self::Triggers) => arguments::start_options(object),
            Some(Self::Drift) => arguments::tier_only(object),
        }
    }
}

impl Unsettled {
    /// The same, after a look that shows this state: anything but rest is the start's doing, and rest is what became of it where it
    /// may not show any later.
    pub(crate) fn seen(self, state: &str, may_show: bool) -> Self {
        let shows = self.unseen && !is_at_rest(state);
        Self {
            unseen: self.unseen && !shows && may_show,
            carried_out: self.carried_out || shows,
            ..self
        }
    }
}

impl Sent {
    /// What goes out for this change (none: a create) of the object, when it goes as planned.
    pub(crate) fn planned(change: Option<Change>, object: &Value) -> Self {
        Self::of(change, &Change::options(change, object), object)
    }

    /// What goes out for this change (none: a create) of the object.
    pub(crate) fn of(change: Option<Change>, options: &StartOptions, object: &Value) -> Self {
        Self {
            change,
            tier: options.tier.clone(),
            resume_from_checkpoint: options.resume_from_checkpoint,
            start_at_operation_time: options.start_at_operation_time.clone(),
            triggers: triggers_of(object).filter(|_| change == Some(Change::Triggers)),
        }
    }

    /// Puts the options that went out into an object, in place of those that did not.
    pub(crate) fn write_options(&self, object: &mut Value) {
        object.set("tier", self.tier.clone());
        object.set("resume_from_checkpoint", self.resume_from_checkpoint);
        object.set(
            "start_at_operation_time",
            self.start_at_operation_time.clone(),
        );
    }

    /// The options in it that no start repeats which nobody asked for: it goes on from the checkpoint.
    pub(crate) fn once(&self) -> impl Iterator<Item = &'static str> {
        let resume = self.resume_from_checkpoint == Some(false);
        let at_time = self.start_at_operation_time.is_some();
        let resume = resume.then_some("resume_from_checkpoint");
        let at_time = at_time.then_some("start_at_operation_time");
        resume.into_iter().chain(at_time)
    }

    /// Whether it was a change of start options, to others than these.
    pub(crate) fn changed_options_to_others_than(&self, options: &StartOptions) -> bool {
        self.change == Some(Change::Options)
            && (
                &self.tier,
                self.resume_from_checkpoint,
                &self.start_at_operation_time,
            ) != (
                &options.tier,
                options.resume_from_checkpoint,
                &options.start_at_operation_time,
            )
    }
}

impl Private {
    /// A change of `triggers` failed whose start was, or may have been, accepted, and the object to be has others: what
    /// stood open is settled, so that the same change counts anew should it come again.
    pub(crate) fn is_settled_by(&self, planned: &Value) -> bool {
        let sent = self.unsettled.as_ref().map(|unsettled| &unsettled.sent);
        sent.is_some_and(|sent| {
            sent.change == Some(Change::Triggers) && sent.triggers != triggers_of(planned)
        })
    }

    /// The start and the stop of this object that may still take effect.
    pub(crate) fn open_doubts(&self) -> Doubts {
        let own = Doubts {
            start: self.doubt,
            stop: self.stop_in_doubt,
        };
        own.open()
    }

    /// The start of this object that may still take effect.
    pub(crate) fn open_doubt(&self) -> Option<i64> {
        self.open_doubts().start
    }

    /// For how long from now the last start of this object that Atlas accepted may not show yet.
    pub(crate) fn start_shows_within(&self, object: &Value) -> Duration {
        settling::of_the_last_start(object, self.start_is_unseen())
    }

    /// Whether that is so of a failed one which no look has shown.
    pub(crate) fn an_unseen_start_may_show(&self, object: &Value) -> bool {
        self.start_is_unseen() && !self.start_shows_within(object).is_zero()
    }

    /// Whether this rest, which may be a read from before such a start or one in doubt, would be no reason to do anything.
    pub(crate) fn rest_is_left_alone(&self, object: &Value, seen: &str) -> bool {
        let is_unseen = self.start_is_unseen() && settling::may_not_show_yet(object, true);
        (is_unseen || self.open_doubt().is_some())
            && is_at_rest(seen)
            && !self.stopped
            && !arguments::keep_started(object)
    }

    /// Whether no look has shown the start of a create or update that failed.
    pub(crate) fn start_is_unseen(&self) -> bool {
        self.unsettled.as_ref().is_some_and(|start| start.unseen)
    }

    /// Whether there was such a start when this was read, or one in doubt: rest may be from before it.
    pub(crate) fn start_may_follow(&self) -> bool {
        self.start_is_unseen() || self.doubt.is_some()
    }

    /// In a plan: the open doubts about the objects of this id that it destroys or replaces.
    pub(crate) fn open_doubts_about(&self, id: &str) -> Doubts {
        let doubts = self.doubts.get(id).copied();
        doubts.unwrap_or_default().open()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    /// Empty when nothing is remembered, so that an ordinary state carries no private data at all.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        if *self == Self::default() {
            return Vec::new();
        }
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// What goes from a plan into state: a plan's own parts are left behind.
    pub(crate) fn in_state(&self) -> Self {
        Self {
            resumes: None,
            doubts: BTreeMap::new(),
            creates: None,
            said: false,
            replaces: None,
            others: None,
            left_to_others: BTreeMap::new(),
            destroys: false,
            change: None,
            ..self.clone()
        }
    }
}

fn triggers_of(object: &Value) -> Option<BTreeMap<String, Option<String>>> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let map = object.attribute("triggers").as_map()?;
    Some(
        map.iter()
            .map(|(name, value)| (name.clone(), text(value)))
            .collect(),
    )
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands a reference over"
)]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_survives_the_bytes() {
        for private in [
            Private::default(),
            Private {
                imported: true,
                ..Private::default()
            },
            Private {
                unreadable: true,
                unsettled: Some(Unsettled::default()),
                ..Private::default()
            },
            Private {
                resumes: Some(Resumed {
                    id: "a/b/c".into(),
                    unsettled: Unsettled::default(),
                }),
                change: Some(Change::Drift),
                ..Private::default()
            },
        ] {
            assert_eq!(Private::from_bytes(&private.to_bytes()), private);
        }
    }

    #[test]
    fn foreign_bytes_are_nothing_remembered() {
        for bytes in [&b""[..], b"{}", b"null", b"not json", b"[1]", b"\xff"] {
            assert_eq!(Private::from_bytes(bytes), Private::default());
        }
        assert!(Private::default().to_bytes().is_empty());
    }
}
