//! What holds for all that Atlas was asked, whoever asked it: the run that was interrupted, its orphan, and the runs after it.

use atlas_simulator::{Operation, Recorded};
use serde_json::Value;

/// How many starts and stops were asked for.
pub(super) fn asked_for(requests: &[Recorded]) -> usize {
    let changes = requests.iter().filter(|request| is_start_or_stop(request));
    changes.count()
}

/// No start and no stop was sent after another without a look in between, and none to a processor that stood there already.
pub(super) fn is_sensible(requests: &[Recorded], case: &str) {
    let mut looked = true;
    for request in requests {
        looked |= request.operation == Operation::Get;
        if !is_start_or_stop(request) {
            continue;
        }
        assert!(
            looked,
            "{case}: {request} without a look before it:{}",
            story(requests)
        );
        looked = false;
        let stood_there = match request.state_before.as_deref() {
            Some("STARTED") => request.operation != Operation::Stop,
            Some("CREATED" | "STOPPED" | "FAILED") => request.operation == Operation::Stop,
            _ => false,
        };
        assert!(
            !stood_there,
            "{case}: {request} in vain:{}",
            story(requests)
        );
    }
}

/// A dry run asks for neither.
fn is_start_or_stop(request: &Recorded) -> bool {
    match request.operation {
        Operation::Start | Operation::Stop => true,
        Operation::StartWith => {
            let sent: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            sent["failover"]["dryRun"] != true
        }
        _ => false,
    }
}

/// One line each.
pub(super) fn story(requests: &[Recorded]) -> String {
    let lines = requests.iter().map(|request| format!("\n  {request}"));
    lines.collect()
}
