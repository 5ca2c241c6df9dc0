//! The integration tests: protocol, acceptance and tidy.

mod in_memory;
