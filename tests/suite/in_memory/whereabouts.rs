//! A refresh: what proves that a processor is gone, and what only proves that it could not be seen.

use atlas_simulator::{Effect, Fault, Operation, known};
use serde_json::json;
use terraform_provider_atlas::framework::Value;

use super::terraform::{Action, Terraform};
use super::words::{NAME, an_hour_passes, applied, errors, nothing_is_planned, warnings};

async fn started() -> Terraform {
    let mut terraform = Terraform::with_processor("CREATED");
    let (errors, _) = applied(&mut terraform).await;
    assert_eq!(errors, Vec::<String>::new());
    terraform
}

#[tokio::test(start_paused = true)]
async fn only_a_404_that_atlas_itself_says_means_gone() {
    for (what, effect) in [
        ("HTML", Effect::html(404)),
        ("empty", Effect::empty(404)),
        ("broken JSON", Effect::broken_json(404)),
        ("not Atlas", Effect::not_atlas()),
        ("a list", Effect::json(404, &json!([1]))),
        (
            "a gateway's message",
            Effect::json(404, &json!({"message": "no Route matched"})),
        ),
        (
            "a gateway's detail",
            Effect::json(404, &json!({"detail": "Not Found"})),
        ),
        (
            "a gateway's code",
            Effect::json(404, &json!({"errorCode": "RouteNotFound"})),
        ),
        (
            "a framework's error",
            Effect::json(
                404,
                &json!({"status": 404, "error": "Not Found", "path": "/x"}),
            ),
        ),
        (
            "another status inside",
            Effect::json(
                404,
                &json!({"error": 502, "errorCode": "X", "detail": "bad gateway"}),
            ),
        ),
    ] {
        let mut terraform = started().await;
        terraform
            .atlas
            .fault(Fault::on(Operation::Get, effect).always());
        let plan = terraform.plan().await;
        assert_eq!(errors(&plan.diagnostics).len(), 1, "{what}");
        assert!(terraform.state.is_some(), "{what}");
        // Nor does a destroy take it for gone.
        terraform.refresh = false;
        let mut stored = terraform.state.take().expect("a state");
        stored.value.set("stop_on_destroy", true);
        terraform.state = Some(stored);
        assert!(terraform.destroy().await.has_error(), "{what}");
        assert!(terraform.state.is_some(), "{what}");
    }
    let mut terraform = started().await;
    let gone = Effect::processor_not_found(known::TENANT, NAME);
    terraform.atlas.fault(Fault::on(Operation::Get, gone));
    assert_eq!(terraform.plan().await.action, Action::Create);
    assert!(terraform.state.is_none());
}

#[tokio::test(start_paused = true)]
async fn any_other_refusal_is_an_error_and_the_state_stays() {
    for (what, effect) in [
        (
            "400",
            Effect::api_error(400, "SOME_CODE", "Some detail.", &[]),
        ),
        ("401", Effect::user_unauthorized()),
        ("403", Effect::access_forbidden()),
        ("405", Effect::method_not_allowed()),
        ("410", Effect::version_gone()),
        ("500", Effect::unexpected_error(false)),
        ("501", Effect::empty(501)),
        ("200 without a body", Effect::empty(200)),
    ] {
        let mut terraform = started().await;
        let before = terraform.state.clone().expect("a state");
        terraform
            .atlas
            .fault(Fault::on(Operation::Get, effect).always());
        let plan = terraform.plan().await;
        assert_eq!(errors(&plan.diagnostics).len(), 1, "{what}");
        let after = terraform.state.as_ref().expect("the state stays");
        assert_eq!(after.value, before.value, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_that_could_not_be_read_back_may_stay_unread_in_four_ways() {
    for (what, effect) in [
        ("403", Effect::access_forbidden()),
        ("404", Effect::not_atlas()),
        ("405", Effect::method_not_allowed()),
        ("501", Effect::empty(501)),
    ] {
        let mut terraform = Terraform::with_processor("CREATED");
        terraform
            .atlas
            .fault(Fault::on(Operation::Get, effect).always());
        let (errors, warned) = applied(&mut terraform).await;
        assert_eq!(errors, Vec::<String>::new(), "{what}");
        assert!(
            warned[0].contains("cannot be read back"),
            "{what}: {warned:?}"
        );
        let plan = terraform.plan().await;
        assert!(
            !plan.diagnostics.has_error(),
            "{what}: {:?}",
            plan.diagnostics
        );
        assert!(
            warnings(&plan.diagnostics)[0].contains("still cannot be read"),
            "{what}"
        );
        // Another refusal is none of those.
        terraform.atlas.clear_faults();
        let other = Fault::on(Operation::Get, Effect::version_gone());
        terraform.atlas.fault(other.always());
        assert!(terraform.plan().await.diagnostics.has_error(), "{what}");
        assert!(terraform.state.is_some(), "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_finds_the_id_of_a_processor_that_was_made_anew() {
    let mut terraform = started().await;
    let old = terraform.attribute("processor_id");
    terraform.atlas.remove_processor(NAME);
    terraform.atlas.add_processor(NAME, "STARTED");
    nothing_is_planned(&mut terraform).await;
    let new = terraform.attribute("processor_id");
    assert_ne!(new, old);
    assert_eq!(new, Some(Value::from(terraform.atlas.processor_id(NAME))));
}

#[tokio::test(start_paused = true)]
async fn a_processor_at_rest_is_not_said_to_keep_running() {
    for (state, warned) in [
        ("STOPPED", 0),
        ("FAILED", 0),
        ("CREATED", 0),
        ("STARTED", 1),
    ] {
        let mut terraform = Terraform::with_processor("CREATED")
            .configured(&[("keep_started", Value::from(false))]);
        applied(&mut terraform).await;
        an_hour_passes(&mut terraform).await;
        terraform.atlas.set_state(NAME, state);
        let diagnostics = terraform.destroy().await;
        assert_eq!(
            warnings(&diagnostics).len(),
            warned,
            "{state}: {diagnostics:?}"
        );
    }
}
