//! The signals that reach this process, with handlers in place from the moment that it is made.
//!
//! A plugin shares its host's process group: Ctrl-C reaches both, and the default would kill the plugin in the middle
//! of what the host still wants to finish. A terminal that is closed reaches both too: the host may die of it, which is
//! noticed, or may have been told to survive it (`nohup`).

use std::io;

/// Waits for signals.
#[derive(Debug)]
pub(crate) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    hang_up: Option<tokio::signal::unix::Signal>,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
}

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Ctrl-C, or the terminal of a process with a host is gone.
    Interrupt,
    /// A supervisor wants the process to end.
    #[cfg_attr(windows, allow(dead_code, reason = "Windows has no such signal"))]
    Terminate,
}

impl Signals {
    /// From here on no signal of these ends the process by itself. Without a host, the end of a terminal is left to
    /// whoever started the process.
    #[cfg_attr(
        windows,
        allow(unused_variables, reason = "Windows has no such signal")
    )]
    pub(crate) fn install(hosted: bool) -> io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
                hang_up: hosted.then(|| signal(SignalKind::hangup())).transpose()?,
            })
        }
        #[cfg(windows)]
        {
            Ok(Self {
                interrupt: tokio::signal::windows::ctrl_c()?,
            })
        }
    }

    pub(crate) async fn next(&mut self) -> Signal {
        #[cfg(unix)]
        let hung_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => None,
            }
        };
        #[cfg(unix)]
        tokio::select! {
            Some(()) = self.interrupt.recv() => Signal::Interrupt,
            Some(()) = hung_up => Signal::Interrupt,
            Some(()) = self.terminate.recv() => Signal::Terminate,
            else => std::future::pending().await,
        }
        #[cfg(windows)]
        match self.interrupt.recv().await {
            Some(()) => Signal::Interrupt,
            None => std::future::pending().await,
        }
    }
}
