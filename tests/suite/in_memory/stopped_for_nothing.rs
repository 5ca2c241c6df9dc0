//! Terraform has stopped a processor for a start that was lost: whoever untaints or takes back what it was for is told, and it is made good.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation};
use terraform_provider_atlas::framework::Value;

use super::terraform::Terraform;
use super::words::{NAME, an_hour_passes, applied, errors, nothing_is_planned, triggers};

#[derive(Clone, Copy, Debug, PartialEq)]
enum StoppedBy {
    TheDestroyHalfOfAReplace,
    ThatOfATaintedOne,
    ACreateOfLongAgo,
}

fn with(stop_on_destroy: bool, version: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("if_started", Value::from("restart")),
        ("keep_started", Value::from(false)),
        ("stop_on_destroy", Value::from(stop_on_destroy)),
        triggers(version),
    ]
}

/// A create whose start is lost, after something else than itself has stopped the processor; and an hour later it is untainted.
async fn untainted(by: StoppedBy, feeds: bool, create_before_destroy: bool) -> Terraform {
    let mut terraform = Terraform::with_processor("STARTED");
    terraform.feeds_planned_private = feeds;
    terraform.create_before_destroy = create_before_destroy;
    if by == StoppedBy::ACreateOfLongAgo {
        terraform.edit(&with(false, "1"));
        let lag = Lag::Time(Duration::from_secs(8));
        terraform
            .atlas
            .settings(|settings| settings.read_lag = Some(lag));
        terraform.interrupt_after = Some(Duration::from_secs(1));
        assert_eq!(errors(&terraform.apply().await).len(), 1);
    } else {
        terraform.edit(&with(true, "1"));
        applied(&mut terraform).await;
        match by {
            StoppedBy::TheDestroyHalfOfAReplace => terraform.replace = true,
            _ => terraform.taint(),
        }
    }
    an_hour_passes(&mut terraform).await;
    terraform
        .atlas
        .settings(|settings| settings.read_lag = None);
    let lost = Effect::NoAnswer { processed: false };
    terraform.atlas.fault(Fault::on(Operation::Start, lost));
    terraform.interrupt_after = Some(Duration::from_secs(30));
    assert_eq!(errors(&terraform.apply().await).len(), 1);
    terraform.replace = false;
    terraform.interrupt_after = None;
    terraform.untaint();
    an_hour_passes(&mut terraform).await;
    terraform
}

#[tokio::test(start_paused = true)]
async fn it_is_started_whoever_has_stopped_it() {
    // With the create half first, only a host that hands the plan's word on can tell it.
    for (by, feeds, create_before_destroy) in [
        (StoppedBy::TheDestroyHalfOfAReplace, false, false),
        (StoppedBy::TheDestroyHalfOfAReplace, true, false),
        (StoppedBy::ThatOfATaintedOne, false, false),
        (StoppedBy::ThatOfATaintedOne, true, false),
        (StoppedBy::ACreateOfLongAgo, false, false),
        (StoppedBy::ACreateOfLongAgo, true, false),
        (StoppedBy::ACreateOfLongAgo, true, true),
    ] {
        let what = format!("{by:?}, feeds {feeds}, create first {create_before_destroy}");
        let mut terraform = untainted(by, feeds, create_before_destroy).await;
        let (told, warned) = applied(&mut terraform).await;
        assert_eq!(told, Vec::<String>::new(), "{what}");
        assert!(
            warned[0].contains("although keep_started is false"),
            "{what}: {warned:?}"
        );
        assert_eq!(terraform.state(), Value::from("STARTED"), "{what}");
        nothing_is_planned(&mut terraform).await;
    }
}

/// FAILED is no rest that a stop leads to: the start whose answer was lost came, and failed.
#[tokio::test(start_paused = true)]
async fn what_came_and_failed_is_left_alone() {
    for is_update in [false, true] {
        let mut terraform = Terraform::with_processor("STARTED").configured(&with(false, "1"));
        if is_update {
            applied(&mut terraform).await;
            an_hour_passes(&mut terraform).await;
            terraform.edit(&with(false, "2"));
        }
        let lost = Effect::Reset { processed: true };
        terraform.atlas.fault(Fault::on(Operation::Start, lost));
        // No look tells of it: but for those of the plan, of the apply and after the stop.
        let looks = if is_update { 3 } else { 2 };
        let broken = Fault::on(Operation::Get, Effect::unexpected_error(false));
        terraform.atlas.fault(broken.skip(looks).always());
        terraform.interrupt_after = Some(Duration::from_secs(20));
        assert_eq!(errors(&terraform.apply().await).len(), 1);
        assert_eq!(terraform.atlas.state(NAME).as_deref(), Some("STARTED"));
        terraform.interrupt_after = None;
        terraform.atlas.clear_faults();
        if terraform.is_tainted() {
            terraform.untaint();
        }
        an_hour_passes(&mut terraform).await;
        terraform.atlas.set_state(NAME, "FAILED");
        terraform.edit(&with(false, "1"));
        let starts = terraform.starts();
        applied(&mut terraform).await;
        assert_eq!(terraform.starts(), starts, "an update {is_update}");
        assert_eq!(terraform.state(), Value::from("FAILED"));
    }
}

/// What keeps the next apply from starting it does not make it forgotten.
#[tokio::test(start_paused = true)]
async fn an_apply_that_comes_to_nothing_does_not_forget_it() {
    for fault in [
        Fault::on(Operation::Get, Effect::unexpected_error(false))
            .skip(1)
            .always(),
        Fault::on(Operation::Start, Effect::access_forbidden()).always(),
    ] {
        let mut terraform = Terraform::with_processor("STARTED").configured(&with(false, "1"));
        let lost = Effect::NoAnswer { processed: false };
        terraform.atlas.fault(Fault::on(Operation::Start, lost));
        terraform.interrupt_after = Some(Duration::from_secs(30));
        assert_eq!(errors(&terraform.apply().await).len(), 1);
        an_hour_passes(&mut terraform).await;
        terraform.atlas.fault(fault);
        assert_eq!(errors(&terraform.apply().await).len(), 1);
        terraform.interrupt_after = None;
        terraform.atlas.clear_faults();
        terraform.untaint();
        an_hour_passes(&mut terraform).await;
        assert_eq!(applied(&mut terraform).await.0, Vec::<String>::new());
        assert_eq!(terraform.state(), Value::from("STARTED"));
    }
}

/// An update that stopped it and whose start was refused; it stands there an hour later.
async fn stopped_by_an_update(feeds: bool, create_before_destroy: bool) -> Terraform {
    let mut terraform = Terraform::with_processor("CREATED").configured(&with(false, "1"));
    terraform.feeds_planned_private = feeds;
    terraform.create_before_destroy = create_before_destroy;
    applied(&mut terraform).await;
    an_hour_passes(&mut terraform).await;
    terraform.edit(&with(false, "2"));
    let refused = Fault::on(Operation::Start, Effect::access_forbidden());
    terraform.atlas.fault(refused.always());
    assert_eq!(errors(&terraform.apply().await).len(), 1);
    assert_eq!(terraform.atlas.state(NAME).as_deref(), Some("STOPPED"));
    terraform.atlas.clear_faults();
    an_hour_passes(&mut terraform).await;
    terraform
}

#[tokio::test(start_paused = true)]
async fn a_replace_without_a_refresh_does_not_forget_it() {
    for (feeds, create_before_destroy) in [(false, false), (true, false), (true, true)] {
        let what = format!("feeds {feeds}, create first {create_before_destroy}");
        let mut terraform = stopped_by_an_update(feeds, create_before_destroy).await;
        terraform.refresh = false;
        terraform.replace = true;
        let lost = Effect::NoAnswer { processed: false };
        terraform.atlas.fault(Fault::on(Operation::Start, lost));
        terraform.interrupt_after = Some(Duration::from_secs(30));
        assert_eq!(errors(&terraform.apply().await).len(), 1, "{what}");
        terraform.interrupt_after = None;
        terraform.replace = false;
        terraform.refresh = true;
        terraform.deposed.clear();
        terraform.untaint();
        an_hour_passes(&mut terraform).await;
        assert_eq!(
            applied(&mut terraform).await.0,
            Vec::<String>::new(),
            "{what}"
        );
        assert_eq!(terraform.state(), Value::from("STARTED"), "{what}");
    }
}

/// A stop leads to STOPPED, and to nothing else.
#[tokio::test(start_paused = true)]
async fn another_processor_of_that_name_is_left_alone() {
    let mut terraform = stopped_by_an_update(true, false).await;
    terraform.atlas.remove_processor(NAME);
    terraform.atlas.add_processor(NAME, "CREATED");
    terraform.edit(&with(false, "1"));
    let (told, warned) = applied(&mut terraform).await;
    assert_eq!((told, warned), (Vec::new(), Vec::new()));
    assert_eq!(terraform.atlas.state(NAME).as_deref(), Some("CREATED"));
}
