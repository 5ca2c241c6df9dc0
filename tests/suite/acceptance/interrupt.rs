//! Ctrl-C while a start is waited for.

use std::time::Duration;

use super::world::World;

pub(super) async fn ctrl_c_ends_the_wait_and_keeps_the_state(world: World) {
    world
        .atlas
        .settings(|settings| "STARTING".clone_into(&mut settings.start.ends));
    world.start_of_orders("");
    let running = world.terraform.start(&["apply", "-auto-approve"]).unwrap();
    while world.atlas.state("orders").as_deref() != Some("STARTING") {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    running.interrupt().unwrap();
    let run = running.finish().await.unwrap();
    assert_eq!(run.status, 1, "{run}");
    assert!(run.says("orders") && !run.says("plugin crashed"), "{run}");
    assert_eq!(world.happened(), [":start orders"]);
    assert_eq!(
        world.orders()["processor_name"],
        "orders",
        "the start is not forgotten\n{run}"
    );
}
