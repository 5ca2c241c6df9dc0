//! As whom Atlas is asked: what the token endpoint says is not said about a processor, and tokens are kept and given back.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Operation};
use terraform_provider_atlas::framework::{CancellationToken, Value};

use super::invoking::{atlas_with, invoke_in};
use super::one_run::Run;
use super::terraform::{Action, Terraform};
use super::words::{
    API_KEY, NAME, NOBODY, SERVICE_ACCOUNT, configure, errors, provider_of, warnings,
};

/// The token endpoint is not there, and says so as Atlas says it.
fn no_token_endpoint() -> Fault {
    let detail = "Cannot find resource /api/oauth/token.";
    let effect = Effect::api_error(404, "RESOURCE_NOT_FOUND", detail, &[]);
    Fault::on(Operation::Token, effect).always()
}

async fn started_by_a_service_account() -> Terraform {
    let mut terraform =
        Terraform::with_processor("CREATED").configured(&[("stop_on_destroy", Value::from(true))]);
    terraform.caller = SERVICE_ACCOUNT;
    assert!(!terraform.apply().await.has_error());
    terraform
}

#[tokio::test(start_paused = true)]
async fn a_404_of_the_token_endpoint_removes_nothing_from_state() {
    let mut terraform = started_by_a_service_account().await;
    terraform.atlas.fault(no_token_endpoint());
    let plan = terraform.plan().await;
    assert!(plan.diagnostics.has_error(), "{:?}", plan.diagnostics);
    assert!(terraform.state.is_some());
    terraform.refresh = false;
    let diagnostics = terraform.destroy().await;
    assert!(diagnostics.has_error(), "{diagnostics:?}");
    assert!(terraform.state.is_some(), "it was not destroyed");
    assert_eq!(terraform.atlas.state(NAME).as_deref(), Some("STARTED"));
}

#[tokio::test(start_paused = true)]
async fn a_404_of_the_token_endpoint_is_not_waited_for_by_the_action() {
    let atlas = atlas_with("CREATED");
    atlas.fault(no_token_endpoint());
    let began = tokio::time::Instant::now();
    let provider = provider_of(&atlas, SERVICE_ACCOUNT, &[]);
    let invoked = invoke_in(&provider, &[], &CancellationToken::new()).await;
    assert!(invoked.diagnostics.has_error());
    assert!(began.elapsed() < Duration::from_secs(5));
    let told = invoked.progress.join("\n");
    assert!(!told.contains("does not exist yet"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_401_inside_an_envelope_is_cured_by_a_new_token() {
    let mut terraform =
        Terraform::with_processor("CREATED").configured(&[("envelope", Value::from(true))]);
    terraform.caller = SERVICE_ACCOUNT;
    terraform
        .atlas
        .settings(|settings| settings.envelope_answers_200 = true);
    terraform
        .atlas
        .fault(Fault::on(Operation::Start, Effect::ExpireTokens));
    let diagnostics = terraform.apply().await;
    assert_eq!(errors(&diagnostics), Vec::<String>::new());
    assert_eq!(terraform.state(), Value::from("STARTED"));
    assert_eq!(terraform.atlas.calls(Operation::Token), 2);
    assert_eq!(terraform.atlas.starts(NAME).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_same_settings_again_keep_the_client_and_farewell_gives_its_token_back() {
    let stored = started_by_a_service_account().await.state.expect("a state");
    let atlas = atlas_with("STARTED");
    let run = Run::of(provider_of(&atlas, SERVICE_ACCOUNT, &[]));
    for _ in 0..3 {
        configure(&run.provider, &[]);
        let diagnostics = run.read(&stored).await;
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
    }
    assert_eq!((atlas.calls(Operation::Token), atlas.live_tokens()), (1, 1));
    run.provider.farewell().await;
    assert_eq!(
        (atlas.calls(Operation::Revoke), atlas.live_tokens()),
        (1, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn every_token_that_was_fetched_is_given_back() {
    // A 401 that was not the token's fault costs a second token, while the first is still good.
    let mut terraform = Terraform::with_processor("CREATED");
    terraform.caller = SERVICE_ACCOUNT;
    terraform
        .atlas
        .fault(Fault::on(Operation::Start, Effect::user_unauthorized()));
    assert!(!terraform.apply().await.has_error());
    let atlas = &terraform.atlas;
    assert_eq!((atlas.calls(Operation::Token), atlas.live_tokens()), (2, 0));

    // A configuration that was replaced has a token of its own.
    let stored = terraform.state.expect("a state");
    let atlas = atlas_with("STARTED");
    let run = Run::of(provider_of(&atlas, SERVICE_ACCOUNT, &[]));
    for retries in [1, 2, 3] {
        configure(&run.provider, &[("max_retries", Value::from(retries))]);
        assert!(run.read(&stored).await.is_empty());
    }
    assert_eq!(atlas.live_tokens(), 3);
    configure(&run.provider, &[("base_url", Value::Unknown)]);
    run.provider.farewell().await;
    assert_eq!(atlas.live_tokens(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_spurious_401_is_repeated_once_whoever_asks() {
    for caller in [SERVICE_ACCOUNT, API_KEY] {
        let mut terraform = Terraform::with_processor("CREATED");
        terraform.caller = caller;
        terraform
            .atlas
            .fault(Fault::on(Operation::Start, Effect::user_unauthorized()));
        let diagnostics = terraform.apply().await;
        assert_eq!(errors(&diagnostics), Vec::<String>::new());
        assert_eq!(terraform.state(), Value::from("STARTED"));
        // One that stays is final.
        terraform.atlas.set_state(NAME, "STOPPED");
        terraform
            .atlas
            .fault(Fault::on(Operation::Start, Effect::user_unauthorized()).always());
        terraform.atlas.clear_record();
        assert!(terraform.apply().await.has_error());
        assert!(terraform.starts() <= 3, "{}", terraform.starts());
    }
}

#[tokio::test(start_paused = true)]
async fn other_settings_are_taken_over() {
    let stored = started_by_a_service_account().await.state.expect("a state");
    let atlas = atlas_with("STARTED");
    let run = Run::of(provider_of(&atlas, SERVICE_ACCOUNT, &[]));
    assert!(run.read(&stored).await.is_empty());
    configure(&run.provider, &[("api_version", Value::from("2025-03-12"))]);
    assert!(run.read(&stored).await.is_empty());
    let record = atlas.record();
    let asked = record.last().and_then(|request| request.header("accept"));
    assert_eq!(asked, Some("application/vnd.atlas.2025-03-12+json"));
}

#[tokio::test(start_paused = true)]
async fn without_credentials_a_new_start_can_be_planned_and_a_refresh_names_the_way_out() {
    let mut terraform = Terraform::with_processor("CREATED");
    terraform.caller = NOBODY;
    let plan = terraform.plan().await;
    assert_eq!(plan.action, Action::Create);
    assert!(plan.diagnostics.is_empty(), "{:?}", plan.diagnostics);

    let mut terraform = started_by_a_service_account().await;
    terraform.caller = NOBODY;
    let plan = terraform.plan().await;
    assert!(
        errors(&plan.diagnostics)[0].contains("`-refresh=false`"),
        "{:?}",
        plan.diagnostics
    );
    assert!(terraform.state.is_some());
    terraform.refresh = false;
    assert!(!terraform.plan().await.diagnostics.has_error());
    let refused = errors(&terraform.destroy().await);
    assert!(!refused[0].contains("-refresh=false"), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn an_unknown_provider_block_leaves_the_state_with_one_warning_and_no_request() {
    for argument in [
        "access_token",
        "client_id",
        "client_secret",
        "public_key",
        "private_key",
        "base_url",
        "api_version",
        "request_timeout",
        "max_retries",
    ] {
        let mut terraform = started_by_a_service_account().await;
        let before = terraform.state.clone().expect("a state");
        terraform.block = vec![(argument, Value::Unknown)];
        terraform.atlas.clear_record();
        let plan = terraform.plan().await;
        assert_eq!(plan.action, Action::NoOp, "{argument}");
        assert!(!plan.diagnostics.has_error(), "{argument}");
        let warned = warnings(&plan.diagnostics);
        assert_eq!(warned.len(), 1, "{argument}: {warned:?}");
        assert!(warned[0].contains(argument), "{argument}: {warned:?}");
        assert_eq!(terraform.atlas.record().len(), 0, "{argument}");
        let after = terraform.state.as_ref().expect("a state");
        assert_eq!(
            (&after.value, &after.private),
            (&before.value, &before.private)
        );
        // What needs Atlas says what is missing, and sends nothing.
        let refused = errors(&terraform.destroy().await);
        assert!(refused[0].contains(argument), "{argument}: {refused:?}");
        assert!(terraform.state.is_some(), "{argument}");
        assert_eq!(terraform.atlas.record().len(), 0, "{argument}");
    }
}
