//! An apply at once after one that was interrupted while the answers to a stop and to a start were lost, under a real host.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Operation};

use super::world::{World, start};

/// Both take effect while the next apply is at work. It waits for them: the stop undoes no start, and the start is sent once.
pub(super) async fn what_is_in_doubt_is_waited_for(world: World) {
    world.start_of_orders("keep_started = false\n  tier = \"SP10\"");
    world.apply().await;
    world.happened();
    world.start_of_orders("keep_started = false\n  tier = \"SP30\"");
    world.atlas.add_processor("invoices", "CREATED");
    let replay = start("replay", "invoices", "resume_from_checkpoint = false");
    world.write("replay.tf", &replay);
    for (operation, processor, seconds) in [
        (Operation::Stop, "orders", 12),
        (Operation::StartWith, "invoices", 15),
    ] {
        let late = Effect::Reset { processed: false }.processed_late(Duration::from_secs(seconds));
        world.atlas.fault(Fault::on(operation, late).of(processor));
    }
    let running = world
        .terraform
        .start(&["apply", "-auto-approve"])
        .expect("it starts");
    while world.atlas.faults_hit() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    running.interrupt().expect("it is interrupted");
    let first = running.finish().await.expect("it ends");
    assert!(first.says("may still take effect"), "{first}");
    let second = world.apply().await;
    let happened = world.happened();
    tokio::time::sleep(Duration::from_secs(3)).await;
    for processor in ["orders", "invoices"] {
        let truth = world.atlas.state(processor);
        assert_eq!(
            truth.as_deref(),
            Some("STARTED"),
            "{processor}: {happened:?}\n{first}\n{second}"
        );
    }
    assert_eq!(world.atlas.starts("invoices").len(), 1, "{happened:?}");
    world.plan_is_empty().await;
}
