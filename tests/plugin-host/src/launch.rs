//! Starts a plugin as Terraform does, or with one thing about it changed.

use crate::error::PluginError;
use crate::handshake::Network;
use crate::identity::ClientIdentity;
use crate::plugin::Plugin;
use crate::process::Process;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// What both Terraform and OpenTofu put into `TF_PLUGIN_MAGIC_COOKIE`.
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// How long a host waits for the handshake line.
const START: Duration = Duration::from_secs(60);

/// Variables of the surroundings that would make a test depend on the machine that it runs on.
const KEPT_OUT: [&str; 9] = [
    "TF_",
    "PLUGIN_",
    "MONGODB_ATLAS_",
    "MCLI_",
    "HTTP",
    "http",
    "ALL_PROXY",
    "all_proxy",
    "SSL_CERT_",
];

/// A plugin to be started.
#[derive(Debug)]
pub struct Launch {
    program: OsString,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    protocol_versions: Option<String>,
    /// None for plain HTTP/2.
    identity: Option<Result<ClientIdentity, PluginError>>,
    socket_root: Option<PathBuf>,
    cookie: Option<String>,
}

impl Launch {
    /// The plugin in an executable, to be started as Terraform would.
    pub fn new(binary: impl Into<OsString>) -> Self {
        Self {
            program: binary.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            protocol_versions: Some("5,6".to_owned()),
            identity: Some(ClientIdentity::generate()),
            socket_root: None,
            cookie: Some(COOKIE.to_owned()),
        }
    }

    /// Starts it through another program (`chroot`, say), with the executable as the last of its arguments.
    #[must_use]
    pub fn through(mut self, program: impl Into<OsString>, arguments: &[&str]) -> Self {
        let binary = std::mem::replace(&mut self.program, program.into());
        self.arguments.extend(arguments.iter().map(OsString::from));
        self.arguments.push(binary);
        self
    }

    /// One more argument. Terraform gives none.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// One more variable; the variables of this process are there too, but those that steer a provider.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Without TLS, as with `TF_DISABLE_PLUGIN_TLS`.
    #[must_use]
    pub fn plaintext(mut self) -> Self {
        self.identity = None;
        self
    }

    /// With this certificate for the host, and not a fresh one.
    #[must_use]
    pub fn client_certificate(mut self, identity: ClientIdentity) -> Self {
        self.identity = Some(Ok(identity));
        self
    }

    /// What is offered in `PLUGIN_PROTOCOL_VERSIONS`; `None` leaves it out.
    #[must_use]
    pub fn protocol_versions(mut self, versions: Option<&str>) -> Self {
        self.protocol_versions = versions.map(str::to_owned);
        self
    }

    /// The cookie; `None` leaves it out, as when a person runs the executable.
    #[must_use]
    pub fn cookie(mut self, cookie: Option<&str>) -> Self {
        self.cookie = cookie.map(str::to_owned);
        self
    }

    /// The directory that is `/` to the plugin, where it runs in a root of its own.
    #[must_use]
    pub fn socket_root(mut self, root: impl Into<PathBuf>) -> Self {
        self.socket_root = Some(root.into());
        self
    }

    /// Starts the plugin and connects.
    ///
    /// # Errors
    ///
    /// It cannot be started, breaks a rule of the handshake, speaks another protocol than 6, or cannot be connected to.
    pub async fn start(self) -> Result<Plugin, PluginError> {
        let process = self.spawn().await?;
        match process.handshake().protocol {
            6 => process.into_plugin().await,
            other => Err(PluginError::new(format!(
                "the plugin speaks protocol {other}, and this host speaks 6"
            ))),
        }
    }

    /// Starts the plugin and reads its handshake line.
    ///
    /// # Errors
    ///
    /// It cannot be started, or breaks a rule of the handshake.
    pub async fn spawn(self) -> Result<Process, PluginError> {
        let root = self.socket_root.clone();
        let (mut command, identity) = self.command()?;
        let child = command
            .spawn()
            .map_err(PluginError::because("cannot start the plugin"))?;
        Process::meet(child, identity, START, |network| match (network, root) {
            (Network::Unix(path), Some(root)) => {
                Network::Unix(root.join(path.strip_prefix("/").unwrap_or(&path)))
            }
            (network, _) => network,
        })
        .await
    }

    /// Runs the plugin to its end, for what it does when nobody hosts it.
    ///
    /// # Errors
    ///
    /// It cannot be started.
    pub async fn output(self) -> Result<std::process::Output, PluginError> {
        self.command()?
            .0
            .output()
            .await
            .map_err(PluginError::because("cannot run the plugin"))
    }

    /// The command, for who wants to spawn it himself; and the certificate that it has been told of.
    ///
    /// # Errors
    ///
    /// No certificate could be made.
    pub fn command(self) -> Result<(Command, Option<ClientIdentity>), PluginError> {
        let mut command = Command::new(self.program);
        command.args(self.arguments).kill_on_drop(true);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if KEPT_OUT.iter().any(|prefix| text.starts_with(prefix)) {
                command.env_remove(name);
            }
        }
        command.envs([("PLUGIN_MIN_PORT", "10000"), ("PLUGIN_MAX_PORT", "25000")]);
        command.envs(self.cookie.map(|cookie| ("TF_PLUGIN_MAGIC_COOKIE", cookie)));
        command.envs(
            self.protocol_versions
                .map(|versions| ("PLUGIN_PROTOCOL_VERSIONS", versions)),
        );
        let identity = self.identity.transpose()?;
        command.envs(
            identity
                .as_ref()
                .map(|identity| ("PLUGIN_CLIENT_CERT", identity.pem())),
        );
        command.envs(self.environment);
        Ok((command, identity))
    }
}
