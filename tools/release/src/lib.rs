//! Makes a release of the provider: packages for every platform with the notices of what is linked into them, the manifest that
//! a registry reads, checksums, their signature, bills of materials, and a mirror to install from.
//!
//! The same source, compiled by the same Rust and C compilers, gives the same bytes wherever and whenever that is.

mod compile;
mod digest;
mod executable;
mod failure;
mod mirror;
mod notices;
mod package;
mod platform;
mod sbom;
mod set;
mod sign;
mod tree;
mod writable;

pub use self::compile::{Effort, compile};
pub use self::digest::sha256;
pub use self::failure::Failure;
pub use self::notices::{notices, of_the_standard_library};
pub use self::package::{Entry, Package};
pub use self::platform::{PLATFORMS, Platform};
pub use self::set::ReleaseSet;
pub use self::sign::Key;
pub use self::tree::{Crate, Tree};

/// What the executable and everything that is made of it is called by.
pub const PROVIDER: &str = "terraform-provider-atlas";

/// Where hosts believe the provider to be from; a test holds that the provider believes it too.
pub const SOURCE_ADDRESS: &str = "registry.terraform.io/stream-start/atlas";
