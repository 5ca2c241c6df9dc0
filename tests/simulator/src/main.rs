//! The simulator as a program of its own: `atlas-simulator --port N [--processor name=STATE]…`.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use atlas_simulator::{Simulator, known};
use tokio::net::TcpListener;

const USAGE: &str = "usage: atlas-simulator [--port N] [--processor name=STATE]...";

const CONTROL: &str = r#"
Stands in for the stream processor endpoints of MongoDB Atlas on 127.0.0.1, on a free port unless one is given, and prints
the base URL, the credentials, the project and the workspace that it knows.

While it runs, the `page` that it prints shows its processors, the exchanges as they arrive and the faults that wait, in a
browser, and switches them. Scripts control it in JSON, without credentials, under the `control` address:

  /_sim/processors  GET all of them; POST {"name", "state"} puts one into a state; DELETE {"name"}
                    "group" and "tenant" are the known ones unless they are given
  /_sim/faults      GET those that wait; POST one; DELETE all, or one with {"number"}
                    {"effect", "operation", "processor", "skip", "times"}; without the others the effect hits the next request
  /_sim/ready       GET the ready-made answers; {"ready": NAME, "processed": true or false} stands for an effect
  /_sim/settings    GET all behaviour that can be changed; PATCH what shall be otherwise (null: the default again)
  /_sim/record      GET every request so far; DELETE forgets them
  /_sim/words       GET the operations, ready-made answers, effects and states that there are words for
  /_sim/all         GET what the page shows; with ?since=N only the exchanges since its "changes" were N

Each answers with what there is afterwards. Times are milliseconds. A wrong word is answered with those that there are.
Only names of loopback are served here, and of all pages only its own.
For example, where $control is that address:

  curl -X POST -d '{"operation": "start", "effect": {"ready": "service_unavailable"}, "times": 2}' "$control"faults
  curl -X POST -d '{"operation": "get", "effect": {"after": [3000, {"ready": "unexpected_error"}]}}' "$control"faults
  curl -X POST -d '{"operation": "start", "effect": {"answer": {"status": 502, "body": "oops"}}}' "$control"faults
  curl -X PATCH -d '{"start": {"through": ["STARTING"], "lag": {"time": 5000}}}' "$control"settings
  curl -X PATCH -d '{"access_token_is_good": false}' "$control"settings"#;

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
            return writeln!(io::stdout(), "{USAGE}\n{CONTROL}");
        }
        let value = arguments.next().ok_or_else(|| io::Error::other(USAGE))?;
        match (argument.as_str(), value.split_once('=')) {
            ("--port", _) => port = value.parse().map_err(|_| io::Error::other(USAGE))?,
            ("--processor", Some((name, state))) if !name.is_empty() && !state.is_empty() => {
                simulator.add_processor(name, state)
            }
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
    writeln!(out, "page          = \"http://{address}/_sim/\"")?;
    out.flush()
}
