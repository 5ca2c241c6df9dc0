//! What reaches Atlas with each request: who asks and what for, and the API's query flags.

use atlas_simulator::{Effect, Fault, Operation, Simulator};
use serde_json::json;
use terraform_provider_atlas::framework::{CancellationToken, Value};

use super::invoking::{atlas_with, invoke, invoke_in};
use super::terraform::Terraform;
use super::words::{NAME, applied, provider, timeouts, triggers};

const FLAGS: [(&str, Value); 2] = [
    ("envelope", Value::Bool(true)),
    ("pretty", Value::Bool(true)),
];

/// The `User-Agent` of the last request for an operation.
fn user_agent(atlas: &Simulator, operation: Operation) -> String {
    let record = atlas.record();
    let request = record
        .iter()
        .rev()
        .find(|request| request.operation == operation)
        .unwrap_or_else(|| panic!("{operation:?} was not sent"));
    request
        .header("user-agent")
        .expect("a User-Agent")
        .to_owned()
}

#[tokio::test(start_paused = true)]
async fn the_user_agent_says_who_asks_and_what_for() {
    let version = env!("CARGO_PKG_VERSION");
    let of = |operation: &str| {
        format!(
            "terraform-provider-atlas/{version} Terraform/1.15.5 (atlas_stream_processor_start {operation})"
        )
    };
    let mut terraform =
        Terraform::with_processor("CREATED").configured(&[("stop_on_destroy", Value::from(true))]);
    applied(&mut terraform).await;
    let atlas = terraform.atlas.clone();
    assert_eq!(user_agent(&atlas, Operation::Start), of("create"));
    terraform.plan().await;
    assert_eq!(user_agent(&atlas, Operation::Get), of("read"));
    terraform.edit(&[
        ("stop_on_destroy", Value::from(true)),
        ("tier", Value::from("SP10")),
    ]);
    applied(&mut terraform).await;
    assert_eq!(user_agent(&atlas, Operation::StartWith), of("update"));
    assert_eq!(user_agent(&atlas, Operation::Stop), of("update"));
    terraform.destroy().await;
    assert_eq!(user_agent(&atlas, Operation::Stop), of("delete"));
    atlas.set_state(NAME, "STOPPED");
    invoke_in(&provider(&atlas), &[], &CancellationToken::new()).await;
    assert_eq!(user_agent(&atlas, Operation::Start), of("invoke"));
}

/// Each POST carries both flags, and no GET any.
fn flags_are_where_they_belong(atlas: &Simulator, posts: &[Operation]) {
    for request in atlas.record() {
        let query = request.query.as_deref().unwrap_or_default();
        let flagged = query.contains("envelope=true") && query.contains("pretty=true");
        match request.operation {
            Operation::Get => assert_eq!(query, "", "{request}"),
            _ => assert!(flagged, "{request}"),
        }
    }
    for operation in posts {
        assert!(atlas.calls(*operation) > 0, "{operation:?} was not sent");
    }
}

#[tokio::test(start_paused = true)]
async fn the_query_flags_go_with_every_post_and_with_no_get() {
    let with = |more: &[(&'static str, Value)]| [&FLAGS[..], more].concat();
    let options = with(&[("tier", Value::from("SP10"))]);

    let mut terraform = Terraform::with_processor("CREATED").configured(&FLAGS);
    let (errors, _) = applied(&mut terraform).await;
    assert_eq!(errors, Vec::<String>::new());
    flags_are_where_they_belong(&terraform.atlas, &[Operation::Start]);
    terraform.edit(&with(&[
        ("tier", Value::from("SP10")),
        ("stop_on_destroy", Value::from(true)),
    ]));
    let (errors, _) = applied(&mut terraform).await;
    assert_eq!(errors, Vec::<String>::new());
    flags_are_where_they_belong(&terraform.atlas, &[Operation::Stop, Operation::StartWith]);
    terraform.atlas.clear_record();
    assert!(!terraform.destroy().await.has_error());
    flags_are_where_they_belong(&terraform.atlas, &[Operation::Stop]);

    let atlas = atlas_with("STOPPED");
    assert!(!invoke(&atlas, &FLAGS).await.diagnostics.has_error());
    flags_are_where_they_belong(&atlas, &[Operation::Start]);
    let restart = [&options[..], &[("if_started", Value::from("restart"))]].concat();
    assert!(!invoke(&atlas, &restart).await.diagnostics.has_error());
    flags_are_where_they_belong(&atlas, &[Operation::Stop, Operation::StartWith]);
}

#[tokio::test(start_paused = true)]
async fn flags_that_are_false_are_sent_as_such_and_unset_ones_not_at_all() {
    let no = [
        ("envelope", Value::from(false)),
        ("pretty", Value::from(false)),
    ];
    for (arguments, query) in [(&no[..], Some("envelope=false&pretty=false")), (&[], None)] {
        let atlas = atlas_with("STOPPED");
        assert!(!invoke(&atlas, arguments).await.diagnostics.has_error());
        let record = atlas.record();
        let start = record
            .iter()
            .find(|request| request.operation == Operation::Start)
            .expect("a start");
        assert_eq!(start.query.as_deref(), query);
    }
}

/// HTTP 200 around an error.
fn enveloped(status: u16) -> Effect {
    let error = json!({"error": status, "errorCode": "SOME_CODE", "detail": "Some detail.", "reason": "Some reason"});
    Effect::json(200, &json!({"status": status, "content": error}))
}

#[tokio::test(start_paused = true)]
async fn the_status_inside_an_envelope_is_believed() {
    for (status, in_doubt, sent) in [
        (400, false, 1),
        (401, false, 1),
        (403, false, 1),
        (404, false, 1),
        (409, false, 1),
        (500, true, 6),
        (503, true, 6),
        (504, true, 6),
    ] {
        let mut terraform = Terraform::with_processor("CREATED").configured(&FLAGS);
        terraform
            .atlas
            .fault(Fault::on(Operation::Start, enveloped(status)).always());
        let (errors, _) = applied(&mut terraform).await;
        assert!(errors[0].contains("Some detail."), "{status}: {errors:?}");
        assert!(
            errors[0].contains(&status.to_string()),
            "{status}: {errors:?}"
        );
        assert_eq!(terraform.starts(), sent, "{status}");
        assert_eq!(terraform.state.is_some(), in_doubt, "{status}");

        let restart = [&FLAGS[..], &[("if_started", Value::from("restart"))]].concat();
        let mut terraform = Terraform::with_processor("STARTED").configured(&restart);
        terraform
            .atlas
            .fault(Fault::on(Operation::Stop, enveloped(status)).always());
        let (errors, _) = applied(&mut terraform).await;
        assert!(errors[0].contains("Some detail."), "{status}: {errors:?}");
        assert!(
            errors[0].contains("stops the processor first"),
            "{status}: {errors:?}"
        );
        assert_eq!(
            (terraform.starts(), terraform.stops()),
            (0, sent),
            "{status}"
        );
        assert!(terraform.state.is_none(), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_envelope_is_opened_whatever_its_content_is_called() {
    let forms = ["content", "results", "body"]
        .into_iter()
        .flat_map(|key| [(key, false), (key, true)]);
    for (key, answers_200) in forms {
        let mut terraform = Terraform::with_processor("CREATED").configured(&FLAGS);
        terraform.atlas.settings(|settings| {
            key.clone_into(&mut settings.envelope_key);
            settings.envelope_answers_200 = answers_200;
        });
        terraform.atlas.remove_processor(NAME);
        let (errors, _) = applied(&mut terraform).await;
        assert!(
            errors[0].contains("Atlas said: Stream processor does not exist: orders"),
            "{key} {answers_200}: {errors:?}"
        );
        assert_eq!(terraform.starts(), 1, "{key} {answers_200}");
        assert!(terraform.state.is_none(), "{key} {answers_200}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rate_limit_inside_an_envelope_is_waited_out() {
    for operation in [Operation::Start, Operation::Stop] {
        let restart = [&FLAGS[..], &[("if_started", Value::from("restart"))]].concat();
        let mut terraform = Terraform::with_processor("STARTED").configured(&restart);
        terraform
            .atlas
            .fault(Fault::on(operation, enveloped(429)).times(2));
        let (errors, _) = applied(&mut terraform).await;
        assert_eq!(errors, Vec::<String>::new(), "{operation:?}");
        assert_eq!(terraform.atlas.calls(operation), 3, "{operation:?}");
        assert_eq!(terraform.state(), Value::from("STARTED"), "{operation:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_learnt_earlier_stays_where_an_update_sends_or_reads_nothing() {
    let mut terraform =
        Terraform::with_processor("CREATED").configured(&[triggers("1"), timeouts("90s")]);
    applied(&mut terraform).await;
    let started_at = terraform.attribute("started_at");
    let processor_id = Some(Value::from(terraform.atlas.processor_id(NAME)));
    assert_eq!(terraform.attribute("processor_id"), processor_id);
    let later = |seconds| tokio::time::sleep(std::time::Duration::from_secs(seconds));

    // Kept: nothing was sent.
    later(60).await;
    terraform.edit(&[triggers("2"), timeouts("90s")]);
    applied(&mut terraform).await;
    assert_eq!(terraform.starts(), 1);
    assert_eq!(terraform.attribute("started_at"), started_at);
    assert_eq!(terraform.attribute("processor_id"), processor_id);

    // Accepted, but nothing could be read.
    terraform.refresh = false;
    terraform.atlas.set_state(NAME, "STOPPED");
    let forbidden = Fault::on(Operation::Get, Effect::access_forbidden());
    terraform.atlas.fault(forbidden.always());
    terraform.edit(&[triggers("3"), timeouts("90s")]);
    let (errors, _) = applied(&mut terraform).await;
    assert_eq!(errors, Vec::<String>::new());
    assert_eq!(terraform.state(), Value::Null);
    assert_eq!(terraform.attribute("processor_id"), processor_id);

    // In doubt: the start may have been accepted, nobody knows when.
    let started_at = terraform.attribute("started_at");
    terraform.atlas.fault(Fault::on(
        Operation::Start,
        Effect::Reset { processed: false },
    ));
    terraform.edit(&[triggers("4"), timeouts("90s")]);
    let (errors, _) = applied(&mut terraform).await;
    assert!(errors[0].contains("may have accepted"), "{errors:?}");
    assert_eq!(terraform.attribute("started_at"), started_at);
    assert_eq!(terraform.attribute("processor_id"), processor_id);
}
