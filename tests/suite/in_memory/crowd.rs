//! Starts of processors whose neighbours the same process looks at all the time: their looks share lists, and nothing else changes.

use std::sync::Arc;

use atlas_simulator::Operation;
use terraform_provider_atlas::framework::Value;

use super::terraform::{Action, Terraform};
use super::way::{OTHERS, Way, is_of_the_crowd};
use super::words::{NAME, applied, starting_for, tell};

/// By chance each of them is served by a list or goes alone; so many are not all alone.
const TIMES: usize = 50;

#[tokio::test(start_paused = true)]
async fn looks_in_a_crowd_are_served_by_lists_and_starts_are_as_ever() {
    let (mut gets, mut lists) = (0, 0);
    for number in 0..TIMES {
        let mut terraform = Terraform::with_processor("STOPPED");
        terraform.way = Way::InACrowd(Arc::default());
        terraform
            .atlas
            .settings(|settings| settings.start = starting_for(3));
        let (errors, warnings) = applied(&mut terraform).await;
        assert_eq!((errors, warnings), (vec![], vec![]), "{number}");
        assert_eq!(terraform.state(), Value::from("STARTED"), "{number}");
        assert_eq!(terraform.atlas.starts(NAME).len(), 1, "{number}");
        for other in OTHERS {
            assert_eq!(terraform.atlas.state(other).as_deref(), Some("STOPPED"));
        }
        let record = terraform.atlas.record();
        let mine = record.iter().filter(|request| !is_of_the_crowd(request));
        for request in mine {
            gets += usize::from(request.operation == Operation::Get);
            lists += usize::from(request.operation == Operation::List);
        }
        let plan = terraform.plan().await;
        assert_eq!(plan.action, Action::NoOp, "{number}");
    }
    tell(&format!(
        "\n{TIMES} starts in a crowd: {gets} GETs of their own, beside {lists} lists\n"
    ));
    // Alone each has a look before, and three and more while it starts.
    assert!(
        gets < 4 * TIMES && lists > TIMES,
        "{gets} GETs, {lists} lists"
    );
}
