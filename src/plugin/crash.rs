//! Last words: what is said of an error or a panic that ends the process, and of a panic that does not.
//!
//! A host turns the lines that follow `panic: ` on standard error into "the plugin crashed", whether or not it did. So
//! nothing is reported as a crash while the engine may still turn the panic into a diagnostic: only what reaches
//! [`guard`], around everything, is one.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::error::Error;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

/// The exit code of a process that a panic ended, as Go programs have it.
const CRASHED: u8 = 2;

/// The panic that came last.
static LAST: Mutex<Option<Crash>> = Mutex::new(None);

/// Runs the whole program; a panic in it is reported so that the host shows it to the user as a crash.
pub fn guard(program: impl FnOnce() -> ExitCode) -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        let crash = Crash::new(panic);
        // The message alone: it is ours, while values and arguments may hold secrets.
        tracing::error!(location = crash.location, "a panic: {}", crash.message);
        *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(crash);
    }));
    catch_unwind(AssertUnwindSafe(program)).unwrap_or_else(|_| {
        if let Some(crash) = LAST.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // With standard error closed there is nobody left to tell.
            let _ = std::io::stderr().write_all(crash.report().as_bytes());
        }
        ExitCode::from(CRASHED)
    })
}

/// Tells the person, or the host's log, why the program failed: the error with its causes. The exit code says so too.
pub fn explain(error: &dyn Error) -> ExitCode {
    // With standard error closed there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "{}", with_causes(error));
    ExitCode::FAILURE
}

fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// What is known of a panic.
#[derive(Debug)]
struct Crash {
    message: String,
    location: String,
    /// Only where `RUST_BACKTRACE` asks for it.
    backtrace: Option<String>,
}

impl Crash {
    fn new(panic: &PanicHookInfo<'_>) -> Self {
        let backtrace = Backtrace::capture();
        Self {
            message: message(panic.payload()).to_owned(),
            location: panic
                .location()
                .map(ToString::to_string)
                .unwrap_or_default(),
            backtrace: (backtrace.status() == BacktraceStatus::Captured)
                .then(|| backtrace.to_string()),
        }
    }

    fn report(&self) -> String {
        let version = env!("CARGO_PKG_VERSION");
        let Self {
            message,
            location,
            backtrace,
        } = self;
        let trace = backtrace
            .as_deref()
            .unwrap_or("Set RUST_BACKTRACE=1 to see how it came to this.\n");
        format!("panic: {message}\n\nat {location}, version {version}\n{trace}\n")
    }
}

/// What a panic said, as far as it was text.
pub(super) fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("(no message)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_from_the_outermost_in() {
        let error = crate::plugin::mtls::mutual_tls("").unwrap_err();
        let text = with_causes(&error);
        assert!(
            text.starts_with("PLUGIN_CLIENT_CERT holds no certificate in PEM: "),
            "{text}"
        );
    }

    #[test]
    fn a_report_begins_as_hosts_expect_it() {
        let crash = Crash {
            message: "no such luck".to_owned(),
            location: "src/luck.rs:7:1".to_owned(),
            backtrace: None,
        };
        let report = crash.report();
        assert!(report.starts_with("panic: no such luck\n\n"), "{report}");
        assert!(report.contains("src/luck.rs:7:1"), "{report}");
    }
}
