//! One real host: Terraform as a shared library from a wheel, or an executable `terraform` or `tofu`.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command as BlockingCommand;

use tokio::process::Command;

use super::error::HostError;
use super::wheel;

/// Runs a library as if it were the command; a script, as ctypes needs no compiler and no unsafe code of ours.
const RUN_CLI: &str = include_str!("run_cli.py");

/// Whose host it is; the two differ in what they know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// HashiCorp's.
    Terraform,
    /// The Linux Foundation's.
    OpenTofu,
}

/// A host that can be run here.
#[derive(Clone, Debug)]
pub struct Host {
    product: Product,
    version: String,
    form: Form,
}

#[derive(Clone, Debug)]
enum Form {
    Library(PathBuf),
    Executable(PathBuf),
}

impl Host {
    /// Terraform `version` from the Python package index, downloaded at the first use of this checkout.
    ///
    /// # Errors
    /// When the version is not in [`wheel::VERSIONS`] or cannot be downloaded.
    pub fn fetch(version: &str) -> Result<Self, HostError> {
        let library = wheel::fetch(version)?;
        Ok(Self {
            product: Product::Terraform,
            version: version.to_owned(),
            form: Form::Library(library),
        })
    }

    /// The executable at `path` (or of that name on PATH), asked for its product and version.
    ///
    /// # Errors
    /// When it cannot be run or its answer to `version` is not that of Terraform or OpenTofu.
    pub fn executable(path: impl AsRef<Path>) -> Result<Self, HostError> {
        let path = path.as_ref();
        let output = BlockingCommand::new(path)
            .arg("version")
            .env("CHECKPOINT_DISABLE", "1")
            .output()
            .map_err(HostError::because(path.display()))?;
        let words = String::from_utf8_lossy(&output.stdout);
        let (product, version) = parse_version(&words)
            .ok_or_else(|| HostError::new(format!("{} version says: {words}", path.display())))?;
        Ok(Self {
            product,
            version,
            form: Form::Executable(path.to_owned()),
        })
    }

    /// The first of `terraform` and `tofu` that is on PATH and answers.
    pub fn on_path() -> Option<Self> {
        ["terraform", "tofu"]
            .iter()
            .find_map(|name| Self::executable(name).ok())
    }

    /// Terraform or OpenTofu.
    pub fn product(&self) -> Product {
        self.product
    }

    /// Its version, `1.15.5`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether configuration may hold `action` blocks: Terraform since 1.14, OpenTofu not yet.
    pub fn knows_actions(&self) -> bool {
        self.product == Product::Terraform && self.is_at_least(1, 14)
    }

    /// Whether actions run before and after a destroy, know their `caller`, and have `on_failure`: Terraform since 1.16.
    pub fn knows_destroy_events(&self) -> bool {
        self.product == Product::Terraform && self.is_at_least(1, 16)
    }

    /// Whether variables may be `ephemeral`, so that their values are in no plan: Terraform since 1.10, OpenTofu since 1.11.
    pub fn knows_ephemeral_values(&self) -> bool {
        match self.product {
            Product::Terraform => self.is_at_least(1, 10),
            Product::OpenTofu => self.is_at_least(1, 11),
        }
    }

    /// Whether an `import` block may hold an `identity`: both products since their 1.12.
    pub fn knows_identity(&self) -> bool {
        self.is_at_least(1, 12)
    }

    /// Whether `test` knows `mock_provider`: Terraform since 1.7, OpenTofu since 1.8.
    pub fn knows_mock_providers(&self) -> bool {
        match self.product {
            Product::Terraform => self.is_at_least(1, 7),
            Product::OpenTofu => self.is_at_least(1, 8),
        }
    }

    /// Whether several creates may fail at the same moment. Terraform 1.16.0-rc2, and what has been built from its source since, then
    /// panics as it writes the state: the objects of some have no status yet.
    pub fn bears_failures_at_once(&self) -> bool {
        !(self.product == Product::Terraform && self.is_at_least(1, 16))
    }

    /// Whether the version is at least `major.minor`, pre-releases included.
    pub fn is_at_least(&self, major: u32, minor: u32) -> bool {
        let mut numbers = self
            .version
            .split('.')
            .map_while(|number| number.parse::<u32>().ok());
        (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (major, minor)
    }

    /// A command that runs it with `arguments`, and with nothing else decided.
    pub(super) fn command<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Command {
        let mut command = match &self.form {
            Form::Library(library) => {
                let mut command = Command::new("python3");
                // Isolated: no site packages, no variables of the user's Python.
                command.args(["-I", "-S", "-c", RUN_CLI]).arg(library);
                command
            }
            Form::Executable(path) => Command::new(path),
        };
        command.args(arguments);
        command
    }

    /// The same command in words of a shell.
    pub(super) fn for_shells(&self) -> String {
        let command = self.command([""; 0]);
        let command = command.as_std();
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let quoted =
            words.map(|word| format!("'{}'", word.to_string_lossy().replace('\'', r"'\''")));
        quoted.collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.product, self.version)
    }
}

/// The first line of `terraform version` is `Terraform v1.15.5`, of `tofu version` `OpenTofu v1.12.6`.
fn parse_version(words: &str) -> Option<(Product, String)> {
    words.lines().find_map(|line| {
        let (product, version) = line.trim().split_once(" v")?;
        let product = match product {
            "Terraform" => Product::Terraform,
            "OpenTofu" => Product::OpenTofu,
            _ => return None,
        };
        Some((product, version.to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(product: Product, version: &str) -> Host {
        Host {
            product,
            version: version.to_owned(),
            form: Form::Executable("none".into()),
        }
    }

    #[test]
    fn the_version_is_read_from_the_words_of_either_product() {
        assert_eq!(
            parse_version("Terraform v1.16.0-rc2\non linux_amd64\n"),
            Some((Product::Terraform, "1.16.0-rc2".to_owned()))
        );
        assert_eq!(
            parse_version("OpenTofu v1.12.6\n"),
            Some((Product::OpenTofu, "1.12.6".to_owned()))
        );
        assert_eq!(parse_version("GNU bash, version 5.2"), None);
    }

    #[test]
    fn hosts_know_ephemeral_values_since() {
        for (product, version, knows) in [
            (Product::Terraform, "1.9.8", false),
            (Product::Terraform, "1.10.0", true),
            (Product::OpenTofu, "1.10.6", false),
            (Product::OpenTofu, "1.11.0", true),
        ] {
            let host = host(product, version);
            assert_eq!(host.knows_ephemeral_values(), knows, "{host}");
        }
    }

    #[test]
    fn hosts_know_what_their_version_brought() {
        let cases = [
            (Product::Terraform, "1.6.6", false, false),
            (Product::Terraform, "1.11.4", false, false),
            (Product::Terraform, "1.12.2", false, true),
            (Product::Terraform, "1.14.9", true, true),
            (Product::Terraform, "1.16.0-rc2", true, true),
            (Product::Terraform, "2.0.0", true, true),
            (Product::OpenTofu, "1.11.14", false, false),
            (Product::OpenTofu, "1.12.6", false, true),
            (Product::OpenTofu, "1.14.0", false, true),
        ];
        for (product, version, actions, identity) in cases {
            let host = host(product, version);
            assert_eq!(host.knows_actions(), actions, "{host}");
            assert_eq!(host.knows_identity(), identity, "{host}");
        }
    }
}
