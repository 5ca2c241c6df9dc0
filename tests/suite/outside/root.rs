//! A root directory in which there is nothing but one executable and a `/tmp`, and how a process gets there.

use plugin_host::Launch;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Where the executable is for whoever is inside.
const INSIDE: &str = "/terraform-provider-atlas";

/// Gone with everything in it when dropped.
pub(super) struct EmptyRoot {
    directory: TempDir,
    way: &'static [&'static str],
}

impl EmptyRoot {
    /// Puts a copy of the executable into a new root; `None` where nobody lets this user change the root.
    pub(super) fn around(executable: &Path) -> Option<Self> {
        let way = way_in()?;
        let directory = tempfile::tempdir().unwrap();
        let tmp = directory.path().join("tmp");
        fs::create_dir(&tmp).unwrap();
        fs::set_permissions(tmp, Permissions::from_mode(0o1777)).unwrap();
        // By another process: while this one had it open for writing, a test that forks at that moment would keep it
        // open, and nobody may execute a file that somebody can write to.
        let copied = Command::new("cp")
            .arg(executable)
            .arg(directory.path().join(&INSIDE[1..]))
            .status()
            .unwrap();
        assert!(copied.success(), "{copied}");
        Some(Self { directory, way })
    }

    /// The provider inside, to be started as Terraform does.
    pub(super) fn launch(&self) -> Launch {
        let root = self.directory.path();
        let (program, arguments) = self.way.split_first().unwrap();
        let arguments = [arguments, &[root.to_str().unwrap()]].concat();
        Launch::new(INSIDE)
            .through(*program, &arguments)
            .env("TMPDIR", "/tmp")
            .socket_root(root)
    }

    /// Everything inside by its path: what was put there, and what was left behind.
    pub(super) fn contents(&self) -> Vec<String> {
        let mut found = Vec::new();
        list(self.directory.path(), self.directory.path(), &mut found);
        found.sort();
        found
    }
}

fn list(root: &Path, directory: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let inside = path.strip_prefix(root).unwrap();
        found.push(inside.to_string_lossy().into_owned());
        if path.is_dir() {
            list(root, &path, found);
        }
    }
}

/// How this user changes the root: by right, in a user namespace, or not at all. It is tried with the root that there
/// is, so that the executable has no part in the answer.
fn way_in() -> Option<&'static [&'static str]> {
    const WAYS: [&[&str]; 2] = [&["chroot"], &["unshare", "--map-root-user", "chroot"]];
    WAYS.into_iter().find(|way| {
        Command::new(way[0])
            .args(&way[1..])
            .args(["/", "true"])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    })
}
