//! The platforms of a release, by the names that registries have for them.

use crate::failure::Failure;
use std::fmt;

/// An operating system and a processor, in Go's words, as registries and hosts name packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Platform {
    /// `linux`, `darwin`, `windows`.
    pub os: &'static str,
    /// `amd64`, `arm64`.
    pub arch: &'static str,
    /// What Rust calls it.
    pub triple: &'static str,
}

const fn platform(os: &'static str, arch: &'static str, triple: &'static str) -> Platform {
    Platform { os, arch, triple }
}

/// Every platform that there can be a package for; `deny.toml` has looked at what is linked on them.
pub const PLATFORMS: [Platform; 5] = [
    platform("darwin", "amd64", "x86_64-apple-darwin"),
    platform("darwin", "arm64", "aarch64-apple-darwin"),
    platform("linux", "amd64", "x86_64-unknown-linux-gnu"),
    platform("linux", "arm64", "aarch64-unknown-linux-gnu"),
    platform("windows", "amd64", "x86_64-pc-windows-msvc"),
];

impl Platform {
    /// The one that is called `linux_amd64`.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn named(name: &str) -> Result<Self, Failure> {
        let found = PLATFORMS.iter().find(|one| one.to_string() == name);
        found.copied().ok_or_else(|| {
            let known: Vec<String> = PLATFORMS.iter().map(Self::to_string).collect();
            Failure::new(format!("no platform {name}: it is {}", known.join(", ")))
        })
    }

    /// The one that this program runs on.
    ///
    /// # Errors
    /// When nothing is released for it.
    pub fn here() -> Result<Self, Failure> {
        let os = match std::env::consts::OS {
            "macos" => "darwin",
            other => other,
        };
        let arch = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        };
        Self::named(&format!("{os}_{arch}"))
    }

    /// What the name of an executable ends with.
    pub fn suffix(&self) -> &'static str {
        if self.os == "windows" { ".exe" } else { "" }
    }

    /// Whether the executable brings the C library with it: on Linux it then runs where there is none or another one, and on
    /// Windows where nobody has installed Microsoft's. The others have but one, which is part of the system.
    pub fn is_static(&self) -> bool {
        matches!(self.os, "linux" | "windows")
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.os, self.arch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_is_known_by_the_name_that_registries_have_for_it() {
        let found = Platform::named("linux_arm64").unwrap();
        assert_eq!(found.triple, "aarch64-unknown-linux-gnu");
        let error = Platform::named("plan9_mips").unwrap_err().to_string();
        assert!(error.contains("plan9_mips") && error.contains("windows_amd64"));
    }

    #[test]
    fn this_machine_is_one_of_them() {
        assert!(PLATFORMS.contains(&Platform::here().unwrap()));
    }
}
