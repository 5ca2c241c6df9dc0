//! What one process remembers about processors between the calls of one Terraform run.
//!
//! Terraform replaces an object whose create failed, and tells the two halves of the replace nothing of each
//! other. So that the destroy half does not stop a processor which by then runs, and so that the create half
//! takes it as its own, the calls leave word for one another here.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::doubts::Doubts;
use super::private::{Resumed, Unsettled};

/// The processors that calls of this process left word about, by id.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    unsettled: HashMap<String, Vec<Unsettled>>,
    resumed: HashMap<String, Unsettled>,
    doubts: BTreeMap<String, Doubts>,
    read: HashMap<String, usize>,
    shared: BTreeSet<String>,
    left: HashSet<String>,
    sound: HashSet<String>,
    staying: HashSet<String>,
    ending: HashSet<String>,
    ended: HashSet<String>,
}

impl Memory {
    /// A read saw, in the object's `private`, that its start failed but was or may have been accepted.
    pub(crate) fn saw_unsettled(&self, id: &str, unsettled: &Unsettled) {
        let mut inner = self.inner();
        let known = inner.unsettled.entry(id.to_owned()).or_default();
        known.push(unsettled.clone());
    }

    /// An object of this id has a start or a stop in doubt that may still take effect.
    pub(crate) fn saw_doubts(&self, id: &str, doubts: Doubts) {
        if !doubts.is_none() {
            let mut inner = self.inner();
            let known = inner.doubts.entry(id.to_owned()).or_default();
            *known = known.and(doubts);
        }
    }

    /// All of those, by id: a create that takes the place of another processor's object is not told which.
    pub(crate) fn doubts(&self) -> BTreeMap<String, Doubts> {
        let mut inner = self.inner();
        inner.doubts.retain(|_, doubts| !doubts.open().is_none());
        inner.doubts.clone()
    }

    /// This mark counts no more: a plan has the object as it is, so that it is not tainted (any more). Those of others still do.
    pub(crate) fn forget_unsettled(&self, id: &str, unsettled: &Unsettled) {
        if let Some(known) = self.inner().unsettled.get_mut(id) {
            known.retain(|known| known != unsettled);
        }
    }

    /// None of them counts any more: the processor is gone.
    pub(crate) fn forget_all_unsettled(&self, id: &str) {
        self.inner().unsettled.remove(id);
    }

    /// A plan found an object of this id sound.
    pub(crate) fn found_sound(&self, id: &str) {
        self.inner().sound.insert(id.to_owned());
    }

    /// Whether one did: a replace of that is asked for by somebody.
    pub(crate) fn is_sound(&self, id: &str) -> bool {
        self.inner().sound.contains(id)
    }

    /// An object of this id was read here: so this is the process in which its run is planned first.
    pub(crate) fn saw(&self, id: &str) {
        let mut inner = self.inner();
        let times = inner.read.entry(id.to_owned()).or_default();
        *times += 1;
        if *times > 1 {
            inner.shared.insert(id.to_owned());
        }
    }

    /// The processors of which several objects were read, but for the one of this id.
    pub(crate) fn shared_beside(&self, id: Option<&str>) -> BTreeSet<String> {
        let shared = self.inner().shared.clone();
        shared
            .into_iter()
            .filter(|one| Some(one.as_str()) != id)
            .collect()
    }

    /// A create, whose plan knew of other objects of these, leaves them to those: what it takes the place of may end after it, and of
    /// that a plan is made in this process, which knows nothing.
    pub(crate) fn leaves(&self, ids: BTreeSet<String>) {
        self.inner().left.extend(ids);
    }

    /// Whether one does.
    pub(crate) fn is_left(&self, id: &str) -> bool {
        self.inner().left.contains(id)
    }

    /// A plan leaves an object of this id in state, which holds a processor that runs or is to be started.
    pub(crate) fn stays(&self, id: &str) {
        self.inner().staying.insert(id.to_owned());
    }

    /// Whether that is so of any.
    pub(crate) fn is_staying(&self, id: &str) -> bool {
        self.inner().staying.contains(id)
    }

    /// A plan ends an object of this id, and is to stop the processor with it.
    pub(crate) fn ends(&self, id: &str) {
        self.inner().ending.insert(id.to_owned());
    }

    /// An apply ends one, without knowing of any that stays. What is planned once more after that, in this process, stays, and had
    /// something to do from the first.
    pub(crate) fn ends_now(&self, id: &str) {
        self.inner().ended.insert(id.to_owned());
    }

    /// Whether one does of which the plan of another, that stays, knows in the same way each time that it is made.
    pub(crate) fn is_ending(&self, id: &str) -> bool {
        let inner = self.inner();
        inner.ended.contains(id) || (inner.ending.contains(id) && inner.read.contains_key(id))
    }

    /// The failed create, if there is one, whose place a create takes that is planned for this id.
    ///
    /// Terraform tells a provider no addresses: where two of them name one processor, either may be the one. The later counts, it is
    /// what the processor runs of.
    pub(crate) fn resumed_by(&self, id: &str) -> Option<Resumed> {
        let inner = self.inner();
        let marks = inner.unsettled.get(id).into_iter().flatten();
        let latest = marks.max_by_key(|unsettled| unsettled.at);
        let unsettled = latest.or_else(|| inner.resumed.get(id))?;
        Some(Resumed {
            id: id.to_owned(),
            unsettled: unsettled.clone(),
        })
    }

    /// The destroy half of such a replace left the processor alone, and its object is out of state: the create half
    /// takes it over.
    pub(crate) fn resume(&self, resumed: &Resumed) {
        self.inner()
            .resumed
            .insert(resumed.id.clone(), resumed.unsettled.clone());
    }

    /// What the destroy half left to the create half, if it came first. One create takes it, and answers for it.
    pub(crate) fn take_over(&self, id: &str) -> Option<Unsettled> {
        self.inner().resumed.remove(id)
    }

    /// A new run begins (ConfigureProvider; in reattach mode one process serves many).
    pub(crate) fn clear(&self) {
        let mut inner = self.inner();
        inner.unsettled.clear();
        inner.resumed.clear();
        inner.read.clear();
        inner.shared.clear();
        inner.left.clear();
        inner.sound.clear();
        inner.staying.clear();
        inner.ending.clear();
        inner.ended.clear();
        // Doubts end with time, whoever asks.
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
