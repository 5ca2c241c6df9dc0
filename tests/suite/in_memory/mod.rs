//! The provider against the simulator's logic, in one process on a paused clock: no socket, no Terraform, thousands of sequences.

mod exchange;
mod terraform;

mod action;
mod after_failure;
mod changes;
mod truth;
