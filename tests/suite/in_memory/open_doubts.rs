//! A start in doubt may take effect for as long as Atlas may take to answer, whatever happens to its object, and whoever starts the
//! processor, in between: a destroy that reports success leaves nothing that runs.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, StartBehaviour};
use terraform_provider_atlas::framework::{CancellationToken, Value};

use super::invoking::{START, STOP, atlas_with, invoke, invoke_action};
use super::left_behind::{
    OTHER, destroyed_with_a_stop, in_the_end, interrupted_in_doubt, late, stopped_on_destroy,
};
use super::rules::create_plan;
use super::terraform::Terraform;
use super::words::{NAME, an_hour_passes, applied, errors, nothing_is_planned, provider};

async fn applied_well(terraform: &mut Terraform) {
    assert_eq!(applied(terraform).await.0, Vec::<String>::new());
}

/// What an apply does to fail although its start was accepted.
async fn started_to_fail(terraform: &mut Terraform) {
    terraform.atlas.settings(|settings| {
        settings.start = StartBehaviour::failing("STARTING", Lag::Time(Duration::from_secs(1)));
    });
    assert_eq!(errors(&terraform.apply().await).len(), 1);
    terraform
        .atlas
        .settings(|settings| settings.start = StartBehaviour::default());
}

async fn destroyed_for_good(terraform: &mut Terraform, what: &str) {
    assert!(!terraform.destroy().await.has_error(), "{what}");
    let truth = in_the_end(terraform, NAME).await;
    assert_eq!(truth.as_deref(), Some("STOPPED"), "{what}");
}

/// One whose create fell into doubt.
async fn created_in_doubt() -> Terraform {
    let mut terraform = destroyed_with_a_stop();
    terraform.atlas.add_processor(OTHER, "CREATED");
    interrupted_in_doubt(&mut terraform).await;
    terraform
}

/// One whose update, which only drift asked for, fell into doubt.
async fn updated_in_doubt() -> Terraform {
    let mut terraform = destroyed_with_a_stop();
    terraform.atlas.add_processor(OTHER, "CREATED");
    applied(&mut terraform).await;
    an_hour_passes(&mut terraform).await;
    terraform.atlas.set_state(NAME, "STOPPED");
    interrupted_in_doubt(&mut terraform).await;
    terraform
}

fn renamed(terraform: &mut Terraform) {
    terraform.edit(&stopped_on_destroy(&[(
        "processor_name",
        Value::from(OTHER),
    )]));
}

#[tokio::test(start_paused = true)]
async fn it_outlives_a_second_start_and_a_rename() {
    let mut terraform = created_in_doubt().await;
    applied_well(&mut terraform).await;
    renamed(&mut terraform);
    applied_well(&mut terraform).await;
    let truth = in_the_end(&terraform, NAME).await;
    assert_eq!(truth.as_deref(), Some("STOPPED"));
}

#[tokio::test(start_paused = true)]
async fn it_outlives_a_replace_that_was_asked_for() {
    let mut terraform = created_in_doubt().await;
    applied_well(&mut terraform).await;
    terraform.replace = true;
    applied_well(&mut terraform).await;
    terraform.replace = false;
    destroyed_for_good(&mut terraform, "-replace").await;
}

#[tokio::test(start_paused = true)]
async fn it_outlives_a_rename_without_a_refresh() {
    let mut terraform = updated_in_doubt().await;
    terraform.refresh = false;
    renamed(&mut terraform);
    applied_well(&mut terraform).await;
    let truth = in_the_end(&terraform, NAME).await;
    assert_eq!(truth.as_deref(), Some("STOPPED"));
}

#[tokio::test(start_paused = true)]
async fn it_outlives_a_rename_whose_create_comes_first() {
    for feeds_planned_private in [false, true] {
        let mut terraform = updated_in_doubt().await;
        terraform.create_before_destroy = true;
        terraform.feeds_planned_private = feeds_planned_private;
        renamed(&mut terraform);
        applied_well(&mut terraform).await;
        let truth = in_the_end(&terraform, NAME).await;
        assert_eq!(truth.as_deref(), Some("STOPPED"));
    }
}

#[tokio::test(start_paused = true)]
async fn it_outlives_an_accepted_start_that_fails() {
    let mut created = created_in_doubt().await;
    started_to_fail(&mut created).await;
    applied_well(&mut created).await;
    destroyed_for_good(&mut created, "create").await;
    let mut updated = updated_in_doubt().await;
    started_to_fail(&mut updated).await;
    applied_well(&mut updated).await;
    destroyed_for_good(&mut updated, "update").await;
}

#[tokio::test(start_paused = true)]
async fn it_outlives_a_refused_start_and_the_stop_before_it() {
    let mut terraform = updated_in_doubt().await;
    terraform.atlas.set_state(NAME, "STARTED");
    terraform.edit(&stopped_on_destroy(&[("tier", Value::from("SP30"))]));
    let refused = Fault::on(Operation::StartWith, Effect::access_forbidden());
    terraform.atlas.fault(refused);
    assert_eq!(errors(&terraform.apply().await).len(), 1);
    destroyed_for_good(&mut terraform, "refused").await;
}

#[tokio::test(start_paused = true)]
async fn it_outlives_the_start_of_somebody_else_that_is_kept() {
    let mut terraform = created_in_doubt().await;
    invoke(&terraform.atlas, &[]).await;
    applied_well(&mut terraform).await;
    destroyed_for_good(&mut terraform, "kept").await;

    let mut terraform = destroyed_with_a_stop();
    terraform.edit(&stopped_on_destroy(&[("tier", Value::from("SP30"))]));
    let lost = Fault::on(Operation::StartWith, late());
    terraform.atlas.fault(lost);
    terraform.interrupt_after = Some(Duration::from_secs(3));
    assert!(terraform.apply().await.has_error());
    terraform.interrupt_after = None;
    invoke(&terraform.atlas, &[("tier", Value::from("SP10"))]).await;
    let (told, warned) = applied(&mut terraform).await;
    assert_eq!(told, Vec::<String>::new());
    let last = warned.last().expect("a warning");
    assert!(last.contains("keeps running without"), "{warned:?}");
    destroyed_for_good(&mut terraform, "kept with another tier").await;
}

/// A destroy finds somebody else's start, and stops that.
#[tokio::test(start_paused = true)]
async fn it_outlives_the_start_of_somebody_else_that_a_destroy_stops() {
    let mut terraform = created_in_doubt().await;
    invoke(&terraform.atlas, &[]).await;
    destroyed_for_good(&mut terraform, "stopped").await;
}

/// And where nothing tells that one from ours.
#[tokio::test(start_paused = true)]
async fn it_outlives_the_same_start_of_somebody_else() {
    let mut terraform = destroyed_with_a_stop();
    let lost = Effect::Reset { processed: false }.processed_late(Duration::from_secs(35));
    terraform.atlas.fault(Fault::on(Operation::Start, lost));
    let atlas = terraform.atlas.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(3)).await;
        invoke(&atlas, &[]).await;
    });
    applied_well(&mut terraform).await;
    destroyed_for_good(&mut terraform, "the same").await;
}

/// Somebody else's start with another tier comes while the lost one is looked for: the tier shows that it is not that one.
#[tokio::test(start_paused = true)]
async fn it_outlives_the_start_of_somebody_else_that_ends_its_looks() {
    let mut terraform = destroyed_with_a_stop();
    terraform.edit(&stopped_on_destroy(&[("tier", Value::from("SP30"))]));
    let lost = Effect::Reset { processed: false }.processed_late(Duration::from_secs(35));
    terraform.atlas.fault(Fault::on(Operation::StartWith, lost));
    let atlas = terraform.atlas.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(3)).await;
        invoke(&atlas, &[("tier", Value::from("SP10"))]).await;
    });
    let (told, warned) = applied(&mut terraform).await;
    assert_eq!(told, Vec::<String>::new());
    assert!(warned[0].contains("keeps running without"), "{warned:?}");
    destroyed_for_good(&mut terraform, "another tier").await;
}

#[tokio::test(start_paused = true)]
async fn it_is_known_to_the_stop_action_of_the_same_process() {
    let atlas = atlas_with("CREATED");
    atlas.fault(Fault::on(Operation::Start, late()));
    let (provider, never) = (provider(&atlas), CancellationToken::new());
    let short = [("timeout", Value::from("3s"))];
    let first = invoke_action(&provider, START, &short, &never).await;
    assert!(first.diagnostics.has_error());
    for action in [START, STOP] {
        let then = invoke_action(&provider, action, &[], &never).await;
        assert!(!then.diagnostics.has_error(), "{:?}", then.diagnostics);
    }
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert_eq!(atlas.state(NAME).as_deref(), Some("STOPPED"));
}

/// Hosts from Terraform 1.16 on hand the first plan's word to the second, whose process has read nothing.
#[tokio::test(start_paused = true)]
async fn it_is_handed_from_one_plan_to_the_next() {
    let mut terraform = created_in_doubt().await;
    let first = terraform.plan().await;
    let config = terraform.config.clone().expect("a configuration");
    let another = terraform.process();
    let second = create_plan(&another.1, &config, &[], &first.private);
    let doubts = |private: &[u8]| {
        let private: serde_json::Value = serde_json::from_slice(private).expect("our own bytes");
        private["doubts"].clone()
    };
    assert!(doubts(&first.private).is_object());
    assert_eq!(doubts(&second.private), doubts(&first.private));
}

/// What is seen STARTED may be of another start, but time ends every doubt.
#[tokio::test(start_paused = true)]
async fn it_ends_with_time() {
    let mut terraform = destroyed_with_a_stop();
    let lost = Effect::Reset { processed: true };
    terraform.atlas.fault(Fault::on(Operation::Start, lost));
    applied_well(&mut terraform).await;
    assert_ne!(terraform.private(), b"");
    an_hour_passes(&mut terraform).await;
    nothing_is_planned(&mut terraform).await;
    assert_eq!(terraform.private(), b"");
}
