//! A start that Atlas accepted and reads do not show yet: the next run looks on before it sends another, and forgets none in silence.

use std::time::Duration;

use atlas_simulator::{Lag, StartBehaviour};
use itertools::iproduct;
use terraform_provider_atlas::framework::Value;

use super::every_order::in_order;
use super::left_behind::{in_the_end, interrupted_in_doubt};
use super::terraform::Terraform;
use super::words::{
    NAME, an_hour_passes, applied, dated_ahead, errors, nothing_is_planned, timeouts, triggers,
    warnings,
};

fn reads_lag(terraform: &Terraform) {
    terraform
        .atlas
        .settings(|settings| settings.read_lag = Some(Lag::Time(Duration::from_secs(8))));
}

/// An apply that is interrupted when its start is accepted, and does not show.
async fn interrupted_too_early(terraform: &mut Terraform) {
    reads_lag(terraform);
    terraform.interrupt_after = Some(Duration::from_secs(1));
    assert_eq!(errors(&terraform.apply().await).len(), 1);
    terraform.interrupt_after = None;
}

/// At once, a second apply: it sends no second start.
async fn needs_no_other_start(terraform: &mut Terraform, what: &str) {
    let (told, _) = applied(terraform).await;
    assert_eq!(told, Vec::<String>::new(), "{what}");
    assert_eq!(terraform.starts(), 1, "{what}");
    assert_eq!(terraform.state(), Value::from("STARTED"), "{what}");
    nothing_is_planned(terraform).await;
}

#[tokio::test(start_paused = true)]
async fn a_create_is_resumed_without_another_start() {
    for if_started in ["keep", "restart", "error"] {
        let mut terraform = Terraform::with_processor("CREATED")
            .configured(&[("if_started", Value::from(if_started))]);
        interrupted_too_early(&mut terraform).await;
        needs_no_other_start(&mut terraform, if_started).await;
    }
}

#[tokio::test(start_paused = true)]
async fn so_is_one_that_is_slow_behind_the_lag() {
    let mut terraform = Terraform::with_processor("CREATED");
    terraform.atlas.settings(|settings| {
        settings.start = StartBehaviour::slow("STARTING", Lag::Time(Duration::from_secs(60)));
    });
    interrupted_too_early(&mut terraform).await;
    needs_no_other_start(&mut terraform, "slow").await;
}

#[tokio::test(start_paused = true)]
async fn so_is_one_whose_time_ended() {
    let mut terraform = Terraform::with_processor("CREATED").configured(&[timeouts("5s")]);
    reads_lag(&terraform);
    assert_eq!(errors(&terraform.apply().await).len(), 1);
    terraform.edit(&[]);
    needs_no_other_start(&mut terraform, "out of time").await;
}

#[tokio::test(start_paused = true)]
async fn an_update_is_repeated_without_another_start() {
    for (what, change) in [("drift", vec![]), ("triggers", vec![triggers("2")])] {
        let mut terraform = Terraform::with_processor("CREATED");
        applied(&mut terraform).await;
        an_hour_passes(&mut terraform).await;
        terraform.atlas.set_state(NAME, "STOPPED");
        terraform.edit(&change);
        terraform.since();
        interrupted_too_early(&mut terraform).await;
        needs_no_other_start(&mut terraform, what).await;
    }
}

/// Without `stop_on_destroy` a destroy only forgets; what may be about to run it does not forget without a word.
#[tokio::test(start_paused = true)]
async fn what_is_about_to_run_is_not_forgotten_in_silence() {
    // Whichever clock dates it.
    for (in_doubt, ahead) in [
        (false, 0),
        (false, 5),
        (false, 15),
        (false, 3_600),
        (true, 0),
    ] {
        let mut terraform = Terraform::with_processor("CREATED");
        if in_doubt {
            interrupted_in_doubt(&mut terraform).await;
        } else {
            interrupted_too_early(&mut terraform).await;
        }
        if ahead > 0 {
            dated_ahead(&mut terraform, ahead);
        }
        let told = warnings(&terraform.destroy().await);
        assert!(told[0].contains("may still take effect"), "{told:?}");
        let truth = in_the_end(&terraform, NAME).await;
        assert_eq!(truth.as_deref(), Some("STARTED"));
    }
}

#[tokio::test(start_paused = true)]
async fn what_stays_at_rest_is_forgotten_without_a_word() {
    let mut terraform = Terraform::with_processor("CREATED");
    applied(&mut terraform).await;
    an_hour_passes(&mut terraform).await;
    terraform.atlas.set_state(NAME, "STOPPED");
    assert_eq!(warnings(&terraform.destroy().await), Vec::<String>::new());
}

/// The change that it was for is taken back, or drift let be: there is nothing to do, but rest from before it is no state to record,
/// however late the plan is approved.
#[tokio::test(start_paused = true)]
async fn rest_from_before_it_is_not_recorded_by_an_apply_that_ends_well() {
    let with = |version, keep| [triggers(version), ("keep_started", Value::from(keep))];
    for (drifts, late) in iproduct!([true, false], [true, false]) {
        let what = format!("drifts {drifts}, approved late {late}");
        let mut terraform = Terraform::with_processor("CREATED").configured(&with("1", drifts));
        applied(&mut terraform).await;
        an_hour_passes(&mut terraform).await;
        terraform.atlas.set_state(NAME, "STOPPED");
        if !drifts {
            terraform.edit(&with("2", false));
        }
        interrupted_too_early(&mut terraform).await;
        terraform.edit(&with("1", false));
        let plan = terraform.plan().await;
        if late {
            an_hour_passes(&mut terraform).await;
        }
        let told = errors(&terraform.apply_plan(plan).await);
        assert_eq!(told, Vec::<String>::new(), "{what}");
        assert_eq!(terraform.state(), Value::Null, "{what}");
        tokio::time::sleep(Duration::from_secs(10)).await;
        nothing_is_planned(&mut terraform).await;
        assert_eq!(terraform.state(), Value::from("STARTED"), "{what}");
    }
}

/// Nor by one that has nothing to do at all.
#[tokio::test(start_paused = true)]
async fn rest_from_before_it_is_not_kept_by_an_apply_without_any_change() {
    let mut terraform =
        Terraform::with_processor("STOPPED").configured(&[("keep_started", Value::from(false))]);
    interrupted_too_early(&mut terraform).await;
    terraform.untaint();
    assert_eq!(applied(&mut terraform).await.0, Vec::<String>::new());
    assert_eq!(terraform.state(), Value::Null);
}

/// Whoever wants it kept started from now on has that seen to. Only to wait for it is no stop: whoever changes his mind meanwhile leaves
/// it at rest.
#[tokio::test(start_paused = true)]
async fn what_came_to_nothing_is_started_where_it_is_to_be_kept_started_now() {
    let keep = |keep| [("keep_started", Value::from(keep))];
    for (came_to_nothing, kept) in iproduct!([true, false], [true, false]) {
        let what = format!("came to nothing {came_to_nothing}, kept {kept}");
        let mut terraform = Terraform::with_processor("STOPPED").configured(&keep(false));
        interrupted_too_early(&mut terraform).await;
        terraform.untaint();
        if came_to_nothing {
            terraform.atlas.set_state(NAME, "STOPPED");
        }
        let starts = terraform.starts();
        terraform.edit(&keep(true));
        terraform.interrupt_after = Some(Duration::from_secs(1));
        assert_eq!(applied(&mut terraform).await.0.len(), 1, "{what}");
        assert_eq!(terraform.state(), Value::Null, "{what}");
        terraform.interrupt_after = None;
        terraform.edit(&keep(kept));
        if !kept {
            an_hour_passes(&mut terraform).await;
        }
        assert_eq!(applied(&mut terraform).await.0, Vec::<String>::new());
        let is_started = came_to_nothing && kept;
        assert_eq!(
            terraform.starts() - starts,
            usize::from(is_started),
            "{what}"
        );
        let truth = Value::from(terraform.atlas.state(NAME));
        assert_eq!(terraform.state(), truth, "{what}");
        nothing_is_planned(&mut terraform).await;
    }
}

/// An hour later rest is what became of it, and an edit of something else leaves it known.
#[tokio::test(start_paused = true)]
async fn rest_that_is_seen_long_after_it_is_the_state() {
    let with = |stop| {
        [
            ("keep_started", Value::from(false)),
            ("stop_on_destroy", Value::from(stop)),
        ]
    };
    let mut terraform = Terraform::with_processor("CREATED").configured(&with(false));
    interrupted_too_early(&mut terraform).await;
    terraform.untaint();
    terraform.atlas.set_state(NAME, "STOPPED");
    an_hour_passes(&mut terraform).await;
    terraform.edit(&with(true));
    assert_eq!(applied(&mut terraform).await.0, Vec::<String>::new());
    assert_eq!(terraform.state(), Value::from("STOPPED"));
}

/// Once a refresh has shown it, and it was taken for sound, it is nobody else's to take over.
#[tokio::test(start_paused = true)]
async fn another_address_does_not_take_over_what_was_untainted() {
    let mut sound = Terraform::with_processor("CREATED");
    interrupted_too_early(&mut sound).await;
    sound.untaint();
    tokio::time::sleep(Duration::from_secs(60)).await;
    let mut other =
        Terraform::of(sound.atlas.clone()).configured(&[("if_started", Value::from("error"))]);
    other.feeds_planned_private = true;
    let (told, _) = in_order(&mut sound, &mut other, true, false).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("if_started"), "{told:?}");
}
