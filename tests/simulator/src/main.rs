//! The simulator as a program of its own: `atlas-simulator --port N [--processor name=STATE]…`.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use atlas_simulator::{Simulator, known};
use tokio::net::TcpListener;

const USAGE: &str = "usage: atlas-simulator [--port N] [--processor name=STATE]...";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "atlas-simulator: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> io::Result<()> {
    let simulator = Simulator::new();
    let mut port = 0;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--help" {
            return writeln!(io::stdout(), "{USAGE}");
        }
        let value = arguments.next().ok_or_else(|| io::Error::other(USAGE))?;
        match (argument.as_str(), value.split_once('=')) {
            ("--port", _) => port = value.parse().map_err(|_| io::Error::other(USAGE))?,
            ("--processor", Some((name, state))) => simulator.add_processor(name, state),
            _ => return Err(io::Error::other(USAGE)),
        }
    }
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    greet(&listener.local_addr()?.to_string())?;
    tokio::select! {
        () = simulator.serve(listener) => Ok(()),
        interrupt = tokio::signal::ctrl_c() => interrupt,
    }
}

fn greet(address: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "base_url      = \"http://{address}\"")?;
    writeln!(out, "access_token  = \"{}\"", known::ACCESS_TOKEN)?;
    writeln!(out, "client_id     = \"{}\"", known::CLIENT_ID)?;
    writeln!(out, "client_secret = \"{}\"", known::CLIENT_SECRET)?;
    writeln!(out, "public_key    = \"{}\"", known::PUBLIC_KEY)?;
    writeln!(out, "private_key   = \"{}\"", known::PRIVATE_KEY)?;
    writeln!(out, "group_id      = \"{}\"", known::GROUP_ID)?;
    writeln!(out, "tenant_name   = \"{}\"", known::TENANT)?;
    writeln!(out, "control       = \"http://{address}/_sim/\"")?;
    out.flush()
}
