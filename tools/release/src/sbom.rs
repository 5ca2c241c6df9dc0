//! The bill of materials of a package, in the form of CycloneDX.

use crate::tree::Tree;
use crate::{PROVIDER, failure::Failure};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The bill of `tree`: every crate with its licence, where it is from and the checksum that `Cargo.lock` has of it. It has no
/// serial number and no time, as two bills of the same materials are the same bill.
///
/// # Errors
/// When a crate is not in the lock file of `workspace`.
pub(crate) fn sbom(workspace: &Path, tree: &Tree) -> Result<Vec<u8>, Failure> {
    let path = workspace.join("Cargo.lock");
    let lock = std::fs::read_to_string(&path).map_err(Failure::because(path.display()))?;
    let checksums = checksums(&lock);
    let mut components = Vec::new();
    let mut dependencies = vec![depends(PROVIDER, &tree.version, &tree.uses)];
    for one in &tree.crates {
        let name = reference(&one.name, &one.version);
        let checksum = checksums
            .get(&(&*one.name, &*one.version))
            .ok_or_else(|| Failure::new(format!("Cargo.lock has no checksum of {name}")))?;
        let mut component = json!({
            "type": "library",
            "bom-ref": name,
            "name": one.name,
            "version": one.version,
            // What only builds it is not in the executable.
            "scope": if one.linked { "required" } else { "excluded" },
            "hashes": [{ "alg": "SHA-256", "content": checksum }],
            "licenses": [{ "expression": one.license }],
            "purl": name,
        });
        if let Some(repository) = &one.repository {
            component["externalReferences"] = json!([{ "type": "vcs", "url": repository }]);
        }
        components.push(component);
        dependencies.push(depends(&one.name, &one.version, &one.uses));
    }
    let bill = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": reference(PROVIDER, &tree.version),
                "name": PROVIDER,
                "version": tree.version,
                "licenses": [{ "expression": "MPL-2.0" }],
                "properties": [{ "name": "cdx:rustc:target", "value": tree.platform.triple }],
            },
        },
        "components": components,
        "dependencies": dependencies,
    });
    let mut bytes = serde_json::to_vec_pretty(&bill).map_err(Failure::because("JSON"))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// What a crate is called wherever packages are compared.
fn reference(name: &str, version: &str) -> String {
    format!("pkg:cargo/{name}@{version}")
}

fn depends(name: &str, version: &str, uses: &BTreeSet<(String, String)>) -> Value {
    let uses = uses.iter().map(|(name, version)| reference(name, version));
    json!({ "ref": reference(name, version), "dependsOn": uses.collect::<Vec<_>>() })
}

/// The checksum of every package that has one, by name and version.
fn checksums(lock: &str) -> BTreeMap<(&str, &str), &str> {
    let mut checksums = BTreeMap::new();
    for package in lock.split("[[package]]").skip(1) {
        let value = |key: &str| {
            let mut lines = package.lines().filter_map(|line| line.strip_prefix(key));
            lines.find_map(|rest| rest.strip_prefix(" = \"")?.strip_suffix('"'))
        };
        if let (Some(name), Some(version), Some(checksum)) =
            (value("name"), value("version"), value("checksum"))
        {
            checksums.insert((name, version), checksum);
        }
    }
    checksums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_lock_file() {
        let lock = "version = 4\n\n[[package]]\nname = \"ours\"\nversion = \"0.1.0\"\n\n\
            [[package]]\nname = \"one\"\nversion = \"1.2.3\"\nsource = \"s\"\nchecksum = \"c0ffee\"\ndependencies = [\n \"name = x\",\n]\n";
        let expected = [(("one", "1.2.3"), "c0ffee")];
        assert_eq!(checksums(lock), expected.into());
    }
}
