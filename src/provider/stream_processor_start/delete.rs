//! Delete: the processor is stopped, where that was asked for, or only forgotten; a failed one changes nothing.

use crate::framework::{ApplyRequest, ApplyResponse, Diagnostic, Diagnostics, Value};

use super::apply::{Log, begin};
use super::arguments::{self, IfStarted, Timeout};
use super::doubts::Doubts;
use super::plan::is_known_at_rest;
use super::private::{Others, Private};
use super::recorded::{nothing_done, with_last_look};
use super::resource::StreamProcessorStart;
use super::settling;
use crate::provider::stream_processor::engine::{EarlierStarts, Stop, is_at_rest};
use crate::provider::stream_processor::names;
use crate::provider::stream_processor::report::{self, Stopping};

pub(crate) async fn delete(
    resource: &StreamProcessorStart,
    request: ApplyRequest,
) -> ApplyResponse {
    let private = Private::from_bytes(&request.private);
    let id = names::path(&request.prior).map(|path| names::id(&path));
    let id = id.unwrap_or_default();
    // The plan of the other half is made anew, in this process, and knows only what is left to it.
    for (id, &doubts) in &private.doubts {
        resource.memory.saw_doubts(id, doubts);
    }
    if let (true, Some(id)) = (private.stopped, &private.creates) {
        resource.memory.has_stopped(id);
    }
    if let Some(resumed) = private.resumes.as_ref().filter(|one| one.id == id) {
        // The other half of this replace takes the place of a create that failed: by now the processor may run.
        resource.memory.resume(resumed);
        return gone(left_to_the_create(&request.prior).into_iter().collect());
    }
    let doubts = private.open_doubts().and(private.open_doubts_about(&id));
    // What stays, and is planned once more after this, waits for it too.
    resource.memory.saw_doubts(&id, doubts);
    let mut end = End::of(resource, &request.prior, &private, &id);
    // The other half of a replace waits for a stop in doubt of the same processor, as long as it is given; otherwise nobody would.
    let waits =
        private.creates.as_deref() != Some(id.as_str()) && !doubts.stop_follows_within().is_zero();
    if end == End::Forgotten && no_plan_has_said_so(&request.prior, &private, doubts, &id) {
        end = End::ForgottenInSilence;
    }
    if end != End::Stopped && !waits {
        return gone(end.told(&request.prior));
    }
    let prior = &request.prior;
    let job = begin(resource, &request, prior, Timeout::Delete, "delete").await;
    let job = match job {
        Ok(job) => job,
        Err(diagnostics) => return unchanged(diagnostics),
    };
    // Asked only now: another address may have started it while this one waited for its turn.
    let is_kept = resource.run.is_kept_running(&job.id);
    if end == End::Stopped && is_kept {
        end = End::Left(OTHER_RUNS);
        if !waits {
            return gone(end.told(prior));
        }
    }
    let stops_within = doubts
        .stop_follows_within()
        .max(job.stop_may_follow_within());
    let engine = job.engine(prior, Box::new(Log));
    let stop = if end == End::Stopped {
        let earlier = earlier_starts(prior, doubts);
        engine.stop(true, earlier, stops_within).await
    } else {
        let shows_within = job.earlier_starts().may_show_within;
        engine.outlast(shows_within, stops_within).await
    };
    job.remember_a_stop_that_follows(stop.follows_within);
    let by = match (end == End::Stopped, private.destroys) {
        (false, _) => Stopping::Outlast,
        (true, true) => Stopping::Destroy,
        (true, false) => Stopping::Replace,
    };
    let diagnostics = report::stop(&stop, &job.subject, job.timeout, by);
    if stop.stopped {
        resource.memory.has_stopped(&id);
    }
    if stop.failure.is_some() {
        return kept(request.prior, &private, doubts, stop, diagnostics);
    }
    let is_held = is_kept || private.others == Some(Others::Stay) || matches!(end, End::Left(_));
    if end != End::Stopped && is_held && stop.state.as_deref().is_some_and(is_at_rest) {
        return unchanged(Diagnostics::from(undone(prior)));
    }
    let mut told = end.told(prior);
    told.extend(diagnostics);
    gone(told)
}

/// What becomes of the processor when its object goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Terraform forgets that it was started.
    Forgotten,
    /// The same, and no plan has said so.
    ForgottenInSilence,
    /// It was to be stopped, and is left running for this reason.
    Left(&'static str),
    Stopped,
}

impl End {
    fn of(resource: &StreamProcessorStart, prior: &Value, private: &Private, id: &str) -> Self {
        let memory = &resource.memory;
        memory.are_held(&private.left_to_others);
        let stops = arguments::stop_on_destroy(prior);
        // The create half of a replace is another that holds it, and follows.
        let is_followed = private.others.is_none() && private.creates.as_deref() == Some(id);
        let knows_who_stays = private.others == Some(Others::Stay);
        let is_to_stop = stops && !is_followed && !knows_who_stays;
        let leaves_another = memory.holders(id, |holders| holders.one_ends(is_to_stop));
        if !stops {
            return match memory.holders(id, |holders| holders.is_to_be_stopped()) && !leaves_another
            {
                true => Self::Stopped,
                false => Self::Forgotten,
            };
        }
        // Where nothing is known of one that stays, or this was tainted and goes to another processor, it is said to whoever is
        // planned after this, and asked of whoever was before.
        let another_stays = knows_who_stays
            || (is_to_stop
                && (leaves_another || memory.holders(id, |holders| holders.any_stays())));
        if another_stays {
            Self::Left(OTHER_STAYS)
        } else {
            Self::Stopped
        }
    }

    fn told(self, prior: &Value) -> Diagnostics {
        match self {
            Self::Left(why) => Diagnostics::from(left_running(prior, why)),
            Self::ForgottenInSilence => Diagnostics::from(left_running(prior, ONLY_FORGOTTEN)),
            Self::Forgotten | Self::Stopped => Diagnostics::default(),
        }
    }
}

/// A tainted object that goes to another processor: its plan is told nothing of it.
fn no_plan_has_said_so(prior: &Value, private: &Private, doubts: Doubts, id: &str) -> bool {
    let goes_elsewhere = !private.destroys && private.creates.as_deref() != Some(id);
    let may_run =
        !is_known_at_rest(prior) || !earlier_starts(prior, doubts).may_show_within.is_zero();
    goes_elsewhere && !private.said && may_run
}

/// The object stays in state, with what this delete found out before it failed.
fn kept(
    prior: Value,
    private: &Private,
    doubts: Doubts,
    stop: Stop,
    diagnostics: Diagnostics,
) -> ApplyResponse {
    let own = match &private.replaces {
        // At rest, it stands where the person wanted it.
        _ if private.destroys => Private {
            stopped: private.stopped,
            ..stopped_by_us(&private.in_state(), &stop)
        },
        Some(replaced) => stopped_by_us(replaced, &stop),
        // What a tainted object remembers is not at hand here, and only a stop is worth more.
        None if stop.stopped || doubts.stop.is_some() => {
            let known = Private {
                doubt: doubts.start,
                stop_in_doubt: doubts.stop,
                ..Private::default()
            };
            stopped_by_us(&known, &stop)
        }
        None => return unchanged(diagnostics),
    };
    let state = with_last_look(prior, stop.state, stop.stopped);
    nothing_done(state, own.to_bytes(), diagnostics)
}

/// What an object remembers whose replace was to stop it and then went no further: nobody wanted it at rest.
fn stopped_by_us(own: &Private, stop: &Stop) -> Private {
    Private {
        stopped: own.stopped || stop.stopped,
        stop_in_doubt: settling::doubt_for(stop.follows_within).or(own.stop_in_doubt),
        ..own.clone()
    }
}

/// What starts of this object may still do.
fn earlier_starts(prior: &Value, doubts: Doubts) -> EarlierStarts {
    let in_doubt = doubts.start_follows_within();
    EarlierStarts {
        may_show_within: settling::of_the_last_start(prior, true).max(in_doubt),
        may_follow_within: in_doubt,
    }
}

fn gone(diagnostics: Diagnostics) -> ApplyResponse {
    nothing_done(Value::Null, Vec::new(), diagnostics)
}

/// Beside an error, no state means that everything stays as it is stored.
fn unchanged(diagnostics: Diagnostics) -> ApplyResponse {
    gone(diagnostics)
}

const ONLY_FORGOTTEN: &str = "stop_on_destroy is not true, and this resource, which was tainted or whose create failed, is replaced by one of another \
                              processor, as far as its plan knew. So Terraform has only forgotten this one, which may be running, and is billed then \
                              until somebody stops it. Nothing is to be done where the names were not known before the apply, and turn out to be the same.";

const OTHER_RUNS: &str = "stop_on_destroy is true, but this same run started the processor or found it STARTED and kept it for \
                          another resource (or for the replacement of this one), so stopping it now would undo that.";

const OTHER_STAYS: &str = "stop_on_destroy is true, but another resource (or the one that took the place of this) has the same \
                           processor. Where that stays in state, stopping it now would undo that; where this same run ends it too, \
                           the last of them stops it.";

/// What another object holds was to be left running, and is at rest.
fn undone(prior: &Value) -> Diagnostic {
    Diagnostic::error(
        format!("Stream processor {} is at rest", quoted_name(prior)),
        "It was to be left running, because another resource (or the replacement of this one) has the same processor. But an earlier apply sent a stop that took effect only now. Apply once more: the refresh finds it at rest, and the resource that stays starts it \
         again, unless its keep_started is false.",
    )
}

fn left_running(prior: &Value, why: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("Stream processor {} was not stopped", quoted_name(prior)),
        why,
    )
}

/// Between the two halves of a replace the state has nothing of a processor that may run, and something else may fail then. Where the
/// create would come to the same end without any memory, nothing is said.
fn left_to_the_create(prior: &Value) -> Option<Diagnostic> {
    if !arguments::stop_on_destroy(prior) && IfStarted::of(prior) == IfStarted::Keep {
        return None;
    }
    let id = names::path(prior).map(|path| names::id(&path))?;
    Some(Diagnostic::warning(
        format!(
            "Stream processor {} was left to the create",
            quoted_name(prior)
        ),
        format!(
            "An earlier create failed after it had, or may have, started the processor. So this replace does not stop it, and its \
             other half, the create that follows in this run, takes it as it is. Should the run end before that, because something \
             else fails, then Terraform knows nothing of the processor any more, which may be running and billed: import it, \
             before the next apply, with `terraform import ADDRESS '{id}'`. If that create is long settled and you have tainted the \
             resource since, this is not what you meant: once this apply is over, `terraform apply -replace=ADDRESS` stops and starts it."
        ),
    ))
}

fn quoted_name(object: &Value) -> String {
    let name = object.attribute("processor_name").as_str();
    format!("\"{}\"", name.unwrap_or_default())
}
