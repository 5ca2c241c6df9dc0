//! What is recorded and told is true although reads lag, answers come from somebody else, and looks are refused for a while.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, StartBehaviour};
use itertools::iproduct;
use terraform_provider_atlas::framework::Value;
use tokio::time::Instant;

use super::invoking::{atlas_with, failover, invoke};
use super::terraform::{Action, Terraform};
use super::words::{NAME, applied, errors, timeouts, warnings};

fn slow(seconds: u64) -> StartBehaviour {
    StartBehaviour::slow("STARTING", Lag::Time(Duration::from_secs(seconds)))
}

/// A success in words that Atlas does not write.
fn pages() -> [(&'static str, Effect); 3] {
    [
        ("a page", Effect::html(200)),
        ("another content type", Effect::wrong_content_type(200)),
        (
            "a page that is called JSON",
            Effect::answer(200, "application/json", "<html>Sign in</html>"),
        ),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_success_that_atlas_did_not_write_starts_nothing() {
    for (wait, (name, page)) in iproduct!([true, false], pages()) {
        let arguments = |tier: &str| {
            vec![
                ("tier", Value::from(tier)),
                ("wait", Value::from(wait)),
                ("keep_started", Value::from(false)),
            ]
        };
        let mut terraform = Terraform::with_processor("CREATED").configured(&arguments("SP10"));
        let fault = || Fault::on(Operation::StartWith, page.clone());
        terraform.atlas.fault(fault());
        applied(&mut terraform).await;
        assert_eq!(
            terraform.atlas.state(NAME).as_deref(),
            Some("STARTED"),
            "{name}"
        );
        assert_eq!(terraform.atlas.starts(NAME).len(), 1, "{name}");

        terraform.edit(&arguments("SP30"));
        terraform.atlas.fault(fault());
        applied(&mut terraform).await;
        let runs_with = terraform.atlas.starts(NAME).last().unwrap()["tier"].clone();
        assert_eq!(runs_with, "SP30", "{name}, wait: {wait}");
        assert_eq!(
            terraform.atlas.state(NAME).as_deref(),
            Some("STARTED"),
            "{name}"
        );

        // Where nobody but that somebody answers, it is an error.
        terraform.edit(&arguments("SP50"));
        terraform.atlas.fault(fault().always());
        let told = errors(&terraform.apply().await);
        assert!(!told.is_empty(), "{name}, wait: {wait}");
        assert_eq!(
            terraform.attribute("tier"),
            Some(Value::from("SP30")),
            "{name}"
        );
        assert_ne!(terraform.plan().await.action, Action::NoOp, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn after_our_stop_a_look_that_lags_is_not_recorded() {
    let arguments = |tier: &str| vec![("tier", Value::from(tier)), timeouts("60s")];
    let mut terraform = Terraform::with_processor("CREATED").configured(&arguments("SP10"));
    applied(&mut terraform).await;
    terraform.edit(&arguments("SP30"));
    tokio::time::sleep(Duration::from_secs(100)).await;
    terraform
        .atlas
        .settings(|settings| settings.read_lag = Some(Lag::Time(Duration::from_secs(2))));
    // The look of the plan, the first of the apply and the one after the stop are answered; then none is.
    let broken = Effect::unexpected_error(false);
    terraform
        .atlas
        .fault(Fault::on(Operation::Get, broken).skip(3).always());
    let told = errors(&terraform.apply().await);
    assert!(!told.is_empty());
    assert_eq!(terraform.atlas.state(NAME).as_deref(), Some("STOPPED"));
    assert_ne!(
        terraform.attribute("state"),
        Some(Value::from("STARTED")),
        "the state is ahead of Atlas: {told:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn looks_that_are_refused_for_a_moment_are_no_looks_that_cannot_be_had() {
    for refusal in [
        Effect::user_unauthorized(),
        Effect::tier_too_small(NAME),
        Effect::conflict(NAME),
        Effect::access_forbidden(),
    ] {
        let mut terraform = Terraform::with_processor("CREATED").configured(&[]);
        terraform.atlas.settings(|settings| {
            settings.start =
                StartBehaviour::failing("STARTING", Lag::Time(Duration::from_secs(20)));
        });
        terraform
            .atlas
            .fault(Fault::on(Operation::Get, refusal).skip(1).times(3));
        let told = errors(&terraform.apply().await);
        assert!(told[0].contains("turned FAILED"), "{told:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn looks_that_stay_refused_still_end_as_a_start_that_cannot_be_read_back() {
    let mut terraform = Terraform::with_processor("CREATED").configured(&[]);
    terraform
        .atlas
        .settings(|settings| settings.start = slow(5));
    let refusal = Effect::access_forbidden();
    terraform
        .atlas
        .fault(Fault::on(Operation::Get, refusal).skip(1).always());
    let began = Instant::now();
    let told = terraform.apply().await;
    assert!(errors(&told).is_empty(), "{told:?}");
    assert!(
        warnings(&told)[0].contains("cannot be read back"),
        "{told:?}"
    );
    assert!(began.elapsed() < Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn a_look_that_is_told_to_wait_for_too_long_is_made_again_before_the_end() {
    let later = Effect::service_unavailable(false).header("retry-after", "3600");
    let mut terraform = Terraform::with_processor("CREATED").configured(&[timeouts("10m")]);
    terraform
        .atlas
        .settings(|settings| settings.start = slow(4));
    terraform
        .atlas
        .fault(Fault::on(Operation::Get, later.clone()).skip(1));
    applied(&mut terraform).await;
    assert_eq!(terraform.attribute("state"), Some(Value::from("STARTED")));

    terraform.edit(&[timeouts("10m"), ("stop_on_destroy", Value::from(true))]);
    applied(&mut terraform).await;
    terraform
        .atlas
        .fault(Fault::on(Operation::Get, later).skip(2));
    let destroyed = terraform.destroy().await;
    assert!(destroyed.is_empty(), "{destroyed:?}");
}

#[tokio::test(start_paused = true)]
async fn where_the_rate_limit_leaves_no_time_nobody_waits_for_it() {
    let mut terraform = Terraform::with_processor("CREATED").configured(&[timeouts("10m")]);
    terraform
        .atlas
        .settings(|settings| settings.start = slow(4));
    terraform
        .atlas
        .fault(Fault::on(Operation::Get, Effect::rate_limited(3_600)).skip(1));
    let began = Instant::now();
    let told = errors(&terraform.apply().await);
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    for words in [
        "too many requests",
        "Atlas accepted the start",
        "429",
        "it asks to wait 1h",
        "Wait as long as Atlas asks",
    ] {
        assert!(told[0].contains(words), "{words} in {told:?}");
    }
    assert!(!told[0].contains("more time"), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_move_is_not_over_before_it_has_begun() {
    let atlas = atlas_with("STARTED");
    atlas.settings(|settings| {
        settings.start = slow(20);
        settings.read_lag = Some(Lag::Time(Duration::from_secs(3)));
    });
    tokio::time::sleep(Duration::from_secs(60)).await;
    let moving = [failover(&[("region", Value::from("OREGON_USA"))])];
    let invoked = invoke(&atlas, &moving).await;
    assert!(invoked.diagnostics.is_empty(), "{:?}", invoked.diagnostics);
    assert_eq!(
        atlas.state(NAME).as_deref(),
        Some("STARTED"),
        "it is on its way still"
    );
}
