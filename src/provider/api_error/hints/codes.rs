//! The rows of the table that go by Atlas' `errorCode` or by OAuth's `error`, and the one that must come before these.

use super::{Hint, On};

/// What says that it is the processor that does not exist.
pub(super) const NO_SUCH_PROCESSOR: &[&str] = &[
    "STREAM_PROCESSOR_NOT_FOUND",
    "STREAM_PROCESSOR_NOT_FOUND_FOR_NAME",
];

/// A code that says enough by itself.
pub(super) const CODES: &[Hint] = &[
    // Names that Atlas does not know.
    Hint {
        on: On::Code(&["STREAM_TENANT_NOT_FOUND_FOR_NAME"]),
        status: &[404],
        attribute: Some("tenant_name"),
        meaning: "Project {group_id} has no stream instance (workspace) named {tenant_name}.",
        advice: "Check `tenant_name`, where upper and lower case differ, and that `group_id` is the project that the workspace is in.",
    },
    Hint {
        on: On::Code(&[
            "GROUP_NOT_FOUND",
            "INVALID_GROUP_ID",
            "INVALID_ATLAS_GROUP",
            "NOT_ATLAS_GROUP",
        ]),
        status: &[400, 404],
        attribute: Some("group_id"),
        meaning: "Atlas has no project with the id {group_id}.",
        advice: "Check `group_id`: it is the project's id (24 hexadecimal digits), neither its name nor the organization's id. If it is right, `base_url` may be that of another Atlas, such as the one for governments.",
    },
    Hint {
        on: On::Code(&["RESOURCE_NOT_FOUND"]),
        status: &[404],
        attribute: Some("processor_name"),
        meaning: "Something that the URL names does not exist; Atlas does not say what.",
        advice: "Check `processor_name` ({processor_name}), `tenant_name` ({tenant_name}) and `group_id` ({group_id}), and that `base_url` is the Atlas that they are in.",
    },
    Hint {
        on: On::Code(NO_SUCH_PROCESSOR),
        status: &[404],
        attribute: Some("processor_name"),
        meaning: "The workspace {tenant_name} has no stream processor named {processor_name}.",
        advice: "Check `processor_name`, where upper and lower case differ. The processor must exist first: where the same configuration creates it, {comes_after}, so that it comes first.",
    },
    Hint {
        on: On::Code(&["STREAM_CONNECTION_NOT_FOUND_FOR_NAME"]),
        status: &[404],
        attribute: Some("tenant_name"),
        meaning: "The pipeline of {processor_name} uses a connection that the workspace {tenant_name} does not have.",
        advice: "Create the connection in that workspace (`tenant_name`), or correct its name in the processor's pipeline.",
    },
    // What the credentials may do.
    Hint {
        on: On::Code(&["USER_UNAUTHORIZED"]),
        status: &[401, 403],
        attribute: Some("group_id"),
        meaning: "Atlas knows the credentials, but they lack a role in the project {group_id} (`group_id`).",
        advice: "Give the service account or API key one of Project Stream Processing Manager, Project Stream Processing Owner or Project Owner in that project. If it has one, Atlas may just have been slow to notice: try again.",
    },
    Hint {
        on: On::Code(&[
            "NOT_IN_GROUP",
            "USER_CANNOT_ACCESS_GROUP",
            "USER_CANNOT_ACCESS_ORG",
        ]),
        status: &[401, 403],
        attribute: Some("group_id"),
        meaning: "The credentials do not belong to the project {group_id} or to its organization.",
        advice: "Check `group_id`, or use credentials of that project's organization, and invite the service account or API key to the project with the role Project Stream Processing Manager, Project Stream Processing Owner or Project Owner.",
    },
    Hint {
        on: On::Code(&["NO_CURRENT_USER"]),
        status: &[401],
        attribute: None,
        meaning: "Atlas does not know whose the request is: credentials are missing or wrong.",
        advice: "Check the credentials in the provider block or the environment, and that `base_url` is the Atlas that they were made in.",
    },
    Hint {
        on: On::Code(&["NOT_ORG_GROUP_CREATOR"]),
        status: &[401],
        attribute: Some("group_id"),
        meaning: "The credentials have no right to do this in the project {group_id}.",
        advice: "Check `group_id`, and give the service account or API key the role Project Stream Processing Manager, Project Stream Processing Owner or Project Owner in that project.",
    },
    Hint {
        on: On::Code(&[
            "IP_ADDRESS_NOT_ON_ACCESS_LIST",
            "IP_ADDRESS_NOT_ON_WHITELIST",
        ]),
        status: &[403],
        attribute: None,
        meaning: "The API access list of the service account or API key does not have the address of this machine, which Atlas sees as {address}.",
        advice: "Add that address to the access list of the API key or service account itself (organization settings, Applications). It is not the project's IP access list, which is for connections to databases.",
    },
    Hint {
        on: On::Code(&[
            "RESOURCE_REQUIRES_ACCESS_LIST",
            "ORG_REQUIRES_ACCESS_LIST",
            "RESOURCE_REQUIRES_WHITELIST",
            "ORG_REQUIRES_WHITELIST",
        ]),
        status: &[403],
        attribute: None,
        meaning: "The organization lets in only credentials that have an API access list, and these have none.",
        advice: "Add the address of this machine to the access list of the API key or service account itself (organization settings, Applications). It is not the project's IP access list, which is for connections to databases.",
    },
    Hint {
        on: On::Code(&["GLOBAL_USER_OUTSIDE_SUBNET"]),
        status: &[403],
        attribute: None,
        meaning: "The credentials may be used from certain networks only, and this machine is in none of them.",
        advice: "Connect to that network (a VPN), or run from a machine that is in it.",
    },
    Hint {
        on: On::Code(&["ACCESS_FORBIDDEN", "CANNOT_CHANGE_GROUP_NAME"]),
        status: &[403],
        attribute: Some("group_id"),
        meaning: "Atlas refuses this to these credentials in the project {group_id}.",
        advice: "Check `group_id`, and give the service account or API key the role Project Stream Processing Manager, Project Stream Processing Owner or Project Owner in that project.",
    },
    Hint {
        on: On::Code(&["FEATURE_UNSUPPORTED", "UNSUPPORTED_FOR_CURRENT_PLAN"]),
        status: &[403],
        attribute: Some("group_id"),
        meaning: "The plan of the organization that the project {group_id} is in does not include this.",
        advice: "Check `group_id`; otherwise the organization's plan has to change (Billing in the Atlas UI), or MongoDB's support can tell why.",
    },
    Hint {
        on: On::Code(&["NO_PAYMENT_INFORMATION_FOUND"]),
        status: &[402],
        attribute: Some("group_id"),
        meaning: "A running stream processor is billed, and the organization of the project {group_id} has no way to pay.",
        advice: "Add a payment method to the organization (Billing in the Atlas UI), or check `group_id`. Trying again does not help before that.",
    },
    Hint {
        on: On::Code(&["ACCOUNT_SUSPENDED"]),
        status: &[402, 403],
        attribute: Some("group_id"),
        meaning: "The account that the project {group_id} (`group_id`) belongs to is suspended.",
        advice: "Settle its invoices (Billing in the Atlas UI) or ask MongoDB's support. Trying again does not help before that.",
    },
    // The processor and its surroundings.
    Hint {
        on: On::Code(&["STREAM_PROCESSOR_TIMEOUT"]),
        status: &[504],
        attribute: Some("processor_name"),
        meaning: "Atlas gave up after about 30 seconds; the processor is {processor} (its message may name the workspace instead).{open}",
        advice: "Look at its state in the Atlas UI, then apply again: the provider looks first and {spares}. If it happens again, the sources and sinks of the pipeline of `processor_name` may be slow to connect.",
    },
    Hint {
        on: On::Code(&[
            "STREAM_CONNECTION_HAS_STREAM_PROCESSORS",
            "STREAM_TENANT_HAS_STREAM_PROCESSORS",
        ]),
        status: &[403],
        attribute: Some("tenant_name"),
        meaning: "A stream processor that runs in the workspace {tenant_name} (`tenant_name`) stands in the way of a change to it.",
        advice: "Stop the processors that use it, then change it.",
    },
    Hint {
        on: On::Code(&["STREAM_KAFKA_CONNECTION_IS_DEPLOYING"]),
        status: &[409],
        attribute: Some("tenant_name"),
        meaning: "A Kafka connection of the workspace {tenant_name} (`tenant_name`) is still being deployed.",
        advice: "Wait some minutes and apply again.",
    },
    Hint {
        on: On::Code(&["STREAM_PRIVATE_LINK_IN_USE"]),
        status: &[400, 409],
        attribute: Some("tenant_name"),
        meaning: "A private link is used by a connection of the workspace {tenant_name} (`tenant_name`).",
        advice: "Wait until that connection is deployed or removed, and apply again.",
    },
    // The request itself.
    Hint {
        on: On::Code(&["INVALID_VERSION_DATE"]),
        status: &[406, 400],
        attribute: None,
        meaning: "Atlas does not have this request in the API version that was asked for.",
        advice: "Check `api_version` in the provider block: stream processors exist since 2024-05-30. Without it the provider asks for a version that is known to work.",
    },
    Hint {
        on: On::Code(&["VERSION_GONE"]),
        status: &[410],
        attribute: None,
        meaning: "MongoDB has switched off the API version that was asked for.",
        advice: "Upgrade the provider, or set a later date as `api_version` in the provider block.",
    },
    Hint {
        on: On::Token(&[429]),
        status: &[429],
        attribute: None,
        meaning: "Too many requests for access tokens: Atlas counts those of the service account from this address.{retry_after}",
        advice: "Wait a minute and apply again. Programs that share the service account (`client_id`) share this limit; the provider asks for one token a run.",
    },
    Hint {
        on: On::Code(&["RATE_LIMITED", "RATE_LIMITED_TOKEN_BUCKET"]),
        status: &[429],
        attribute: None,
        meaning: "Too many requests: Atlas counts those of everybody who works in the project.{retry_after}",
        advice: "Wait and apply again. To be gentler, lower Terraform's `-parallelism`; to wait longer, raise the operation's timeout or `max_retries` in the provider block.",
    },
    Hint {
        on: On::Code(&["UNEXPECTED_ERROR"]),
        status: &[500],
        attribute: None,
        meaning: "Something failed inside Atlas.{open}",
        advice: "Look at the processor's state in the Atlas UI and apply again in some minutes. If it stays, give MongoDB's support the request that this ends with.",
    },
    Hint {
        on: On::Code(&["SERVICE_UNAVAILABLE"]),
        status: &[503],
        attribute: None,
        meaning: "Atlas is not available at the moment.",
        advice: "See https://status.mongodb.com and apply again later.",
    },
    // Access tokens (RFC 6749 section 5.2).
    Hint {
        on: On::OAuth(&["invalid_client"]),
        status: &[401],
        attribute: None,
        meaning: "Atlas does not accept the service account: its client id or its secret is wrong, or the secret has expired.",
        advice: "Check `client_id` and `client_secret` in the provider block (or `MONGODB_ATLAS_CLIENT_ID` and `MONGODB_ATLAS_CLIENT_SECRET`), and that `base_url` is the Atlas that the service account is in. A secret that has expired is replaced in the organization settings, Applications, Service Accounts.",
    },
    Hint {
        on: On::OAuth(&["access_denied"]),
        status: &[403],
        attribute: None,
        meaning: "The service account gets no further access token: Atlas lets 100 of them live at a time, each for an hour.",
        advice: "Wait until old ones have expired, use an `access_token` that you already have, or create another service account for this work (`client_id`, `client_secret`). Other programs with the same service account may fetch tokens and never revoke them.",
    },
    Hint {
        on: On::OAuth(&[
            "invalid_request",
            "unsupported_grant_type",
            "invalid_grant",
            "unauthorized_client",
            "invalid_scope",
        ]),
        status: &[400],
        attribute: None,
        meaning: "The request for an access token was not understood where it arrived.",
        advice: "Check `base_url` in the provider block: the token is asked for at {base_url}/api/oauth/token. If that is right, report this to the maintainers of the provider.",
    },
    Hint {
        on: On::OAuth(&["server_error", "temporarily_unavailable"]),
        status: &[500, 503],
        attribute: None,
        meaning: "Something failed inside Atlas while it made an access token; nothing was done with the processor.",
        advice: "Apply again in some minutes; see https://status.mongodb.com.",
    },
];
