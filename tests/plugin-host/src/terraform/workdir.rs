//! A directory of its own for one configuration: files in, runs of a host in it, its state out.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use super::error::HostError;
use super::host::Host;
use super::processes::{Process, working_in};
use super::run::{Run, Running};

/// Removed with everything in it when dropped.
#[derive(Debug)]
pub struct Workdir {
    host: Host,
    directory: tempfile::TempDir,
    environment: BTreeMap<OsString, OsString>,
}

impl Workdir {
    /// An empty directory in which `host` runs, with no provider of ours and no credentials.
    ///
    /// # Errors
    /// When the directory cannot be made.
    pub fn new(host: &Host) -> Result<Self, HostError> {
        let directory = tempfile::Builder::new()
            .prefix("atlas-workdir-")
            .tempdir()
            .map_err(HostError::because("cannot make a temporary directory"))?;
        let workdir = Self {
            host: host.clone(),
            directory,
            environment: BTreeMap::new(),
        };
        // A host insists that the file it is told of exists, and must not find the user's own.
        workdir.write("cli.tfrc", "")?;
        let temporary = workdir.temporary();
        fs::create_dir(&temporary).map_err(HostError::because(temporary.display()))?;
        Ok(workdir)
    }

    /// The host finds the provider `address` (`registry.terraform.io/namespace/type`) in the executable `binary`, with no `init`.
    ///
    /// # Errors
    /// When the directory cannot be written.
    pub fn provider(&self, address: &str, binary: &Path) -> Result<(), HostError> {
        // In a directory of its own: a host takes any file there whose name begins like the provider's.
        let bin = self.path().join("bin");
        let name = binary.file_name().unwrap_or_default();
        fs::create_dir_all(&bin).map_err(HostError::because(bin.display()))?;
        let binary = fs::canonicalize(binary).map_err(HostError::because(binary.display()))?;
        let link = bin.join(name);
        if link.exists() {
            fs::remove_file(&link).map_err(HostError::because(link.display()))?;
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(&binary, &link).map_err(HostError::because(link.display()))?;
        #[cfg(not(unix))]
        fs::copy(&binary, &link).map_err(HostError::because(link.display()))?;
        let bin = serde_json::Value::from(bin.to_string_lossy());
        // What a short address means depends on the product: the same provider is meant by either.
        let short = address.trim_start_matches("registry.terraform.io/");
        let overrides: String = ["registry.terraform.io", "registry.opentofu.org"]
            .iter()
            .map(|registry| format!("    \"{registry}/{short}\" = {bin}\n"))
            .collect();
        self.write(
            "cli.tfrc",
            &format!(
                "provider_installation {{\n  dev_overrides {{\n{overrides}  }}\n  direct {{}}\n}}\n"
            ),
        )
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The host that runs in it.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Sets a variable for all later runs.
    pub fn env(&mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> &mut Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Forgets a variable that was set.
    pub fn env_remove(&mut self, name: &str) -> &mut Self {
        self.environment.remove(&OsString::from(name));
        self
    }

    /// Writes a file of the configuration, over an older one of that name.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, content: &str) -> Result<(), HostError> {
        let path = self.path().join(name);
        fs::write(&path, content).map_err(HostError::because(path.display()))
    }

    /// Removes a file of the configuration.
    ///
    /// # Errors
    /// When it isn't there.
    pub fn remove(&self, name: &str) -> Result<(), HostError> {
        let path = self.path().join(name);
        fs::remove_file(&path).map_err(HostError::because(path.display()))
    }

    /// What goes there is gone with the rest, a socket included whose provider was killed.
    fn temporary(&self) -> PathBuf {
        self.path().join("tmp")
    }

    /// Runs the host to its end.
    ///
    /// # Errors
    /// When it cannot be run; that it fails is in the [`Run`].
    pub async fn run(&self, arguments: &[&str]) -> Result<Run, HostError> {
        self.start(arguments)?.finish().await
    }

    /// Runs a shell script to its end; `terraform` is the host there, whichever it is.
    ///
    /// # Errors
    /// When it cannot be run; that it fails is in the [`Run`].
    pub async fn run_script(&self, script: &str) -> Result<Run, HostError> {
        let mut shell = Command::new("sh");
        let host = self.host.for_shells();
        // A function, not a file on PATH: one that was just written is busy while another thread starts something.
        let script = format!("terraform() {{ {host} \"$@\"; }}\n{script}");
        shell.args(["-euc", &script]);
        let command_line = format!("sh, {}: {script}", self.host);
        self.spawn(shell, command_line)?.finish().await
    }

    /// Starts the host and comes back at once.
    ///
    /// # Errors
    /// When it cannot be run.
    pub fn start(&self, arguments: &[&str]) -> Result<Running, HostError> {
        let command_line = format!("{} {}", self.host, arguments.join(" "));
        self.spawn(self.host.command(arguments), command_line)
    }

    fn spawn(&self, mut command: Command, command_line: String) -> Result<Running, HostError> {
        for (name, _) in std::env::vars_os() {
            if is_ours(&name.to_string_lossy()) {
                command.env_remove(name);
            }
        }
        command
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_CLI_CONFIG_FILE", self.path().join("cli.tfrc"))
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_CLI_ARGS", "-no-color")
            .env("TF_INPUT", "0")
            .env("TF_LOG_PATH", self.log_path())
            .env("TMPDIR", self.temporary())
            .envs(&self.environment)
            .current_dir(self.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let child = command.spawn().map_err(HostError::because(&command_line))?;
        Running::new(command_line, child)
    }

    /// The current state as JSON (`terraform show -json`'s own words aside, this is the state file itself); null without one.
    ///
    /// # Errors
    /// When the state file is no JSON.
    pub fn state(&self) -> Result<serde_json::Value, HostError> {
        match fs::read(self.path().join("terraform.tfstate")) {
            // A host makes the file empty when it locks it, and may be killed before it writes.
            Ok(bytes) if bytes.is_empty() => Ok(serde_json::Value::Null),
            Ok(bytes) => {
                serde_json::from_slice(&bytes).map_err(HostError::because("terraform.tfstate"))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Ok(serde_json::Value::Null)
            }
            Err(error) => Err(HostError::because("terraform.tfstate")(error)),
        }
    }

    /// The attributes of a resource in the state (`atlas_stream_processor_start.x`); null if it isn't there.
    ///
    /// # Errors
    /// When the state file is no JSON.
    pub fn attributes(&self, address: &str) -> Result<serde_json::Value, HostError> {
        let state = self.state()?;
        let resources = state["resources"].as_array().cloned().unwrap_or_default();
        let found = resources.iter().find(|resource| {
            let (ty, name) = (resource["type"].as_str(), resource["name"].as_str());
            address == format!("{}.{}", ty.unwrap_or_default(), name.unwrap_or_default())
        });
        Ok(found.map_or(serde_json::Value::Null, |resource| {
            resource["instances"][0]["attributes"].clone()
        }))
    }

    /// The processes that work here now: the host of a run that goes on, its plugins, and whatever earlier ones left.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn processes(&self) -> Result<Vec<Process>, HostError> {
        working_in(self.path())
    }

    /// Everything that was logged since [`Self::forget_log`]; empty unless `TF_LOG` is set.
    pub fn log(&self) -> String {
        fs::read(self.log_path())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// Empties the log.
    pub fn forget_log(&self) {
        // That there is none to remove is as good.
        let _ = fs::remove_file(self.log_path());
    }

    fn log_path(&self) -> PathBuf {
        self.path().join("trace.log")
    }
}

/// The variables by which a person's shell would decide what a test does.
fn is_ours(name: &str) -> bool {
    ["MONGODB_ATLAS_", "MCLI_", "TF_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_fetched_terraform_applies_a_configuration() {
        let host = Host::fetch(super::super::DEFAULT_VERSION).unwrap();
        let workdir = Workdir::new(&host).unwrap();
        workdir
            .write(
                "main.tf",
                "resource \"terraform_data\" \"x\" {\n  input = \"hello\"\n}\n",
            )
            .unwrap();
        let init = workdir.run(&["init"]).await.unwrap();
        assert!(init.success(), "{init}");
        let apply = workdir.run(&["apply", "-auto-approve"]).await.unwrap();
        assert!(apply.success() && apply.says("1 added"), "{apply}");
        assert_eq!(
            workdir.attributes("terraform_data.x").unwrap()["output"]["value"],
            "hello"
        );
        let refused = workdir.run(&["plan", "-no-such-option"]).await.unwrap();
        assert_eq!(refused.status, 1, "{refused}");
    }

    #[tokio::test]
    async fn ctrl_c_reaches_terraform() {
        let host = Host::fetch(super::super::DEFAULT_VERSION).unwrap();
        let workdir = Workdir::new(&host).unwrap();
        let sleeper = "resource \"terraform_data\" \"x\" {\n  provisioner \"local-exec\" {\n    command = \"touch started; sleep 60\"\n  }\n}\n";
        workdir.write("main.tf", sleeper).unwrap();
        assert!(workdir.run(&["init"]).await.unwrap().success());
        let running = workdir.start(&["apply", "-auto-approve"]).unwrap();
        while !workdir.path().join("started").exists() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        running.interrupt().unwrap();
        let run = running.finish().await.unwrap();
        assert!(!run.success() && run.says("Interrupt received"), "{run}");
    }

    #[test]
    fn the_variables_of_atlas_tools_never_reach_a_test() {
        for name in ["MONGODB_ATLAS_PUBLIC_KEY", "MCLI_OPS_MANAGER_URL", "TF_LOG"] {
            assert!(is_ours(name), "{name}");
        }
        assert!(!is_ours("PATH"));
    }
}
