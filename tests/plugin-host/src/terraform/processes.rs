//! Who works in a directory: what a run has started, and what it has left behind, as Linux' `/proc` tells.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal, kill_process};

use super::error::HostError;

/// A process whose working directory is that of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// The executable's path, links resolved.
    pub executable: PathBuf,
    id: Pid,
}

impl Process {
    /// Whether it is a provider, which hosts know by the name of its executable.
    pub fn is_provider(&self) -> bool {
        let name = self.executable.file_name().unwrap_or_default();
        name.to_string_lossy().starts_with("terraform-provider-")
    }

    /// SIGKILL.
    ///
    /// # Errors
    /// When it has ended.
    pub fn kill(&self) -> Result<(), HostError> {
        kill_process(self.id, Signal::KILL).map_err(HostError::because(self.executable.display()))
    }
}

/// All that work in `directory` now. A plugin has its host's working directory, whoever its parent is by then.
pub(super) fn working_in(directory: &Path) -> Result<Vec<Process>, HostError> {
    let directory = fs::canonicalize(directory).map_err(HostError::because(directory.display()))?;
    let all = fs::read_dir("/proc").map_err(HostError::because("/proc"))?;
    let found = all.filter_map(|entry| {
        let entry = entry.ok()?;
        let id = entry.file_name().to_str()?.parse().ok()?;
        // What cannot be read has ended meanwhile, or is somebody else's.
        let works_in = fs::read_link(entry.path().join("cwd")).ok()?;
        let executable = fs::read_link(entry.path().join("exe")).ok()?;
        let id = Pid::from_raw(id)?;
        (works_in == directory).then_some(Process { executable, id })
    });
    Ok(found.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn a_process_is_found_by_where_it_works_until_it_has_ended() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(working_in(directory.path()).unwrap(), []);
        let mut cat = Command::new("cat")
            .current_dir(directory.path())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let found = working_in(directory.path()).unwrap();
        assert_eq!((found.len(), found[0].is_provider()), (1, false));
        found[0].kill().unwrap();
        cat.wait().unwrap();
        assert_eq!(working_in(directory.path()).unwrap(), []);
    }
}
