//! The integration tests: protocol, acceptance and tidy, and the provider in memory.

#[cfg(test)]
mod in_memory;
#[cfg(test)]
mod protocol;
