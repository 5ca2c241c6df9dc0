//! What a plan points out: warnings of what an apply will do that the plan's own lines do not show.

use crate::framework::{Diagnostic, Value};

use super::arguments;
use super::plan::{changed_options, is_known_at_rest};
use super::private::{Change, Private, Sent};
use crate::provider::stream_processor::names;

/// The constant summary of the warning that a processor keeps running, so that hosts fold many into one.
const KEEPS_RUNNING: &str = "Stream processor keeps running";

/// The warning of a destroy or replace that does not stop the processor; none where it is at rest, and stays so.
pub(super) fn keeps_running(prior: &Value, private: &Private) -> Option<Diagnostic> {
    if arguments::stop_on_destroy(prior) {
        return None;
    }
    let at_rest = is_known_at_rest(prior);
    let may_start = private.open_doubt().is_some() || private.an_unseen_start_may_show(prior);
    let so = match (at_rest, may_start) {
        (true, false) => return None,
        (true, true) => {
            "and a start of a moment ago, which does not show yet, may still take effect: then it runs"
        }
        (false, _) => "so it keeps running",
    };
    Some(Diagnostic::warning(
        KEEPS_RUNNING,
        format!(
            "Terraform will only forget that {} was started: stop_on_destroy is not true, {so} and is billed until \
             somebody stops it. To have it stopped, set stop_on_destroy = true and apply that first.",
            the_processor(prior)
        ),
    ))
}

pub(super) fn will_be_stopped_and_started(
    prior: &Value,
    planned: &Value,
    private: &Private,
) -> Diagnostic {
    let options: Vec<&str> = changed_options(prior, planned).collect();
    let why = if options.is_empty() {
        "An earlier apply failed after it had, or may have, started the processor with other start options. To run \
         with those of the configuration, it takes another start, which"
            .to_owned()
    } else {
        format!(
            "A start option only takes effect with a start, so the change of {}",
            options.join(" and ")
        )
    };
    let repeats = private
        .unsettled
        .as_ref()
        .is_some_and(|unsettled| unsettled.sent == Sent::planned(Some(Change::Options), planned));
    if repeats {
        return Diagnostic::warning(
            "Stream processor will be started, unless it runs",
            format!(
                "An earlier apply sent this very start, and failed after that. If {} is STARTED by now, and with no other tier, it is taken for \
                 that. Otherwise it is started with the new options, and stopped before that if it runs.",
                the_processor(prior)
            ),
        );
    }
    Diagnostic::warning(
        "Stream processor will be stopped and started",
        format!(
            "{why} stops {} if it is running, and starts it with the new options. It processes nothing in between.",
            the_processor(prior)
        ),
    )
}

/// Of a failed create that was untainted: whoever takes it for made may not know that its options may never have taken effect.
pub(super) fn will_not_be_repeated(
    prior: &Value,
    planned: &Value,
    private: &Private,
) -> Option<Diagnostic> {
    let unsettled = private.unsettled.as_ref()?;
    let options = unsettled.sent.once();
    let options: Vec<&str> = options
        .filter(|option| !planned.attribute(option).is_null())
        .collect();
    if options.is_empty() || unsettled.carried_out {
        return None;
    }
    Some(Diagnostic::warning(
        "Start options of an earlier apply are not repeated",
        format!(
            "An earlier apply sent a start with {}, and failed: it may never have been carried out. A processor that is found at rest is \
             started from its checkpoint, so that nothing is processed twice behind anybody's back. To start {} with those options, use \
             `terraform apply -replace=ADDRESS`.",
            options.join(" and "),
            the_processor(prior)
        ),
    ))
}

pub(super) fn another_is_destroyed(prior: &Value) -> Diagnostic {
    Diagnostic::warning(
        "Another object of the same stream processor is destroyed",
        format!(
            "This plan destroys another resource (or what a replace left over) that has stop_on_destroy = true and the same {}, \
             while this resource stays. The apply therefore sees to it that the processor runs in the end, and starts it again if \
             it was stopped before that.",
            the_processor(prior)
        ),
    )
}

pub(super) fn another_stays(prior: &Value) -> Diagnostic {
    Diagnostic::warning(
        "Another object of the same stream processor stays",
        format!(
            "This plan gives a resource that has stop_on_destroy = true another processor, and another resource keeps {}. So it is \
             left running. Only with create_before_destroy, Terraform before 1.16 and OpenTofu do not hand that on to the destroy, \
             which then stops it: apply once more, so that the resource that keeps it starts it again.",
            the_processor(prior)
        ),
    )
}

pub(super) fn a_stop_is_in_doubt(prior: &Value) -> Diagnostic {
    Diagnostic::warning(
        "A stop of the stream processor may still take effect",
        format!(
            "An earlier apply sent a stop of {}, and no look has shown since what became of it. For up to a minute it may still take effect. The apply \
             therefore waits until it cannot any more, and starts the processor should it be at rest then.",
            the_processor(prior)
        ),
    )
}

/// At rest, and `keep_started` is no reason to start it.
pub(super) fn a_stop_of_ours_is_undone(prior: &Value) -> Diagnostic {
    Diagnostic::warning(
        "Stream processor will be started again",
        format!(
            "An earlier apply or destroy sent a stop of {}, and ended before it was through. The processor is at rest, this resource stays, \
             and so this apply starts it again, although keep_started is false. To have it at rest, destroy the resource.",
            the_processor(prior)
        ),
    )
}

fn the_processor(object: &Value) -> String {
    match names::path(object) {
        Some(path) => format!(
            "stream processor \"{}\" in workspace \"{}\"",
            path.processor_name, path.tenant_name
        ),
        None => "the stream processor".to_owned(),
    }
}
