//! The integration tests: protocol, acceptance and tidy.
