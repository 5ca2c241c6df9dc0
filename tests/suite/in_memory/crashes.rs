//! After a panic half-way through an apply: what is stored lets the next apply take up what may have been started.

use terraform_provider_atlas::framework::Value;

use super::invoking::invoke;
use super::one_run::Run;
use super::terraform::{Action, Planned, Stored, Terraform};
use super::words::{
    NAME, an_hour_passes, applied, nothing_is_planned, starting_for, timeouts, warnings,
};

/// What core has after a create of this plan that panicked.
fn crashed_create(terraform: &Terraform, plan: &Planned) -> Stored {
    let mut value = plan.value.clone().unknown_as_null();
    value.set("id", format!("0123456789abcdef01234567/workspace-1/{NAME}"));
    Stored {
        value,
        private: Run::on(&terraform.atlas).private_after_panic(&Value::Null, plan),
        identity: None,
        tainted: true,
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_that_crashed_half_way_is_resumed_like_one_that_failed() {
    for (if_started, create_before_destroy) in [
        ("keep", false),
        ("restart", false),
        ("error", false),
        ("error", true),
    ] {
        for tier in [None, Some("SP10")] {
            let what = format!("{if_started}, {tier:?}");
            let mut terraform = Terraform::with_processor("CREATED").configured(&[
                ("if_started", Value::from(if_started)),
                ("stop_on_destroy", Value::from(true)),
                ("tier", Value::from(tier)),
                ("resume_from_checkpoint", Value::from(tier.map(|_| false))),
            ]);
            let plan = terraform.plan().await;
            terraform.state = Some(crashed_create(&terraform, &plan));
            terraform.create_before_destroy = create_before_destroy;
            terraform.feeds_planned_private = create_before_destroy;
            terraform.atlas.set_state(NAME, "STARTED");
            let (errors, warnings) = applied(&mut terraform).await;
            assert_eq!(errors, Vec::<String>::new(), "{what}");
            let options = warnings.join("\n").contains("did not take effect");
            assert!(!options, "{what}: {warnings:?}");
            assert_eq!(terraform.since(), (0, 0), "{what}");
            an_hour_passes(&mut terraform).await;
            nothing_is_planned(&mut terraform).await;
            assert_eq!(terraform.private(), b"", "{what}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_that_crashed_half_way_is_repeated_unless_it_had_got_there() {
    let tier = |tier: &str| [("tier", Value::from(tier))];
    for (had_got_there, sent) in [(true, (0, 0)), (false, (1, 1))] {
        let mut terraform = Terraform::with_processor("CREATED").configured(&tier("SP10"));
        assert!(!terraform.apply().await.has_error());
        terraform.edit(&tier("SP30"));
        let plan = terraform.plan().await;
        let stored = terraform.state.as_mut().expect("a state");
        stored.private = Run::on(&terraform.atlas).private_after_panic(&stored.value, &plan);
        if had_got_there {
            let restart = ("if_started", Value::from("restart"));
            let started = invoke(&terraform.atlas, &[restart, tier("SP30")[0].clone()]).await;
            assert!(started.diagnostics.is_empty());
        }
        terraform.atlas.clear_record();
        let diagnostics = terraform.apply().await;
        assert!(!diagnostics.has_error(), "{diagnostics:?}");
        assert_eq!(terraform.since(), sent, "{had_got_there}");
        assert_eq!(terraform.attribute("tier"), Some(Value::from("SP30")));
        // Only the plan's own warning.
        assert_eq!(warnings(&diagnostics).len(), 1, "{diagnostics:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_crash_of_an_update_keeps_what_was_remembered_and_nothing_of_the_plan() {
    let mut terraform = Terraform::with_processor("STOPPED");
    terraform.import().await;
    let plan = terraform.plan().await;
    assert_eq!(plan.action, Action::Update);
    let prior = &terraform.state.as_ref().expect("a state").value;
    let after = Run::on(&terraform.atlas).private_after_panic(prior, &plan);
    let kept: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&after).expect("our own bytes are JSON");
    let names: Vec<&str> = kept.keys().map(String::as_str).collect();
    assert_eq!(names, ["doubt", "imported", "unsettled"]);
}

#[tokio::test(start_paused = true)]
async fn a_crash_of_a_resumed_create_keeps_what_the_earlier_one_left_open() {
    let mut terraform = Terraform::with_processor("STOPPED").configured(&[timeouts("90s")]);
    terraform
        .atlas
        .settings(|settings| settings.start = starting_for(600));
    assert!(terraform.apply().await.has_error());
    let plan = terraform.plan().await;
    assert_eq!(plan.action, Action::Replace);
    let crashed = crashed_create(&terraform, &plan);
    let remembered = |private: &[u8]| -> serde_json::Map<String, serde_json::Value> {
        serde_json::from_slice(private).expect("our own bytes are JSON")
    };
    let (mark, mut after) = (
        remembered(terraform.private()),
        remembered(&crashed.private),
    );
    assert!(after.remove("doubt").is_some(), "it may have been sent");
    assert_eq!(after, mark, "the mark, and nothing of the plan");
}
