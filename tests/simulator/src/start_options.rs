//! The body of `:startWith`: what it may hold, and what is said about what it may not.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{answer::ApiError, call::Call, workspaces, world::World};

/// The tiers, smallest first.
pub(crate) const TIERS: [&str; 5] = ["SP2", "SP5", "SP10", "SP30", "SP50"];

/// Reads the options of a start. No body at all is no options.
pub(crate) fn read(world: &mut World, call: &Call) -> Result<Value, ApiError> {
    let max = world.settings.max_tier(call.tenant()).to_owned();
    let workspace = workspaces::workspace(world, call)?;
    let options = match object(call)? {
        Some(options) => options,
        None => return Ok(Value::Object(Map::new())),
    };
    let mut wrong = Vec::new();
    for (field, value) in &options {
        match field.as_str() {
            "tier" => tier(field, value, &mut wrong),
            "resumeFromCheckpoint" => boolean(field, value, &mut wrong),
            "startAtOperationTime" => {
                if value
                    .as_str()
                    .is_none_or(|text| text.parse::<Timestamp>().is_err())
                {
                    wrong.push((
                        field.clone(),
                        "must be an ISO 8601 timestamp in UTC".to_owned(),
                    ));
                }
            }
            "failover" => failover(value, &workspace.regions, &mut wrong),
            "links" => {}
            _ => wrong.push((field.clone(), "is not a field of this request".to_owned())),
        }
    }
    refuse(wrong)?;
    let rank = |tier: &str| TIERS.iter().position(|known| *known == tier);
    if let Some(tier) = options.get("tier").and_then(Value::as_str)
        && rank(tier) > rank(&max)
    {
        let message =
            format!("Requested tier {tier} exceeds the maximum tier {max} of the stream workspace");
        return Err(ApiError::generic(call.processor(), message));
    }
    Ok(Value::Object(options))
}

/// The body as a JSON object; `None` where there is no body.
pub(crate) fn object(call: &Call) -> Result<Option<Map<String, Value>>, ApiError> {
    if call.body.trim_ascii().is_empty() {
        return Ok(None);
    }
    match serde_json::from_slice(&call.body) {
        Ok(Value::Object(object)) => Ok(Some(object)),
        _ => Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            "VALIDATION_ERROR",
            "The request body is not a JSON object.",
        )),
    }
}

/// Nothing wrong, or one VALIDATION_ERROR that lists all of it.
pub(crate) fn refuse(wrong: Vec<(String, String)>) -> Result<(), ApiError> {
    if wrong.is_empty() {
        return Ok(());
    }
    let error = ApiError::new(
        StatusCode::BAD_REQUEST,
        "VALIDATION_ERROR",
        "Validation error.",
    );
    Err(wrong
        .into_iter()
        .fold(error, |error, (field, why)| error.field(field, why)))
}

pub(crate) fn tier(field: &str, value: &Value, wrong: &mut Vec<(String, String)>) {
    if !value.as_str().is_some_and(|tier| TIERS.contains(&tier)) {
        wrong.push((
            field.to_owned(),
            format!("must be one of {}", TIERS.join(", ")),
        ));
    }
}

pub(crate) fn boolean(field: &str, value: &Value, wrong: &mut Vec<(String, String)>) {
    if !value.is_boolean() {
        wrong.push((field.to_owned(), "must be true or false".to_owned()));
    }
}

fn failover(failover: &Value, regions: &[String], wrong: &mut Vec<(String, String)>) {
    let Some(fields) = failover.as_object() else {
        wrong.push(("failover".to_owned(), "must be an object".to_owned()));
        return;
    };
    match fields.get("region").map(Value::as_str) {
        None => wrong.push(("failover.region".to_owned(), "is required".to_owned())),
        Some(Some(region)) if regions.iter().any(|known| known == region) => {}
        Some(_) => {
            let why = format!(
                "must be one of the workspace's regions: {}",
                regions.join(", ")
            );
            wrong.push(("failover.region".to_owned(), why));
        }
    }
    for (field, value) in fields {
        let path = format!("failover.{field}");
        match field.as_str() {
            "region" => {}
            "mode" if matches!(value.as_str(), Some("GRACEFUL" | "FORCED")) => {}
            "mode" => wrong.push((path, "must be GRACEFUL or FORCED".to_owned())),
            "clearCheckpoint"
                if *value == Value::Bool(true) && fields.get("mode") != Some(&"FORCED".into()) =>
            {
                wrong.push((path, "applies only to a FORCED failover".to_owned()));
            }
            "clearCheckpoint" | "dryRun" => boolean(&path, value, wrong),
            _ => wrong.push((path, "is not a field of this request".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{send, with_orders};

    #[tokio::test(start_paused = true)]
    async fn options_that_are_right_are_kept() {
        for body in [
            json!({ "tier": "SP30" }),
            json!({ "resumeFromCheckpoint": false }),
            json!({ "startAtOperationTime": "2026-11-24T10:00:00Z", "tier": "SP2" }),
            json!({ "failover": { "region": "OREGON_USA", "mode": "FORCED", "clearCheckpoint": true } }),
            json!({}),
        ] {
            let simulator = with_orders("STOPPED");
            let seen = send(
                &simulator,
                "POST processor/orders:startWith",
                &body.to_string(),
            )
            .await;
            assert_eq!(
                (seen.status, simulator.starts("orders")),
                (200, vec![body]),
                "{seen:?}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn options_that_are_wrong_are_named() {
        for (body, fields) in [
            (json!({ "tier": "SP3" }), vec!["tier"]),
            (
                json!({ "tier": 30, "resumeFromCheckpoint": "no" }),
                vec!["resumeFromCheckpoint", "tier"],
            ),
            (
                json!({ "startAtOperationTime": "yesterday" }),
                vec!["startAtOperationTime"],
            ),
            (
                json!({ "start_at_operation_time": "2026-11-24T10:00:00Z" }),
                vec!["start_at_operation_time"],
            ),
            (json!({ "failover": {} }), vec!["failover.region"]),
            (
                json!({ "failover": { "region": "eastus" } }),
                vec!["failover.region"],
            ),
            (
                json!({ "failover": { "region": "OREGON_USA", "mode": "forced" } }),
                vec!["failover.mode"],
            ),
            (
                json!({ "failover": { "region": "OREGON_USA", "clearCheckpoint": true } }),
                vec!["failover.clearCheckpoint"],
            ),
        ] {
            let simulator = with_orders("STOPPED");
            let seen = send(
                &simulator,
                "POST processor/orders:startWith",
                &body.to_string(),
            )
            .await;
            let named = seen.json()["badRequestDetail"]["fields"].clone();
            let named: Vec<_> = named
                .as_array()
                .expect("fields")
                .iter()
                .map(|field| field["field"].clone())
                .collect();
            assert_eq!(
                (seen.verdict().as_str(), named),
                (
                    "400 VALIDATION_ERROR",
                    json!(fields).as_array().cloned().expect("list")
                )
            );
            assert_eq!(simulator.state("orders").as_deref(), Some("STOPPED"));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_tier_beyond_the_workspace_is_refused() {
        let simulator = with_orders("STOPPED");
        simulator.set_max_tier(crate::known::TENANT, "SP10");
        for (tier, status) in [("SP2", 200), ("SP10", 200), ("SP30", 400), ("SP50", 400)] {
            simulator.set_state("orders", "STOPPED");
            let body = json!({ "tier": tier }).to_string();
            assert_eq!(
                send(&simulator, "POST processor/orders:startWith", &body)
                    .await
                    .status,
                status,
                "{tier}"
            );
        }
        assert_eq!(
            send(&simulator, "GET processor/orders", "").await.json()["tier"],
            "SP10"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_dry_run_changes_nothing_and_a_failover_moves_what_runs() {
        let simulator = with_orders("STARTED");
        for (dry_run, starts) in [(true, 0), (false, 1)] {
            let body =
                json!({ "failover": { "region": "OREGON_USA", "dryRun": dry_run } }).to_string();
            assert_eq!(
                send(&simulator, "POST processor/orders:startWith", &body)
                    .await
                    .status,
                200
            );
            assert_eq!(simulator.starts("orders").len(), starts);
        }
    }
}
