//! What a change plans: the table of the design, row by row, without any request.

use crate::framework::{Diagnostic, Diagnostics, PlanRequest, PlanResponse, Value};

use super::arguments;
use super::doubts::Doubts;
use super::holders::Holders;
use super::memory::Memory;
use super::pointed_out::{
    a_stop_is_in_doubt, a_stop_of_ours_is_undone, another_is_destroyed, another_stays,
    keeps_running, will_be_stopped_and_started, will_not_be_repeated,
};
use super::private::{Change, Others, Private};
use super::validate;
use crate::provider::stream_processor::engine::is_at_rest;
use crate::provider::stream_processor::names;

/// What a start makes new.
pub(super) const MADE_BY_A_START: [&str; 3] = ["processor_id", "state", "started_at"];

/// The attributes that name the processor.
const NAMES: [&str; 3] = ["group_id", "tenant_name", "processor_name"];

/// Plans a create, an update or a destroy.
pub(crate) fn plan(memory: &Memory, request: &PlanRequest<'_>) -> PlanResponse {
    if request.config.is_null() {
        destroy(memory, request)
    } else if request.prior.is_null() {
        create(memory, request)
    } else {
        update(memory, request)
    }
}

fn create(memory: &Memory, request: &PlanRequest<'_>) -> PlanResponse {
    let mut planned = request.proposed.clone();
    for name in MADE_BY_A_START {
        planned.set(name, Value::Unknown);
    }
    let id = names::path(&planned).map(|path| names::id(&path));
    planned.set("id", id.clone().map_or(Value::Unknown, Value::from));
    // Hosts from Terraform 1.16 on hand the first plan's word back to the second, which runs in another process.
    let told = Private::from_bytes(request.planned_private);
    let resumed = id.as_ref().and_then(|id| memory.resumed_by(id));
    let of_sound = id.as_ref().is_some_and(|id| memory.is_sound(id));
    // The second plan of a sound object gets what the first said. A tainted one has but one plan, and that gets nothing.
    let first = Private::from_bytes(request.private);
    let replaces = if of_sound && (resumed.is_none() || !request.private.is_empty()) {
        Some(Box::new(first.in_state()))
    } else {
        told.replaces
    };
    let resumes = resumed.or_else(|| {
        told.resumes
            .filter(|resumed| id.as_ref() == Some(&resumed.id))
    });
    let resumes = resumes.filter(|_| replaces.is_none());
    if let Some(resumed) = &resumes {
        memory.holders(&resumed.id, Holders::one_stays);
    }
    let mut doubts = told.doubts;
    for (id, of_it) in memory.doubts() {
        let known = doubts.entry(id).or_default();
        *known = known.and(of_it);
    }
    let is_stopped = id.as_ref().is_some_and(|id| memory.is_stopped(id));
    let others = first.others.or(told.others);
    let mut left_to_others = first.left_to_others;
    left_to_others.extend(told.left_to_others);
    if others.is_none() {
        // Perhaps in the place of a tainted object, which no plan is told of.
        left_to_others.extend(memory.shared_beside(id.as_deref()));
    }
    let private = Private {
        resumes,
        stopped: is_stopped || (told.stopped && told.creates == id),
        creates: id,
        doubts,
        replaces,
        said: first.said,
        others,
        left_to_others,
        ..Private::default()
    };
    respond(planned, &private, validate::resource(request.config))
}

fn update(memory: &Memory, request: &PlanRequest<'_>) -> PlanResponse {
    let prior = request.prior;
    let mut planned = request.proposed.clone();
    let mut diagnostics = validate::resource(request.config);
    let mut private = Private::from_bytes(request.private).in_state();
    let id = names::path(prior).map(|path| names::id(&path));
    if let Some(id) = &id {
        // Terraform never shows a tainted object to a plan: this one is sound, and a replace of it would be asked for.
        if let Some(unsettled) = &private.unsettled {
            memory.forget_unsettled(id, unsettled);
        }
        memory.saw_doubts(id, private.open_doubts());
        memory.found_sound(id);
        if private.stopped {
            memory.has_stopped(id);
        }
    }
    if NAMES
        .iter()
        .any(|name| planned.attribute(name) != prior.attribute(name))
    {
        return rename(memory, prior, planned, private, diagnostics);
    }
    private.change = change(prior, &planned, &private);
    if private.change.is_none() && private.stop_in_doubt.is_some() {
        // It comes when that stop cannot take effect any more, and starts what it has stopped.
        private.change = Some(Change::Drift);
        diagnostics.push(a_stop_is_in_doubt(prior));
    } else if private.change == Some(Change::Drift)
        && (private.stop_in_doubt.is_some() || private.stopped)
        && !arguments::keep_started(&planned)
    {
        diagnostics.push(a_stop_of_ours_is_undone(prior));
    }
    let settles = private.change.is_none() && private.is_settled_by(&planned);
    let told = Private::from_bytes(request.planned_private);
    // What the first plan, in another process, had as known must stay so, whatever comes up about other objects meanwhile.
    let promised = private.change.is_none()
        && told.change.is_none()
        && (settles || planned != *prior)
        && id
            .as_ref()
            .is_some_and(|id| memory.holders(id, |holders| holders.seen() == 0));
    if let Some(id) = id {
        let of_others = memory.doubts_about(&id).and(told.open_doubts_about(&id));
        let pointed_out = for_others(memory, &id, prior, of_others, promised, &mut private.change);
        diagnostics.extend(pointed_out);
        if !of_others.is_none() {
            private.doubts.insert(id, of_others);
        }
    }
    let new: &[&str] = if private.change.is_some() && !promised {
        &MADE_BY_A_START
    } else if private.change.is_none()
        && (settles || planned != *prior)
        && private.start_may_follow()
        && is_known_at_rest(prior)
    {
        // Rest from before that start is no state to go on with, whenever this is applied.
        &["started_at", "state"]
    } else if settles {
        // Only an update can write down that the change was taken back, and only with something to update.
        &["started_at"]
    } else {
        &[]
    };
    for name in new {
        planned.set(name, Value::Unknown);
    }
    match private.change {
        Some(Change::Options) => {
            diagnostics.push(will_be_stopped_and_started(prior, &planned, &private));
        }
        Some(Change::Drift) => diagnostics.extend(will_not_be_repeated(prior, &planned, &private)),
        Some(Change::Triggers) | None => {}
    }
    respond(planned, &private, diagnostics)
}

/// Other objects of the processor may have brought it to rest, or be about to: whoever stays sees to it that it runs.
fn for_others(
    memory: &Memory,
    id: &str,
    prior: &Value,
    doubts: Doubts,
    promised: bool,
    change: &mut Option<Change>,
) -> Option<Diagnostic> {
    let runs = !is_known_at_rest(prior);
    let mut pointed_out = None;
    if change.is_none() && doubts.stop.is_some() && (runs || !promised) {
        *change = Some(Change::Drift);
        pointed_out = runs.then(|| a_stop_is_in_doubt(prior));
    }
    if change.is_some() || runs {
        // Said before it is asked for the other's word, so that one of the two has the other's.
        memory.holders(id, Holders::one_stays);
    }
    if change.is_none() && runs && memory.holders(id, |holders| holders.any_ends()) {
        // It comes after that, or keeps it from stopping the processor.
        *change = Some(Change::Drift);
        pointed_out = Some(another_is_destroyed(prior));
    }
    pointed_out
}

/// Another processor: the schema makes a replace of it, whose destroy half is told here what it has to know.
fn rename(
    memory: &Memory,
    prior: &Value,
    mut planned: Value,
    mut private: Private,
    mut diagnostics: Diagnostics,
) -> PlanResponse {
    diagnostics.extend(keeps_running(prior, &private));
    for name in MADE_BY_A_START {
        planned.set(name, Value::Unknown);
    }
    let new = names::path(&planned).map(|path| names::id(&path));
    planned.set("id", new.map_or(Value::Unknown, Value::from));
    private.said = true;
    private.doubts = memory.doubts();
    private.others = others(memory, prior);
    if private.others == Some(Others::Stay) && arguments::stop_on_destroy(prior) {
        private
            .left_to_others
            .extend(names::path(prior).map(|path| (names::id(&path), usize::MAX)));
        diagnostics.push(another_stays(prior));
    }
    respond(planned, &private, diagnostics)
}

/// A tainted object and a deposed one get a prior state here too, so that it says nothing about the mark: the current
/// object of the same processor may still need it.
fn destroy(memory: &Memory, request: &PlanRequest<'_>) -> PlanResponse {
    let private = Private::from_bytes(request.private);
    PlanResponse {
        planned: Value::Null,
        private: Private {
            destroys: true,
            others: others(memory, request.prior),
            ..private.in_state()
        }
        .to_bytes(),
        identity: request.identity.cloned(),
        diagnostics: keeps_running(request.prior, &private).into_iter().collect(),
    }
}

/// What the end of this object has to know of others.
fn others(memory: &Memory, prior: &Value) -> Option<Others> {
    let id = names::path(prior).map(|path| names::id(&path))?;
    let stops = arguments::stop_on_destroy(prior);
    if stops {
        memory.holders(&id, Holders::one_will_end);
    }
    if memory.holders(&id, |holders| holders.any_stays()) {
        return Some(Others::Stay);
    }
    stops.then_some(Others::MayFollow)
}

fn respond(planned: Value, private: &Private, diagnostics: Diagnostics) -> PlanResponse {
    PlanResponse {
        // Terraform cannot show a plan as JSON that holds an identity with unknowns; the apply tells it.
        identity: Some(names::identity(&planned)).filter(Value::is_wholly_known),
        private: private.to_bytes(),
        planned,
        diagnostics,
    }
}

/// The strongest reason to send a start, if there is any.
fn change(prior: &Value, planned: &Value, private: &Private) -> Option<Change> {
    let adopted = |name: &str| private.imported && prior.attribute(name).is_null();
    let runs_otherwise = private.unsettled.as_ref().is_some_and(|unsettled| {
        unsettled
            .sent
            .changed_options_to_others_than(&arguments::start_options(planned))
    });
    if runs_otherwise || changed_options(prior, planned).any(|name| !adopted(name)) {
        return Some(Change::Options);
    }
    if planned.attribute("triggers") != prior.attribute("triggers") && !adopted("triggers") {
        return Some(Change::Triggers);
    }
    let may_be_stopped = private.stop_in_doubt.is_some();
    let wanted = arguments::keep_started(planned) || private.stopped || may_be_stopped;
    let drifts = may_rest(prior, planned, private) || (is_known_at_rest(prior) && wanted);
    drifts.then_some(Change::Drift)
}

/// Null stands for rest where a refresh left it alone: now it is not to be.
fn may_rest(prior: &Value, planned: &Value, private: &Private) -> bool {
    prior.attribute("state").is_null()
        && private.start_may_follow()
        && arguments::keep_started(planned)
        && !arguments::keep_started(prior)
}

pub(super) fn is_known_at_rest(object: &Value) -> bool {
    object.attribute("state").as_str().is_some_and(is_at_rest)
}

/// The start options that were set or given another value; one that was removed has nothing to send.
pub(super) fn changed_options<'a>(
    prior: &'a Value,
    planned: &'a Value,
) -> impl Iterator<Item = &'static str> + 'a {
    ["tier", "resume_from_checkpoint", "start_at_operation_time"]
        .into_iter()
        .filter(|name| {
            let (before, after) = (prior.attribute(name), planned.attribute(name));
            let same_instant = || match (before.as_str(), after.as_str()) {
                (Some(before), Some(after)) => arguments::same_instant(before, after),
                _ => false,
            };
            !after.is_null() && after != before && !same_instant()
        })
}
