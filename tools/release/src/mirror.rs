//! A mirror of one provider: the layout that hosts read from the file system is, with two kinds of index, the one that they read
//! from the network.

use crate::SOURCE_ADDRESS;
use crate::failure::Failure;
use crate::package::Package;
use crate::platform::Platform;
use serde_json::{Map, Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// Writes `packages` and what is said of them, beside the versions that are there.
pub(crate) fn add(
    mirror: &Path,
    version: &str,
    packages: &[(Platform, Package)],
) -> Result<PathBuf, Failure> {
    let directory = mirror.join(SOURCE_ADDRESS);
    fs::create_dir_all(&directory).map_err(Failure::because(directory.display()))?;
    let mut archives = Map::new();
    for (platform, package) in packages {
        let path = directory.join(&package.name);
        fs::write(&path, &package.bytes).map_err(Failure::because(path.display()))?;
        let zh = format!("zh:{}", package.zh);
        let archive = json!({ "url": package.name, "hashes": [package.h1, zh] });
        archives.insert(platform.to_string(), archive);
    }
    let path = directory.join(format!("{version}.json"));
    write(&path, &json!({ "archives": archives }))?;

    let path = directory.join("index.json");
    let mut index: Value = match fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(Failure::because(path.display()))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => json!({ "versions": {} }),
        Err(error) => return Err(Failure::because(path.display())(error)),
    };
    let Some(versions) = index.get_mut("versions").and_then(Value::as_object_mut) else {
        let message = format!("{} is no index of versions", path.display());
        return Err(Failure::new(message));
    };
    versions.insert(version.to_owned(), json!({}));
    write(&path, &index)?;
    Ok(directory)
}

fn write(path: &Path, value: &Value) -> Result<(), Failure> {
    let text = format!("{value:#}\n");
    fs::write(path, text).map_err(Failure::because(path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::Entry;

    fn packages(name: &str) -> Vec<(Platform, Package)> {
        let entry = Entry {
            name: "file".to_owned(),
            executable: false,
            content: name.into(),
        };
        let package = Package::of(name.to_owned(), vec![entry]).unwrap();
        vec![(Platform::named("linux_arm64").unwrap(), package)]
    }

    fn read(path: PathBuf) -> Value {
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    }

    #[test]
    fn a_version_comes_beside_those_that_are_there() {
        let mirror = tempfile::tempdir().unwrap();
        let old = packages("old.zip");
        add(mirror.path(), "0.1.0", &old).unwrap();
        let directory = add(mirror.path(), "0.2.0", &packages("new.zip")).unwrap();
        let index = read(directory.join("index.json"));
        assert_eq!(index, json!({ "versions": { "0.1.0": {}, "0.2.0": {} } }));
        let (zh, h1) = (format!("zh:{}", old[0].1.zh), &old[0].1.h1);
        let archive = json!({ "url": "old.zip", "hashes": [h1, zh] });
        let expected = json!({ "archives": { "linux_arm64": archive } });
        assert_eq!(read(directory.join("0.1.0.json")), expected);
        assert_eq!(fs::read(directory.join("old.zip")).unwrap(), old[0].1.bytes);
    }

    #[test]
    fn what_is_no_index_is_not_written_over() {
        let mirror = tempfile::tempdir().unwrap();
        let directory = mirror.path().join(SOURCE_ADDRESS);
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("index.json"), "[]").unwrap();
        let error = add(mirror.path(), "0.1.0", &packages("one.zip")).unwrap_err();
        assert!(error.to_string().contains("no index"), "{error}");
    }
}
