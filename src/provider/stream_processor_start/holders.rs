//! Who holds a processor: its objects that a run reads, keeps and ends, as far as one process is told of them.
//!
//! Terraform tells the calls for one object nothing of another. A processor that one of them holds on to must not be stopped
//! because another ends; and where all of them end, the last one stops it, if any was to.

/// The objects of one processor.
#[derive(Debug, Default)]
pub(super) struct Holders {
    /// How many were read.
    reads: usize,
    /// One stays in state.
    stays: bool,
    /// A plan ends one.
    will_end: bool,
    /// An apply does.
    ends: bool,
    /// How many a plan knew of, which leaves it to them as long as there is one.
    known: usize,
    /// How many this apply has ended.
    ended: usize,
    /// One of those that ended was to stop it: whoever ends last does.
    is_to_be_stopped: bool,
}

impl Holders {
    /// One was read here: so this is the process in which its run is planned first.
    pub(super) fn saw_one(&mut self) {
        self.reads += 1;
    }

    /// How many were.
    pub(super) fn seen(&self) -> usize {
        self.reads
    }

    /// A plan leaves one in state, which holds a processor that runs or is to be started.
    pub(super) fn one_stays(&mut self) {
        self.stays = true;
    }

    /// Whether that is so of any.
    pub(super) fn any_stays(&self) -> bool {
        self.stays
    }

    /// A plan ends one, and is to stop the processor with it.
    pub(super) fn one_will_end(&mut self) {
        self.will_end = true;
    }

    /// Whether one ends of which the plan of another, that stays, knows in the same way each time that it is made: it was planned
    /// to in the process of the first plan, or ends in that of the second.
    pub(super) fn any_ends(&self) -> bool {
        self.ends || (self.will_end && self.reads > 0)
    }

    /// A plan, in another process, knew of so many: what ends leaves the processor to the others.
    pub(super) fn were(&mut self, objects: usize) {
        self.known = self.known.max(objects);
    }

    /// One ends in this apply; `stops` where it is to stop the processor, without knowing of any that stays. Whether another is left
    /// that will look after that.
    ///
    /// What is planned once more after this, in this process, stays, and had something to do from the first.
    pub(super) fn one_ends(&mut self, stops: bool) -> bool {
        self.ended += 1;
        let leaves_another = self.ended < self.known;
        self.ends |= stops;
        self.is_to_be_stopped |= stops && leaves_another;
        leaves_another
    }

    /// Whether one that ended was to stop it, and left that to the last.
    pub(super) fn is_to_be_stopped(&self) -> bool {
        self.is_to_be_stopped
    }
}
