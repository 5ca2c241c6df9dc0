//! The integration tests: protocol, acceptance and tidy.

#[cfg(test)]
mod protocol;
