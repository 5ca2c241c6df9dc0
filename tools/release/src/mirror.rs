//! A mirror of one provider: the layout that hosts read from the file system is, with two kinds of index, the one that they read
//! from the network.

use crate::SOURCE_ADDRESS;
use crate::failure::Failure;
use crate::package::Package;
use crate::platform::Platform;
use crate::writable;
use serde_json::{Value, json};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What is there of a mirror, as far as one more version has to do with it.
pub(crate) struct Mirror {
    directory: PathBuf,
    version: String,
    index: Value,
    of_version: Value,
}

impl Mirror {
    /// Reads what is there, which may be nothing yet. Nothing is written where this fails.
    pub(crate) fn read(mirror: &Path, version: &str) -> Result<Self, Failure> {
        let directory = mirror.join(SOURCE_ADDRESS);
        if mirror.as_os_str().is_empty() {
            return Err(Failure::new("the mirror has no name".to_owned()));
        }
        writable::check(mirror)?;
        Ok(Self {
            index: read(&directory.join(INDEX), "versions")?,
            of_version: read(&directory.join(of(version)), "archives")?,
            version: version.to_owned(),
            directory,
        })
    }

    /// Refuses what is there already of the same version and is something else: its hashes are in lock files.
    pub(crate) fn check(&self, packages: &[(Platform, Package)]) -> Result<(), Failure> {
        for (platform, package) in packages {
            let place = self.directory.join(&package.name);
            let differs = fs::read(&place).is_ok_and(|there| there != package.bytes)
                || self.tells_another(*platform, package);
            if differs {
                let version = &self.version;
                return Err(Failure::new(format!(
                    "the mirror has another {version} for {platform} ({}), and its hashes are in the lock files of whoever installed it: \
                     release another version, or remove that one and what {} says of it first",
                    place.display(),
                    of(version)
                )));
            }
        }
        Ok(())
    }

    /// Whether a hash that is told of it is not this package's, of a kind that is known.
    fn tells_another(&self, platform: Platform, package: &Package) -> bool {
        let archive = &self.of_version["archives"][platform.to_string()];
        let told = archive["hashes"].as_array();
        let ours = hashes(package);
        told.into_iter().flatten().any(|hash| {
            let kind = hash.as_str().and_then(|hash| hash.get(..3));
            matches!(kind, Some("h1:" | "zh:")) && !ours.contains(hash)
        })
    }

    /// Writes `packages` and what is said of them, beside the versions that are there and the other platforms of this one.
    pub(crate) fn add(mut self, packages: &[(Platform, Package)]) -> Result<PathBuf, Failure> {
        let directory = self.directory;
        fs::create_dir_all(&directory).map_err(Failure::because(directory.display()))?;
        for (platform, package) in packages {
            let path = directory.join(&package.name);
            fs::write(&path, &package.bytes).map_err(Failure::because(path.display()))?;
            let archive = json!({ "url": package.name, "hashes": hashes(package) });
            self.of_version["archives"][platform.to_string()] = archive;
        }
        write(&directory.join(of(&self.version)), &self.of_version)?;
        self.index["versions"][&self.version] = json!({});
        write(&directory.join(INDEX), &self.index)?;
        Ok(directory)
    }
}

/// As lock files have them.
fn hashes(package: &Package) -> [Value; 2] {
    [json!(package.h1), json!(format!("zh:{}", package.zh))]
}

/// The file that says which versions there are.
const INDEX: &str = "index.json";

/// The file that says which platforms there are of a version.
fn of(version: &str) -> String {
    format!("{version}.json")
}

/// The object in a file that has `what` there is by name; without a file there is nothing.
fn read(path: &Path, what: &str) -> Result<Value, Failure> {
    let no_index = |why: &str| {
        Failure::new(format!(
            "{} is no index of {what} as mirrors have them{why}, and is not written over: name another directory, or take \
             it away",
            path.display()
        ))
    };
    match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(json!({ what: {} })),
        Err(error) => Err(Failure::because(path.display())(error)),
        Ok(bytes) => match serde_json::from_slice::<Value>(&bytes) {
            Ok(read) if read.get(what).is_some_and(Value::is_object) => Ok(read),
            Ok(_) => Err(no_index("")),
            Err(why) => Err(no_index(&format!(" ({why})"))),
        },
    }
}

fn write(path: &Path, value: &Value) -> Result<(), Failure> {
    let text = format!("{value:#}\n");
    fs::write(path, text).map_err(Failure::because(path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::Entry;

    fn packages(name: &str, platform: &str) -> Vec<(Platform, Package)> {
        same_name(name, name, platform)
    }

    fn same_name(name: &str, content: &str, platform: &str) -> Vec<(Platform, Package)> {
        let entry = Entry {
            name: "file".to_owned(),
            executable: false,
            content: content.into(),
        };
        let package = Package::of(name.to_owned(), vec![entry]).unwrap();
        vec![(Platform::named(platform).unwrap(), package)]
    }

    fn add(
        mirror: &Path,
        version: &str,
        packages: &[(Platform, Package)],
    ) -> Result<PathBuf, Failure> {
        let mirror = Mirror::read(mirror, version)?;
        mirror.check(packages)?;
        mirror.add(packages)
    }

    fn read(path: PathBuf) -> Value {
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    }

    fn archive(package: &Package) -> Value {
        let zh = format!("zh:{}", package.zh);
        json!({ "url": package.name, "hashes": [package.h1, zh] })
    }

    #[test]
    fn a_version_comes_beside_those_that_are_there() {
        let mirror = tempfile::tempdir().unwrap();
        let old = packages("old.zip", "linux_arm64");
        add(mirror.path(), "0.1.0", &old).unwrap();
        let new = packages("new.zip", "linux_arm64");
        let directory = add(mirror.path(), "0.2.0", &new).unwrap();
        let index = read(directory.join("index.json"));
        assert_eq!(index, json!({ "versions": { "0.1.0": {}, "0.2.0": {} } }));
        let expected = json!({ "archives": { "linux_arm64": archive(&old[0].1) } });
        assert_eq!(read(directory.join("0.1.0.json")), expected);
        assert_eq!(fs::read(directory.join("old.zip")).unwrap(), old[0].1.bytes);
    }

    #[test]
    fn a_platform_comes_beside_those_that_the_version_has_and_is_never_another_of_the_same_version()
    {
        let mirror = tempfile::tempdir().unwrap();
        let arm = packages("arm.zip", "linux_arm64");
        add(mirror.path(), "0.1.0", &arm).unwrap();
        let amd = packages("amd.zip", "linux_amd64");
        for _ in 0..2 {
            add(mirror.path(), "0.1.0", &amd).unwrap();
        }
        let other = packages("other.zip", "linux_amd64");
        let refused = add(mirror.path(), "0.1.0", &other).unwrap_err();
        assert!(
            refused
                .to_string()
                .contains("another 0.1.0 for linux_amd64"),
            "{refused}"
        );
        let again = same_name("amd.zip", "another", "linux_amd64");
        assert!(add(mirror.path(), "0.1.0", &again).is_err());
        let directory = mirror.path().join(SOURCE_ADDRESS);
        assert!(!directory.join("other.zip").exists());
        let of = |packages: &[(Platform, Package)]| archive(&packages[0].1);
        let archives = json!({ "linux_amd64": of(&amd), "linux_arm64": of(&arm) });
        let expected = json!({ "archives": archives });
        assert_eq!(read(directory.join("0.1.0.json")), expected);
    }

    #[test]
    fn what_is_no_index_stops_everything_before_anything_is_written() {
        for (file, what) in [("index.json", "versions"), ("0.1.0.json", "archives")] {
            for text in ["[]", "{}", "?"] {
                let mirror = tempfile::tempdir().unwrap();
                let directory = mirror.path().join(SOURCE_ADDRESS);
                fs::create_dir_all(&directory).unwrap();
                fs::write(directory.join(file), text).unwrap();
                let packages = packages("one.zip", "linux_arm64");
                let error = add(mirror.path(), "0.1.0", &packages).unwrap_err();
                let expected = format!("{file} is no index of {what}");
                assert!(error.to_string().contains(&expected), "{error}");
                assert_eq!(fs::read_to_string(directory.join(file)).unwrap(), text);
                assert_eq!(fs::read_dir(&directory).unwrap().count(), 1, "{file}");
            }
        }
    }
}
