//! The rows of the table that go by the bare status, for whatever no other row knows.

use super::{Hint, On};
use crate::provider::api_error::CredentialKind;

/// The kinds of credentials behind a 401 first.
pub(super) const STATUSES: &[Hint] = &[
    // A 401 without a word about the reason.
    Hint {
        on: On::Token(&[401]),
        status: &[401],
        attribute: None,
        meaning: "Atlas does not accept the service account: its client id or its secret is wrong, or the secret has expired.",
        advice: "Check `client_id` and `client_secret` in the provider block (or `MONGODB_ATLAS_CLIENT_ID` and `MONGODB_ATLAS_CLIENT_SECRET`), and that `base_url` is the Atlas that the service account is in. A secret that has expired is replaced in the organization settings, Applications, Service Accounts.",
    },
    Hint {
        on: On::Unauthorized(Some(CredentialKind::AccessToken)),
        status: &[401],
        attribute: None,
        meaning: "Atlas does not accept the access token: it is wrong, was revoked, or has expired (Atlas lets one live for an hour).",
        advice: "Get a new one for `access_token` in the provider block (or `MONGODB_ATLAS_ACCESS_TOKEN`), or use a service account, whose tokens the provider renews by itself. Check too that `base_url` is the Atlas that it was made in.",
    },
    Hint {
        on: On::Unauthorized(Some(CredentialKind::ServiceAccount)),
        status: &[401],
        attribute: None,
        meaning: "Atlas does not accept the access token that it gave to the service account, nor a fresh one.",
        advice: "Check that the service account (`client_id`) still exists and is a member of the project {group_id} (`group_id`).",
    },
    Hint {
        on: On::Unauthorized(Some(CredentialKind::ApiKey)),
        status: &[401],
        attribute: None,
        meaning: "Atlas does not accept the API key: the public or the private key is wrong, or the key was deleted.",
        advice: "Check `public_key` and `private_key` in the provider block (or `MONGODB_ATLAS_PUBLIC_API_KEY` and `MONGODB_ATLAS_PRIVATE_API_KEY`), and that `base_url` is the Atlas that the key was made in.",
    },
    Hint {
        on: On::Unauthorized(None),
        status: &[401],
        attribute: None,
        meaning: "Atlas does not accept the credentials.",
        advice: "Check the credentials in the provider block or the environment, and that `base_url` is the Atlas that they were made in.",
    },
    // Bare statuses.
    Hint {
        on: On::Redirect,
        status: &[301, 302, 303, 307, 308],
        attribute: None,
        meaning: "The answer points to another address, which the provider does not follow, so that credentials go nowhere else.{location}",
        advice: "Check `base_url` in the provider block (or the environment), and whether a proxy or a login page stands between this machine and Atlas.",
    },
    Hint {
        on: On::NotAtlas(404),
        status: &[404],
        attribute: None,
        meaning: "The answer does not look like Atlas': something else may be at this address.",
        advice: "Check `base_url` in the provider block (or the environment), and any proxy (`HTTPS_PROXY`).",
    },
    Hint {
        on: On::NotAtlas(403),
        status: &[403],
        attribute: None,
        meaning: "The answer does not look like Atlas': a proxy or firewall on the way may have refused the request.",
        advice: "Check `HTTPS_PROXY`, `NO_PROXY` and what the network lets through, and `base_url` in the provider block.",
    },
    Hint {
        on: On::Status(&[407]),
        status: &[407],
        attribute: None,
        meaning: "A proxy on the way to Atlas wants credentials of its own.",
        advice: "Put them into `HTTPS_PROXY`, or name the host of Atlas in `NO_PROXY`.",
    },
    // The request for an access token, which is about no processor and no project.
    Hint {
        on: On::Token(&[403]),
        status: &[403],
        attribute: None,
        meaning: "Atlas refuses an access token to the service account.",
        advice: "Check `client_id` and `client_secret` in the provider block, and that the service account still exists. Its API access list is no cause of this as far as is known: Atlas was seen to check that only where a token is used.",
    },
    Hint {
        on: On::Token(&[400, 404, 405, 406, 410, 411, 415, 422, 501]),
        status: &[400, 404, 405, 406, 410, 411, 415, 422, 501],
        attribute: None,
        meaning: "The request for an access token was not understood where it arrived.",
        advice: "Check `base_url` in the provider block: the token is asked for at {base_url}/api/oauth/token. If that is right, report this to the maintainers of the provider.",
    },
    Hint {
        on: On::Token(&[408, 500, 502, 503, 504, 524]),
        status: &[408, 500, 502, 503, 504, 524],
        attribute: None,
        meaning: "Atlas, or something on the way to it, made no access token; nothing was done with the processor.",
        advice: "Apply again in some minutes; see https://status.mongodb.com.",
    },
    Hint {
        on: On::Status(&[400, 422]),
        status: &[400, 422],
        attribute: None,
        meaning: "Atlas does not accept the request.",
        advice: "Check the start options: `tier`, `resume_from_checkpoint`, `start_at_operation_time` and, in an action, `failover`; or, where nothing was to be started, the names.",
    },
    Hint {
        on: On::Status(&[402]),
        status: &[402],
        attribute: Some("group_id"),
        meaning: "The organization of the project {group_id} (`group_id`) has to settle something about its payment.",
        advice: "See Billing in the Atlas UI. Trying again does not help before that.",
    },
    Hint {
        on: On::Status(&[403]),
        status: &[403],
        attribute: Some("group_id"),
        meaning: "Atlas refuses this to these credentials.",
        advice: "Check `group_id` ({group_id}), that the service account or API key has the role Project Stream Processing Manager, Project Stream Processing Owner or Project Owner there, and that its own API access list has the address of this machine.",
    },
    Hint {
        on: On::Status(&[404]),
        status: &[404],
        attribute: Some("processor_name"),
        meaning: "Something that the URL names does not exist; Atlas does not say what.",
        advice: "Check `processor_name` ({processor_name}), `tenant_name` ({tenant_name}) and `group_id` ({group_id}). The processor must exist first: where the same configuration creates it, {comes_after}, so that it comes first.",
    },
    Hint {
        on: On::List(404),
        status: &[404],
        attribute: Some("tenant_name"),
        meaning: "Atlas has no list of these processors; it does not say why.",
        advice: "Check `tenant_name` ({tenant_name}), `group_id` ({group_id}), and that `base_url` is the Atlas that they are in.",
    },
    Hint {
        on: On::Status(&[405, 411, 501]),
        status: &[405, 411, 501],
        attribute: None,
        meaning: "What is at this address does not know this request.",
        advice: "Check `base_url` in the provider block (or the environment), and whether a proxy on the way changes requests.",
    },
    Hint {
        on: On::Status(&[406, 410, 415]),
        status: &[406, 410, 415],
        attribute: None,
        meaning: "Atlas does not have this request in the API version that was asked for.",
        advice: "Check `api_version` in the provider block, or upgrade the provider.",
    },
    Hint {
        on: On::Status(&[409]),
        status: &[409],
        attribute: Some("processor_name"),
        meaning: "The processor {processor_name} (`processor_name`) is in a state in which this cannot be done, or somebody else is changing it.",
        advice: "Look at its state in the Atlas UI, then apply again.",
    },
    Hint {
        on: On::Status(&[429]),
        status: &[429],
        attribute: None,
        meaning: "Too many requests: Atlas counts those of everybody who works in the project.{retry_after}",
        advice: "Wait and apply again. To be gentler, lower Terraform's `-parallelism`; to wait longer, raise the operation's timeout or `max_retries` in the provider block.",
    },
    Hint {
        on: On::Status(&[408, 504, 524]),
        status: &[408, 504, 524],
        attribute: None,
        meaning: "Atlas, or something on the way to it, did not answer in time.{open}",
        advice: "Look at the processor's state in the Atlas UI, then apply again: the provider looks first and {spares}.",
    },
    Hint {
        on: On::ServerError,
        status: &[500, 502, 503],
        attribute: None,
        meaning: "Atlas, or something on the way to it, is in trouble.{open}",
        advice: "Look at the processor's state in the Atlas UI and apply again in some minutes; see https://status.mongodb.com. If it stays, give MongoDB's support the request that this ends with.",
    },
];
