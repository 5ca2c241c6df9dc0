//! The integration tests: protocol, acceptance and tidy, and the provider in memory.

#[cfg(test)]
mod acceptance;
#[cfg(test)]
mod in_memory;
#[cfg(test)]
mod protocol;
#[cfg(test)]
mod tidy;
