//! What is refused: by us before anything is sent, and by Atlas in words that a person can act on.

use atlas_simulator::known;

use super::world::{World, start, start_action};

/// Plans each case; each must fail, say what it must say, and leave the record empty.
async fn refuse(world: &World, cases: &[(&str, String, &[&str])]) {
    for (case, hcl, words) in cases {
        world.write("main.tf", hcl);
        let plan = world.run(&["plan"]).await;
        assert_eq!(plan.status, 1, "{case}\n{plan}");
        for word in *words {
            assert!(plan.says(word), "{case}: no word of {word}\n{plan}");
        }
        assert!(
            world.requests().is_empty(),
            "{case}: {:?}",
            world.requests()
        );
    }
}

pub(super) async fn bad_input_names_the_attribute_and_sends_nothing(world: World) {
    let good = start("orders", "orders", "");
    let with = |arguments: &str| start("orders", "orders", arguments);
    refuse(
        &world,
        &[
            (
                "a project's name",
                good.replace(known::GROUP_ID, "my-project"),
                &["group_id", "24"],
            ),
            (
                "upper case digits",
                good.replace(known::GROUP_ID, "0123456789ABCDEF01234567"),
                &["group_id"],
            ),
            (
                "no workspace",
                good.replace(known::TENANT, ""),
                &["tenant_name"],
            ),
            (
                "no processor",
                good.replace("\"orders\"\n", "\"\"\n"),
                &["processor_name"],
            ),
            (
                "a tier of another product",
                with(r#"tier = "M10""#),
                &["tier", "SP10"],
            ),
            (
                "no date",
                with(r#"start_at_operation_time = "yesterday""#),
                &["start_at_operation_time", "RFC 3339"],
            ),
            (
                "no duration",
                with("timeouts {\n    create = \"10 minutes\"\n  }"),
                &["timeouts", "create", "10m"],
            ),
            (
                "no time at all",
                with("timeouts {\n    update = \"0s\"\n  }"),
                &["timeouts", "update"],
            ),
            (
                "a word that isn't one of three",
                with(r#"if_started = "ignore""#),
                &["if_started", "restart"],
            ),
            (
                "a computed attribute",
                with(r#"state = "STARTED""#),
                &["state"],
            ),
            (
                "a misspelt argument",
                with("resume_from_checkpoints = false"),
                &["resume_from_checkpoints"],
            ),
        ],
    )
    .await;
}

pub(super) async fn bad_provider_configuration_names_the_attribute_and_sends_nothing(world: World) {
    let provider = |arguments: &str| {
        format!(
            "provider \"atlas\" {{\n  {arguments}\n}}\n{}",
            start("orders", "orders", "")
        )
    };
    refuse(
        &world,
        &[
            (
                "half an API key",
                provider(r#"public_key = "qwertyui""#),
                &["private_key"],
            ),
            (
                "the other half",
                provider(r#"private_key = "x""#),
                &["public_key"],
            ),
            (
                "half a service account",
                provider(r#"client_id = "mdb_sa_id_1""#),
                &["client_secret"],
            ),
            (
                "a service account as an API key",
                provider("public_key  = \"mdb_sa_id_1\"\n  private_key = \"x\""),
                &["public_key", "client_id"],
            ),
            (
                "no URL",
                provider(r#"base_url = "cloud.mongodb.com""#),
                &["base_url"],
            ),
            (
                "another scheme",
                provider(r#"base_url = "ftp://cloud.mongodb.com""#),
                &["base_url"],
            ),
            (
                "no duration",
                provider(r#"request_timeout = "soon""#),
                &["request_timeout"],
            ),
            (
                "no version date",
                provider(r#"api_version = "v2""#),
                &["api_version"],
            ),
            (
                "less than none",
                provider("max_retries = -1"),
                &["max_retries"],
            ),
        ],
    )
    .await;
}

pub(super) async fn an_answer_of_atlas_becomes_a_diagnostic(world: World) {
    // Workspace names are case-sensitive.
    world.write(
        "main.tf",
        &start("orders", "orders", "").replace(known::TENANT, "Workspace-1"),
    );
    let apply = world.apply_fails().await;
    for words in [
        "Error: Cannot start stream processor \"orders\"",
        "STREAM_TENANT_NOT_FOUND_FOR_NAME",
        "404",
        "Workspace-1",
        "tenant_name",
    ] {
        assert!(apply.says(words), "{words}\n{apply}");
    }
    assert_eq!(
        world.terraform.state().unwrap()["resources"]
            .as_array()
            .map_or(0, Vec::len),
        0,
        "nothing was started"
    );
}

pub(super) async fn bad_action_input_names_the_attribute_and_sends_nothing(world: World) {
    let with = |arguments: &str| start_action("orders", "orders", arguments);
    refuse(
        &world,
        &[
            (
                "a failover to nowhere",
                with("failover {\n      dry_run = true\n    }"),
                &["region"],
            ),
            (
                "an unheard-of mode",
                with("failover {\n      region = \"OREGON_USA\"\n      mode   = \"SLOW\"\n    }"),
                &["mode", "GRACEFUL"],
            ),
            ("no duration", with(r#"timeout = "600""#), &["timeout"]),
            (
                "a project's name",
                with("").replace(known::GROUP_ID, "my-project"),
                &["group_id"],
            ),
            (
                "an argument of the resource",
                with("stop_on_destroy = true"),
                &["stop_on_destroy"],
            ),
        ],
    )
    .await;
}
