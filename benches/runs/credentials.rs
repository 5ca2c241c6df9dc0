//! What each kind of credentials costs in exchanges.

use std::path::Path;

use atlas_simulator::known;
use plugin_host::terraform::Host;

use super::Outcome;
use super::table::Table;
use super::terraform::{ACCESS_TOKEN, Caller, Starts};

/// So many that an exchange more for each would show.
const STARTS: usize = 20;

const CALLERS: [(&str, Caller, &str); 3] = [
    ("access token", ACCESS_TOKEN, "3 a start, 1 a refresh"),
    (
        "service account",
        &[
            ("MONGODB_ATLAS_CLIENT_ID", known::CLIENT_ID),
            ("MONGODB_ATLAS_CLIENT_SECRET", known::CLIENT_SECRET),
        ],
        "and a token for the process, and its end",
    ),
    (
        "API key",
        &[
            ("MONGODB_ATLAS_PUBLIC_API_KEY", known::PUBLIC_KEY),
            ("MONGODB_ATLAS_PRIVATE_API_KEY", known::PRIVATE_KEY),
        ],
        "and one challenge",
    ),
];

pub(crate) async fn measure(table: &mut Table, host: &Host, binary: &Path) -> Outcome {
    for (who, caller, reach) in CALLERS {
        let starts = Starts::new(host, binary, STARTS, caller).await?;
        // One at a time: nothing is shared.
        let apply = starts
            .run(&["apply", "-auto-approve", "-parallelism=1"])
            .await?;
        let refresh = starts.run(&["plan", "-parallelism=1"]).await?;
        table.row(
            format!("exchanges for {STARTS} starts, and to refresh them, {who}"),
            format!("{}, {}", apply.exchanges, refresh.exchanges),
            reach,
            "",
        );
    }
    Ok(())
}
