//! What an apply that failed leaves open belongs to that one intention, and swallows no other change that comes later.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, StartBehaviour};
use terraform_provider_atlas::framework::Value;

use super::terraform::{Action, Terraform};
use super::words::{
    MADE_BY_A_START, NAME, an_hour_passes, applied, errors, nothing_is_planned, starting_for,
    timeouts, triggers, warnings,
};

/// Applies while starts take longer than they are given; afterwards the processor runs, and Atlas is quick again.
async fn apply_in_vain(terraform: &mut Terraform) {
    terraform
        .atlas
        .settings(|settings| settings.start = starting_for(100));
    let diagnostics = terraform.apply().await;
    assert!(diagnostics.has_error(), "{diagnostics:?}");
    terraform
        .atlas
        .settings(|settings| settings.start = Default::default());
    terraform.atlas.set_state(NAME, "STARTED");
    terraform.atlas.clear_record();
}

async fn apply_well(terraform: &mut Terraform) {
    let diagnostics = terraform.apply().await;
    assert_eq!(errors(&diagnostics), Vec::<String>::new());
}

fn version(version: &str) -> Vec<(&'static str, Value)> {
    vec![
        triggers(version),
        ("if_started", Value::from("restart")),
        timeouts("90s"),
    ]
}

fn tier(tier: &str) -> Vec<(&'static str, Value)> {
    vec![("tier", Value::from(tier)), timeouts("90s")]
}

async fn started(arguments: &[(&str, Value)]) -> Terraform {
    let mut terraform = Terraform::with_processor("CREATED").configured(arguments);
    apply_well(&mut terraform).await;
    terraform
}

#[tokio::test(start_paused = true)]
async fn triggers_that_failed_and_then_changed_again_restart() {
    let mut terraform = started(&version("1")).await;
    terraform.edit(&version("2"));
    apply_in_vain(&mut terraform).await;
    terraform.edit(&version("3"));
    apply_well(&mut terraform).await;
    assert_eq!(terraform.since(), (1, 1));
    assert_eq!(terraform.attribute("triggers"), Some(triggers("3").1));
}

#[tokio::test(start_paused = true)]
async fn triggers_that_failed_and_are_repeated_take_what_runs() {
    let mut terraform = started(&version("1")).await;
    terraform.edit(&version("2"));
    apply_in_vain(&mut terraform).await;
    apply_well(&mut terraform).await;
    assert_eq!(terraform.since(), (0, 0));
    assert_eq!(terraform.attribute("triggers"), Some(triggers("2").1));
    assert_eq!(terraform.private(), b"", "an applied update settles it");
}

#[tokio::test(start_paused = true)]
async fn drift_that_failed_does_not_swallow_triggers() {
    let mut terraform = started(&version("1")).await;
    terraform.atlas.set_state(NAME, "STOPPED");
    apply_in_vain(&mut terraform).await;
    for _ in 0..3 {
        apply_well(&mut terraform).await;
    }
    assert_eq!(terraform.since(), (0, 0), "it runs by then");
    terraform.edit(&version("2"));
    apply_well(&mut terraform).await;
    assert_eq!(terraform.since(), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_create_that_failed_and_was_untainted_does_not_swallow_triggers() {
    let mut terraform = Terraform::with_processor("CREATED").configured(&version("1"));
    apply_in_vain(&mut terraform).await;
    terraform.untaint();
    for _ in 0..3 {
        apply_well(&mut terraform).await;
    }
    assert_eq!(terraform.since(), (0, 0));
    terraform.edit(&version("2"));
    apply_well(&mut terraform).await;
    assert_eq!(terraform.since(), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn options_that_failed_and_are_taken_back_plan_a_restart() {
    let mut terraform = started(&tier("SP10")).await;
    terraform.edit(&tier("SP30"));
    apply_in_vain(&mut terraform).await;
    terraform.edit(&tier("SP10"));
    let plan = terraform.plan().await;
    assert_eq!(plan.action, Action::Update, "it runs with SP30");
    for name in MADE_BY_A_START {
        assert!(plan.value.attribute(name).is_unknown(), "{name}");
    }
    assert!(
        warnings(&plan.diagnostics)[0].contains("will be stopped and started"),
        "{:?}",
        plan.diagnostics
    );
    terraform.atlas.clear_record();
    let diagnostics = terraform.apply_plan(plan).await;
    assert_eq!(errors(&diagnostics), Vec::<String>::new());
    assert_eq!(terraform.last_start_body()["tier"], "SP10");
    assert_eq!(terraform.since(), (1, 1));
    assert_eq!(terraform.plan().await.action, Action::NoOp);
}

#[tokio::test(start_paused = true)]
async fn options_taken_back_and_wanted_again_later_restart_what_somebody_else_started() {
    let mut terraform = started(&tier("SP10")).await;
    terraform.edit(&tier("SP30"));
    apply_in_vain(&mut terraform).await;
    terraform.edit(&tier("SP10"));
    for _ in 0..3 {
        apply_well(&mut terraform).await;
    }
    let restart = ("if_started", Value::from("restart"));
    let mut other = Terraform::of(terraform.atlas.clone())
        .configured(&[("tier", Value::from("SP50")), restart]);
    apply_well(&mut other).await;
    terraform.edit(&tier("SP30"));
    terraform.atlas.clear_record();
    apply_well(&mut terraform).await;
    assert_eq!(terraform.last_start_body()["tier"], "SP30");
    assert_eq!(terraform.since(), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_stop_of_ours_ends_what_an_earlier_start_left_open() {
    let mut terraform = started(&tier("SP10")).await;
    terraform.edit(&tier("SP30"));
    apply_in_vain(&mut terraform).await;
    terraform.edit(&tier("SP50"));
    let refused = Effect::generic_error(NAME, "maxTierSize exceeded");
    terraform
        .atlas
        .fault(Fault::on(Operation::StartWith, refused));
    assert!(terraform.apply().await.has_error());
    // Somebody starts it by hand, without a tier.
    terraform.atlas.set_state(NAME, "STARTED");
    terraform.edit(&tier("SP30"));
    terraform.atlas.clear_record();
    apply_well(&mut terraform).await;
    assert_eq!(terraform.last_start_body()["tier"], "SP30");
    assert_eq!(terraform.since(), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn every_applied_update_settles_what_was_open() {
    for untainted in [false, true] {
        let mut terraform = if untainted {
            let mut terraform = Terraform::with_processor("CREATED").configured(&version("1"));
            apply_in_vain(&mut terraform).await;
            terraform.untaint();
            terraform
        } else {
            let mut terraform = started(&version("1")).await;
            terraform.edit(&version("2"));
            apply_in_vain(&mut terraform).await;
            terraform
        };
        assert_ne!(terraform.private(), b"", "untainted: {untainted}");
        let mut other = version("1");
        other.push(("stop_on_destroy", Value::from(true)));
        terraform.edit(&other);
        apply_well(&mut terraform).await;
        assert_eq!(terraform.since(), (0, 0), "untainted: {untainted}");
        assert_eq!(terraform.private(), b"", "untainted: {untainted}");
    }
}

/// Only a create, or a change of options, may process data again; and who untaints one that failed should know what it did not do.
#[tokio::test(start_paused = true)]
async fn an_untainted_create_is_not_repeated_with_its_options_of_one_time_and_the_plan_says_so() {
    for (option, value) in [
        ("resume_from_checkpoint", Value::from(false)),
        (
            "start_at_operation_time",
            Value::from("2026-11-01T00:00:00Z"),
        ),
    ] {
        let mut terraform =
            Terraform::with_processor("STOPPED").configured(&[(option, value), timeouts("5m")]);
        let lost = Effect::NoAnswer { processed: false };
        terraform.atlas.fault(Fault::on(Operation::StartWith, lost));
        terraform.interrupt_after = Some(Duration::from_secs(3));
        assert_eq!(applied(&mut terraform).await.0.len(), 1);
        terraform.interrupt_after = None;
        terraform.untaint();
        an_hour_passes(&mut terraform).await;
        let (errors, told) = applied(&mut terraform).await;
        assert_eq!(errors, Vec::<String>::new());
        assert_eq!(terraform.last_start_body(), serde_json::Value::Null);
        let told = told.join("\n");
        assert!(told.contains(option) && told.contains("-replace"), "{told}");
        nothing_is_planned(&mut terraform).await;
    }
}

/// One that ran took its options with it.
#[tokio::test(start_paused = true)]
async fn of_a_create_that_was_accepted_nothing_is_said_to_be_left_out() {
    for removed in [false, true] {
        let option = ("resume_from_checkpoint", Value::from(false));
        let mut terraform =
            Terraform::with_processor("CREATED").configured(&[option, timeouts("90s")]);
        apply_in_vain(&mut terraform).await;
        terraform.untaint();
        an_hour_passes(&mut terraform).await;
        if removed {
            terraform.edit(&[timeouts("90s")]);
        }
        terraform.atlas.set_state(NAME, "STOPPED");
        let plan = terraform.plan().await;
        assert_eq!(plan.action, Action::Update);
        assert_eq!(warnings(&plan.diagnostics), Vec::<String>::new());
    }
}

/// Neither the time of an earlier start nor that of one which nobody has seen tells that the options of the last one took effect.
#[tokio::test(start_paused = true)]
async fn of_a_create_that_no_look_has_shown_the_plan_says_so() {
    for earlier_fails in [false, true] {
        let option = ("resume_from_checkpoint", Value::from(false));
        let mut terraform =
            Terraform::with_processor("STOPPED").configured(&[option, timeouts("90s")]);
        if earlier_fails {
            let soon = Lag::Time(Duration::from_secs(3));
            terraform
                .atlas
                .settings(|settings| settings.start = StartBehaviour::failing("STARTING", soon));
            assert_eq!(applied(&mut terraform).await.0.len(), 1);
            let lost = Effect::NoAnswer { processed: false };
            terraform.atlas.fault(Fault::on(Operation::StartWith, lost));
        } else {
            let long = Lag::Time(Duration::from_secs(3_600));
            terraform
                .atlas
                .settings(|settings| settings.read_lag = Some(long));
        }
        terraform.interrupt_after = Some(Duration::from_secs(5));
        assert_eq!(applied(&mut terraform).await.0.len(), 1);
        terraform.interrupt_after = None;
        assert_ne!(terraform.attribute("started_at"), Some(Value::Null));
        terraform.untaint();
        an_hour_passes(&mut terraform).await;
        terraform.atlas.set_state(NAME, "STOPPED");
        let plan = terraform.plan().await;
        assert_eq!(plan.action, Action::Update, "{earlier_fails}");
        let told = warnings(&plan.diagnostics).join("\n");
        assert!(told.contains("-replace"), "{earlier_fails}: {told}");
    }
}

/// A refresh that shows it running is proof enough.
#[tokio::test(start_paused = true)]
async fn of_a_create_that_a_refresh_has_shown_nothing_is_said_to_be_left_out() {
    let option = ("resume_from_checkpoint", Value::from(false));
    let mut terraform = Terraform::with_processor("CREATED").configured(&[option]);
    let slowly = Effect::AsUsual.after(Duration::from_millis(900));
    terraform
        .atlas
        .fault(Fault::on(Operation::StartWith, slowly));
    terraform.interrupt_after = Some(Duration::from_millis(300));
    assert_eq!(applied(&mut terraform).await.0.len(), 1);
    terraform.interrupt_after = None;
    terraform.untaint();
    apply_well(&mut terraform).await;
    assert_eq!(terraform.attribute("state"), Some(Value::from("STARTED")));
    an_hour_passes(&mut terraform).await;
    terraform.atlas.set_state(NAME, "STOPPED");
    let plan = terraform.plan().await;
    assert_eq!(plan.action, Action::Update);
    assert_eq!(warnings(&plan.diagnostics), Vec::<String>::new());
}
