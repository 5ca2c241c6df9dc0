//! The provider against the simulator's logic, in one process on a paused clock: no socket, no Terraform, thousands of sequences.

mod carrying_out;
mod exchange;
mod invoking;
mod one_run;
mod rules;
mod steps;
mod terraform;
mod troubles;
mod words;

mod action;
mod after_failure;
mod answers;
mod callers;
mod changes;
mod comings_and_goings;
mod crashes;
mod digests;
mod dry_runs;
mod fault_matrix;
mod glances;
mod intentions;
mod load;
mod lost_answers;
mod marks;
mod repetitions;
mod requests;
mod restarts;
mod same_process;
mod sequences;
mod stops;
mod taken_back;
mod times;
mod unread;
mod waits;
mod whereabouts;
