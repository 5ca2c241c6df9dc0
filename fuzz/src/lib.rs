//! What the fuzz targets demand of the product: a function over bytes for each, and the seeds that the fuzzer starts from.
//!
//! The ordinary tests include this file and hand every seed to its target, so that what was found once stays found.

pub mod api_error;
pub mod handshake_environment;
pub mod import_id;
pub mod json;
pub mod msgpack;
pub mod www_authenticate;

mod atlas;
mod same;
mod seeds;
pub mod shown;
mod types;

pub use seeds::Seed;
pub use types::count as count_of_types;

/// A way for bytes to come in from outside.
pub struct Target {
    /// As the fuzzer knows it.
    pub name: &'static str,
    /// Panics if what has to hold for all bytes does not hold for these.
    pub check: fn(&[u8]),
    /// What to begin with.
    pub seeds: fn() -> Vec<Seed>,
}

/// All of them.
pub const TARGETS: [Target; 6] = [
    Target {
        name: "msgpack",
        check: msgpack::check,
        seeds: seeds::msgpack::all,
    },
    Target {
        name: "json",
        check: json::check,
        seeds: seeds::json::all,
    },
    Target {
        name: "www_authenticate",
        check: www_authenticate::check,
        seeds: seeds::www_authenticate::all,
    },
    Target {
        name: "api_error",
        check: api_error::check,
        seeds: seeds::api_error::all,
    },
    Target {
        name: "handshake_environment",
        check: handshake_environment::check,
        seeds: seeds::handshake_environment::all,
    },
    Target {
        name: "import_id",
        check: import_id::check,
        seeds: seeds::import_id::all,
    },
];
