//! One run of a host: while it goes on it can be interrupted or killed, afterwards it is a status and two texts.

use std::fmt;
use std::process::Output;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::process::Child;

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
    pub(super) fn new(command: String, output: &Output) -> Self {
        Self {
            command,
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

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
    pub(super) command: String,
    pub(super) child: Child,
}

impl Running {
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
    pub async fn finish(self) -> Result<Run, HostError> {
        let output = self
            .child
            .wait_with_output()
            .await
            .map_err(HostError::because(&self.command))?;
        Ok(Run::new(self.command, &output))
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
