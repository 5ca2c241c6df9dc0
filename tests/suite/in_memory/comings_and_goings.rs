//! The rows of the table about imports, destroys, replaces, and what was removed outside.

use serde_json::json;
use terraform_provider_atlas::framework::Value;

use super::terraform::{Action, Terraform};
use super::words::{MADE_BY_A_START, errors, expect, nothing_is_planned, triggers, warnings};

#[tokio::test(start_paused = true)]
async fn the_first_change_after_an_import_is_adopted_without_a_request() {
    let mut terraform = Terraform::with_processor("STARTED");
    terraform.import().await;
    nothing_is_planned(&mut terraform).await;
    terraform.edit(&[
        ("tier", Value::from("SP10")),
        triggers("1"),
        ("if_started", Value::from("restart")),
    ]);
    expect(&mut terraform, Action::Update, &[]).await;
    assert_eq!(
        (terraform.starts(), terraform.stops()),
        (0, 0),
        "an import bounces nothing"
    );
    assert_eq!(terraform.attribute("started_at"), Some(Value::Null));
    nothing_is_planned(&mut terraform).await;
    // The adoption is over: from now on a change is a change.
    terraform.edit(&[
        ("tier", Value::from("SP30")),
        triggers("1"),
        ("if_started", Value::from("restart")),
    ]);
    expect(&mut terraform, Action::Update, &MADE_BY_A_START).await;
    assert_eq!((terraform.starts(), terraform.stops()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn any_applied_update_ends_the_adoption() {
    let mut terraform = Terraform::with_processor("STARTED");
    terraform.import().await;
    terraform.edit(&[("stop_on_destroy", Value::from(true))]);
    expect(&mut terraform, Action::Update, &[]).await;
    terraform.edit(&[
        ("stop_on_destroy", Value::from(true)),
        ("tier", Value::from("SP10")),
    ]);
    expect(&mut terraform, Action::Update, &MADE_BY_A_START).await;
    assert_eq!((terraform.starts(), terraform.stops()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn an_imported_processor_at_rest_is_started_with_its_tier_while_the_rest_is_adopted() {
    let mut terraform = Terraform::with_processor("STOPPED");
    terraform.import().await;
    terraform.edit(&[
        ("tier", Value::from("SP10")),
        ("resume_from_checkpoint", Value::from(false)),
        triggers("1"),
    ]);
    expect(&mut terraform, Action::Update, &MADE_BY_A_START).await;
    assert_eq!(terraform.last_start_body(), json!({"tier": "SP10"}));
    nothing_is_planned(&mut terraform).await;
}

#[tokio::test(start_paused = true)]
async fn a_destroy_forgets_with_a_warning_or_stops() {
    let mut terraform = Terraform::with_processor("CREATED");
    expect(&mut terraform, Action::Create, &MADE_BY_A_START).await;
    let diagnostics = terraform.destroy().await;
    let warned = warnings(&diagnostics).join("\n");
    assert!(
        warned.contains("keeps running")
            && warned.contains("billed")
            && warned.contains("stop_on_destroy"),
        "{warned}"
    );
    assert_eq!(terraform.atlas.state("orders").as_deref(), Some("STARTED"));
    assert_eq!(terraform.stops(), 0);

    let mut terraform =
        Terraform::with_processor("CREATED").configured(&[("stop_on_destroy", Value::from(true))]);
    expect(&mut terraform, Action::Create, &MADE_BY_A_START).await;
    let diagnostics = terraform.destroy().await;
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(terraform.atlas.state("orders").as_deref(), Some("STOPPED"));
    assert!(terraform.state.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_destroy_of_what_is_gone_or_at_rest_sends_no_stop() {
    for state in [Some("STOPPED"), None] {
        let mut terraform = Terraform::with_processor("CREATED")
            .configured(&[("stop_on_destroy", Value::from(true))]);
        expect(&mut terraform, Action::Create, &MADE_BY_A_START).await;
        match state {
            Some(state) => terraform.atlas.set_state("orders", state),
            None => terraform.atlas.remove_processor("orders"),
        }
        terraform.refresh = false;
        let diagnostics = terraform.destroy().await;
        assert_eq!(errors(&diagnostics), Vec::<String>::new());
        assert!(terraform.state.is_none());
        assert_eq!(terraform.stops(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn another_name_replaces_with_the_same_warning() {
    for stops in [false, true] {
        let stop_on_destroy = ("stop_on_destroy", Value::from(stops));
        let mut terraform =
            Terraform::with_processor("CREATED").configured(std::slice::from_ref(&stop_on_destroy));
        terraform.atlas.add_processor("invoices", "CREATED");
        expect(&mut terraform, Action::Create, &MADE_BY_A_START).await;
        terraform.edit(&[("processor_name", Value::from("invoices")), stop_on_destroy]);
        let plan = terraform.plan().await;
        assert_eq!(plan.action, Action::Replace);
        assert_eq!(
            warnings(&plan.diagnostics)
                .iter()
                .any(|text| text.contains("keeps running")),
            !stops
        );
        let diagnostics = terraform.apply_plan(plan).await;
        assert_eq!(errors(&diagnostics), Vec::<String>::new());
        let left = if stops { "STOPPED" } else { "STARTED" };
        assert_eq!(terraform.atlas.state("orders").as_deref(), Some(left));
        assert_eq!(
            terraform.atlas.state("invoices").as_deref(),
            Some("STARTED")
        );
        nothing_is_planned(&mut terraform).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_removed_outside_is_planned_anew() {
    let mut terraform = Terraform::with_processor("CREATED");
    expect(&mut terraform, Action::Create, &MADE_BY_A_START).await;
    terraform.atlas.remove_processor("orders");
    let plan = terraform.plan().await;
    assert_eq!(plan.action, Action::Create);
}
