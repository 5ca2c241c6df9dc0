//! Changes that failed half-way and are then taken back: the processor ends as it is configured, and nothing stays open.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, known};
use terraform_provider_atlas::framework::Value;

use super::terraform::{Action, Terraform};
use super::words::{NAME, errors, fails_although_accepted, nothing_is_planned, timeouts, triggers};

type Arguments = Vec<(&'static str, Value)>;

async fn refused(terraform: &mut Terraform, operation: Operation) {
    let forbidden = Fault::on(operation, Effect::access_forbidden());
    terraform.atlas.fault(forbidden.always());
    let failed = errors(&terraform.apply().await);
    assert_eq!(failed.len(), 1, "{failed:?}");
    terraform.atlas.clear_faults();
    terraform.atlas.clear_record();
}

#[tokio::test(start_paused = true)]
async fn what_we_stopped_for_a_start_that_was_refused_is_started_again() {
    for failed_before in [false, true] {
        let mut terraform = Terraform::with_processor("CREATED").configured(&kept_of("SP10"));
        assert!(!terraform.apply().await.has_error());
        terraform.edit(&kept_of("SP30"));
        if failed_before {
            fails_although_accepted(&mut terraform).await;
            terraform.edit(&kept_of("SP10"));
        }
        refused(&mut terraform, Operation::StartWith).await;
        assert_eq!(terraform.state(), Value::from("STOPPED"));
        // Taken back: nobody wanted it to be at rest, keep_started or not.
        terraform.edit(&kept_of("SP10"));
        assert_eq!(terraform.plan().await.action, Action::Update);
        assert!(!terraform.apply().await.has_error());
        assert_eq!(terraform.since(), (1, 0), "{failed_before}");
        assert_eq!(terraform.state(), Value::from("STARTED"));
        // That is over with the start: from now on, what others stop stays stopped.
        terraform.atlas.set_state(NAME, "STOPPED");
        nothing_is_planned(&mut terraform).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_started_since_is_no_longer_ours_to_start() {
    let mut terraform = told_to_change().await;
    refused(&mut terraform, Operation::StartWith).await;
    terraform.edit(&kept_of("SP10"));
    terraform.atlas.set_state(NAME, "STARTED");
    assert!(!terraform.apply().await.has_error());
    terraform.atlas.set_state(NAME, "STOPPED");
    nothing_is_planned(&mut terraform).await;
}

#[tokio::test(start_paused = true)]
async fn triggers_that_come_again_after_they_were_taken_back_count_again() {
    let with = |version: &str| -> Arguments {
        vec![
            triggers(version),
            ("if_started", Value::from("restart")),
            timeouts("90s"),
        ]
    };
    let mut terraform = Terraform::with_processor("CREATED").configured(&with("1"));
    assert!(!terraform.apply().await.has_error());
    terraform.edit(&with("2"));
    fails_although_accepted(&mut terraform).await;
    // Taking them back sends nothing, and is written down.
    let started_at = terraform.attribute("started_at");
    terraform.edit(&with("1"));
    assert!(!terraform.apply().await.has_error());
    assert_eq!(terraform.since(), (0, 0));
    assert_eq!(terraform.attribute("started_at"), started_at);
    nothing_is_planned(&mut terraform).await;
    terraform.edit(&with("2"));
    assert!(!terraform.apply().await.has_error());
    assert_eq!(terraform.since(), (1, 1));
    nothing_is_planned(&mut terraform).await;
}

#[tokio::test(start_paused = true)]
async fn a_rename_whose_stop_was_refused_leaves_the_mark_of_a_failed_create() {
    let arguments: Arguments = vec![
        ("stop_on_destroy", Value::from(true)),
        ("if_started", Value::from("restart")),
        timeouts("90s"),
    ];
    let mut terraform = Terraform::with_processor("CREATED").configured(&arguments);
    terraform.atlas.add_processor("invoices", "CREATED");
    fails_although_accepted(&mut terraform).await;
    let remembered = terraform.private().to_vec();
    let mut renamed = arguments.clone();
    renamed.push(("processor_name", Value::from("invoices")));
    terraform.edit(&renamed);
    refused(&mut terraform, Operation::Stop).await;
    assert_eq!(terraform.private(), remembered);
    terraform.edit(&arguments);
    assert!(!terraform.apply().await.has_error());
    assert_eq!(terraform.since(), (0, 0), "it runs, and is its own");
    assert_eq!(
        terraform.atlas.state("invoices").as_deref(),
        Some("CREATED")
    );
}

/// A running processor of SP10 whose change to SP30 fails because its stop does, which leaves it running.
async fn stopped_in_vain() -> Terraform {
    let mut terraform = told_to_change().await;
    let failed = Fault::on(Operation::Stop, Effect::unexpected_error(false));
    terraform.atlas.fault(failed.always());
    assert!(terraform.apply().await.has_error());
    terraform.atlas.clear_faults();
    assert_eq!(terraform.state(), Value::from("STARTED"));
    terraform
}

/// A processor that runs with SP10, and a configuration that wants SP30 by now.
async fn told_to_change() -> Terraform {
    let mut terraform = Terraform::with_processor("CREATED").configured(&kept_of("SP10"));
    assert!(!terraform.apply().await.has_error());
    terraform.edit(&kept_of("SP30"));
    terraform
}

/// An apply that is interrupted so many seconds after it began, while a stop takes effect only nine seconds after its answer.
async fn interrupted_before_its_stop_takes_effect(terraform: &mut Terraform, seconds: u64) {
    let late = Effect::stream_processor_timeout(known::TENANT, NAME, false)
        .processed_late(Duration::from_secs(9));
    terraform.atlas.fault(Fault::on(Operation::Stop, late));
    terraform.interrupt_after = Some(Duration::from_secs(seconds));
    assert!(terraform.apply().await.has_error());
    terraform.interrupt_after = None;
}

/// The change is taken back before the stop takes effect: that apply waits for it, and starts the processor again.
async fn is_undone_once_it_shows(terraform: &mut Terraform) {
    terraform.edit(&kept_of("SP10"));
    assert!(!terraform.apply().await.has_error());
    assert_eq!(terraform.state(), Value::from("STARTED"));
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(terraform.atlas.state(NAME).as_deref(), Some("STARTED"));
    nothing_is_planned(terraform).await;
}

fn kept_of(tier: &str) -> Arguments {
    vec![
        ("tier", Value::from(tier)),
        ("keep_started", Value::from(false)),
        timeouts("3m"),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_stop_without_effect_is_none_that_we_would_have_to_undo() {
    let mut terraform = stopped_in_vain().await;
    terraform.edit(&kept_of("SP10"));
    terraform.atlas.set_state(NAME, "STOPPED");
    nothing_is_planned(&mut terraform).await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_without_effect_leaves_the_mark_of_the_start_before() {
    let mut terraform = told_to_change().await;
    fails_although_accepted(&mut terraform).await;
    terraform.edit(&kept_of("SP50"));
    let failed = Fault::on(Operation::Stop, Effect::unexpected_error(false));
    terraform.atlas.fault(failed.always());
    assert!(terraform.apply().await.has_error());
    terraform.atlas.clear_faults();
    // Atlas runs SP30, whatever is in state.
    terraform.edit(&kept_of("SP10"));
    terraform.atlas.clear_record();
    assert!(!terraform.apply().await.has_error());
    assert_eq!(terraform.since(), (1, 1));
    nothing_is_planned(&mut terraform).await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_goes_on_while_other_things_change_is_still_ours_to_undo() {
    let with = |tier: &str, stop_on_destroy: bool| -> Arguments {
        let mut arguments = kept_of(tier);
        arguments.push(("stop_on_destroy", Value::from(stop_on_destroy)));
        arguments
    };
    let mut terraform = Terraform::with_processor("CREATED").configured(&with("SP10", false));
    assert!(!terraform.apply().await.has_error());
    terraform.edit(&with("SP30", false));
    terraform.atlas.settings(|settings| {
        settings.stop_lag = Some(Lag::Time(Duration::from_secs(100)));
    });
    terraform.interrupt_after = Some(Duration::from_secs(3));
    assert!(terraform.apply().await.has_error());
    terraform.interrupt_after = None;
    terraform.edit(&with("SP10", true));
    assert!(!terraform.apply().await.has_error());
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(terraform.atlas.state(NAME).as_deref(), Some("STOPPED"));
    assert!(!terraform.apply().await.has_error());
    assert_eq!(terraform.state(), Value::from("STARTED"));
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_takes_effect_after_the_interruption_is_ours_to_undo() {
    let mut terraform = told_to_change().await;
    interrupted_before_its_stop_takes_effect(&mut terraform, 5).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(terraform.atlas.state(NAME).as_deref(), Some("STOPPED"));
    terraform.edit(&kept_of("SP10"));
    assert!(!terraform.apply().await.has_error());
    assert_eq!(terraform.state(), Value::from("STARTED"));
}

#[tokio::test(start_paused = true)]
async fn a_stop_in_doubt_leaves_the_mark_of_the_start_before() {
    let mut terraform = told_to_change().await;
    fails_although_accepted(&mut terraform).await;
    terraform.edit(&kept_of("SP50"));
    let failed = Fault::on(Operation::Stop, Effect::unexpected_error(false));
    terraform.atlas.fault(failed.always());
    terraform.interrupt_after = Some(Duration::from_secs(4));
    assert!(terraform.apply().await.has_error());
    terraform.interrupt_after = None;
    terraform.atlas.clear_faults();
    terraform.edit(&kept_of("SP10"));
    terraform.atlas.clear_record();
    assert!(!terraform.apply().await.has_error());
    assert_eq!(terraform.since(), (1, 1), "Atlas ran SP30");
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_takes_effect_late_is_ours_to_undo_though_its_repetition_did_nothing() {
    let mut terraform = told_to_change().await;
    let late = Effect::stream_processor_timeout(known::TENANT, NAME, false)
        .processed_late(Duration::from_secs(43));
    for fault in [
        Fault::on(Operation::Stop, late),
        Fault::on(Operation::Stop, Effect::rate_limited(5)),
        Fault::on(Operation::StartWith, Effect::access_forbidden()),
    ] {
        terraform.atlas.fault(fault);
    }
    assert!(terraform.apply().await.has_error());
    assert_eq!(terraform.state(), Value::from("STOPPED"));
    terraform.edit(&kept_of("SP10"));
    assert!(!terraform.apply().await.has_error());
    assert_eq!(terraform.state(), Value::from("STARTED"));
}

#[tokio::test(start_paused = true)]
async fn a_stop_in_doubt_that_a_refresh_does_not_show_yet_is_ours_to_undo() {
    let mut terraform = told_to_change().await;
    interrupted_before_its_stop_takes_effect(&mut terraform, 3).await;
    is_undone_once_it_shows(&mut terraform).await;
}

/// The second apply sees nothing of the stop and sends none.
#[tokio::test(start_paused = true)]
async fn a_stop_in_doubt_is_ours_to_undo_after_an_apply_that_did_nothing() {
    let mut terraform = told_to_change().await;
    interrupted_before_its_stop_takes_effect(&mut terraform, 3).await;
    let unread = Fault::on(Operation::Get, Effect::access_forbidden());
    terraform.atlas.fault(unread.skip(1));
    let refused = Fault::on(Operation::StartWith, Effect::access_forbidden());
    terraform.atlas.fault(refused);
    assert!(terraform.apply().await.has_error());
    assert_eq!(terraform.stops(), 1);
    is_undone_once_it_shows(&mut terraform).await;
}

#[tokio::test(start_paused = true)]
async fn a_start_that_came_after_our_stop_leaves_nothing_to_undo() {
    let with = |version: &str| -> Arguments {
        vec![
            triggers(version),
            ("if_started", Value::from("restart")),
            ("keep_started", Value::from(false)),
            timeouts("90s"),
        ]
    };
    let mut terraform = Terraform::with_processor("CREATED").configured(&with("1"));
    assert!(!terraform.apply().await.has_error());
    terraform.edit(&with("2"));
    fails_although_accepted(&mut terraform).await;
    // Somebody stops what had been started, and the change is taken back.
    terraform.atlas.set_state(NAME, "STOPPED");
    terraform.edit(&with("1"));
    assert!(!terraform.apply().await.has_error());
    assert_eq!(terraform.since(), (0, 0));
    nothing_is_planned(&mut terraform).await;
}

/// What happens to the starts of one apply after the other.
type Starts = (&'static str, fn() -> Effect);

const REFUSED: Starts = ("refused", Effect::access_forbidden);
const LOST: Starts = ("lost", || Effect::NoAnswer { processed: false });

#[tokio::test(start_paused = true)]
async fn what_we_stopped_is_ours_to_start_however_many_starts_fail() {
    let with = |version: &str| -> Arguments {
        vec![
            triggers(version),
            ("if_started", Value::from("restart")),
            ("keep_started", Value::from(false)),
        ]
    };
    for starts in [
        &[REFUSED][..],
        &[LOST],
        &[REFUSED, REFUSED],
        &[REFUSED, LOST],
        &[LOST, REFUSED],
        &[LOST, LOST],
    ] {
        let what: Vec<&str> = starts.iter().map(|(what, _)| *what).collect();
        let mut terraform = Terraform::with_processor("CREATED").configured(&with("1"));
        assert!(!terraform.apply().await.has_error());
        terraform.edit(&with("2"));
        terraform.interrupt_after = Some(Duration::from_secs(60));
        for (_, effect) in starts {
            terraform.atlas.fault(Fault::on(Operation::Start, effect()));
            assert!(terraform.apply().await.has_error(), "{what:?}");
        }
        assert_eq!(terraform.stops(), 1, "{what:?}");
        terraform.interrupt_after = None;
        terraform.atlas.clear_record();
        terraform.edit(&with("1"));
        assert!(!terraform.apply().await.has_error(), "{what:?}");
        assert_eq!(terraform.since(), (1, 0), "{what:?}");
        assert_eq!(terraform.state(), Value::from("STARTED"), "{what:?}");
    }
}
