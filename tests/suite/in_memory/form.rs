//! The forms in which a start or stop is asked for, and the exchanges that each is made of.

use std::collections::BTreeMap;
use std::time::Duration;

use atlas_simulator::Operation;
use terraform_provider_atlas::framework::Value;

use super::words::triggers;

/// What asks for the start or stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Create,
    CreateWith,
    /// A change of a start option.
    Update,
    /// A change of `triggers` under `if_started = "restart"`.
    Restart,
    /// Stopped outside, and started again.
    Drift,
    /// With `stop_on_destroy`.
    Destroy,
    /// `-replace` with `stop_on_destroy`.
    Replace,
    Action,
    ActionWith,
    /// Of a processor that runs, with `if_started = "restart"` and start options.
    ActionRestart,
    /// A move of a processor that runs to another region.
    Failover,
    /// The action that stops.
    ActionStop,
}

/// One exchange in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The token, or with an API key the challenge.
    Token,
    FirstLook,
    Stop,
    LookAfterStop,
    /// Of the create half of a replace.
    LookBeforeStart,
    Start,
    Poll,
}

use Step::{FirstLook, LookAfterStop, LookBeforeStart, Poll, Start, Stop, Token};

impl Form {
    pub(crate) const ALL: [Self; 12] = [
        Self::Create,
        Self::CreateWith,
        Self::Update,
        Self::Restart,
        Self::Drift,
        Self::Destroy,
        Self::Replace,
        Self::Action,
        Self::ActionWith,
        Self::ActionRestart,
        Self::Failover,
        Self::ActionStop,
    ];

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Create => "create: :start",
            Self::CreateWith => "create with options: :startWith",
            Self::Update => "update of an option: :stop and :startWith",
            Self::Restart => "update of triggers, restart: :stop and :start",
            Self::Drift => "update of what drifted: :start",
            Self::Destroy => "destroy: :stop",
            Self::Replace => "replace that was asked for: :stop and :start",
            Self::Action => "action: :start",
            Self::ActionWith => "action with options: :startWith",
            Self::ActionRestart => "action, restart: :stop and :startWith",
            Self::Failover => "action, failover: :startWith",
            Self::ActionStop => "action: :stop",
        }
    }

    /// What is asked of Atlas when nothing goes wrong.
    pub(crate) fn steps(self) -> &'static [Step] {
        match self {
            Self::Create
            | Self::CreateWith
            | Self::Drift
            | Self::Action
            | Self::ActionWith
            | Self::Failover => &[Token, FirstLook, Start, Poll],
            Self::Update | Self::Restart | Self::ActionRestart => {
                &[Token, FirstLook, Stop, LookAfterStop, Start, Poll]
            }
            Self::Destroy | Self::ActionStop => &[Token, FirstLook, Stop, LookAfterStop],
            Self::Replace => &[
                Token,
                FirstLook,
                Stop,
                LookAfterStop,
                LookBeforeStart,
                Start,
                Poll,
            ],
        }
    }

    /// The operation of a step, and how many requests for it come before.
    pub(crate) fn place_of(self, step: Step) -> (Operation, u32) {
        let before = self.steps().iter().take_while(|other| **other != step);
        let operation = self.operation(step);
        let same = before.filter(|other| self.operation(**other) == operation);
        (operation, u32::try_from(same.count()).expect("a few"))
    }

    fn operation(self, step: Step) -> Operation {
        match step {
            Token => Operation::Token,
            FirstLook | LookAfterStop | LookBeforeStart | Poll => Operation::Get,
            Stop => Operation::Stop,
            Start => match self {
                Self::Create | Self::Restart | Self::Drift | Self::Replace | Self::Action => {
                    Operation::Start
                }
                _ => Operation::StartWith,
            },
        }
    }

    pub(super) fn is_an_action(self) -> bool {
        matches!(
            self,
            Self::Action
                | Self::ActionWith
                | Self::ActionRestart
                | Self::Failover
                | Self::ActionStop
        )
    }

    /// The state in which it leaves the processor.
    pub(super) fn leads_to(self) -> &'static str {
        match self {
            Self::Destroy | Self::ActionStop => "STOPPED",
            _ => "STARTED",
        }
    }

    pub(super) fn begins_with_a_create(self) -> bool {
        matches!(self, Self::Create | Self::CreateWith)
    }

    /// Whether a start that was never accepted leaves something running that is to be started all the same, or that a stop ends.
    pub(super) fn stops_first(self) -> bool {
        matches!(self, Self::Update | Self::Restart | Self::Replace)
    }

    /// Of the resource, before and after what changes.
    pub(super) fn arguments(self, time: Duration, changed: bool) -> Vec<(&'static str, Value)> {
        let mut arguments = vec![Self::timeouts(time), ("stop_on_destroy", Value::from(true))];
        match self {
            Self::CreateWith | Self::Update => {
                arguments.push(("tier", Value::from(if changed { "SP30" } else { "SP10" })));
            }
            Self::Restart => {
                arguments.push(triggers(if changed { "2" } else { "1" }));
                arguments.push(("if_started", Value::from("restart")));
            }
            _ => {}
        }
        arguments
    }

    /// A refresh is no part of what is tried, and has more time.
    pub(super) fn timeouts(time: Duration) -> (&'static str, Value) {
        let time = format!("{}s", time.as_secs());
        let all = [
            ("create", time.as_str()),
            ("read", "60s"),
            ("update", &time),
            ("delete", &time),
        ];
        let all = all.map(|(name, time)| (name.to_owned(), Value::from(time)));
        ("timeouts", Value::Object(BTreeMap::from(all)))
    }
}
