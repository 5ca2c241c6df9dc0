//! All state: projects, workspaces, processors, faults, the record.

use std::{collections::BTreeMap, time::SystemTime};

use tokio::time::Instant;

use crate::{
    Effect, Fault, Recorded, Settings, auth_digest::Nonces, bucket::Bucket, call::Call, fault,
    oauth::Tokens, processor::Processor,
};

/// Everything behind the one lock.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) settings: Settings,
    pub(crate) groups: BTreeMap<String, Group>,
    pub(crate) buckets: BTreeMap<String, Bucket>,
    pub(crate) tokens: Tokens,
    pub(crate) nonces: Nonces,
    pub(crate) faults: fault::Queue,
    /// What Atlas will only get to later, and when.
    pub(crate) late: Vec<(Instant, Call)>,
    pub(crate) record: Vec<Recorded>,
    /// When this world began, on tokio's clock and on the wall.
    pub(crate) began: (Instant, SystemTime),
    serial: u64,
    /// How many requests there were, those that the record has forgotten included.
    pub(crate) requests: u64,
    /// How often an entry of the record was made or amended.
    pub(crate) changes: u64,
}

/// A project.
#[derive(Debug, Default)]
pub(crate) struct Group {
    pub(crate) workspaces: BTreeMap<String, Workspace>,
}

/// A workspace.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) id: String,
    /// Where its processors may run: its own region first, then those it may fail over to.
    pub(crate) regions: Vec<String>,
    pub(crate) processors: BTreeMap<String, Processor>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            settings: Settings::default(),
            groups: BTreeMap::new(),
            buckets: BTreeMap::new(),
            tokens: Tokens::default(),
            nonces: Nonces::default(),
            faults: fault::Queue::default(),
            late: Vec::new(),
            record: Vec::new(),
            began: (Instant::now(), SystemTime::now()),
            serial: 0,
            requests: 0,
            changes: 0,
        }
    }

    /// The wall's time, advanced by tokio's clock.
    pub(crate) fn wall(&self) -> SystemTime {
        self.began.1 + self.began.0.elapsed()
    }

    /// An object id that nothing else has: 24 hexadecimal digits.
    pub(crate) fn new_id(&mut self) -> String {
        self.serial += 1;
        format!("65f0a1b2{:016x}", self.serial)
    }

    pub(crate) fn add_workspace(&mut self, group: &str, tenant: &str) {
        let id = self.new_id();
        let workspaces = &mut self.groups.entry(group.to_owned()).or_default().workspaces;
        workspaces
            .entry(tenant.to_owned())
            .or_insert_with(|| Workspace {
                id,
                regions: vec!["VIRGINIA_USA".to_owned(), "OREGON_USA".to_owned()],
                processors: BTreeMap::new(),
            });
    }

    pub(crate) fn processor(
        &mut self,
        group: &str,
        tenant: &str,
        name: &str,
    ) -> Option<&mut Processor> {
        self.groups
            .get_mut(group)?
            .workspaces
            .get_mut(tenant)?
            .processors
            .get_mut(name)
    }

    /// The first of the late calls that is due, if one is.
    pub(crate) fn take_due(&mut self) -> Option<Call> {
        let (at, (due, _)) = self
            .late
            .iter()
            .enumerate()
            .min_by_key(|(_, (due, _))| *due)?;
        (*due <= Instant::now()).then(|| self.late.remove(at).1)
    }

    /// The true state of the processor that a call names.
    pub(crate) fn state_for(&mut self, call: &Call) -> Option<String> {
        let now = Instant::now();
        let processor = self.processor(call.group(), call.tenant(), call.processor())?;
        Some(processor.state(now).to_owned())
    }

    /// Puts a request into the record and returns its number.
    pub(crate) fn note(&mut self, call: &Call) -> u64 {
        let sequence = self.requests;
        self.requests += 1;
        self.changes += 1;
        let state = self.state_for(call);
        self.record.push(Recorded {
            sequence,
            operation: call.route.operation,
            method: call.method.clone(),
            path: call.path.clone(),
            query: call.raw_query.clone(),
            headers: call.headers.clone(),
            body: call.body.clone(),
            group: call.route.group.clone(),
            tenant: call.route.tenant.clone(),
            processor: call.route.processor.clone(),
            status: None,
            state_before: state.clone(),
            state_after: state,
            faults: Vec::new(),
            at: self.began.0.elapsed(),
            changed: self.changes,
        });
        sequence
    }

    /// Changes the entry of a request, unless the record was cleared since.
    pub(crate) fn amend(&mut self, sequence: u64, change: impl FnOnce(&mut Recorded)) {
        let mut newest_first = self.record.iter_mut().rev();
        if let Some(entry) = newest_first.find(|entry| entry.sequence == sequence) {
            self.changes += 1;
            entry.changed = self.changes;
            change(entry);
        }
    }

    /// The fault that hits a request, if one does; the record says so.
    pub(crate) fn strike(
        &mut self,
        sequence: u64,
        call: &Call,
        wanted: impl Fn(&Fault) -> bool,
    ) -> Option<Effect> {
        let effect = self.faults.take(call, wanted)?;
        self.amend(sequence, |entry| entry.faults.push(effect.clone()));
        Some(effect)
    }
}
