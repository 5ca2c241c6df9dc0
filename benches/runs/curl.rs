//! What people have without a provider: the same starts one by one with curl, which neither looks nor waits.

use std::io::ErrorKind;

use atlas_simulator::{Simulator, known};
use tokio::process::Command;
use tokio::time::Instant;

use super::Outcome;
use super::table::Table;

const STARTS: usize = 100;

pub(crate) async fn measure(table: &mut Table) -> Outcome {
    let atlas = Simulator::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(atlas.clone().serve(listener));
    let began = Instant::now();
    for number in 0..STARTS {
        let name = format!("processor-{number}");
        atlas.add_processor(&name, "CREATED");
        let (group, tenant) = (known::GROUP_ID, known::TENANT);
        let url = format!(
            "http://{address}/api/atlas/v2/groups/{group}/streams/{tenant}/processor/{name}:start"
        );
        let curl = Command::new("curl")
            .args(["--silent", "--show-error", "--fail", "--noproxy", "*"])
            .args(["--request", "POST", "--header"])
            .arg(format!("Authorization: Bearer {}", known::ACCESS_TOKEN))
            .args(["--header", "Accept: application/vnd.atlas.2024-05-30+json"])
            .arg(url)
            .output()
            .await;
        match curl {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                table.row(
                    format!("{STARTS} starts with curl"),
                    "not measured: there is no curl",
                    "",
                    "",
                );
                return Ok(());
            }
            Err(error) => return Err(error.into()),
            Ok(done) if !done.status.success() => {
                return Err(String::from_utf8_lossy(&done.stderr).into());
            }
            Ok(_) => {}
        }
    }
    table.row(
        format!("{STARTS} starts, one by one with curl"),
        format!(
            "{:.2} s, {} exchanges",
            began.elapsed().as_secs_f64(),
            atlas.record().len()
        ),
        "",
        "no look before, no wait after, nothing in state",
    );
    server.abort();
    Ok(())
}
