//! The provider as a process: arguments in, exit code out.

mod args;

use args::Command;
use std::error::Error;
use std::io::{Write as _, stdout};
use std::process::ExitCode;
use std::sync::Arc;
use terraform_provider_atlas::plugin::{self, Mode, Plugin};
use terraform_provider_atlas::provider::{AtlasProvider, SOURCE_ADDRESS};
use terraform_provider_atlas::wire::{Server, service};

fn main() -> ExitCode {
    let command = args::parse(std::env::args_os().skip(1));
    plugin::guard(|| run(command).unwrap_or_else(|error| plugin::explain(&*error)))
}

fn run(command: Command) -> Result<ExitCode, Box<dyn Error>> {
    match command {
        Command::Host => plugin::run(atlas(), Mode::Hosted)?,
        Command::Debug => plugin::run(atlas(), Mode::Reattach)?,
        Command::Version => writeln!(stdout(), "{}", env!("CARGO_PKG_VERSION"))?,
        Command::Help => stdout().write_all(args::HELP.as_bytes())?,
        Command::Unknown(argument) => return Ok(args::refuse(&argument)),
    }
    Ok(ExitCode::SUCCESS)
}

fn atlas() -> Plugin {
    let provider = Arc::new(AtlasProvider::of_process());
    let server = Arc::new(Server::new(Arc::clone(&provider) as _));
    Plugin {
        routes: tonic::service::Routes::new(service(Arc::clone(&server))),
        address: SOURCE_ADDRESS,
        on_stop: Arc::new(move || server.stop()),
        farewell: Box::pin(async move { provider.farewell().await }),
    }
}
