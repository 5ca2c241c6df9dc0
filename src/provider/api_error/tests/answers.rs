//! Answers in Atlas' own form: those of its documentation and those that were seen.

use super::*;

#[tokio::test(start_paused = true)]
async fn documented() {
    let example = |status: u16, more: &str, reason: &str, code: &str| {
        json(
            status,
            &format!(
                "{{\"error\":{status},\"detail\":\"(This is just an example, the exception may not be related to this endpoint){more}\",\"reason\":\"{reason}\",\"errorCode\":\"{code}\"}}"
            ),
        )
    };
    let cases = vec![
        Case::new(
            "401 of the documentation",
            example(401, "", "Unauthorized", "NOT_ORG_GROUP_CREATOR"),
            &[
                "Cannot start stream processor \"orders\"",
                "Atlas said: (This is just an example, the exception may not be related to this endpoint)",
                "HTTP 401 Unauthorized, errorCode NOT_ORG_GROUP_CREATOR",
                "Project Stream Processing Owner",
                "Request: POST https://cloud.mongodb.com/api/atlas/v2/groups/0123456789abcdef01234567/streams/workspace-1/processor/orders:start (1 attempt, 0s)",
            ],
        )
        .at(&["group_id"]),
        Case::new(
            "403 of the documentation",
            example(403, "", "Forbidden", "CANNOT_CHANGE_GROUP_NAME"),
            &["HTTP 403 Forbidden, errorCode CANNOT_CHANGE_GROUP_NAME", "role", GROUP_ID],
        )
        .at(&["group_id"]),
        Case::new(
            "404 of the documentation",
            example(404, " Cannot find resource AWS", "Not Found", "RESOURCE_NOT_FOUND"),
            &["Cannot find resource AWS", "`processor_name` (\"orders\")", "`tenant_name` (\"workspace-1\")", "`base_url`"],
        )
        .at(&["processor_name"]),
        Case::new(
            "500 of the documentation",
            example(500, "", "Internal Server Error", "UNEXPECTED_ERROR"),
            &["HTTP 500 Internal Server Error, errorCode UNEXPECTED_ERROR", "apply again"],
        ),
        Case::new(
            "NOT_IN_GROUP",
            json(401, r#"{"error":401,"errorCode":"NOT_IN_GROUP","reason":"Unauthorized","detail":"The current user is not in the group, or the group does not exist.","parameters":[]}"#),
            &["do not belong to the project", "`group_id`"],
        )
        .at(&["group_id"]),
        Case::new(
            "GROUP_NOT_FOUND",
            json(404, r#"{"error":404,"errorCode":"GROUP_NOT_FOUND","reason":"Not Found","detail":"No group with ID 0123456789abcdef01234567 exists.","parameters":["0123456789abcdef01234567"]}"#),
            &["No group with ID", "no project with the id \"0123456789abcdef01234567\"", "Check `group_id`", "`base_url`"],
        )
        .at(&["group_id"]),
        Case::new(
            "INVALID_GROUP_ID",
            json(404, r#"{"error":404,"errorCode":"INVALID_GROUP_ID","reason":"Not Found","detail":"An invalid group ID x was specified.","parameters":["x"]}"#),
            &["Check `group_id`", "24 hexadecimal digits"],
        )
        .at(&["group_id"]),
        Case::new(
            "RESOURCE_REQUIRES_ACCESS_LIST",
            json(403, r#"{"error":403,"errorCode":"RESOURCE_REQUIRES_ACCESS_LIST","reason":"Forbidden","detail":"This resource requires access through an access list of IP ranges.","parameters":[]}"#),
            &["access list of the API key or service account itself", "not the project's IP access list"],
        ),
        Case::new(
            "NO_PAYMENT_INFORMATION_FOUND",
            json(402, r#"{"error":402,"errorCode":"NO_PAYMENT_INFORMATION_FOUND","reason":"Payment Required","detail":"No payment information was found for group 0123456789abcdef01234567.","parameters":["0123456789abcdef01234567"]}"#),
            &["HTTP 402 Payment Required", "billed", "payment method", "Trying again does not help"],
        )
        .at(&["group_id"]),
        Case::new(
            "VERSION_GONE",
            json(410, r#"{"error":410,"errorCode":"VERSION_GONE","reason":"Gone","detail":"This version is no longer available."}"#),
            &["switched off", "`api_version`", "Upgrade"],
        ),
        Case::new(
            "RATE_LIMITED_TOKEN_BUCKET",
            json(429, r#"{"error":429,"errorCode":"RATE_LIMITED_TOKEN_BUCKET","reason":"Too Many Requests","detail":"Rate limit exceeded for /x. Please retry after 55 seconds. Request capacity: 10. Refill rate: 5 per 60 seconds.","parameters":["/x",55,10,5,60]}"#),
            &["HTTP 429 Too Many Requests", "Atlas asks to wait 55s.", "`-parallelism`", "`max_retries`"],
        ),
        Case::new(
            "SERVICE_UNAVAILABLE",
            json(503, r#"{"error":503,"errorCode":"SERVICE_UNAVAILABLE","reason":"Service Unavailable","detail":"The service is unavailable."}"#),
            &["not available", "later"],
        ),
    ];
    golden("documented", &all(cases).await);
}

#[tokio::test(start_paused = true)]
async fn observed() {
    let cases = vec![
        Case::new(
            "the workspace is unknown",
            json(404, r#"{"detail":"Stream instance for project 0123456789abcdef01234567 and name workspace-1 not found.","error":404,"errorCode":"STREAM_TENANT_NOT_FOUND_FOR_NAME","parameters":["0123456789abcdef01234567","workspace-1"],"reason":"Not Found"}"#),
            &[
                "Atlas said: Stream instance for project 0123456789abcdef01234567 and name workspace-1 not found.",
                "has no stream instance (workspace) named \"workspace-1\"",
                "Check `tenant_name`",
                "`group_id`",
            ],
        )
        .at(&["tenant_name"]),
        Case::new("the processor is unknown", generic("Stream processor does not exist: orders"), &[
            "Atlas said: Stream processor does not exist: orders",
            "HTTP 400 Bad Request, errorCode STREAM_PROCESSOR_GENERIC_ERROR",
            "Check `processor_name`",
            "must exist first",
        ])
        .at(&["processor_name"]),
        Case::new(
            "a part of Atlas fails",
            generic("error getting project '0123456789abcdef01234567' [500/UNEXPECTED_ERROR]: Unexpected error."),
            &["could not reach another", "neither your configuration nor your credentials", "apply again"],
        ),
        Case::new(
            "Atlas gave up",
            json(504, r#"{"detail":"Streams Processor with this name (workspace-1) timed out while processing.","error":504,"errorCode":"STREAM_PROCESSOR_TIMEOUT","parameters":["workspace-1","orders"],"reason":"Gateway Timeout"}"#),
            &["the processor is \"orders\"", "leaves open whether the request took effect", "`processor_name`", "apply again"],
        )
        .at(&["processor_name"]),
        Case::new(
            "503 in plain text",
            response(503, "text/plain", "upstream connect error or disconnect/reset before headers. reset reason: connection failure"),
            &["HTTP 503 Service Unavailable", "text/plain", "It begins: upstream connect error", "apply again"],
        ),
        Case::new(
            "a role is missing",
            json(401, r#"{"detail":"Current user is not authorized to perform this action.","error":401,"errorCode":"USER_UNAUTHORIZED","parameters":[],"reason":"Unauthorized"}"#),
            &["lack a role in the project", "Project Stream Processing Owner", "`group_id`", "try again"],
        )
        .at(&["group_id"]),
        Case::new(
            "the tier is too small",
            generic("Operator parallelism requested exceeds limit for this tier. (Requested: 16, Limit: 8). Minimum tier for this workload: SP30 or larger."),
            &["Requested: 16, Limit: 8", "`tier = \"SP30\"`", "parallelism"],
        )
        .at(&["tier"]),
        Case::new("it is being provisioned", generic("The processor is being provisioned"), &["still preparing", "Wait"])
            .at(&["processor_name"]),
        Case::new("Kafka refuses", generic("SASL authentication error: Authentication failed"), &[
            "credentials of its connection",
            "Atlas' own credentials are not the matter",
            "connection registry",
        ])
        .at(&["processor_name"]),
        Case::new(
            "a connection is missing",
            generic("connection named kafka does not exist. Check sp.listConnections() for available connections"),
            &["connection named kafka does not exist", "`tenant_name`", "Create the connection"],
        )
        .at(&["tenant_name"]),
        Case::new("roles inside Atlas", generic("RBAC: access denied"), &["connections"]).at(&["processor_name"]),
        Case::new(
            "no machine",
            generic("failed to acquire resources for stream processor validation: global resource manager returned no resources"),
            &["no machine free", "Apply again"],
        ),
        Case::new("Atlas within", generic("upstream connect error or disconnect/reset before headers. retried and the latest reset reason: remote connection failure"), &[
            "could not reach another",
            "apply again",
        ]),
        Case::new("a text that nobody knows", generic("commandName does not exist in context"), &[
            "Atlas said: commandName does not exist in context",
            "`processor_name`",
            "Atlas UI",
        ])
        .at(&["processor_name"]),
        Case::new("started meanwhile", generic("stream processor has already been started"), &["somebody else", "sends no start"])
            .at(&["processor_name"]),
        Case::new("conflict without a code", json(409, r#"{"error":409,"reason":"Conflict","detail":"The processor is already running."}"#), &[
            "HTTP 409 Conflict, without errorCode",
            "apply again",
        ])
        .at(&["processor_name"]),
        Case::new(
            "a connection has processors",
            json(403, r#"{"error":403,"errorCode":"STREAM_CONNECTION_HAS_STREAM_PROCESSORS","reason":"Forbidden","detail":"Stream connection with name kafka in stream workspace workspace-1 has active processors, and cannot be changed.","parameters":["kafka","workspace-1"]}"#),
            &["active processors", "Stop the processors"],
        )
        .at(&["tenant_name"]),
        Case::new(
            "a workspace has processors",
            json(403, r#"{"error":403,"errorCode":"STREAM_TENANT_HAS_STREAM_PROCESSORS","reason":"Forbidden","detail":"Stream workspace with name workspace-1 has active processors, and cannot be changed.","parameters":["workspace-1"]}"#),
            &["`tenant_name`", "Stop the processors"],
        )
        .at(&["tenant_name"]),
        Case::new(
            "Kafka is deploying",
            json(409, r#"{"error":409,"errorCode":"STREAM_KAFKA_CONNECTION_IS_DEPLOYING","reason":"Conflict","detail":"Stream Kafka connection kafka is currently deploying. Please retry the request later.","parameters":["kafka"]}"#),
            &["still being deployed", "Wait some minutes"],
        )
        .at(&["tenant_name"]),
        Case::new(
            "a connection is not found",
            json(404, r#"{"error":404,"errorCode":"STREAM_CONNECTION_NOT_FOUND_FOR_NAME","reason":"Not Found","detail":"Stream connection with name kafka not found.","parameters":["kafka"]}"#),
            &["connection", "`tenant_name`"],
        )
        .at(&["tenant_name"]),
        Case::new(
            "the address is not on the list",
            json(403, r#"{"detail":"IP address 203.0.113.7 is not allowed to access this resource.","error":403,"errorCode":"IP_ADDRESS_NOT_ON_ACCESS_LIST","parameters":["203.0.113.7"],"reason":"Forbidden"}"#),
            &["sees as 203.0.113.7", "access list of the API key or service account itself", "not the project's IP access list"],
        ),
        Case::new(
            "the version is unknown",
            json(406, r#"{"detail":"Invalid accept header or version date.","error":406,"errorCode":"INVALID_VERSION_DATE","parameters":[],"reason":"Not Acceptable"}"#),
            &["HTTP 406 Not Acceptable", "`api_version`", "2024-05-30"],
        ),
        Case::new(
            "rate limit of old",
            json(429, r#"{"detail":"Resource /x is limited to 50 requests every 1 minutes.","error":429,"errorCode":"RATE_LIMITED","parameters":["/x",50,1],"reason":"Too Many Requests"}"#),
            &["limited to 50 requests", "Atlas asks to wait 30s.", "`-parallelism`"],
        )
        .header("retry-after", "30"),
        Case::new(
            "failed inside",
            json(500, r#"{"detail":"Unexpected error.","error":500,"errorCode":"UNEXPECTED_ERROR","parameters":[],"reason":"Internal Server Error"}"#),
            &["failed inside Atlas", "support", "x-mongodb-service-version: gitHash=abc", "x-request-id: r-1"],
        )
        .header("x-mongodb-service-version", "gitHash=abc; versionString=v20260801")
        .header("x-request-id", "r-1"),
        Case::new("401 with an access token", json(401, UNAUTHORIZED), &["access token", "expired", "`access_token`", "MONGODB_ATLAS_ACCESS_TOKEN"]),
        Case::new("401 with a service account", json(401, UNAUTHORIZED), &["service account", "`client_id`"])
            .with(CredentialKind::ServiceAccount),
        Case::new("401 with an API key", json(401, UNAUTHORIZED), &["API key", "`public_key`", "`private_key`", "MONGODB_ATLAS_PUBLIC_API_KEY"])
            .with(CredentialKind::ApiKey),
    ];
    golden("observed", &all(cases).await);
}

const UNAUTHORIZED: &str =
    r#"{"error":401,"reason":"Unauthorized","detail":"You are not authorized for this resource."}"#;

/// A STREAM_PROCESSOR_GENERIC_ERROR: its detail wraps the message, which is the second parameter.
fn generic(message: &str) -> Answer {
    let body = serde_json::json!({
        "detail": format!("Streams Processor with this name (orders) had a problem occur: {message}."),
        "error": 400,
        "errorCode": "STREAM_PROCESSOR_GENERIC_ERROR",
        "parameters": ["orders", message],
        "reason": "Bad Request",
    });
    json(400, &body.to_string())
}

#[tokio::test(start_paused = true)]
async fn fields_that_atlas_found_bad() {
    let cases = vec![
        Case::new(
            "two fields",
            json(400, r#"{"error":400,"errorCode":"VALIDATION_ERROR","reason":"Bad Request","detail":"The request is invalid.","badRequestDetail":{"fields":[{"field":"startAtOperationTime","description":"must be in the past"},{"field":"failover.region","description":"must be one of the workspace's regions"}]}}"#),
            &[
                "Atlas does not accept `start_at_operation_time`: must be in the past",
                "Atlas does not accept `failover.region`: must be one of the workspace's regions",
                "Atlas said: The request is invalid.",
                "Correct `start_at_operation_time` and apply again",
                "Correct `failover.region` and apply again",
            ],
        )
        .at(&["start_at_operation_time", "failover.region"]),
        Case::new(
            "a field of the URL",
            json(400, r#"{"error":400,"errorCode":"VALIDATION_ERROR","reason":"Bad Request","detail":null,"badRequestDetail":{"fields":[{"field":"groupId","description":"must match the pattern"}]}}"#),
            &["`group_id`: must match the pattern", "Correct `group_id` and apply again"],
        )
        .at(&["group_id"]),
        Case::new(
            "a field that nobody knows",
            json(400, r#"{"error":400,"reason":"Bad Request","badRequestDetail":{"fields":[{"field":"pipeline[0].$source","description":"is empty"}]}}"#),
            &[
                "the field `pipeline[0].$source` of the request: is empty",
                "Correct the field `pipeline[0].$source` of the request and apply again",
            ],
        ),
        Case::new(
            "fields of which half is missing",
            json(400, r#"{"error":400,"errorCode":"VALIDATION_ERROR","reason":"Bad Request","badRequestDetail":{"fields":[{"field":"tier"},{"field":"pipeline","description":""},{"description":"must be set"}]}}"#),
            &[
                "Atlas does not accept `tier`, and does not say why.",
                "Atlas does not accept the field `pipeline` of the request, and does not say why.",
                "Atlas does not accept a field of the request that it does not name: must be set",
                "Check the start options",
            ],
        )
        .at(&["tier", "", ""]),
        Case::new(
            "no fields",
            json(400, r#"{"error":400,"errorCode":"VALIDATION_ERROR","reason":"Bad Request","detail":"The request is invalid.","badRequestDetail":{"fields":[]}}"#),
            &["Atlas said: The request is invalid.", "`tier`"],
        ),
    ];
    golden("fields", &all(cases).await);
}

#[tokio::test(start_paused = true)]
async fn every_known_code_has_a_row_of_its_own() {
    let known = [
        "STREAM_TENANT_NOT_FOUND_FOR_NAME",
        "STREAM_PROCESSOR_GENERIC_ERROR",
        "STREAM_PROCESSOR_TIMEOUT",
        "STREAM_CONNECTION_NOT_FOUND_FOR_NAME",
        "STREAM_CONNECTION_HAS_STREAM_PROCESSORS",
        "STREAM_TENANT_HAS_STREAM_PROCESSORS",
        "STREAM_KAFKA_CONNECTION_IS_DEPLOYING",
        "STREAM_PRIVATE_LINK_IN_USE",
        "USER_UNAUTHORIZED",
        "NOT_IN_GROUP",
        "USER_CANNOT_ACCESS_GROUP",
        "USER_CANNOT_ACCESS_ORG",
        "NO_CURRENT_USER",
        "NOT_ORG_GROUP_CREATOR",
        "IP_ADDRESS_NOT_ON_ACCESS_LIST",
        "IP_ADDRESS_NOT_ON_WHITELIST",
        "RESOURCE_REQUIRES_ACCESS_LIST",
        "ORG_REQUIRES_ACCESS_LIST",
        "RESOURCE_REQUIRES_WHITELIST",
        "ORG_REQUIRES_WHITELIST",
        "GLOBAL_USER_OUTSIDE_SUBNET",
        "ACCESS_FORBIDDEN",
        "FEATURE_UNSUPPORTED",
        "UNSUPPORTED_FOR_CURRENT_PLAN",
        "CANNOT_CHANGE_GROUP_NAME",
        "NO_PAYMENT_INFORMATION_FOUND",
        "ACCOUNT_SUSPENDED",
        "GROUP_NOT_FOUND",
        "INVALID_GROUP_ID",
        "RESOURCE_NOT_FOUND",
        "INVALID_ATLAS_GROUP",
        "NOT_ATLAS_GROUP",
        "VALIDATION_ERROR",
        "ATTRIBUTE_READ_ONLY",
        "INVALID_VERSION_DATE",
        "VERSION_GONE",
        "RATE_LIMITED",
        "RATE_LIMITED_TOKEN_BUCKET",
        "UNEXPECTED_ERROR",
        "SERVICE_UNAVAILABLE",
    ];
    for code in known {
        let body = format!("{{\"error\":418,\"errorCode\":\"{code}\",\"detail\":\"x\"}}");
        let case = Case::new("known", json(418, &body), &[]);
        let whole: String = case.diagnostics().await.iter().map(show).collect();
        assert!(
            whole.contains(code) && !whole.contains("This status is not known"),
            "{whole}"
        );
    }
}
