//! Random sequences of faults and of what people do: whatever happens, the state tells the truth and the end is as configured.

use super::life::Life;
use super::search::all_hold;
use super::steps::{Host, Step, lives};

async fn live(host: Host, steps: Vec<Step>) {
    let mut life = Life::of(host);
    for step in steps {
        life.goes_on(step).await;
    }
    life.ends().await;
}

#[test]
fn whatever_happens_the_state_tells_the_truth_and_the_end_is_as_configured() {
    all_hold("faults and of what people do", &lives(), live);
}
