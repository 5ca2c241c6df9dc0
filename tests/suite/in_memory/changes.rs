//! The table "What a change plans", row by row, with what Atlas was asked for each row.

use serde_json::json;
use terraform_provider_atlas::framework::Value;

use super::terraform::{Action, Terraform};
use super::words::{MADE_BY_A_START, expect, nothing_is_planned, timeouts, triggers, warnings};

#[tokio::test(start_paused = true)]
async fn a_create_starts_and_records_what_atlas_says() {
    let mut terraform = Terraform::with_processor("CREATED");
    expect(&mut terraform, Action::Create, &MADE_BY_A_START).await;
    assert_eq!(terraform.atlas.state("orders").as_deref(), Some("STARTED"));
    assert_eq!(terraform.attribute("state"), Some(Value::from("STARTED")));
    assert_eq!(
        terraform.attribute("processor_id"),
        Some(Value::from(terraform.atlas.processor_id("orders")))
    );
    assert_eq!(
        terraform.attribute("id"),
        Some(Value::from("0123456789abcdef01234567/workspace-1/orders"))
    );
    assert!(
        terraform
            .attribute("started_at")
            .is_some_and(|at| at.as_str().is_some_and(|at| at.ends_with('Z')))
    );
    assert_eq!(
        terraform.attribute("wait"),
        Some(Value::Null),
        "a default is not written to state"
    );
    assert_eq!(
        terraform.atlas.record().len(),
        3,
        "a start that is ready at the first look takes three exchanges"
    );
    terraform.atlas.clear_record();
    nothing_is_planned(&mut terraform).await;
    assert_eq!(terraform.atlas.record().len(), 1, "a refresh takes one");
}

#[tokio::test(start_paused = true)]
async fn names_that_are_not_known_yet_leave_the_id_unknown() {
    let mut terraform = Terraform::with_processor("CREATED");
    terraform.edit(&[("processor_name", Value::Unknown)]);
    let plan = terraform.plan().await;
    assert_eq!(plan.action, Action::Create);
    assert!(plan.value.attribute("id").is_unknown());
}

#[tokio::test(start_paused = true)]
async fn a_processor_found_started_follows_if_started() {
    for (if_started, starts, stops, fails) in [
        (None, 0, 0, false),
        (Some("keep"), 0, 0, false),
        (Some("restart"), 1, 1, false),
        (Some("error"), 0, 0, true),
    ] {
        let mut terraform = Terraform::with_processor("STARTED")
            .configured(&[("if_started", Value::from(if_started))]);
        let diagnostics = terraform.apply().await;
        assert_eq!(
            diagnostics.has_error(),
            fails,
            "{if_started:?}: {diagnostics:?}"
        );
        assert_eq!(
            (terraform.starts(), terraform.stops()),
            (starts, stops),
            "{if_started:?}"
        );
        assert_eq!(
            terraform.state.is_none(),
            fails,
            "what was certainly not started is not recorded"
        );
        assert_eq!(terraform.atlas.state("orders").as_deref(), Some("STARTED"));
        if !fails {
            nothing_is_planned(&mut terraform).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn options_that_a_kept_processor_does_not_run_with_are_warned_about() {
    let mut terraform = Terraform::with_processor("STARTED")
        .configured(&[("resume_from_checkpoint", Value::from(false))]);
    let diagnostics = terraform.apply().await;
    let warnings = warnings(&diagnostics).join("\n");
    assert!(
        warnings.contains("resume_from_checkpoint") && warnings.contains("if_started"),
        "{warnings}"
    );
    assert_eq!(terraform.starts(), 0);
}

#[tokio::test(start_paused = true)]
async fn rest_is_drift_and_is_started_with_the_tier_alone() {
    for state in ["CREATED", "STOPPED", "FAILED"] {
        let mut terraform = Terraform::with_processor("CREATED").configured(&[
            ("tier", Value::from("SP10")),
            ("resume_from_checkpoint", Value::from(false)),
            (
                "start_at_operation_time",
                Value::from("2026-01-02T03:04:05+01:00"),
            ),
        ]);
        expect(&mut terraform, Action::Create, &MADE_BY_A_START).await;
        assert_eq!(
            terraform.last_start_body(),
            json!({"tier": "SP10", "resumeFromCheckpoint": false, "startAtOperationTime": "2026-01-02T02:04:05Z"})
        );
        terraform.atlas.set_state("orders", state);
        expect(&mut terraform, Action::Update, &MADE_BY_A_START).await;
        assert_eq!(
            terraform.last_start_body(),
            json!({"tier": "SP10"}),
            "after {state}"
        );
        assert_eq!((terraform.starts(), terraform.stops()), (2, 0));
        nothing_is_planned(&mut terraform).await;
    }
}

#[tokio::test(start_paused = true)]
async fn every_other_state_is_no_drift() {
    for state in [
        "STARTED",
        "STARTING",
        "STOPPING",
        "PROVISIONING",
        "AUTOSCALING",
    ] {
        let mut terraform = Terraform::with_processor("CREATED");
        expect(&mut terraform, Action::Create, &MADE_BY_A_START).await;
        terraform.atlas.set_state("orders", state);
        nothing_is_planned_but_the_state_is(&mut terraform, state).await;
    }
}

async fn nothing_is_planned_but_the_state_is(terraform: &mut Terraform, state: &str) {
    nothing_is_planned(terraform).await;
    assert_eq!(terraform.attribute("state"), Some(Value::from(state)));
}

#[tokio::test(start_paused = true)]
async fn keep_started_false_starts_once() {
    let mut terraform =
        Terraform::with_processor("CREATED").configured(&[("keep_started", Value::from(false))]);
    expect(&mut terraform, Action::Create, &MADE_BY_A_START).await;
    terraform.atlas.set_state("orders", "STOPPED");
    nothing_is_planned_but_the_state_is(&mut terraform, "STOPPED").await;
    assert_eq!(terraform.starts(), 1);
}

#[tokio::test(start_paused = true)]
async fn drift_that_somebody_else_mended_meanwhile_is_left_alone() {
    let mut terraform =
        Terraform::with_processor("CREATED").configured(&[("if_started", Value::from("restart"))]);
    expect(&mut terraform, Action::Create, &MADE_BY_A_START).await;
    terraform.atlas.set_state("orders", "STOPPED");
    let plan = terraform.plan().await;
    terraform.atlas.set_state("orders", "STARTED");
    let diagnostics = terraform.apply_plan(plan).await;
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!((terraform.starts(), terraform.stops()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn changed_triggers_start_again_as_if_started_says() {
    // On an update `error` does as `keep`.
    for (if_started, state, starts, stops) in [
        (None, "STARTED", 0, 0),
        (Some("keep"), "STARTED", 0, 0),
        (Some("restart"), "STARTED", 1, 1),
        (Some("error"), "STARTED", 0, 0),
        (None, "STOPPED", 1, 0),
        (Some("restart"), "FAILED", 1, 0),
        (Some("error"), "CREATED", 1, 0),
    ] {
        let if_started = ("if_started", Value::from(if_started));
        let mut terraform =
            Terraform::with_processor("CREATED").configured(&[triggers("1"), if_started.clone()]);
        expect(&mut terraform, Action::Create, &MADE_BY_A_START).await;
        terraform.atlas.set_state("orders", state);
        terraform.atlas.clear_record();
        terraform.edit(&[triggers("2"), if_started]);
        expect(&mut terraform, Action::Update, &MADE_BY_A_START).await;
        assert_eq!(
            (terraform.starts(), terraform.stops()),
            (starts, stops),
            "from {state}"
        );
        assert_eq!(terraform.atlas.state("orders").as_deref(), Some("STARTED"));
        nothing_is_planned(&mut terraform).await;
    }
}

#[tokio::test(start_paused = true)]
async fn triggers_send_the_options_too() {
    let options = ("resume_from_checkpoint", Value::from(false));
    let mut terraform =
        Terraform::with_processor("CREATED").configured(&[triggers("1"), options.clone()]);
    expect(&mut terraform, Action::Create, &MADE_BY_A_START).await;
    terraform.atlas.set_state("orders", "CREATED");
    terraform.edit(&[triggers("2"), options]);
    expect(&mut terraform, Action::Update, &MADE_BY_A_START).await;
    assert_eq!(
        terraform.last_start_body(),
        json!({"resumeFromCheckpoint": false})
    );
}

#[tokio::test(start_paused = true)]
async fn unknown_triggers_may_turn_out_to_be_the_same() {
    let mut terraform = Terraform::with_processor("CREATED").configured(&[triggers("1")]);
    expect(&mut terraform, Action::Create, &MADE_BY_A_START).await;
    terraform.edit(&[("triggers", Value::Unknown)]);
    let plan = terraform.plan().await;
    assert_eq!(plan.action, Action::Update);
    assert!(plan.value.attribute("state").is_unknown());
    terraform.edit(&[triggers("1")]);
    let diagnostics = terraform.apply_plan(plan).await;
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(terraform.starts(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_start_option_set_or_changed_stops_and_starts_and_says_so() {
    for (before, after, body) in [
        (None, Some("SP10"), json!({"tier": "SP10"})),
        (Some("SP10"), Some("SP30"), json!({"tier": "SP30"})),
    ] {
        let mut terraform =
            Terraform::with_processor("CREATED").configured(&[("tier", Value::from(before))]);
        expect(&mut terraform, Action::Create, &MADE_BY_A_START).await;
        terraform.edit(&[("tier", Value::from(after))]);
        let plan = terraform.plan().await;
        let warned = warnings(&plan.diagnostics).join("\n");
        assert!(
            warned.contains("stopped and started") && warned.contains("tier"),
            "{warned}"
        );
        expect(&mut terraform, Action::Update, &MADE_BY_A_START).await;
        assert_eq!((terraform.starts(), terraform.stops()), (2, 1));
        assert_eq!(terraform.last_start_body(), body);
        nothing_is_planned(&mut terraform).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_sends_nothing_asks_nothing() {
    let tier = ("tier", Value::from("SP10"));
    let at = |time: &str| ("start_at_operation_time", Value::from(time));
    for (what, before, after) in [
        ("a start option removed", vec![tier.clone()], vec![]),
        (
            "the same instant, written otherwise",
            vec![at("2026-01-01T12:00:00Z")],
            vec![at("2026-01-01T13:00:00+01:00")],
        ),
        (
            "stop_on_destroy",
            vec![],
            vec![("stop_on_destroy", Value::from(true))],
        ),
        (
            "keep_started",
            vec![],
            vec![("keep_started", Value::from(true))],
        ),
        (
            "if_started",
            vec![],
            vec![("if_started", Value::from("restart"))],
        ),
        ("wait", vec![], vec![("wait", Value::from(false))]),
        (
            "envelope and pretty",
            vec![],
            vec![
                ("envelope", Value::from(true)),
                ("pretty", Value::from(true)),
            ],
        ),
        ("timeouts", vec![], vec![timeouts("5m")]),
    ] {
        let mut terraform = Terraform::with_processor("CREATED").configured(&before);
        expect(&mut terraform, Action::Create, &MADE_BY_A_START).await;
        terraform.edit(&after);
        let plan = terraform.plan().await;
        assert_eq!(plan.action, Action::Update, "{what}");
        terraform.atlas.clear_record();
        let diagnostics = terraform.apply_plan(plan).await;
        assert!(diagnostics.is_empty(), "{what}: {diagnostics:?}");
        assert_eq!(terraform.atlas.record().len(), 0, "{what}");
        nothing_is_planned(&mut terraform).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_kept_processor_with_the_same_tier_is_not_warned_about() {
    let tier = |tier: &str| [("tier", Value::from(tier))];
    let mut first = Terraform::with_processor("CREATED").configured(&tier("SP10"));
    expect(&mut first, Action::Create, &MADE_BY_A_START).await;
    for (wanted, warned) in [("SP10", 0), ("SP30", 1)] {
        let mut second = Terraform::of(first.atlas.clone()).configured(&tier(wanted));
        let diagnostics = second.apply().await;
        assert_eq!(
            warnings(&diagnostics).len(),
            warned,
            "{wanted}: {diagnostics:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn triggers_that_keep_the_processor_warn_of_the_options_they_did_not_apply() {
    let with = |version: &str| {
        [
            ("resume_from_checkpoint", Value::from(false)),
            triggers(version),
        ]
    };
    let mut terraform = Terraform::with_processor("CREATED").configured(&with("1"));
    expect(&mut terraform, Action::Create, &MADE_BY_A_START).await;
    terraform.edit(&with("2"));
    let diagnostics = terraform.apply().await;
    let warned = warnings(&diagnostics);
    assert!(
        warned.len() == 1 && warned[0].contains("resume_from_checkpoint did not take effect"),
        "{warned:?}"
    );
    assert_eq!(terraform.starts(), 1);
}
