//! The provider against the simulator's logic, in one process on a paused clock: no socket, no Terraform, thousands of sequences.

mod carrying_out;
mod exchange;
mod rules;
mod terraform;
mod words;

mod action;
mod after_failure;
mod answers;
mod changes;
mod comings_and_goings;
mod stops;
mod waits;
