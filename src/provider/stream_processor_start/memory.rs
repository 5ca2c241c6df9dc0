//! What one process remembers about processors between the calls of one Terraform run.
//!
//! Terraform replaces an object whose create failed, and tells the two halves of the replace nothing of each
//! other. So that the destroy half does not stop a processor which by then runs, and so that the create half
//! takes it as its own, the calls leave word for one another here.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::doubts::Doubts;
use super::private::{Resumed, Unsettled};

/// The processors that calls of this process left word about, by id.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    known: Mutex<BTreeMap<String, Known>>,
}

/// What is known of one processor.
#[derive(Debug, Default)]
struct Known {
    /// The marks of its objects whose start failed but was or may have been accepted.
    unsettled: Vec<Unsettled>,
    /// What the destroy half of a replace left to the create half.
    resumed: Option<Unsettled>,
    /// What may still take effect.
    doubts: Doubts,
    /// How many of its objects were read.
    reads: usize,
    /// An object of it was found sound.
    is_sound: bool,
    /// An object of it stays in state.
    stays: bool,
    /// A plan ends an object of it.
    ends: bool,
    /// An apply does.
    ends_now: bool,
    /// How many of its objects a plan knew of, which leaves it to them as long as there is one.
    left_to: usize,
    /// How many of its objects this apply has ended.
    ended: usize,
    /// One of those that ended was to stop it: whoever ends last does.
    is_to_be_stopped: bool,
}

impl Memory {
    /// A read saw, in the object's `private`, that its start failed but was or may have been accepted.
    pub(crate) fn saw_unsettled(&self, id: &str, unsettled: &Unsettled) {
        self.of(id, |known| known.unsettled.push(unsettled.clone()));
    }

    /// An object of this id has a start or a stop in doubt that may still take effect.
    pub(crate) fn saw_doubts(&self, id: &str, doubts: Doubts) {
        self.of(id, |known| known.doubts = known.doubts.and(doubts));
    }

    /// All of those, by id: a create that takes the place of another processor's object is not told which.
    pub(crate) fn doubts(&self) -> BTreeMap<String, Doubts> {
        let known = self.known();
        let doubts = known
            .iter()
            .map(|(id, known)| (id.clone(), known.doubts.open()));
        doubts.filter(|(_, doubts)| !doubts.is_none()).collect()
    }

    /// The open ones of this id.
    pub(crate) fn doubts_about(&self, id: &str) -> Doubts {
        self.of(id, |known| known.doubts.open())
    }

    /// This mark counts no more: a plan has the object as it is, so that it is not tainted (any more). Those of others still do.
    pub(crate) fn forget_unsettled(&self, id: &str, unsettled: &Unsettled) {
        self.of(id, |known| {
            known.unsettled.retain(|known| known != unsettled);
        });
    }

    /// The processor is gone, and with it whatever stood open about its starts and stops.
    pub(crate) fn is_gone(&self, id: &str) {
        self.of(id, |known| {
            known.unsettled.clear();
            known.doubts = Doubts::default();
        });
    }

    /// A plan found an object of this id sound.
    pub(crate) fn found_sound(&self, id: &str) {
        self.of(id, |known| known.is_sound = true);
    }

    /// Whether one did: a replace of that is asked for by somebody.
    pub(crate) fn is_sound(&self, id: &str) -> bool {
        self.of(id, |known| known.is_sound)
    }

    /// An object of this id was read here: so this is the process in which its run is planned first.
    pub(crate) fn saw(&self, id: &str) {
        self.of(id, |known| known.reads += 1);
    }

    /// Whether one was. Where not, this is the process that applies what was planned, or nothing is refreshed.
    pub(crate) fn was_read(&self, id: &str) -> bool {
        self.of(id, |known| known.reads > 0)
    }

    /// The processors of which several objects were read, and how many, but for the one of this id.
    pub(crate) fn shared_beside(&self, id: Option<&str>) -> BTreeMap<String, usize> {
        let known = self.known();
        let shared = known
            .iter()
            .filter(|(one, known)| known.reads > 1 && Some(one.as_str()) != id);
        shared
            .map(|(id, known)| (id.clone(), known.reads))
            .collect()
    }

    /// A plan, in another process, knew of so many objects of these: what is ended leaves the processor to the others.
    pub(crate) fn leaves(&self, ids: &BTreeMap<String, usize>) {
        for (id, objects) in ids {
            self.of(id, |known| known.left_to = known.left_to.max(*objects));
        }
    }

    /// An apply ends one of them: whether that leaves another.
    pub(crate) fn leaves_another(&self, id: &str) -> bool {
        self.of(id, |known| {
            known.ended += 1;
            known.ended < known.left_to
        })
    }

    /// One that was to stop it has left it to another, which may end as well.
    pub(crate) fn last_is_to_stop(&self, id: &str) {
        self.of(id, |known| known.is_to_be_stopped = true);
    }

    /// Whether one has.
    pub(crate) fn is_to_be_stopped(&self, id: &str) -> bool {
        self.of(id, |known| known.is_to_be_stopped)
    }

    /// A plan leaves an object of this id in state, which holds a processor that runs or is to be started.
    pub(crate) fn stays(&self, id: &str) {
        self.of(id, |known| known.stays = true);
    }

    /// Whether that is so of any.
    pub(crate) fn is_staying(&self, id: &str) -> bool {
        self.of(id, |known| known.stays)
    }

    /// A plan ends an object of this id, and is to stop the processor with it.
    pub(crate) fn ends(&self, id: &str) {
        self.of(id, |known| known.ends = true);
    }

    /// An apply ends one, without knowing of any that stays. What is planned once more after that, in this process, stays, and had
    /// something to do from the first.
    pub(crate) fn ends_now(&self, id: &str) {
        self.of(id, |known| known.ends_now = true);
    }

    /// Whether one ends of which the plan of another, that stays, knows in the same way each time that it is made.
    pub(crate) fn is_ending(&self, id: &str) -> bool {
        self.of(id, |known| {
            known.ends_now || (known.ends && known.reads > 0)
        })
    }

    /// The failed create, if there is one, whose place a create takes that is planned for this id.
    ///
    /// Terraform tells a provider no addresses: where two of them name one processor, either may be the one. The later counts, it is
    /// what the processor runs of.
    pub(crate) fn resumed_by(&self, id: &str) -> Option<Resumed> {
        let unsettled = self.of(id, |known| {
            let latest = known.unsettled.iter().max_by_key(|unsettled| unsettled.at);
            latest.or(known.resumed.as_ref()).cloned()
        });
        unsettled.map(|unsettled| Resumed {
            id: id.to_owned(),
            unsettled,
        })
    }

    /// The destroy half of such a replace left the processor alone, and its object is out of state: the create half
    /// takes it over.
    pub(crate) fn resume(&self, resumed: &Resumed) {
        self.of(&resumed.id, |known| {
            known.resumed = Some(resumed.unsettled.clone());
        });
    }

    /// What the destroy half left to the create half, if it came first. One create takes it, and answers for it.
    pub(crate) fn take_over(&self, id: &str) -> Option<Unsettled> {
        self.of(id, |known| known.resumed.take())
    }

    /// A new run begins (ConfigureProvider; in reattach mode one process serves many).
    pub(crate) fn clear(&self) {
        let mut known = self.known();
        // Doubts end with time, whoever asks.
        known.retain(|_, known| !known.doubts.open().is_none());
        for known in known.values_mut() {
            *known = Known {
                doubts: known.doubts,
                ..Known::default()
            };
        }
    }

    fn of<T>(&self, id: &str, ask: impl FnOnce(&mut Known) -> T) -> T {
        ask(self.known().entry(id.to_owned()).or_default())
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
