//! Reads packages with what Python brings, which shares no code with what wrote them.

use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// The files of each zip in a directory: name, mode, year, SHA-256 and size; with the hash that Go has for all of them together.
const READ: &str = r#"
import base64, hashlib, json, pathlib, sys, zipfile
told = {}
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.zip")):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        files = {
            one.filename: {
                "mode": oct(one.external_attr >> 16),
                "made_on": one.create_system,
                "time": list(one.date_time),
                "sha256": hashlib.sha256(archive.read(one)).hexdigest(),
                "size": one.file_size,
            }
            for one in archive.infolist()
        }
        names = [one.filename for one in archive.infolist()]
    lines = "".join(f"{files[name]['sha256']}  {name}\n" for name in sorted(files))
    h1 = "h1:" + base64.b64encode(hashlib.sha256(lines.encode()).digest()).decode()
    told[path.name] = {"files": files, "names": names, "h1": h1}
print(json.dumps(told))
"#;

/// What Python reads in the packages of `directory`.
pub(crate) fn packages(directory: &Path) -> Value {
    let output = Command::new("python3")
        .args(["-I", "-c", READ])
        .arg(directory)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap()
}
