//! The names and credentials that every simulator knows from the beginning.

/// A bearer token that is accepted as it is; nobody fetched it.
pub const ACCESS_TOKEN: &str = "eyJhbGciOiJFUzUxMiJ9.eyJzdWIiOiJzaW11bGF0b3IifQ.known-access-token";
/// The client id of the service account.
pub const CLIENT_ID: &str = "mdb_sa_id_66b1f0a2c3d4e5f607182930";
/// The client secret of the service account.
pub const CLIENT_SECRET: &str = "mdb_sa_sk_simulated-Secret_0123456789";
/// The public half of the API key.
pub const PUBLIC_KEY: &str = "qwertyui";
/// The private half of the API key.
pub const PRIVATE_KEY: &str = "7f9c2ba4-e88f-4d1a-93c0-5a1b2c3d4e5f";
/// The project that exists from the beginning.
pub const GROUP_ID: &str = "0123456789abcdef01234567";
/// The workspace in that project.
pub const TENANT: &str = "workspace-1";
