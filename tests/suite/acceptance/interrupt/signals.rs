//! The ways in which a run is interrupted.

use std::fmt;
use std::time::Duration;

use plugin_host::terraform::{Running, Workdir};

/// What happens to the processes of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// SIGINT to all of them, as a terminal sends it.
    CtrlC,
    /// The same of somebody who does not wait: the host then ends without recording anything.
    CtrlCTwice,
    /// SIGINT to the host alone.
    InterruptOfHost,
    /// SIGTERM to all of them, as runners of jobs send it.
    TerminationOfAll,
    /// SIGKILL to the provider.
    KillOfProvider,
    /// SIGKILL to the host.
    KillOfHost,
}

impl Signal {
    pub(super) async fn send(self, running: &mut Running, directory: &Workdir) {
        match self {
            Self::CtrlC => running.interrupt().unwrap(),
            Self::CtrlCTwice => {
                running.interrupt().unwrap();
                tokio::time::sleep(Duration::from_millis(200)).await;
                // It may have ended after the first.
                let _ = running.interrupt();
            }
            Self::InterruptOfHost => running.interrupt_host().unwrap(),
            Self::TerminationOfAll => running.terminate().unwrap(),
            Self::KillOfProvider => {
                let all = directory.processes().unwrap();
                let providers: Vec<_> = all.iter().filter(|one| one.is_provider()).collect();
                assert!(!providers.is_empty(), "no provider: {all:?}");
                for provider in providers {
                    // Of those that were asked for something earlier, one may just end.
                    let _ = provider.kill();
                }
            }
            Self::KillOfHost => running.kill().unwrap(),
        }
    }

    /// Whether host and provider learn of it, and both end as they want to.
    pub(super) fn can_be_caught(self) -> bool {
        matches!(
            self,
            Self::CtrlC | Self::InterruptOfHost | Self::TerminationOfAll
        )
    }

    /// How many cases run at the same time. They mostly wait, and nearly all of the time where an orphan is waited for.
    pub(super) fn cases_at_once(self) -> usize {
        if self == Self::KillOfHost { 8 } else { 6 }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CtrlC => "Ctrl-C",
            Self::CtrlCTwice => "Ctrl-C twice",
            Self::InterruptOfHost => "SIGINT to the host",
            Self::TerminationOfAll => "SIGTERM to all",
            Self::KillOfProvider => "kill -9 of the provider",
            Self::KillOfHost => "kill -9 of the host",
        })
    }
}
