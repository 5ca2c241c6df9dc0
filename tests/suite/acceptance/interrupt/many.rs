//! Ctrl-C while many starts are on their way at the same time.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Operation, known};
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use super::super::world::World;
use super::case::{BEGIN, nobody_is_left, soon};
use super::step::LAST_WORD;

/// How many resources Terraform works on at the same time, if nobody says otherwise.
const PARALLELISM: usize = 10;

/// More than that.
const ALL: usize = 15;

pub(in super::super) async fn ctrl_c_with_many_starts_on_their_way(world: World) {
    for number in 0..ALL {
        let name = name(number);
        world.atlas.add_processor(&name, "STOPPED");
        // Atlas carries out every second one, and answers none.
        let processed = number % 2 == 0;
        let silence = Effect::NoAnswer { processed };
        world
            .atlas
            .fault(Fault::on(Operation::Start, silence).of(&name));
    }
    let (group, tenant) = (known::GROUP_ID, known::TENANT);
    world.write(
        "main.tf",
        &format!(
            r#"
resource "atlas_stream_processor_start" "all" {{
  count          = {ALL}
  group_id       = "{group}"
  tenant_name    = "{tenant}"
  processor_name = "p-${{count.index}}"
}}
"#
        ),
    );
    let started = Instant::now();
    let running = world.terraform.start(&["apply", "-auto-approve"]).unwrap();
    let reached = async {
        while world.atlas.calls(Operation::Start) < PARALLELISM {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(BEGIN, reached).await.expect("so many starts");
    let soon = soon(started.elapsed());
    let sent = Instant::now();
    running.interrupt().unwrap();
    let run = timeout(BEGIN, running.finish()).await.unwrap().unwrap();
    let end = sent.elapsed();
    assert!(end <= LAST_WORD + soon, "{end:?}\n{run}");
    assert_eq!(run.status, 1, "{run}");
    nobody_is_left(&world, soon, "many starts").await;

    // What was not begun is not there, and what was is not forgotten.
    let state = world.terraform.state().unwrap();
    let all = state["resources"][0]["instances"].as_array().unwrap();
    assert_eq!(all.len(), PARALLELISM, "{run}");
    for one in all {
        assert_eq!(one["status"], "tainted", "{one}");
        assert_eq!(one["attributes"]["started_at"], Value::Null, "{one}");
    }
    assert_eq!(world.atlas.calls(Operation::Start), PARALLELISM);

    world.atlas.clear_faults();
    world.apply().await;
    world.plan_is_empty().await;
    for number in 0..ALL {
        let starts = world.atlas.starts(&name(number));
        assert_eq!(starts.len(), 1, "processor {number}");
    }
}

fn name(number: usize) -> String {
    format!("p-{number}")
}
