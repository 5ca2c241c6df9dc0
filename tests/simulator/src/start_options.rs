//! The body of `:startWith`: what it may hold, and what is said about what it may not.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{answer::ApiError, call::Call, workspaces, world::World};

/// The tiers, smallest first.
pub(crate) const TIERS: [&str; 5] = ["SP2", "SP5", "SP10", "SP30", "SP50"];

/// Reads the options of a start. No body at all is no options.
pub(crate) fn read(world: &mut World, call: &Call) -> Result<Value, ApiError> {
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
        && rank(tier) > rank(&workspace.max_tier)
    {
        let max = &workspace.max_tier;
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
