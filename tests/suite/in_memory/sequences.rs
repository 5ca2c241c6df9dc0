//! Random sequences of faults and of what people do: whatever happens, the state tells the truth and the end is as configured.

use std::time::Duration;

use super::life::Life;
use super::search::{SEQUENCES, tried};
use super::steps::{Host, Step};
use super::words::tell;

/// Longer than any sequence takes: what does not end by then never does.
const FOR_EVER: Duration = Duration::from_secs(10_000_000);

async fn live(host: Host, steps: Vec<Step>) {
    let mut life = Life::of(host);
    for step in steps {
        life.goes_on(step).await;
    }
    life.ends().await;
}

#[test]
fn whatever_happens_the_state_tells_the_truth_and_the_end_is_as_configured() {
    let cases = std::env::var("ATLAS_TEST_SEQUENCES")
        .ok()
        .map_or(SEQUENCES, |number| {
            number.parse().expect("ATLAS_TEST_SEQUENCES is a number")
        });
    // The same sequences in every run, unless ATLAS_TEST_SEED says otherwise; a failure is shrunk and shown whole.
    let seed = std::env::var("ATLAS_TEST_SEED").ok().map_or(7, |seed| {
        seed.parse::<u8>()
            .expect("ATLAS_TEST_SEED is a number up to 255")
    });
    let broken = tried(cases, seed, |host, steps| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .expect("a runtime");
        let lived = async { tokio::time::timeout(FOR_EVER, live(host, steps)).await };
        assert!(runtime.block_on(lived).is_ok(), "it hangs");
    });
    if let Some(broken) = broken {
        panic!("{broken}");
    }
    tell(&format!(
        "\n{cases} random sequences of faults and of what people do, seed {seed}: all held\n"
    ));
}
