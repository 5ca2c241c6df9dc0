//! The provider block: what can be written into it, and what its documentation says.

use crate::framework::{Attribute, Block, Schema, Type};

/// The schema of the provider block.
pub fn schema() -> Schema {
    Schema::new(0, block())
}

fn block() -> Block {
    Block::new(
        "Starts MongoDB Atlas stream processors.\n\n\
         Credentials come whole from this block if it has any, and else whole from the environment; the two are never mixed. \
         Within one of them an access token goes before a service account, and a service account before an API key. \
         None are needed until the first request to Atlas, so that the plan of a new start works without secrets.",
    )
    .attribute(
        Attribute::optional(
            "access_token",
            Type::String,
            "Bearer token that was obtained before, for example by an ephemeral resource. It is used as it is and never renewed; \
             Atlas lets one live for an hour. Environment: `MONGODB_ATLAS_ACCESS_TOKEN`.",
        )
        .sensitive(),
    )
    .attribute(Attribute::optional(
        "client_id",
        Type::String,
        "Client id of a service account (`mdb_sa_id_…`), together with `client_secret`. The provider fetches one access token when it first \
         needs it, renews it in time and revokes it at the end. Environment: `MONGODB_ATLAS_CLIENT_ID`.",
    ))
    .attribute(
        Attribute::optional(
            "client_secret",
            Type::String,
            "Client secret of the service account (`mdb_sa_sk_…`). Environment: `MONGODB_ATLAS_CLIENT_SECRET`.",
        )
        .sensitive(),
    )
    .attribute(Attribute::optional(
        "public_key",
        Type::String,
        "Public key of an API key, together with `private_key` (HTTP Digest). Environment: `MONGODB_ATLAS_PUBLIC_API_KEY`, \
         `MONGODB_ATLAS_PUBLIC_KEY` or `MCLI_PUBLIC_API_KEY`.",
    ))
    .attribute(
        Attribute::optional(
            "private_key",
            Type::String,
            "Private key of the API key. Environment: `MONGODB_ATLAS_PRIVATE_API_KEY`, `MONGODB_ATLAS_PRIVATE_KEY` or `MCLI_PRIVATE_API_KEY`.",
        )
        .sensitive(),
    )
    .attribute(Attribute::optional(
        "base_url",
        Type::String,
        "Where the Atlas Administration API is; default `https://cloud.mongodb.com`. Atlas for Government is at `https://cloud.mongodbgov.com`. \
         `http` is allowed, with a warning unless the host is this machine. It is resolved by itself, wherever the credentials come from. \
         Environment: `MONGODB_ATLAS_BASE_URL`, `MONGODB_ATLAS_OPS_MANAGER_URL` or `MCLI_OPS_MANAGER_URL`.",
    ))
    .attribute(Attribute::optional(
        "api_version",
        Type::String,
        "Version of the API that is asked for, a date; default `2024-05-30`. Starts with options always ask for `2025-03-12` or later, \
         because Atlas does not have them in earlier versions.",
    ))
    .attribute(Attribute::optional(
        "request_timeout",
        Type::String,
        "How long one request may take, such as `90s` or `2m`; default `90s`. Atlas itself gives up on a start after about 30 seconds, \
         so that a shorter time here loses its answer.",
    ))
    .attribute(Attribute::optional(
        "max_retries",
        Type::Number,
        "How many times one request is repeated after a failed answer, from 0 to 100; default 5. With 0 nothing is repeated, \
         not even after waiting for a rate limit. A start is never repeated without a look at the processor in between.",
    ))
}
