//! How long each operation may take: as `timeouts` says, or as the defaults do.

use std::collections::BTreeMap;
use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation};
use terraform_provider_atlas::framework::Value;

use super::terraform::Terraform;
use super::words::{NAME, applied, errors, starting_for};

/// `timeouts` with one of its attributes set, if there is a time.
fn only(operation: &str, time: Option<&str>) -> (&'static str, Value) {
    let names = ["create", "read", "update", "delete"];
    let all = names.map(|name| {
        let time = time.filter(|_| name == operation);
        (name.to_owned(), Value::from(time))
    });
    ("timeouts", Value::Object(BTreeMap::from(all)))
}

async fn started(arguments: &[(&str, Value)]) -> Terraform {
    let mut terraform = Terraform::with_processor("CREATED").configured(arguments);
    let (errors, _) = applied(&mut terraform).await;
    assert_eq!(errors, Vec::<String>::new());
    terraform
}

fn lasted(began: tokio::time::Instant, seconds: u64, what: &str) {
    let (least, most) = (
        Duration::from_secs(seconds),
        Duration::from_secs(seconds + 2),
    );
    let lasted = began.elapsed();
    assert!(lasted >= least && lasted <= most, "{what}: {lasted:?}");
}

#[tokio::test(start_paused = true)]
async fn a_create_and_an_update_take_as_long_as_they_are_given() {
    for (time, seconds, words) in [(None, 600, "10m"), (Some("40s"), 40, "40s")] {
        let mut terraform =
            Terraform::with_processor("CREATED").configured(&[only("create", time)]);
        terraform
            .atlas
            .settings(|settings| settings.start = starting_for(5_000));
        let began = tokio::time::Instant::now();
        let (refused, _) = applied(&mut terraform).await;
        lasted(began, seconds, "create");
        assert!(
            refused[0].contains(&format!("at most {words}")),
            "{refused:?}"
        );

        let mut terraform = started(&[only("update", time)]).await;
        terraform
            .atlas
            .settings(|settings| settings.start = starting_for(5_000));
        terraform.edit(&[only("update", time), ("tier", Value::from("SP10"))]);
        let began = tokio::time::Instant::now();
        let (refused, _) = applied(&mut terraform).await;
        lasted(began, seconds, "update");
        assert!(refused[0].contains("timeouts block"), "{refused:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_delete_takes_as_long_as_it_is_given() {
    for (time, seconds) in [(None, 600), (Some("40s"), 40)] {
        let mut terraform =
            started(&[only("delete", time), ("stop_on_destroy", Value::from(true))]).await;
        let slow = Lag::Time(Duration::from_secs(5_000));
        terraform
            .atlas
            .settings(|settings| settings.stop_lag = Some(slow));
        let began = tokio::time::Instant::now();
        let refused = errors(&terraform.destroy().await);
        lasted(began, seconds, "delete");
        assert!(refused[0].contains("in time"), "{refused:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_takes_as_long_as_it_is_given() {
    for (time, seconds) in [(None, 60), (Some("20s"), 20)] {
        let mut terraform = started(&[only("read", time)]).await;
        let silent = Effect::NoAnswer { processed: false };
        terraform
            .atlas
            .fault(Fault::on(Operation::Get, silent).of(NAME).always());
        let began = tokio::time::Instant::now();
        let plan = terraform.plan().await;
        lasted(began, seconds, "read");
        let refused = errors(&plan.diagnostics).join("\n");
        assert!(
            refused.contains("`timeouts.read` of the resource"),
            "{refused}"
        );
        assert!(!refused.contains("request_timeout"), "{refused}");
        assert!(terraform.state.is_some());
    }
}
