//! What may surround a fault: the person's wishes, Atlas' ways, and how much is seen of it all.

use std::sync::Arc;
use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, Simulator};

use super::form::{Form, Step};
use super::way::Way;
use super::words::NAME;

/// What else is unusual in a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Circumstance {
    Nothing,
    /// No look is answered any more afterwards: what the fault leaves in doubt stays so.
    NothingSeen,
    /// `wait` is `false`, and a start takes far longer than there is time.
    WithoutWait,
    /// For a while after a change looks show what was before.
    ReadsLag,
    /// The person interrupts so long after the beginning.
    Interrupted(Duration),
    /// The same, and applies again at once: what was lost may still come.
    AgainAtOnce(Duration),
    /// Atlas is far away, and others are looked at all the time, so that looks share lists.
    InACrowd,
}

impl Circumstance {
    /// All that are unusual. The moments are in the midst of an ordinary start, and of what is slow.
    pub(super) const UNUSUAL: [Self; 7] = [
        Self::NothingSeen,
        Self::WithoutWait,
        Self::ReadsLag,
        Self::Interrupted(Duration::from_millis(700)),
        Self::Interrupted(Duration::from_secs(12)),
        Self::AgainAtOnce(Duration::from_secs(3)),
        Self::InACrowd,
    ];

    pub(super) fn words(self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::NothingSeen => ", and nothing is seen any more".to_owned(),
            Self::WithoutWait => ", without wait".to_owned(),
            Self::ReadsLag => ", while reads lag".to_owned(),
            Self::Interrupted(after) => format!(", interrupted after {after:?}"),
            Self::AgainAtOnce(after) => {
                format!(", interrupted after {after:?} and applied again at once")
            }
            Self::InACrowd => ", in a crowd".to_owned(),
        }
    }

    /// How long a start shows STARTING, so that there are looks to be spoilt.
    pub(super) fn start_takes(self) -> Duration {
        match self {
            Self::WithoutWait => Duration::from_secs(1_200),
            _ => Duration::from_secs(4),
        }
    }

    /// Before everything works again, and the next apply comes.
    pub(super) fn peace(self) -> Duration {
        match self {
            Self::AgainAtOnce(_) => Duration::ZERO,
            _ => Duration::from_secs(3_600),
        }
    }

    pub(super) fn way(self) -> Way {
        match self {
            Self::InACrowd => Way::InACrowd(Arc::default()),
            _ => Way::Alone,
        }
    }

    /// The fault takes its place. In a crowd only the trial's own requests are meant, and its looks may be lists.
    pub(super) fn strikes(self, atlas: &Simulator, fault: Fault) {
        let is_a_look = fault.operation == Some(Operation::Get);
        if self == Self::InACrowd && is_a_look {
            let list = Fault {
                operation: Some(Operation::List),
                ..fault.clone()
            };
            atlas.fault(list.skip(0));
            atlas.fault(fault.of(NAME));
        } else {
            atlas.fault(fault);
        }
    }

    /// Whether a fault at this step may find nothing to strike.
    pub(super) fn may_spare(self, form: Form, step: Step) -> bool {
        self == Self::InACrowd && form.place_of(step).0 == Operation::Get
    }

    pub(super) fn interrupts_after(self) -> Option<Duration> {
        match self {
            Self::Interrupted(after) | Self::AgainAtOnce(after) => Some(after),
            _ => None,
        }
    }

    /// Whether it leaves this step to this form: without wait, a stop for its own sake is over with its answer.
    pub(super) fn leaves(self, form: Form, step: Step) -> bool {
        !(self == Self::WithoutWait && form == Form::ActionStop && step == Step::LookAfterStop)
    }

    /// From here on it is so, for a fault at this step.
    pub(super) fn begins(self, atlas: &Simulator, form: Form, at: Step) {
        match self {
            Self::NothingSeen => {
                let is_a_look = |step: &&Step| form.place_of(**step).0 == Operation::Get;
                let before = form.steps().iter().take_while(|step| **step != at);
                let looks = u32::try_from(before.filter(is_a_look).count()).expect("a few");
                let broken = Effect::unexpected_error(false);
                atlas.fault(Fault::on(Operation::Get, broken).skip(looks).always());
            }
            Self::ReadsLag => {
                let lag = Lag::Time(Duration::from_secs(6));
                atlas.settings(|settings| settings.read_lag = Some(lag));
            }
            Self::Nothing
            | Self::WithoutWait
            | Self::Interrupted(_)
            | Self::AgainAtOnce(_)
            | Self::InACrowd => {}
        }
    }

    /// Everything is as usual again.
    pub(super) fn ends(self, atlas: &Simulator) {
        atlas.clear_faults();
        atlas.settings(|settings| settings.read_lag = None);
    }
}
