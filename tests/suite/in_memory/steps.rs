//! What can happen to a start: what people do, what breaks, and what Atlas does; drawn at random.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, StartBehaviour};
use proptest::prelude::*;

use super::words::NAME;

/// One thing that happens.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Apply,
    /// Ctrl-C so many milliseconds after the apply began.
    Interrupted(u64),
    Destroy,
    Untaint,
    Import,
    Replace,
    /// Somebody does this to the processor outside.
    Outside(&'static str),
    DeletedOutside,
    Edit(Edit),
    Broken(Fault),
    Mended,
    StartsAre(StartBehaviour),
    /// For so many seconds, reads show what was before a start or stop.
    ReadsLag(u64),
}

/// In which order a replace goes, and what Terraform tells the create in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Host {
    pub(super) create_before_destroy: bool,
    pub(super) feeds_planned_private: bool,
}

/// The arguments as they are from now on.
#[derive(Clone, Debug, Default)]
pub(super) struct Edit {
    pub(super) tier: Option<&'static str>,
    pub(super) if_started: Option<&'static str>,
    pub(super) trigger: u8,
    pub(super) stop_on_destroy: bool,
    pub(super) wait: Option<bool>,
    pub(super) keep_started: Option<bool>,
    pub(super) resume_from_checkpoint: Option<bool>,
    pub(super) processor: usize,
}

pub(super) fn hosts() -> impl Strategy<Value = Host> {
    (any::<bool>(), any::<bool>()).prop_map(|(create_before_destroy, feeds_planned_private)| Host {
        create_before_destroy,
        feeds_planned_private,
    })
}

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let state = prop::sample::select(vec!["STARTED", "STOPPED", "FAILED", "CREATED"]);
    let edit = (
        prop::sample::select(vec![None, Some("SP10"), Some("SP30")]),
        prop::sample::select(vec![None, Some("keep"), Some("restart"), Some("error")]),
        0..2_u8,
        any::<bool>(),
        prop::sample::select(vec![None, Some(false)]),
        prop::sample::select(vec![None, None, Some(false)]),
        prop::sample::select(vec![None, None, Some(false)]),
        prop::sample::select(vec![0, 0, 0, 1]),
    );
    let edit = edit.prop_map(
        |(tier, if_started, trigger, stop_on_destroy, wait, keep_started, resume, processor)| {
            Edit {
                tier,
                if_started,
                trigger,
                stop_on_destroy,
                wait,
                keep_started,
                resume_from_checkpoint: resume,
                processor,
            }
        },
    );
    let start = prop::sample::select(vec![
        StartBehaviour::default(),
        StartBehaviour::slow("STARTING", Lag::Time(Duration::from_secs(40))),
        StartBehaviour::slow("STARTING", Lag::Time(Duration::from_secs(600))),
        StartBehaviour::failing("STARTING", Lag::Time(Duration::from_secs(3))),
    ]);
    let step = prop_oneof![
        6 => Just(Step::Apply),
        2 => (0..60_000_u64).prop_map(Step::Interrupted),
        1 => Just(Step::Destroy),
        1 => Just(Step::Untaint),
        1 => Just(Step::Import),
        1 => Just(Step::Replace),
        2 => state.prop_map(Step::Outside),
        1 => Just(Step::DeletedOutside),
        3 => edit.prop_map(Step::Edit),
        5 => fault().prop_map(Step::Broken),
        1 => Just(Step::Mended),
        2 => start.prop_map(Step::StartsAre),
        1 => (0..7_u64).prop_map(Step::ReadsLag),
    ];
    prop::collection::vec(step, 1..14)
}

fn fault() -> impl Strategy<Value = Fault> {
    let operation = prop::sample::select(vec![
        Operation::Get,
        Operation::Start,
        Operation::StartWith,
        Operation::Stop,
    ]);
    let effect = (0..15_usize, any::<bool>()).prop_map(|(which, processed)| match which {
        0 => Effect::stream_processor_timeout("workspace-1", NAME, processed),
        1 => Effect::unexpected_error(processed),
        2 => Effect::service_unavailable(processed),
        3 => Effect::Reset { processed },
        4 => Effect::NoAnswer { processed },
        5 => Effect::upstream_connect_error(),
        6 => Effect::html(502),
        7 => Effect::rate_limited(20),
        8 => Effect::rate_limited_without_header(20),
        9 => Effect::conflict(NAME),
        10 => Effect::project_lookup_failed(NAME, "0123456789abcdef01234567"),
        11 => Effect::user_unauthorized(),
        12 => Effect::access_forbidden(),
        13 => Effect::Truncate,
        _ => Effect::tier_too_small(NAME),
    });
    (operation, effect, 1..4_u32)
        .prop_map(|(operation, effect, times)| Fault::on(operation, effect).times(times))
}
