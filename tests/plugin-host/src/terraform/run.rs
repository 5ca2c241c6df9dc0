//! One run of a host: while it goes on it can be interrupted or killed, afterwards it is a status and two texts.

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::fmt;
use tokio::process::Child;

use super::captured::Captured;
use super::error::HostError;

/// What a finished run left.
#[derive(Clone, Debug)]
pub struct Run {
    /// The command line, for the texts of failed assertions.
    pub command: String,
    /// The exit code; -1 if a signal ended it.
    pub status: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Run {
    /// Whether it exited with 0.
    pub fn success(&self) -> bool {
        self.status == 0
    }

    /// Both outputs, as one text with all runs of white space and all frames of diagnostics made one space: hosts
    /// break lines by width, and what they say does not depend on it.
    pub fn words(&self) -> String {
        let text = format!("{} {}", self.stdout, self.stderr);
        text.split(|c: char| c.is_whitespace() || matches!(c, '│' | '╷' | '╵'))
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Whether the words hold `text`, whatever line breaks the host made in it.
    pub fn says(&self, text: &str) -> bool {
        self.words().contains(text)
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "$ {}", self.command)?;
        writeln!(f, "{}{}", self.stdout, self.stderr)?;
        write!(f, "exit code {}", self.status)
    }
}

/// A run that goes on. It is a process group of its own, as in a shell, so that a signal reaches the host
/// **and** the plugins it has started. Dropped, it is killed.
#[derive(Debug)]
pub struct Running {
    command: String,
    child: Child,
    stdout: Captured,
    stderr: Captured,
}

impl Running {
    /// A child whose outputs are pipes.
    pub(super) fn new(command: String, mut child: Child) -> Result<Self, HostError> {
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(HostError::new("the outputs of the run are not pipes"));
        };
        Ok(Self {
            command,
            child,
            stdout: Captured::from(stdout),
            stderr: Captured::from(stderr),
        })
    }

    /// What it has printed to standard output this far.
    pub fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// Ctrl-C: SIGINT to the whole group.
    ///
    /// # Errors
    /// When the run has ended already.
    pub fn interrupt(&self) -> Result<(), HostError> {
        kill_process_group(self.id()?, Signal::INT).map_err(HostError::because("signal"))
    }

    /// SIGINT to the host alone, as `kill -INT` sends it.
    ///
    /// # Errors
    /// When the run has ended already.
    pub fn interrupt_host(&self) -> Result<(), HostError> {
        kill_process(self.id()?, Signal::INT).map_err(HostError::because("signal"))
    }

    /// SIGTERM to the whole group, as a machine that runs jobs ends one.
    ///
    /// # Errors
    /// When the run has ended already.
    pub fn terminate(&self) -> Result<(), HostError> {
        kill_process_group(self.id()?, Signal::TERM).map_err(HostError::because("signal"))
    }

    /// SIGKILL to the host alone, so that its plugins see it die.
    ///
    /// # Errors
    /// When the run has ended already.
    pub fn kill(&mut self) -> Result<(), HostError> {
        self.child.start_kill().map_err(HostError::because("kill"))
    }

    /// The host's, and so the group's.
    fn id(&self) -> Result<Pid, HostError> {
        self.child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw)
            .ok_or_else(|| HostError::new("the run has ended"))
    }

    /// Waits for the end.
    ///
    /// # Errors
    /// When its output cannot be read.
    pub async fn finish(mut self) -> Result<Run, HostError> {
        let ended = async {
            let status = self.child.wait().await?;
            let (stdout, stderr) = (self.stdout.whole().await?, self.stderr.whole().await?);
            Ok::<_, std::io::Error>((status, stdout, stderr))
        };
        let (status, stdout, stderr) = ended.await.map_err(HostError::because(&self.command))?;
        Ok(Run {
            command: self.command,
            status: status.code().unwrap_or(-1),
            stdout,
            stderr,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_do_not_depend_on_where_the_host_broke_a_line() {
        let run = Run {
            command: "terraform plan".to_owned(),
            status: 1,
            stdout: String::new(),
            stderr: "╷\n│ Error: Invalid group_id\n│ \n│ must be 24 lower-case\n│ hex digits\n╵\n"
                .to_owned(),
        };
        assert!(
            run.says("must be 24 lower-case hex digits"),
            "{}",
            run.words()
        );
        assert!(!run.success());
    }
}
