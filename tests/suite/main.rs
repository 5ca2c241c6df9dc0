//! The integration tests: protocol, acceptance, tidy, the provider in memory, the packages, and proofs from outside.

#[cfg(test)]
mod acceptance;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod in_memory;
#[cfg(test)]
mod outside;
#[cfg(test)]
mod over_sockets;
#[cfg(test)]
mod packages;
#[cfg(test)]
mod protocol;
#[cfg(test)]
mod tidy;
