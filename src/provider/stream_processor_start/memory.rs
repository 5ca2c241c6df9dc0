//! What one process remembers about processors between the calls of one Terraform run.
//!
//! Terraform replaces an object whose create failed, and tells the two halves of the replace nothing of each
//! other. So that the destroy half does not stop a processor which by then runs, and so that the create half
//! takes it as its own, the calls leave word for one another here.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::doubts::Doubts;
use super::holders::Holders;
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
    /// An object of it was found sound.
    is_sound: bool,
    /// Terraform brought it to rest for a start that has not come.
    is_stopped: bool,
    /// Its objects.
    holders: Holders,
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

    /// Terraform brought it to rest, and what starts it has not come: an earlier run, or the end of an object in this one.
    pub(crate) fn has_stopped(&self, id: &str) {
        self.of(id, |known| known.is_stopped = true);
    }

    /// Whether it stands where Terraform brought it, and is to be started.
    pub(crate) fn is_stopped(&self, id: &str) -> bool {
        self.of(id, |known| known.is_stopped)
    }

    /// A plan found an object of this id sound.
    pub(crate) fn found_sound(&self, id: &str) {
        self.of(id, |known| known.is_sound = true);
    }

    /// Whether one did: a replace of that is asked for by somebody.
    pub(crate) fn is_sound(&self, id: &str) -> bool {
        self.of(id, |known| known.is_sound)
    }

    /// Who holds the processor of this id.
    pub(super) fn holders<T>(&self, id: &str, ask: impl FnOnce(&mut Holders) -> T) -> T {
        self.of(id, |known| ask(&mut known.holders))
    }

    /// The processors of which several objects were read, and how many, but for the one of this id.
    pub(crate) fn shared_beside(&self, id: Option<&str>) -> BTreeMap<String, usize> {
        let known = self.known();
        let seen = known
            .iter()
            .map(|(id, known)| (id.clone(), known.holders.seen()));
        seen.filter(|(one, seen)| *seen > 1 && Some(one.as_str()) != id)
            .collect()
    }

    /// A plan, in another process, knew of so many objects of these.
    pub(crate) fn are_held(&self, ids: &BTreeMap<String, usize>) {
        for (id, objects) in ids {
            self.holders(id, |holders| holders.were(*objects));
        }
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
