//! A processor that Atlas does not show: for good, because the caller may not read it, or for a moment, because it is new.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, StartBehaviour, known};
use terraform_provider_atlas::framework::Value;

use super::terraform::{Action, Terraform};
use super::words::{
    NAME, applied, dated_ahead, errors, fails_although_accepted, timeouts, triggers, warnings,
};

fn forbidden() -> Terraform {
    let terraform = Terraform::with_processor("CREATED");
    let refused = Fault::on(Operation::Get, Effect::access_forbidden());
    terraform.atlas.fault(refused.always());
    terraform
}

/// Two looks in a row miss a processor that was created a moment ago.
fn new_to_reads() -> Terraform {
    let terraform = Terraform::with_processor("CREATED");
    let missing = Effect::processor_not_found(known::TENANT, NAME);
    terraform
        .atlas
        .fault(Fault::on(Operation::Get, missing).times(2));
    terraform
}

#[tokio::test(start_paused = true)]
async fn one_that_is_new_to_reads_is_waited_for() {
    let mut terraform = new_to_reads();
    assert_eq!(applied(&mut terraform).await, (vec![], vec![]));
    assert_eq!(terraform.state(), Value::from("STARTED"));

    let mut terraform = new_to_reads();
    terraform.atlas.settings(|settings| {
        settings.start = StartBehaviour::failing("STARTING", Lag::Time(Duration::from_secs(3)));
    });
    let (errors, _) = applied(&mut terraform).await;
    assert!(errors[0].contains("turned FAILED"), "{errors:?}");
    assert_eq!(terraform.state(), Value::from("FAILED"));
}

#[tokio::test(start_paused = true)]
async fn one_that_runs_and_may_not_be_read_satisfies_a_change_that_keeps_it() {
    let with = |version: &str, if_started: &str| {
        [
            triggers(version),
            ("if_started", Value::from(if_started)),
            timeouts("90s"),
        ]
    };
    let mut terraform = forbidden();
    terraform.edit(&with("1", "keep"));
    assert!(!terraform.apply().await.has_error());
    terraform.edit(&with("2", "keep"));
    let (errors, warnings) = applied(&mut terraform).await;
    assert_eq!(errors, Vec::<String>::new());
    let told = warnings.join("\n");
    assert!(
        told.contains("because the processor is started already"),
        "{told}"
    );
    assert_eq!(terraform.state(), Value::Null);
    assert_eq!(terraform.plan().await.action, Action::NoOp);
    // To restart it, its state would have to be known.
    terraform.edit(&with("3", "restart"));
    let (errors, _) = applied(&mut terraform).await;
    assert!(errors[0].contains("already been started"), "{errors:?}");
}

#[tokio::test(start_paused = true)]
async fn a_start_in_doubt_that_may_not_be_read_is_settled_by_the_next_apply() {
    let mut terraform = forbidden();
    let lost = Effect::Reset { processed: true };
    terraform.atlas.fault(Fault::on(Operation::Start, lost));
    assert!(terraform.apply().await.has_error());
    let (errors, warnings) = applied(&mut terraform).await;
    assert_eq!(errors, Vec::<String>::new());
    assert!(!warnings.is_empty());
    assert!(!terraform.is_tainted());
    assert_eq!(terraform.atlas.starts(NAME).len(), 1, "accepted once");
    assert_eq!(terraform.plan().await.action, Action::NoOp);
}

/// The repetition that comes to nothing knows less than the start before it: a read that Atlas denies is no proof that it is gone.
#[tokio::test(start_paused = true)]
async fn a_repetition_that_comes_to_nothing_leaves_what_may_not_be_read_in_state() {
    let mut terraform = forbidden();
    terraform.edit(&[timeouts("60s")]);
    let lost = Effect::Reset { processed: true };
    terraform.atlas.fault(Fault::on(Operation::Start, lost));
    assert!(terraform.apply().await.has_error());
    let again = terraform.plan().await;
    terraform.atlas.clear_faults();
    let silent = Effect::NoAnswer { processed: false };
    terraform
        .atlas
        .fault(Fault::on(Operation::Get, silent).always());
    terraform.interrupt_after = Some(Duration::from_secs(1));
    let failed = errors(&terraform.apply_plan(again).await);
    assert!(failed[0].contains("interrupted"), "{failed:?}");
    assert!(terraform.is_tainted());
    terraform.atlas.clear_faults();
    let missing = Effect::processor_not_found(known::TENANT, NAME);
    terraform
        .atlas
        .fault(Fault::on(Operation::Get, missing).always());
    let told = warnings(&terraform.plan().await.diagnostics).join("\n");
    assert!(told.contains("still cannot be read"), "{told}");
    assert!(terraform.state.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_replace_whose_stop_fails_leaves_what_was_remembered() {
    let mut terraform = forbidden();
    terraform.edit(&[("stop_on_destroy", Value::from(true)), timeouts("90s")]);
    assert!(!terraform.apply().await.has_error());
    let remembered = terraform.private().to_vec();
    terraform.replace = true;
    let failed = errors(&terraform.apply().await);
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!(terraform.private(), remembered);
    terraform.replace = false;
    let plan = terraform.plan().await;
    assert!(!plan.diagnostics.has_error(), "{:?}", plan.diagnostics);
}

#[tokio::test(start_paused = true)]
async fn a_start_whose_answer_was_lost_and_that_atlas_then_says_to_run_is_our_own() {
    for (if_started, fails) in [("keep", false), ("restart", true), ("error", true)] {
        let mut terraform = Terraform::with_processor("CREATED").configured(&[
            ("if_started", Value::from(if_started)),
            ("tier", Value::from("SP30")),
            timeouts("5m"),
        ]);
        // It takes effect, reads lag, and after the second try they are forbidden.
        terraform
            .atlas
            .settings(|settings| settings.read_lag = Some(Lag::Time(Duration::from_secs(80))));
        let started = "stream processor has already been started";
        for effect in [
            Effect::Reset { processed: true },
            Effect::generic_error(NAME, started).after(Duration::from_millis(100)),
        ] {
            terraform
                .atlas
                .fault(Fault::on(Operation::StartWith, effect));
        }
        let atlas = terraform.atlas.clone();
        tokio::spawn(async move {
            while atlas.calls(Operation::StartWith) < 2 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let forbidden = Fault::on(Operation::Get, Effect::access_forbidden());
            atlas.fault(forbidden.always());
        });
        let (errors, warnings) = applied(&mut terraform).await;
        assert_eq!(errors.len(), usize::from(fails), "{if_started}: {errors:?}");
        assert!(terraform.state.is_some(), "{if_started}");
        assert_eq!(terraform.is_tainted(), fails, "{if_started}");
        let told = warnings.join("\n");
        assert!(
            !told.contains("did not take effect"),
            "{if_started}: {told}"
        );
        // What may not be read stays a warning.
        let plan = terraform.plan().await;
        assert!(!plan.diagnostics.has_error(), "{:?}", plan.diagnostics);
    }
}

#[tokio::test(start_paused = true)]
async fn only_plain_words_say_that_a_processor_runs_that_may_not_be_read() {
    for said in [
        "another operation on this processor is already in progress",
        "another operation on this processor is already running",
        "The processor is already being modified.",
    ] {
        let mut terraform = forbidden();
        let refused = Effect::generic_error(NAME, said);
        terraform
            .atlas
            .fault(Fault::on(Operation::Start, refused).always());
        let (errors, _) = applied(&mut terraform).await;
        assert_eq!(errors.len(), 1, "{said}");
        assert!(terraform.state.is_none(), "{said}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_a_later_look_shows_was_not_gone() {
    let mut terraform = Terraform::with_processor("CREATED").configured(&[timeouts("90s")]);
    fails_although_accepted(&mut terraform).await;
    let plan = terraform.plan().await;
    terraform.atlas.set_state(NAME, "STOPPED");
    for fault in [
        Fault::on(
            Operation::Get,
            Effect::processor_not_found(known::TENANT, NAME),
        ),
        Fault::on(Operation::Start, Effect::does_not_exist_yet(NAME)),
        Fault::on(Operation::Start, Effect::access_forbidden()),
    ] {
        terraform.atlas.fault(fault);
    }
    assert!(terraform.apply_plan(plan).await.has_error());
    assert!(terraform.is_tainted(), "it is there, and stays in state");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_a_look_that_breaks_off_is_looked_at_again() {
    let mut terraform =
        Terraform::with_processor("CREATED").configured(&[("stop_on_destroy", Value::from(true))]);
    assert!(!terraform.apply().await.has_error());
    terraform.atlas.remove_processor(NAME);
    terraform
        .atlas
        .fault(Fault::on(Operation::Get, Effect::Truncate));
    let plan = terraform.plan().await;
    assert!(!plan.diagnostics.has_error(), "{:?}", plan.diagnostics);
    assert_eq!(plan.action, Action::Create, "it is gone");
}

#[tokio::test(start_paused = true)]
async fn what_a_gateway_wraps_up_is_no_word_of_atlas() {
    for body in [
        r#"{"status":404,"problem":{"error":404,"detail":"no upstream"}}"#,
        r#"{"status":404,"content":{"error":404,"detail":"no upstream"}}"#,
    ] {
        let mut terraform = Terraform::with_processor("CREATED").configured(&[timeouts("90s")]);
        assert!(!terraform.apply().await.has_error());
        let answer = Effect::answer(404, "application/json", body);
        terraform
            .atlas
            .fault(Fault::on(Operation::Get, answer).always());
        let plan = terraform.plan().await;
        assert!(plan.diagnostics.has_error(), "{body}");
        assert!(terraform.state.is_some(), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_could_be_read_again_may_be_gone() {
    let mut terraform = Terraform::with_processor("CREATED").configured(&[timeouts("60s")]);
    let once = Fault::on(Operation::Get, Effect::access_forbidden());
    terraform.atlas.fault(once);
    fails_although_accepted(&mut terraform).await;
    terraform.atlas.remove_processor(NAME);
    assert_eq!(terraform.plan().await.action, Action::Create);
}

/// Reads lag, so that a start that is not waited for leaves no state.
async fn start_unseen(terraform: &mut Terraform) {
    let lag = Lag::Time(Duration::from_secs(8));
    terraform
        .atlas
        .settings(|settings| settings.read_lag = Some(lag));
    assert_eq!(applied(terraform).await.0, Vec::<String>::new());
    assert_eq!(terraform.state(), Value::Null);
}

/// What was recorded on a machine whose clock was ahead must not hide for an hour that somebody stopped the processor.
#[tokio::test(start_paused = true)]
async fn a_start_that_another_clock_dates_ahead_hides_no_rest() {
    let mut terraform = Terraform::with_processor("CREATED")
        .configured(&[("wait", Value::from(false)), timeouts("60s")]);
    let broken = Effect::unexpected_error(false);
    let broken = Fault::on(Operation::Get, broken).skip(1).always();
    terraform.atlas.fault(broken);
    assert_eq!(applied(&mut terraform).await.0, Vec::<String>::new());
    assert_eq!(terraform.state(), Value::Null);
    terraform.atlas.clear_faults();
    terraform.atlas.set_state(NAME, "STOPPED");
    for (ahead, action) in [(5, Action::NoOp), (3_600, Action::Update)] {
        dated_ahead(&mut terraform, ahead);
        assert_eq!(terraform.plan().await.action, action, "{ahead}");
    }
}

/// Nor does it make a read that lags start it twice.
#[tokio::test(start_paused = true)]
async fn a_start_that_another_clock_dates_ahead_is_not_repeated_while_reads_lag() {
    for ahead in [0, 5, 15, 3_600] {
        let mut terraform = Terraform::with_processor("CREATED")
            .configured(&[("wait", Value::from(false)), timeouts("60s")]);
        start_unseen(&mut terraform).await;
        dated_ahead(&mut terraform, ahead);
        terraform.since();
        let (errors, _) = applied(&mut terraform).await;
        assert_eq!(errors, Vec::<String>::new());
        assert_eq!(terraform.since().0, 0, "{ahead}");
    }
}

/// What was read long after a start shows no start of a moment ago.
#[tokio::test(start_paused = true)]
async fn a_destroy_of_what_rests_warns_of_no_start_because_of_another_clock() {
    let mut terraform = Terraform::with_processor("CREATED").configured(&[timeouts("60s")]);
    assert_eq!(applied(&mut terraform).await.0, Vec::<String>::new());
    dated_ahead(&mut terraform, 3_600);
    tokio::time::sleep(Duration::from_secs(1_200)).await;
    terraform.atlas.set_state(NAME, "STOPPED");
    terraform.config = None;
    let plan = terraform.plan().await;
    assert_eq!(warnings(&plan.diagnostics), Vec::<String>::new());
}

/// What an update saw that was interrupted while reads lag is no rest to start from.
#[tokio::test(start_paused = true)]
async fn an_interrupted_update_does_not_take_a_read_that_lags_for_the_state() {
    for ahead in [0, 15, 3_600] {
        let with = |version| {
            [
                ("wait", Value::from(false)),
                triggers(version),
                timeouts("60s"),
            ]
        };
        let mut terraform = Terraform::with_processor("CREATED").configured(&with("1"));
        start_unseen(&mut terraform).await;
        if ahead > 0 {
            dated_ahead(&mut terraform, ahead);
        }
        terraform.since();
        terraform.edit(&with("2"));
        terraform.interrupt_after = Some(Duration::from_secs(1));
        assert_eq!(applied(&mut terraform).await.0.len(), 1, "{ahead}");
        terraform.interrupt_after = None;
        assert_eq!(applied(&mut terraform).await.0, Vec::<String>::new());
        assert_eq!(terraform.since().0, 0, "{ahead}");
    }
}
