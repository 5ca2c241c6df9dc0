//! The provider as a process: arguments in, exit code out.

mod args;

use args::Command;
use std::error::Error;
use std::io::{Write as _, stderr, stdout};
use std::process::ExitCode;
use std::sync::Arc;
use terraform_provider_atlas::plugin::{Mode, Plugin, explain, guard, serve};
use terraform_provider_atlas::provider::{AtlasProvider, SOURCE_ADDRESS};
use terraform_provider_atlas::{framework::Server, wire};
use tonic::service::Routes;

fn main() -> ExitCode {
    guard(|| run(args::parse(std::env::args_os().skip(1))).unwrap_or_else(|error| explain(&*error)))
}

fn run(command: Command) -> Result<ExitCode, Box<dyn Error>> {
    match command {
        Command::Host => host(Mode::Hosted)?,
        Command::Debug => host(Mode::Reattach)?,
        Command::Version => writeln!(stdout(), "{}", env!("CARGO_PKG_VERSION"))?,
        Command::Help => stdout().write_all(args::HELP.as_bytes())?,
        Command::Unknown(argument) => {
            write!(stderr(), "unknown argument {argument}\n\n{}", args::HELP)?;
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn host(mode: Mode) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let provider = Arc::new(AtlasProvider::of_process());
    let server = Arc::new(Server::new(Arc::clone(&provider) as _));
    let result = runtime.block_on(serve(
        Plugin {
            routes: Routes::new(wire::service(Arc::clone(&server))),
            address: SOURCE_ADDRESS,
            on_stop: Arc::new(move || server.stop()),
            farewell: Box::pin(async move { provider.farewell().await }),
        },
        mode,
    ));
    // A name lookup may block its thread for long; the host does not wait for it.
    runtime.shutdown_background();
    Ok(result?)
}
