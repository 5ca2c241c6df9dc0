//! Proofs from outside: what holds though nothing of ours is on the other side, or nothing at all around the binary.

mod elf;
mod go_plugin;
mod reattach;
mod root;
pub(crate) mod static_binary;

use std::io::Write as _;

/// Tells the reader of a green run what was not proven here, and why. The harness of the tests captures what the
/// print macros write, so this is no print macro.
pub(crate) fn not_here(what: &str, why: &str) {
    let _ = writeln!(
        std::io::stderr(),
        "outside: {what} was not proven here: {why}"
    );
}
