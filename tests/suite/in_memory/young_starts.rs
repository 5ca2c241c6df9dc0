//! What comes soon after a start that does not show yet: a destroy forgets nothing that is about to run, and without wait nobody
//! waits for what somebody else has begun, or takes it for their own.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, StartBehaviour};
use terraform_provider_atlas::framework::Value;
use tokio::time::Instant;

use super::invoking::{atlas_with, invoke};
use super::terraform::Terraform;
use super::words::{NAME, after, an_hour_passes, applied, errors, nothing_is_planned, triggers};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// No answer, and an effect so long after the request.
fn late(after: u64) -> Effect {
    Effect::NoAnswer { processed: false }.processed_late(seconds(after))
}

fn destroyed_with_a_stop() -> Terraform {
    Terraform::with_processor("CREATED").configured(&[("stop_on_destroy", Value::from(true))])
}

/// One way in which a start is young when the destroy comes.
struct Young {
    what: &'static str,
    arguments: Vec<(&'static str, Value)>,
    effect: Option<Effect>,
    read_lag: Option<u64>,
    interrupted_after: Option<u64>,
}

fn five_seconds_to_create() -> (&'static str, Value) {
    let times = [("create", Value::from("5s"))]
        .into_iter()
        .chain(["read", "update", "delete"].map(|name| (name, Value::Null)));
    let times = times.map(|(name, time)| (name.to_owned(), time));
    ("timeouts", Value::Object(times.collect()))
}

fn young_starts() -> Vec<Young> {
    let usual = |what| Young {
        what,
        arguments: Vec::new(),
        effect: None,
        read_lag: None,
        interrupted_after: None,
    };
    vec![
        Young {
            effect: Some(late(3)),
            interrupted_after: Some(1),
            ..usual("interrupted, 3 s late")
        },
        Young {
            effect: Some(late(20)),
            interrupted_after: Some(1),
            ..usual("interrupted, 20 s late")
        },
        Young {
            arguments: vec![five_seconds_to_create()],
            effect: Some(late(20)),
            ..usual("out of time, 20 s late")
        },
        Young {
            read_lag: Some(6),
            interrupted_after: Some(1),
            ..usual("interrupted while reads lag")
        },
        Young {
            arguments: vec![("wait", Value::from(false))],
            read_lag: Some(6),
            ..usual("without wait while reads lag")
        },
    ]
}

#[tokio::test(start_paused = true)]
async fn a_destroy_right_after_a_start_that_does_not_show_yet_stops_it() {
    for young in young_starts() {
        let mut terraform = destroyed_with_a_stop();
        terraform.edit(
            &[
                vec![("stop_on_destroy", Value::from(true))],
                young.arguments,
            ]
            .concat(),
        );
        if let Some(effect) = young.effect {
            terraform.atlas.fault(Fault::on(Operation::Start, effect));
        }
        let lag = young.read_lag.map(|lag| Lag::Time(seconds(lag)));
        terraform.atlas.settings(|settings| settings.read_lag = lag);
        terraform.interrupt_after = young.interrupted_after.map(seconds);
        let _ = terraform.apply().await;
        terraform.interrupt_after = None;
        assert!(terraform.state.is_some(), "{}", young.what);
        let told = errors(&terraform.destroy().await);
        assert_eq!(told, Vec::<String>::new(), "{}", young.what);
        assert!(terraform.state.is_none(), "{}", young.what);
        tokio::time::sleep(seconds(120)).await;
        let truth = terraform.atlas.state(NAME);
        assert_eq!(truth.as_deref(), Some("STOPPED"), "{}", young.what);
        assert_eq!(terraform.starts(), 1, "{}", young.what);
        assert_eq!(terraform.stops(), 1, "{}", young.what);
    }
}

/// What happens to a processor that this resource started long ago, before its next start is lost.
type Earlier = (&'static str, Vec<(&'static str, Value)>, Operation);

#[tokio::test(start_paused = true)]
async fn so_does_one_after_a_later_start_whatever_is_known_of_an_earlier_one() {
    let cases: [Earlier; 3] = [
        ("drift", Vec::new(), Operation::Start),
        ("triggers", vec![triggers("2")], Operation::Start),
        (
            "tier",
            vec![("tier", Value::from("SP30"))],
            Operation::StartWith,
        ),
    ];
    for (what, change, operation) in cases {
        let mut terraform = destroyed_with_a_stop();
        applied(&mut terraform).await;
        an_hour_passes(&mut terraform).await;
        terraform.atlas.set_state(NAME, "STOPPED");
        terraform.edit(&[vec![("stop_on_destroy", Value::from(true))], change].concat());
        terraform.atlas.fault(Fault::on(operation, late(20)));
        terraform.interrupt_after = Some(seconds(3));
        let told = errors(&terraform.apply().await);
        assert!(told[0].contains("may have accepted"), "{what}: {told:?}");
        terraform.interrupt_after = None;
        assert!(!terraform.destroy().await.has_error(), "{what}");
        tokio::time::sleep(seconds(120)).await;
        let truth = terraform.atlas.state(NAME);
        assert_eq!(truth.as_deref(), Some("STOPPED"), "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_destroy_that_is_interrupted_while_a_start_may_still_show_keeps_the_object() {
    let mut terraform = destroyed_with_a_stop();
    terraform.atlas.fault(Fault::on(Operation::Start, late(20)));
    terraform.interrupt_after = Some(seconds(1));
    let _ = terraform.apply().await;
    let told = errors(&terraform.destroy().await);
    assert!(told[0].contains("interrupted"), "{told:?}");
    assert!(terraform.state.is_some());
    terraform.interrupt_after = None;
    assert!(!terraform.destroy().await.has_error());
    tokio::time::sleep(seconds(120)).await;
    assert_eq!(terraform.atlas.state(NAME).as_deref(), Some("STOPPED"));
}

#[tokio::test(start_paused = true)]
async fn what_has_shown_and_was_stopped_outside_is_destroyed_at_once() {
    let mut terraform = destroyed_with_a_stop();
    applied(&mut terraform).await;
    terraform.atlas.set_state(NAME, "STOPPED");
    terraform.refresh = false;
    let began = Instant::now();
    assert!(!terraform.destroy().await.has_error());
    assert!(began.elapsed() < seconds(1), "{:?}", began.elapsed());
}

/// A start of somebody else with another tier, which comes so soon after ours was lost without effect.
#[tokio::test(start_paused = true)]
async fn without_wait_the_start_of_somebody_else_is_not_taken_for_a_lost_one() {
    let mut terraform = Terraform::with_processor("CREATED")
        .configured(&[("tier", Value::from("SP30")), ("wait", Value::from(false))]);
    let lost = Effect::Reset { processed: false };
    terraform.atlas.fault(Fault::on(Operation::StartWith, lost));
    terraform.atlas.settings(|settings| {
        settings.start = StartBehaviour::slow("STARTING", Lag::Time(seconds(1800)));
    });
    let atlas = terraform.atlas.clone();
    tokio::spawn(async move {
        tokio::time::sleep(seconds(3)).await;
        let theirs = [("tier", Value::from("SP10")), ("wait", Value::from(false))];
        invoke(&atlas, &theirs).await;
    });
    let began = Instant::now();
    let (errors, warnings) = applied(&mut terraform).await;
    assert_eq!(errors, Vec::<String>::new());
    assert!(
        warnings[0].contains("keeps running without"),
        "{warnings:?}"
    );
    assert_eq!(terraform.attribute("started_at"), Some(Value::Null));
    assert!(began.elapsed() < seconds(15), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn without_wait_what_is_being_started_is_left_and_not_waited_for() {
    let mut terraform =
        Terraform::with_processor("STARTING").configured(&[("wait", Value::from(false))]);
    let began = Instant::now();
    let (told, warnings) = applied(&mut terraform).await;
    assert_eq!((told, warnings), (vec![], vec![]));
    assert!(began.elapsed() < seconds(5), "{:?}", began.elapsed());
    assert_eq!(terraform.since(), (0, 0));
    assert_eq!(terraform.state(), Value::from("STARTING"));
    nothing_is_planned(&mut terraform).await;

    let atlas = atlas_with("STARTING");
    let invoked = invoke(&atlas, &[("wait", Value::from(false))]).await;
    assert!(invoked.diagnostics.is_empty(), "{:?}", invoked.diagnostics);
    assert_eq!(atlas.calls(Operation::Start), 0);
}

#[tokio::test(start_paused = true)]
async fn without_wait_what_is_not_being_started_is_waited_for_all_the_same() {
    for state in ["STOPPING", "CREATING", "INIT"] {
        let mut terraform =
            Terraform::with_processor(state).configured(&[("wait", Value::from(false))]);
        after(&terraform.atlas, 20, |atlas| {
            atlas.set_state(NAME, "STOPPED")
        });
        let (told, _) = applied(&mut terraform).await;
        assert_eq!(told, Vec::<String>::new(), "{state}");
        assert_eq!(terraform.starts(), 1, "{state}");
        assert_eq!(terraform.state(), Value::from("STARTED"), "{state}");
    }
}

/// A conflict is no doubt: what is on its way then is somebody else's start, and it is left and not waited for.
#[tokio::test(start_paused = true)]
async fn without_wait_a_refused_start_claims_nothing() {
    let mut terraform =
        Terraform::with_processor("STOPPED").configured(&[("wait", Value::from(false))]);
    let conflict = Effect::conflict(NAME).after(seconds(2));
    terraform.atlas.fault(Fault::on(Operation::Start, conflict));
    after(&terraform.atlas, 1, |atlas| {
        atlas.set_state(NAME, "STARTING")
    });
    let began = Instant::now();
    let (told, _) = applied(&mut terraform).await;
    assert_eq!(told, Vec::<String>::new());
    assert_eq!(terraform.starts(), 1);
    assert_eq!(terraform.attribute("started_at"), Some(Value::Null));
    assert_eq!(terraform.state(), Value::from("STARTING"));
    assert!(began.elapsed() < seconds(15), "{:?}", began.elapsed());
}

/// What is to be stopped and started again must be STARTED first, whoever waits.
#[tokio::test(start_paused = true)]
async fn without_wait_the_start_of_somebody_else_is_still_waited_for_to_be_restarted() {
    let mut terraform = Terraform::with_processor("STOPPED").configured(&[
        ("wait", Value::from(false)),
        ("if_started", Value::from("restart")),
    ]);
    let conflict = Effect::conflict(NAME).after(seconds(2));
    terraform.atlas.fault(Fault::on(Operation::Start, conflict));
    after(&terraform.atlas, 1, |atlas| {
        atlas.set_state(NAME, "STARTING")
    });
    after(&terraform.atlas, 21, |atlas| {
        atlas.set_state(NAME, "STARTED")
    });
    let (told, _) = applied(&mut terraform).await;
    assert_eq!(told, Vec::<String>::new());
    assert_eq!((terraform.starts(), terraform.stops()), (2, 1));
    let record = terraform.atlas.record();
    let mut requests = record.iter();
    let stop = requests.find(|request| request.operation == Operation::Stop);
    let before = stop.expect("a stop").state_before.clone();
    assert_eq!(before.as_deref(), Some("STARTED"));
}

/// One look that is refused settles nothing, and is followed by others.
#[tokio::test(start_paused = true)]
async fn after_a_lost_answer_a_look_may_be_refused_for_a_moment() {
    for refusal in [
        Effect::user_unauthorized,
        Effect::access_forbidden,
        Effect::not_atlas,
    ] {
        for (times, is_settled) in [(1, true), (Fault::ALWAYS, false)] {
            let mut terraform = Terraform::with_processor("STOPPED");
            let lost = Effect::Reset { processed: true };
            terraform.atlas.fault(Fault::on(Operation::Start, lost));
            let refused = Fault::on(Operation::Get, refusal()).skip(1).times(times);
            terraform.atlas.fault(refused);
            let (told, _) = applied(&mut terraform).await;
            assert_eq!(told.is_empty(), is_settled, "{told:?}");
            assert_eq!(terraform.starts(), 1);
            if !is_settled {
                assert!(told[0].contains("the last one failed: GET"), "{told:?}");
            }
        }
    }
}
