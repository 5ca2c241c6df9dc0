//! The arguments of the command line. A host gives none.

use std::ffi::OsString;
use std::io::{Write as _, stderr};
use std::process::ExitCode;

/// What a person can do with the binary by hand.
pub(crate) const HELP: &str = "\
A provider for Terraform and OpenTofu that starts MongoDB Atlas stream processors.

Terraform and OpenTofu start it by themselves, without arguments. By hand:

  -debug     serve until Ctrl-C, and print how Terraform attaches to this process
  -version   print the version
  -help      print this text
";

/// What the process is to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Be the plugin of the host that started it.
    Host,
    /// Wait for hosts to attach.
    Debug,
    Version,
    Help,
    /// An argument that means nothing.
    Unknown(String),
}

/// Reads the arguments without the program's name. One dash or two, as Go programs have it.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Command {
    let mut command = Command::Host;
    for argument in arguments {
        let argument = argument.to_string_lossy();
        command = match argument.trim_start_matches('-') {
            "debug" if argument.starts_with('-') => Command::Debug,
            "version" if argument.starts_with('-') => return Command::Version,
            "help" | "h" if argument.starts_with('-') => return Command::Help,
            _ => return Command::Unknown(argument.into_owned()),
        };
    }
    command
}

/// Says on standard error that an argument means nothing, and what does. The exit code says so too.
pub(crate) fn refuse(argument: &str) -> ExitCode {
    // With standard error closed there is nobody left to tell.
    let _ = write!(stderr(), "unknown argument {argument:?}\n\n{HELP}");
    ExitCode::from(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_mean_what_they_say_or_nothing() {
        for (arguments, command) in [
            (vec![], Command::Host),
            (vec!["-debug"], Command::Debug),
            (vec!["--debug"], Command::Debug),
            (vec!["--version"], Command::Version),
            (vec!["-help", "x"], Command::Help),
            (vec!["debug"], Command::Unknown("debug".to_owned())),
            (
                vec!["-debug", "--port=1"],
                Command::Unknown("--port=1".to_owned()),
            ),
        ] {
            assert_eq!(
                parse(arguments.iter().map(OsString::from)),
                command,
                "{arguments:?}"
            );
        }
    }
}
