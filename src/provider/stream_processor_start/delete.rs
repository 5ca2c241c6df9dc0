//! Delete: the processor is stopped, where that was asked for, or only forgotten; a failed one changes nothing.

use crate::framework::{ApplyRequest, ApplyResponse, Diagnostic, Diagnostics, Value};

use super::apply::{Log, begin, nothing_done, with_last_look};
use super::arguments::{self, Timeout};
use super::private::Private;
use super::resource::StreamProcessorStart;
use super::settling;
use crate::provider::stream_processor::engine::EarlierStarts;
use crate::provider::stream_processor::names;
use crate::provider::stream_processor::report::{self, Stopping};

pub(crate) async fn delete(
    resource: &StreamProcessorStart,
    request: ApplyRequest,
) -> ApplyResponse {
    let private = Private::from_bytes(&request.private);
    let id = names::path(&request.prior).map(|path| names::id(&path));
    // The plan of the other half is made anew, in this process, and knows only what is left to it.
    for (id, &doubt) in &private.doubts {
        resource.memory.saw_doubt(id, doubt);
    }
    if let (Some(id), Some(resumed)) = (&id, &private.resumes)
        && resumed.id == *id
    {
        // The other half of this replace takes the place of a create that failed: by now the processor may run.
        resource.memory.resume(resumed);
        return gone(Diagnostics::default());
    }
    if !arguments::stop_on_destroy(&request.prior) {
        return gone(Diagnostics::default());
    }
    let job = match begin(
        resource,
        &request,
        &request.prior,
        Timeout::Delete,
        "delete",
    )
    .await
    {
        Ok(job) => job,
        Err(diagnostics) => return unchanged(diagnostics),
    };
    // Asked only now: another address may have started it while this one waited for its turn.
    if resource.run.is_kept_running(&job.id) {
        return gone(Diagnostics::from(left_running(&request.prior)));
    }
    let earlier = earlier_starts(&job.id, &request.prior, &private);
    let engine = job.engine(&request.prior, Box::new(Log));
    let stop = engine.stop(true, earlier).await;
    let diagnostics = report::stop(&stop, &job.subject, job.timeout, Stopping::Destroy);
    if stop.failure.is_none() {
        return gone(diagnostics);
    }
    if private.destroys {
        let state = with_last_look(request.prior, stop.state, stop.stopped);
        nothing_done(state, private.in_state().to_bytes(), diagnostics)
    } else {
        // What the object remembers is not at hand here, and a state would be stored without it.
        unchanged(diagnostics)
    }
}

/// What starts of this object may still do.
fn earlier_starts(id: &str, prior: &Value, private: &Private) -> EarlierStarts {
    // The destroy half of a replace gets the bytes of the other half, which of this object tell the doubts alone.
    let doubt = private.open_doubt().max(private.open_doubt_about(id));
    let in_doubt = doubt.map(settling::of_a_doubt).unwrap_or_default();
    let accepted = if private.destroys {
        private.start_shows_within(prior)
    } else {
        settling::of_the_accepted_start(prior)
    };
    EarlierStarts {
        may_show_within: accepted.max(in_doubt),
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

fn left_running(prior: &Value) -> Diagnostic {
    let name = prior
        .attribute("processor_name")
        .as_str()
        .unwrap_or_default();
    Diagnostic::warning(
        format!("Stream processor \"{name}\" was not stopped"),
        "stop_on_destroy is true, but this same run started the processor or found it STARTED and kept it for another \
         resource (or for the replacement of this one), so stopping it now would undo that.",
    )
}
