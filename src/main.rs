//! The provider as a process: arguments in, exit code out.

mod args;

use args::Command;
use std::error::Error;
use std::io::{Write as _, stderr, stdout};
use std::process::ExitCode;
use std::sync::Arc;
use terraform_provider_atlas::plugin::{Mode, Plugin, guard, serve};
use tonic::service::Routes;

fn main() -> ExitCode {
    guard(|| match run(args::parse(std::env::args_os().skip(1))) {
        Ok(code) => code,
        Err(error) => {
            let mut text = error.to_string();
            let mut cause = error.source();
            while let Some(error) = cause {
                text.push_str(&format!(": {error}"));
                cause = error.source();
            }
            let _ = writeln!(stderr(), "{text}");
            ExitCode::FAILURE
        }
    })
}

fn run(command: Command) -> Result<ExitCode, Box<dyn Error>> {
    match command {
        Command::Host => serve_until_the_end(Mode::Hosted)?,
        Command::Debug => serve_until_the_end(Mode::Reattach)?,
        Command::Version => writeln!(stdout(), "{}", env!("CARGO_PKG_VERSION"))?,
        Command::Help => stdout().write_all(args::HELP.as_bytes())?,
        Command::Unknown(argument) => {
            write!(stderr(), "unknown argument {argument}\n\n{}", args::HELP)?;
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn serve_until_the_end(mode: Mode) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let plugin = Plugin {
        routes: Routes::default(),
        address: "registry.terraform.io/atlas/atlas",
        on_stop: Arc::new(|| {}),
        farewell: Box::pin(async {}),
    };
    let result = runtime.block_on(serve(plugin, mode));
    // A name lookup may block its thread for long; the host does not wait for it.
    runtime.shutdown_background();
    Ok(result?)
}
