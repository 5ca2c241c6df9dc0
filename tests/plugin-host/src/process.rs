//! A plugin's process: its handshake, what it prints, its signals and its end.

use crate::connect::{self, Peer};
use crate::error::PluginError;
use crate::handshake::{Handshake, Network};
use crate::identity::ClientIdentity;
use crate::plugin::Plugin;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, BufReader};
use tokio::process::{Child, ChildStdout};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tonic::transport::Channel;

/// A plugin that has said where it listens. It is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    handshake: Handshake,
    identity: Option<ClientIdentity>,
    stdout: Output,
    stderr: Output,
}

/// Signals that a host's surroundings send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// The terminal is gone.
    HangUp,
    /// What a supervisor sends.
    Terminate,
    /// What nobody can catch.
    Kill,
}

/// How a plugin ended.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// Its exit status.
    pub status: ExitStatus,
    /// From when it was asked, until the process was gone and both of its outputs were closed.
    pub elapsed: Duration,
}

impl Process {
    /// Reads the handshake line of a child whose outputs are pipes. Drops the child, and so kills it, on failure.
    pub(crate) async fn meet(
        mut child: Child,
        identity: Option<ClientIdentity>,
        limit: Duration,
        seen_from_here: impl FnOnce(Network) -> Network,
    ) -> Result<Self, PluginError> {
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(PluginError::new("the outputs of the plugin are not pipes"));
        };
        let mut stderr = Output::capture(BufReader::new(stderr));
        let mut stdout: BufReader<ChildStdout> = BufReader::new(stdout);
        let mut line = String::new();
        match tokio::time::timeout(limit, stdout.read_line(&mut line)).await {
            Err(_) => {
                let said = stderr.lines().join("\n");
                return Err(PluginError::new(format!(
                    "the plugin printed no line within {limit:?}; it said: {said}"
                )));
            }
            Ok(Err(error)) => {
                return Err(PluginError::because("cannot read the handshake line")(
                    error,
                ));
            }
            Ok(Ok(0)) => {
                let status = child
                    .wait()
                    .await
                    .map_err(PluginError::because("cannot wait for the plugin"))?;
                let said = stderr.until_closed().await.join("\n");
                return Err(PluginError::new(format!(
                    "the plugin ended ({status}) without a line; it said: {said}"
                )));
            }
            Ok(Ok(_)) => {}
        }
        let mut handshake = Handshake::parse(&line)?;
        handshake.network = seen_from_here(handshake.network);
        Ok(Self {
            child,
            handshake,
            identity,
            stdout: Output::capture(stdout),
            stderr,
        })
    }

    /// What the plugin said when it was ready.
    #[must_use]
    pub fn handshake(&self) -> &Handshake {
        &self.handshake
    }

    /// The process' number, while it runs.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// What it has printed to standard output after the handshake line: nothing, if all is well.
    #[must_use]
    pub fn stdout(&self) -> Vec<String> {
        self.stdout.lines()
    }

    /// What it has printed to standard error.
    #[must_use]
    pub fn stderr(&self) -> Vec<String> {
        self.stderr.lines()
    }

    /// One more gRPC channel, over a connection of its own.
    ///
    /// # Errors
    ///
    /// There is no connection, or no TLS. A plugin that refuses a client certificate under TLS 1.3 may do so only
    /// after this; the first call fails then.
    pub async fn connect(&self, peer: Peer) -> Result<Channel, PluginError> {
        connect::channel(&self.handshake, self.identity.as_ref(), peer).await
    }

    /// Connects as Terraform does.
    ///
    /// # Errors
    ///
    /// As [`Process::connect`].
    pub async fn into_plugin(self) -> Result<Plugin, PluginError> {
        let channel = self.connect(Peer::default()).await?;
        Ok(Plugin::new(self, channel))
    }

    /// A bare connection, on which nothing has been said.
    ///
    /// # Errors
    ///
    /// Nobody listens.
    pub async fn open(
        &self,
    ) -> Result<impl AsyncRead + AsyncWrite + Send + Unpin + use<>, PluginError> {
        connect::open(&self.handshake.network)
            .await
            .map_err(PluginError::because("cannot connect to the plugin"))
    }

    /// A connection after its TLS handshake, on which nothing has been said yet.
    ///
    /// # Errors
    ///
    /// Nobody listens, or there is no TLS.
    pub async fn secured(
        &self,
        peer: Peer,
    ) -> Result<impl AsyncRead + AsyncWrite + Send + Unpin + use<>, PluginError> {
        connect::secured(&self.handshake, self.identity.as_ref(), peer).await
    }

    /// The certificate that the plugin was told of, with its key; none without TLS.
    #[must_use]
    pub fn identity(&self) -> Option<&ClientIdentity> {
        self.identity.as_ref()
    }

    /// Sends a signal to the process.
    ///
    /// # Errors
    ///
    /// The process has ended.
    pub fn signal(&self, signal: Signal) -> Result<(), PluginError> {
        use rustix::process::{Pid, Signal as Posix, kill_process};
        let id = self
            .child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        let id = id.ok_or_else(|| PluginError::new("the plugin has ended"))?;
        let signal = match signal {
            Signal::Interrupt => Posix::INT,
            Signal::HangUp => Posix::HUP,
            Signal::Terminate => Posix::TERM,
            Signal::Kill => Posix::KILL,
        };
        kill_process(id, signal).map_err(PluginError::because("cannot send a signal to the plugin"))
    }

    /// Whether the process still runs.
    ///
    /// # Errors
    ///
    /// The system does not tell.
    pub fn is_running(&mut self) -> Result<bool, PluginError> {
        let status = self
            .child
            .try_wait()
            .map_err(PluginError::because("cannot look after the plugin"))?;
        Ok(status.is_none())
    }

    /// Waits, from `since` for `limit` at most, until the process has ended and its outputs are closed.
    ///
    /// # Errors
    ///
    /// It did not end in time; it has been killed then, as hosts do.
    pub async fn ended(&mut self, since: Instant, limit: Duration) -> Result<Ended, PluginError> {
        let end = async {
            let status = self.child.wait().await;
            self.stdout.closed().await;
            self.stderr.closed().await;
            status
        };
        match tokio::time::timeout_at(since + limit, end).await {
            Ok(status) => {
                let status = status.map_err(PluginError::because("cannot wait for the plugin"))?;
                Ok(Ended {
                    status,
                    elapsed: since.elapsed(),
                })
            }
            Err(_) => {
                let running = self.is_running()?;
                self.child
                    .kill()
                    .await
                    .map_err(PluginError::because("cannot kill the plugin"))?;
                let what = if running {
                    "the plugin still ran"
                } else {
                    "an output of the plugin was still open"
                };
                let said = self.stderr.lines().join("\n");
                Err(PluginError::new(format!(
                    "{what} {limit:?} after it was asked to end; it said: {said}"
                )))
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Of a process that has ended there is nothing to kill, and of one that ended by itself nothing to remove.
        let _ = self.child.start_kill();
        if let Network::Unix(path) = &self.handshake.network {
            let _ = std::fs::remove_file(path);
            if let Some(directory) = path.parent().filter(|directory| is_a_plugins(directory)) {
                let _ = std::fs::remove_dir(directory);
            }
        }
    }
}

/// Whether a plugin made the directory for its socket, by its name.
fn is_a_plugins(directory: &Path) -> bool {
    directory
        .file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with("plugin-"))
}

/// The lines of one output, as they come.
#[derive(Debug)]
struct Output {
    lines: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

impl Output {
    fn capture<R: AsyncRead + Send + Unpin + 'static>(mut output: BufReader<R>) -> Self {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let captured = Arc::clone(&lines);
        let reader = tokio::spawn(async move {
            let mut line = Vec::new();
            while matches!(output.read_until(b'\n', &mut line).await, Ok(read) if read > 0) {
                let text =
                    String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(&line)).into_owned();
                captured
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(text);
                line.clear();
            }
        });
        Self {
            lines,
            reader: Some(reader),
        }
    }

    fn lines(&self) -> Vec<String> {
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    async fn closed(&mut self) {
        if let Some(reader) = &mut self.reader {
            let _ = reader.await;
            self.reader = None;
        }
    }

    async fn until_closed(&mut self) -> Vec<String> {
        self.closed().await;
        self.lines()
    }
}
