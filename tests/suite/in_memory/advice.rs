//! What a message advises is so: who does it gets what it says.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, StartBehaviour};
use terraform_provider_atlas::framework::Value;

use super::invoking::invoke;
use super::lasting::{lose_stop, secs};
use super::left_behind::{destroyed_with_a_stop, stopped_on_destroy};
use super::restarts::somebody_is_faster;
use super::terraform::{Action, Terraform};
use super::words::{
    NAME, after, an_hour_passes, applied, fails_although_accepted, nothing_is_planned,
    starting_for, timeouts, triggers, warnings,
};

fn restart() -> (&'static str, Value) {
    ("if_started", Value::from("restart"))
}

#[tokio::test(start_paused = true)]
async fn start_options_that_did_not_take_effect_do_with_a_restart_and_a_trigger() {
    for after_a_trigger in [false, true] {
        let mut t = Terraform::with_processor("CREATED");
        invoke(&t.atlas, &[("tier", Value::from("SP10"))]).await;
        let tier = || ("tier", Value::from("SP30"));
        if after_a_trigger {
            t.edit(&[tier(), triggers("0")]);
            applied(&mut t).await;
        }
        t.edit(&[tier(), triggers("1")]);
        let (failed, warned) = applied(&mut t).await;
        assert_eq!(failed, Vec::<String>::new());
        let advice = "set if_started = \"restart\" and change `triggers` with it";
        assert!(warned[0].contains(advice), "{warned:?}");
        nothing_is_planned(&mut t).await;
        t.edit(&[tier(), restart(), triggers("2")]);
        t.since();
        applied(&mut t).await;
        assert_eq!(t.last_start_body()["tier"], "SP30");
        assert_eq!(t.since(), (1, 1));
        nothing_is_planned(&mut t).await;
    }
}

/// That it resumes is what a start does anyway.
#[tokio::test(start_paused = true)]
async fn a_start_that_resumes_as_any_does_is_not_missed() {
    let mut t = Terraform::with_processor("STARTED")
        .configured(&[("resume_from_checkpoint", Value::from(true))]);
    assert_eq!(applied(&mut t).await, (Vec::new(), Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn a_start_that_is_repeated_is_announced_as_what_it_is() {
    let mut t = Terraform::with_processor("CREATED").configured(&[("tier", Value::from("SP10"))]);
    applied(&mut t).await;
    an_hour_passes(&mut t).await;
    t.edit(&[("tier", Value::from("SP30")), timeouts("30s")]);
    t.atlas
        .settings(|settings| settings.start = starting_for(60));
    assert_eq!(applied(&mut t).await.0.len(), 1);
    tokio::time::sleep(secs(60)).await;
    t.since();
    let (failed, warned) = applied(&mut t).await;
    assert_eq!((failed, t.since()), (Vec::new(), (0, 0)));
    assert!(
        warned[0].starts_with("Stream processor will be started, unless it runs"),
        "{warned:?}"
    );
}

/// A saved plan, and somebody who starts it otherwise before it is applied.
#[tokio::test(start_paused = true)]
async fn another_tier_than_that_of_the_drift_is_told() {
    let mut t = Terraform::with_processor("CREATED").configured(&[("tier", Value::from("SP10"))]);
    applied(&mut t).await;
    t.atlas.set_state(NAME, "STOPPED");
    let plan = t.plan().await;
    assert_eq!(plan.action, Action::Update);
    invoke(&t.atlas, &[("tier", Value::from("SP50"))]).await;
    let warned = warnings(&t.apply_plan(plan).await);
    assert!(warned[0].contains("tier did not take effect"), "{warned:?}");
}

#[tokio::test(start_paused = true)]
async fn credentials_that_end_during_the_wait_are_told_as_credentials() {
    let mut t = Terraform::with_processor("CREATED");
    t.atlas.settings(|settings| {
        settings.start = StartBehaviour::failing("STARTING", Lag::Time(secs(120)));
    });
    after(&t.atlas, 5, |atlas| atlas.set_access_token_is_good(false));
    let (failed, warned) = applied(&mut t).await;
    assert_eq!(failed, Vec::<String>::new());
    assert!(
        warned[0].contains("an access token lives for an hour"),
        "{warned:?}"
    );
    assert!(!warned[0].contains("same role"), "{warned:?}");
    t.atlas.set_access_token_is_good(true);
    tokio::time::sleep(secs(200)).await;
    an_hour_passes(&mut t).await;
    assert_eq!(t.plan().await.action, Action::Update);
    assert_eq!(t.state(), Value::from("FAILED"));
}

/// What is at rest because of us, or was not begun, and what to do about it.
#[tokio::test(start_paused = true)]
async fn a_create_that_started_nothing_says_what_the_next_one_does() {
    for (case, words) in [
        (
            "interrupted",
            "It stays at rest until it is started: where that is still asked for, the next apply does it.",
        ),
        (
            "refused",
            "It stays at rest until it is started: where that is still asked for, the next apply does it.",
        ),
        (
            "looking",
            "Nothing was started. Where it is still asked for, the next apply tries again.",
        ),
    ] {
        let mut t = Terraform::with_processor("STARTED").configured(&[restart()]);
        match case {
            "interrupted" => {
                let lag = Some(Lag::Time(secs(30)));
                t.atlas.settings(|settings| settings.stop_lag = lag);
                t.interrupt_after = Some(secs(5));
            }
            "refused" => {
                let forbidden = Fault::on(Operation::Start, Effect::access_forbidden());
                t.atlas.fault(forbidden.always());
            }
            _ => {
                let slow = Effect::Delay(Duration::from_secs(20));
                t.atlas.fault(Fault::on(Operation::Get, slow));
                t.interrupt_after = Some(secs(5));
            }
        }
        let (failed, _) = applied(&mut t).await;
        assert!(failed[0].contains(words), "{case}: {failed:?}");
        assert_eq!(
            failed[0].matches("reported it last as").count(),
            usize::from(case != "looking")
        );
        t.interrupt_after = None;
        t.atlas.clear_faults();
        tokio::time::sleep(secs(60)).await;
        applied(&mut t).await;
        assert_eq!(t.atlas.state(NAME).as_deref(), Some("STARTED"), "{case}");
        nothing_is_planned(&mut t).await;
    }
}

/// What runs, or is gone, is not said to be at rest.
#[tokio::test(start_paused = true)]
async fn only_what_stands_still_is_said_to_stay_at_rest() {
    for outrun in [true, false] {
        let mut t = Terraform::with_processor("STARTED")
            .configured(&[restart(), ("tier", Value::from("SP10"))]);
        if outrun {
            somebody_is_faster(&t.atlas, 2);
        } else {
            let lag = Some(Lag::Time(secs(30)));
            t.atlas.settings(|settings| settings.stop_lag = lag);
            after(&t.atlas, 5, |atlas| {
                atlas.remove_processor(NAME);
            });
        }
        let (failed, _) = applied(&mut t).await;
        let told = if outrun {
            "somebody else starts it too"
        } else {
            "was deleted"
        };
        assert!(failed[0].contains(told), "{failed:?}");
        assert!(!failed[0].contains("stays at rest"), "{failed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_taints_a_create_that_is_long_settled_is_told_of_replace() {
    let mut t = destroyed_with_a_stop();
    fails_although_accepted(&mut t).await;
    t.untaint();
    nothing_is_planned(&mut t).await;
    an_hour_passes(&mut t).await;
    t.since();
    t.state.as_mut().expect("it is in state").tainted = true;
    let (_, warned) = applied(&mut t).await;
    assert!(
        warned[0].contains("terraform apply -replace=ADDRESS"),
        "{warned:?}"
    );
    t.replace = true;
    applied(&mut t).await;
    assert_eq!(t.since(), (1, 1));
}

/// A refresh in between, while the stop may still come, forgets nothing of it.
#[tokio::test(start_paused = true)]
async fn a_stop_in_doubt_outlives_a_refresh_that_finds_it_started() {
    let mut t = destroyed_with_a_stop();
    let with = |tier: &str| {
        stopped_on_destroy(&[
            ("tier", Value::from(tier)),
            ("keep_started", Value::from(false)),
        ])
    };
    t.edit(&with("SP10"));
    applied(&mut t).await;
    an_hour_passes(&mut t).await;
    lose_stop(&t, 25);
    t.interrupt_after = Some(secs(3));
    t.edit(&with("SP30"));
    assert_eq!(applied(&mut t).await.0.len(), 1);
    t.interrupt_after = None;
    t.edit(&with("SP10"));
    // Two plans, and no apply: each keeps what its refresh found.
    t.plan().await;
    assert_eq!(t.state(), Value::Null, "STARTED is from before the stop");
    tokio::time::sleep(secs(60)).await;
    an_hour_passes(&mut t).await;
    assert_eq!(t.plan().await.action, Action::Update);
    applied(&mut t).await;
    assert_eq!(t.atlas.state(NAME).as_deref(), Some("STARTED"));
}
