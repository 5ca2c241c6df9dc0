//! Which attribute a field of the API is.

use crate::framework::Path;

/// A field of a request as the API calls it, and the attribute that it comes from.
const FIELDS: &[(&[&str], &[&str])] = &[
    (&["groupId"], &["group_id"]),
    (&["tenantName"], &["tenant_name"]),
    (&["processorName"], &["processor_name"]),
    (&["envelope"], &["envelope"]),
    (&["pretty"], &["pretty"]),
    (&["tier"], &["tier"]),
    (&["resumeFromCheckpoint"], &["resume_from_checkpoint"]),
    (&["startAtOperationTime"], &["start_at_operation_time"]),
    (&["failover"], &["failover"]),
    (&["failover", "region"], &["failover", "region"]),
    (&["failover", "mode"], &["failover", "mode"]),
    (
        &["failover", "clearCheckpoint"],
        &["failover", "clear_checkpoint"],
    ),
    (&["failover", "dryRun"], &["failover", "dry_run"]),
];

/// The attribute behind `field`, however Atlas writes the way to it: `tier`, `$.failover.region`, `/failover/region`.
pub(super) fn of_field(field: &str) -> Option<Path> {
    let steps: Vec<&str> = field
        .split(['.', '/', '$', '[', ']', '"', '\''])
        .map(str::trim)
        .filter(|step| !step.is_empty())
        .collect();
    // What comes before the names that are known here is Atlas' name for the body.
    let (_, attribute) = FIELDS
        .iter()
        .filter(|(names, _)| steps.ends_with(names))
        .max_by_key(|(names, _)| names.len())?;
    Some(
        attribute
            .iter()
            .fold(Path::default(), |path, name| path.attribute(*name)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_leads_to_its_attribute() {
        for (field, attribute) in [
            ("tier", Some("tier")),
            ("startAtOperationTime", Some("start_at_operation_time")),
            ("$.resumeFromCheckpoint", Some("resume_from_checkpoint")),
            ("failover.region", Some("failover.region")),
            (
                "/failover/clearCheckpoint",
                Some("failover.clear_checkpoint"),
            ),
            (
                "streamsStartStreamProcessorWith.failover.dryRun",
                Some("failover.dry_run"),
            ),
            ("body[\"failover\"]", Some("failover")),
            ("groupId", Some("group_id")),
            ("region", None),
            ("pipeline", None),
            ("", None),
        ] {
            let found = of_field(field).map(|path| path.to_string());
            assert_eq!(found.as_deref(), attribute, "{field}");
        }
    }
}
