//! The provider as a process: arguments in, exit code out.

mod args;

use args::Command;
use std::error::Error;
use std::io::{Write as _, stdout};
use std::process::ExitCode;
use std::sync::Arc;
use terraform_provider_atlas::plugin::{self, Mode, Plugin};
use terraform_provider_atlas::provider::{AtlasProvider, SOURCE_ADDRESS, VERSION};
use terraform_provider_atlas::wire;

fn main() -> ExitCode {
    let command = args::parse(std::env::args_os().skip(1));
    plugin::guard(|| run(command).unwrap_or_else(|error| plugin::explain(&*error)))
}

fn run(command: Command) -> Result<ExitCode, Box<dyn Error>> {
    match command {
        Command::Host => plugin::run(atlas(), Mode::Hosted)?,
        Command::Debug => plugin::run(atlas(), Mode::Reattach)?,
        Command::Version => writeln!(stdout(), "{}", VERSION)?,
        Command::Help => stdout().write_all(args::HELP.as_bytes())?,
        Command::Unknown(argument) => return Ok(args::refuse(&argument)),
    }
    Ok(ExitCode::SUCCESS)
}

fn atlas() -> Plugin {
    let provider = Arc::new(AtlasProvider::of_process());
    let (routes, on_stop) = wire::routes(provider.clone());
    Plugin {
        routes,
        address: SOURCE_ADDRESS,
        on_stop,
        farewell: Box::pin(async move { provider.farewell().await }),
    }
}
