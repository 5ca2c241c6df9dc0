//! What a call costs inside the process, without any wire: values, schema, validate, plan, digest, error to diagnostic.
//!
//! `cargo bench --bench micro`. Throughput is in bytes of what is read or written.

#![allow(
    clippy::expect_used,
    reason = "a bench is no path that a user can reach, and what it is fed is its own"
)]

mod calls;
mod exchanges;
mod values;

fn main() {
    divan::main();
}
