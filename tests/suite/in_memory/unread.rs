//! A processor that Atlas does not show: for good, because the caller may not read it, or for a moment, because it is new.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, StartBehaviour, known};
use terraform_provider_atlas::framework::Value;

use super::terraform::{Action, Terraform};
use super::words::{NAME, applied, errors, timeouts, triggers};

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
