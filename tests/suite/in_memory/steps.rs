//! What can happen to a start: what people do, what breaks, and what Atlas does; drawn at random.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, StartBehaviour};
use proptest::prelude::*;

use super::troubles::troubles;
use super::words::{ACCESS_TOKEN, API_KEY, Caller, SERVICE_ACCOUNT};

/// One thing that happens.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Apply,
    /// Ctrl-C so many milliseconds after the apply began.
    Interrupted(u64),
    /// A plan, and its apply so many seconds later; somebody may do this to the processor in between.
    Saved(u64, Option<&'static str>),
    /// An apply, and so many milliseconds after it began somebody does this to the processor.
    Disturbed(u64, &'static str),
    Destroy,
    InterruptedDestroy(u64),
    Taint,
    Untaint,
    Import,
    Replace,
    /// Somebody does this to the processor outside.
    Outside(&'static str),
    DeletedOutside,
    Edit(Edit),
    /// The next request that the fault is for, or a later one, comes to this.
    Broken(Fault),
    Mended,
    StartsAre(StartBehaviour),
    /// For so many seconds, reads show what was before a start or stop.
    ReadsLag(u64),
    /// So many seconds in STOPPING.
    StopsTake(u64),
    /// Seconds.
    Passes(u64),
}

/// As whom the provider asks.
#[derive(Clone, Copy, Debug)]
pub(super) enum Who {
    AccessToken,
    ServiceAccount,
    ApiKey,
}

impl Who {
    pub(super) fn caller(self) -> Caller {
        match self {
            Self::AccessToken => ACCESS_TOKEN,
            Self::ServiceAccount => SERVICE_ACCOUNT,
            Self::ApiKey => API_KEY,
        }
    }
}

/// How a life begins: in which order a replace goes, what Terraform tells the create in it, who asks, and for what.
#[derive(Clone, Debug)]
pub(super) struct Host {
    pub(super) who: Who,
    pub(super) create_before_destroy: bool,
    pub(super) feeds_planned_private: bool,
    /// Somebody has started the processor before.
    pub(super) runs: bool,
    pub(super) edit: Edit,
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

/// How it begins and what happens then: anything, or only what comes one upon the other while a stop and a start are on their way.
pub(super) fn lives() -> impl Strategy<Value = (Host, Vec<Step>)> {
    prop_oneof![
        (host(any_edit()), prop::collection::vec(any_step(), 1..14)),
        (
            host(hurried_edit()),
            prop::collection::vec(hurried_step(), 1..10)
        ),
        (
            host(hurried_edit()),
            prop::collection::vec(bout(), 1..5)
                .prop_map(|bouts| bouts.into_iter().flatten().collect())
        ),
    ]
}

fn host(edit: impl Strategy<Value = Edit>) -> impl Strategy<Value = Host> {
    let who = prop::sample::select(vec![Who::AccessToken, Who::ServiceAccount, Who::ApiKey]);
    (any::<bool>(), any::<bool>(), who, any::<bool>(), edit).prop_map(
        |(create_before_destroy, feeds_planned_private, who, runs, edit)| Host {
            who,
            create_before_destroy,
            feeds_planned_private,
            runs,
            edit,
        },
    )
}

fn any_edit() -> impl Strategy<Value = Edit> {
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
    edit.prop_map(
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
    )
}

fn any_step() -> impl Strategy<Value = Step> {
    let start = prop::sample::select(vec![
        StartBehaviour::default(),
        StartBehaviour::slow("STARTING", Lag::Time(Duration::from_secs(40))),
        StartBehaviour::slow("STARTING", Lag::Time(Duration::from_secs(600))),
        StartBehaviour::failing("STARTING", Lag::Time(Duration::from_secs(3))),
    ]);
    prop_oneof![
        6 => Just(Step::Apply),
        4 => (0..12_000_u64).prop_map(Step::Interrupted),
        1 => (0..60_u64, prop::option::of(state())).prop_map(|(later, state)| Step::Saved(later, state)),
        1 => (0..12_000_u64, state()).prop_map(|(after, state)| Step::Disturbed(after, state)),
        1 => Just(Step::Destroy),
        1 => (0..6_000_u64).prop_map(Step::InterruptedDestroy),
        1 => Just(Step::Taint),
        1 => Just(Step::Untaint),
        1 => Just(Step::Import),
        1 => Just(Step::Replace),
        2 => state().prop_map(Step::Outside),
        1 => Just(Step::DeletedOutside),
        3 => any_edit().prop_map(Step::Edit),
        5 => fault().prop_map(Step::Broken),
        1 => Just(Step::Mended),
        2 => start.prop_map(Step::StartsAre),
        1 => (0..9_u64).prop_map(Step::ReadsLag),
        1 => (0..20_u64).prop_map(Step::StopsTake),
        1 => passes().prop_map(Step::Passes),
    ]
}

pub(super) fn hurried_edit() -> impl Strategy<Value = Edit> {
    let edit = (
        prop::sample::select(vec![None, Some("SP10")]),
        prop::sample::select(vec![None, Some("restart"), Some("restart"), Some("error")]),
        0..2_u8,
        any::<bool>(),
        prop::sample::select(vec![None, None, Some(false)]),
        prop::sample::select(vec![None, Some(false)]),
    );
    edit.prop_map(
        |(tier, if_started, trigger, stop_on_destroy, wait, keep_started)| Edit {
            tier,
            if_started,
            trigger,
            stop_on_destroy,
            wait,
            keep_started,
            ..Edit::default()
        },
    )
}

/// A change whose apply is broken off, and what is done about that.
fn bout() -> impl Strategy<Value = Vec<Step>> {
    let lost = prop::option::of(lost_answer());
    let ends = prop_oneof![
        3 => (0..12_000_u64).prop_map(Step::Interrupted),
        1 => Just(Step::Apply),
        1 => (0..6_000_u64).prop_map(Step::InterruptedDestroy),
    ];
    let then = prop::collection::vec(hurried_step(), 0..3);
    (hurried_edit(), lost, ends, then).prop_map(|(edit, lost, ends, then)| {
        let lost = lost.map(Step::Broken);
        let begin = std::iter::once(Step::Edit(edit)).chain(lost).chain([ends]);
        begin.chain(then).collect()
    })
}

/// Restarts that lag, are interrupted and lose their answers.
fn hurried_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => Just(Step::Apply),
        4 => (0..12_000_u64).prop_map(Step::Interrupted),
        1 => (0..12_000_u64).prop_map(Step::InterruptedDestroy),
        1 => Just(Step::Replace),
        1 => Just(Step::Taint),
        2 => Just(Step::Untaint),
        1 => prop::sample::select(vec!["STARTED", "STOPPED"]).prop_map(Step::Outside),
        4 => hurried_edit().prop_map(Step::Edit),
        2 => lost_answer().prop_map(Step::Broken),
        2 => prop::sample::select(vec![8, 8, 0]).prop_map(Step::ReadsLag),
        1 => prop::sample::select(vec![6, 0]).prop_map(Step::StopsTake),
        1 => passes().prop_map(Step::Passes),
    ]
}

fn state() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["STARTED", "STOPPED", "FAILED", "CREATED"])
}

fn passes() -> impl Strategy<Value = u64> {
    prop::sample::select(vec![1, 5, 12, 45, 3_600])
}

/// The answer to a start or stop never comes, whether or not it takes effect.
pub(super) fn lost_answer() -> impl Strategy<Value = Fault> {
    let place = prop::sample::select(vec![
        Operation::Start,
        Operation::StartWith,
        Operation::Stop,
    ]);
    (place, any::<bool>())
        .prop_map(|(place, processed)| Fault::on(place, Effect::NoAnswer { processed }))
}

/// Anything that may go wrong, with any request that an apply sends.
fn fault() -> impl Strategy<Value = Fault> {
    let place = prop::sample::select(vec![
        Some(Operation::Get),
        Some(Operation::Get),
        Some(Operation::Start),
        Some(Operation::StartWith),
        Some(Operation::Stop),
        Some(Operation::Token),
        None,
    ]);
    let trouble = prop::sample::select(troubles());
    (place, trouble, 0..3_u32, 1..4_u32).prop_map(|(place, trouble, skip, times)| {
        let effect = (trouble.effect)();
        let fault = match place {
            Some(operation) => Fault::on(operation, effect),
            None => Fault::on_challenge(effect),
        };
        fault.skip(skip).times(times)
    })
}
