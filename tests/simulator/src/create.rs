//! `POST …/processor`: a new processor, which nobody has started yet.

use http::StatusCode;
use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::{
    answer::{Answer, ApiError},
    call::Call,
    processor::Processor,
    start_options::{boolean, object, refuse, tier},
    versions,
    workspaces::workspace,
    world::World,
};

/// Creates a processor. It is CREATED at once, or after the settings' lag.
pub(crate) fn create(world: &mut World, call: &Call) -> Result<Answer, ApiError> {
    workspace(world, call)?;
    let fields = object(call)?.unwrap_or_default();
    let mut wrong = Vec::new();
    for required in ["name", "pipeline"] {
        if !fields.contains_key(required) {
            wrong.push((required.to_owned(), "is required".to_owned()));
        }
    }
    check(&fields, &mut wrong);
    refuse(wrong)?;
    let name = fields["name"].as_str().unwrap_or_default();
    let (id, lag) = (world.new_id(), world.settings.create_lag);
    let processors = &mut workspace(world, call)?.processors;
    if processors.contains_key(name) {
        let error = ApiError::generic(name, "duplicate stream processor name");
        return Err(ApiError {
            status: StatusCode::CONFLICT,
            ..error
        });
    }
    let mut processor = Processor::new(id, name, "CREATED");
    processor.create(lag, Instant::now());
    assign(&mut processor, &fields);
    let answer = Answer::ok(
        versions::of(call.route.operation),
        Some(Value::Object(processor.fields())),
    );
    processors.insert(name.to_owned(), processor);
    Ok(answer)
}

/// What is wrong with the fields that a create and a modification share.
pub(crate) fn check(fields: &Map<String, Value>, wrong: &mut Vec<(String, String)>) {
    for (field, value) in fields {
        let right = match field.as_str() {
            "name" => value.as_str().is_some_and(|name| !name.is_empty()),
            "pipeline" => value
                .as_array()
                .is_some_and(|stages| stages.iter().all(Value::is_object)),
            "options" => value.is_object(),
            "links" | "_id" => true,
            "tier" => {
                tier(field, value, wrong);
                continue;
            }
            "failoverEnabled" => {
                boolean(field, value, wrong);
                continue;
            }
            _ => {
                wrong.push((field.clone(), "is not a field of this request".to_owned()));
                continue;
            }
        };
        if !right {
            wrong.push((field.clone(), "is not valid".to_owned()));
        }
    }
    let options = fields.get("options").and_then(Value::as_object);
    for (field, value) in options.into_iter().flatten() {
        let path = format!("options.{field}");
        match field.as_str() {
            "dlq" if !is_dead_letter_queue(value) => wrong.push((path, "is not valid".to_owned())),
            "resumeFromCheckpoint" => boolean(&path, value, wrong),
            "dlq" | "links" => {}
            _ => wrong.push((path, "is not a field of this request".to_owned())),
        }
    }
}

fn is_dead_letter_queue(value: &Value) -> bool {
    value.as_object().is_some_and(|fields| {
        fields.iter().all(|(name, value)| match name.as_str() {
            "coll" | "connectionName" | "db" => value.is_string(),
            "links" => true,
            _ => false,
        })
    })
}

/// Puts fields that were found right into the processor.
pub(crate) fn assign(processor: &mut Processor, fields: &Map<String, Value>) {
    if let Some(pipeline) = fields.get("pipeline") {
        processor.pipeline = pipeline.clone();
    }
    if let Some(Value::Object(options)) = fields.get("options") {
        // Where a modification resumes from is an order, not a property; links are the server's own.
        let mut kept = options.clone();
        kept.retain(|name, _| name == "dlq");
        if let Some(queue) = kept.get_mut("dlq").and_then(Value::as_object_mut) {
            queue.retain(|name, _| name != "links");
        }
        processor.options = Some(Value::Object(kept));
    }
    if let Some(tier) = fields.get("tier").and_then(Value::as_str) {
        processor.tier = Some(tier.to_owned());
    }
    if let Some(enabled) = fields.get("failoverEnabled").and_then(Value::as_bool) {
        processor.failover_enabled = Some(enabled);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{
        Lag, Simulator,
        testing::{send, with_orders},
    };

    const PIPELINE: &str =
        r#"[{"$source":{"connectionName":"a"}},{"$emit":{"connectionName":"b"}}]"#;

    #[tokio::test(start_paused = true)]
    async fn a_life_from_create_to_delete() {
        let simulator = Simulator::new();
        let body = format!(
            r#"{{"name":"a:b/c","pipeline":{PIPELINE},"tier":"SP2","options":{{"dlq":{{"db":"d","coll":"c"}}}}}}"#
        );
        let created = send(&simulator, "POST processor", &body).await;
        assert_eq!(
            (created.status, &created.json()["state"]),
            (200, &json!(null)),
            "a create does not tell the state"
        );
        assert_eq!(simulator.state("a:b/c").as_deref(), Some("CREATED"));
        let id = simulator.processor_id("a:b/c");
        assert_eq!(created.json()["_id"].as_str(), id.as_deref());
        for (line, body, verdict) in [
            ("PATCH processor/a%3Ab%2Fc", "{}", "200"),
            ("POST processor/a:b%2Fc:start", "", "200"),
            (
                "PATCH processor/a:b%2Fc",
                "{}",
                "400 STREAM_PROCESSOR_GENERIC_ERROR",
            ),
            ("POST processor/a:b%2Fc:stop", "", "200"),
            (
                "PATCH processor/a:b%2Fc",
                r#"{"name":"renamed","options":{"resumeFromCheckpoint":false}}"#,
                "200",
            ),
            (
                "GET processor/a:b%2Fc",
                "",
                "404 STREAM_PROCESSOR_NOT_FOUND",
            ),
            ("POST processor/renamed:start", "", "200"),
            ("DELETE processor/renamed", "", "204"),
            (
                "GET processor/renamed",
                "",
                "404 STREAM_PROCESSOR_NOT_FOUND",
            ),
            (
                "DELETE processor/renamed",
                "",
                "404 STREAM_PROCESSOR_NOT_FOUND",
            ),
            ("POST processor", body.as_str(), "200"),
            (
                "POST processor",
                body.as_str(),
                "409 STREAM_PROCESSOR_GENERIC_ERROR",
            ),
        ] {
            assert_eq!(
                send(&simulator, line, body).await.verdict(),
                verdict,
                "{line}"
            );
        }
        assert_ne!(
            simulator.processor_id("a:b/c"),
            id,
            "a processor that is made again is another one"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_create_may_take_its_time() {
        let simulator = Simulator::new();
        simulator.settings(|settings| settings.create_lag = Some(Lag::Polls(1)));
        send(
            &simulator,
            "POST processor",
            &format!(r#"{{"name":"orders","pipeline":{PIPELINE}}}"#),
        )
        .await;
        assert_eq!(
            send(&simulator, "POST processor/orders:start", "")
                .await
                .status,
            400
        );
        for state in ["CREATING", "CREATED"] {
            assert_eq!(
                send(&simulator, "GET processor/orders", "").await.state(),
                state
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_wrong_is_refused() {
        for body in [
            "",
            "[]",
            "{",
            "{}",
            r#"{"name":"x"}"#,
            r#"{"name":"","pipeline":[]}"#,
            r#"{"name":"x","pipeline":[1]}"#,
        ] {
            let seen = send(&with_orders("CREATED"), "POST processor", body).await;
            assert_eq!(seen.verdict(), "400 VALIDATION_ERROR", "{body}");
        }
    }
}
