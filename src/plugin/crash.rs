//! Last words: what is said of an error or a panic that ends the process, and of a panic that does not.
//!
//! A host turns the lines that follow `panic: ` on standard error into "the plugin crashed", whether or not it did. So
//! nothing is reported as a crash while the engine may still turn the panic into a diagnostic: only what reaches
//! [`guard`], around everything, is one.
//!
//! What a panic itself says is never repeated: it may quote any value, secrets too. Where it came from is enough to
//! find the bug.

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
        *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(Crash::logged(panic));
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
    location: String,
    /// Only where `RUST_BACKTRACE` asks for it.
    backtrace: Option<String>,
}

impl Crash {
    /// What there is to know of a panic, which the log is told as well.
    fn logged(panic: &PanicHookInfo<'_>) -> Self {
        let backtrace = Backtrace::capture();
        let location = panic.location().map(ToString::to_string);
        let location = location.unwrap_or_default();
        tracing::error!(location, "a panic");
        Self {
            location,
            backtrace: (backtrace.status() == BacktraceStatus::Captured)
                .then(|| backtrace.to_string()),
        }
    }

    fn report(&self) -> String {
        let version = env!("CARGO_PKG_VERSION");
        let location = &self.location;
        let trace = self
            .backtrace
            .as_deref()
            .unwrap_or("Set RUST_BACKTRACE=1 to see how it came to this.\n");
        format!("panic: a bug in the provider\n\nat {location}, version {version}\n{trace}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::super::logging::tests::lines;
    use super::*;
    use std::sync::Arc;
    use tracing::level_filters::LevelFilter;

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
            location: "src/luck.rs:7:1".to_owned(),
            backtrace: None,
        };
        let report = crash.report();
        assert!(
            report.starts_with("panic: a bug in the provider\n\n"),
            "{report}"
        );
        assert!(report.contains("src/luck.rs:7:1"), "{report}");
    }

    #[test]
    fn what_a_panic_says_is_not_repeated() {
        let crashed = Arc::new(Mutex::new(None));
        let (mine, seen) = (std::thread::current().id(), Arc::clone(&crashed));
        let others = Arc::new(std::panic::take_hook());
        let before = Arc::clone(&others);
        std::panic::set_hook(Box::new(move |panic| {
            if std::thread::current().id() == mine {
                *seen.lock().unwrap() = Some(Crash::logged(panic).report());
            } else {
                before(panic);
            }
        }));
        let logged = lines(LevelFilter::TRACE, || {
            catch_unwind(|| panic!("{}", "hunter2")).unwrap_err();
        });
        std::panic::set_hook(Box::new(move |panic| others(panic)));
        let report = crashed.lock().unwrap().take().unwrap();
        let logged = format!("{logged:?}");
        for text in [report, logged] {
            assert!(text.contains("src/plugin/crash.rs:"), "{text}");
            assert!(!text.contains("hunter2"), "{text}");
        }
    }
}
