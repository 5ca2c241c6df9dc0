//! Real Terraform and OpenTofu for tests: where they come from, and runs of them in directories of their own.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use plugin_host::terraform::{Host, Workdir};
//!
//! let host = Host::fetch("1.15.5")?;
//! let workdir = Workdir::new(&host)?;
//! workdir.write("main.tf", r#"resource "terraform_data" "x" {}"#)?;
//! let run = workdir.run(&["apply", "-auto-approve"]).await?;
//! assert!(run.success(), "{run}");
//! # Ok(()) }
//! ```

mod captured;
mod error;
mod host;
mod matrix;
mod processes;
mod run;
mod wheel;
mod workdir;

pub use self::error::HostError;
pub use self::host::{Host, Product};
pub use self::matrix::{Candidate, matrix};
pub use self::processes::Process;
pub use self::run::{Run, Running};
pub use self::wheel::{DEFAULT_VERSION, VERSIONS, target_directory};
pub use self::workdir::Workdir;
