//! Several objects of one processor under a real host: what a replace left over, what it never came to, and two addresses.

use std::time::Duration;

use atlas_simulator::{Lag, Operation};

use super::world::{ORDERS, World, start};

const REPLACE: &str = "-replace=atlas_stream_processor_start.orders";

/// Where a start ends from now on.
fn starts_end(world: &World, state: &str) {
    world
        .atlas
        .settings(|settings| state.clone_into(&mut settings.start.ends));
}

/// A start that timed out, and runs by now.
fn runs_by_now(world: &World) {
    starts_end(world, "STARTED");
    world.atlas.set_state("orders", "STARTED");
    world.happened();
}

/// Another resource, and what its creation does.
fn other(version: &str, command: &str, more: &str) -> String {
    format!(
        "resource \"terraform_data\" \"other\" {{
  triggers_replace = [\"{version}\"]
{more}
  provisioner \"local-exec\" {{
    command = \"{command}\"
  }}
}}
"
    )
}

/// The create came first, something that depends on it failed, and the old object waits to be destroyed.
pub(super) async fn what_waits_to_be_destroyed_does_not_stop_what_took_its_place(world: World) {
    let orders = start(
        "orders",
        "orders",
        "stop_on_destroy = true
  if_started = \"restart\"
  lifecycle {
    create_before_destroy = true
  }",
    );
    let depends = "  depends_on = [atlas_stream_processor_start.orders]";
    let write = |version, command| {
        let other = other(version, command, depends);
        world.write("main.tf", &format!("{orders}{other}"));
    };
    write("1", "true");
    world.apply().await;
    write("2", "false");
    let replace = world.run(&["apply", "-auto-approve", REPLACE]).await;
    assert!(!replace.success(), "{replace}");
    world.happened();
    write("2", "true");
    world.apply().await;
    // Older hosts plan the destroy of what waits once more, and tell that plan nothing of the first.
    if world.terraform.host().is_at_least(1, 16) {
        assert_eq!(world.orders()["state"], "STARTED");
        assert_eq!(world.state_of_orders(), "STARTED");
    }
    // The next apply makes it good there. Some hosts destroy what waits of the other only now.
    world.apply().await;
    assert_eq!(world.orders()["state"], "STARTED");
    assert_eq!(world.state_of_orders(), "STARTED");
    world.plan_is_empty().await;
}

/// A failed create is destroyed, something that its repetition waits for fails, and the state knows nothing of what runs.
pub(super) async fn a_repetition_that_never_comes_was_told_of(world: World) {
    let orders = start(
        "orders",
        "orders",
        "stop_on_destroy = true
  timeouts {
    create = \"2s\"
  }
  depends_on = [terraform_data.other]",
    );
    let write = |version, command| {
        let other = other(version, command, "");
        world.write("main.tf", &format!("{orders}{other}"));
    };
    starts_end(&world, "STARTING");
    write("1", "true");
    world.apply_fails().await;
    runs_by_now(&world);
    write("2", "false");
    let apply = world.apply_fails().await;
    assert!(apply.says("was left to the create"), "{apply}");
    assert!(world.happened().is_empty());
    let id = "0123456789abcdef01234567/workspace-1/orders";
    assert!(
        apply.says(&format!("terraform import ADDRESS '{id}'")),
        "{apply}"
    );
    let import = world.run(&["import", ORDERS, id]).await;
    assert!(import.success(), "{import}");
    write("2", "true");
    world.apply().await;
    assert!(world.happened().is_empty());
    assert_eq!(world.state_of_orders(), "STARTED");
}

pub(super) async fn a_sound_address_does_not_make_a_failed_one_bounce_the_processor(world: World) {
    let arguments = "stop_on_destroy = true
  timeouts {
    create = \"2s\"
  }";
    world.start_of_orders(arguments);
    world.apply().await;
    world.atlas.set_state("orders", "STOPPED");
    starts_end(&world, "STARTING");
    world.write("beside.tf", &start("beside", "orders", arguments));
    let target = "-target=atlas_stream_processor_start.beside";
    let create = world.run(&["apply", "-auto-approve", target]).await;
    assert!(!create.success(), "{create}");
    runs_by_now(&world);
    world.apply().await;
    assert!(world.happened().is_empty());
    assert_eq!(world.state_of_orders(), "STARTED");
    world.plan_is_empty().await;
}

pub(super) async fn an_address_that_goes_leaves_what_another_holds_running(world: World) {
    world.start_of_orders("");
    world.write(
        "beside.tf",
        &start("beside", "orders", "stop_on_destroy = true"),
    );
    world.apply().await;
    world.write("beside.tf", "");
    world.apply().await;
    assert_eq!(world.orders()["state"], "STARTED");
    assert_eq!(world.state_of_orders(), "STARTED");
    world.plan_is_empty().await;
}

pub(super) async fn a_replace_interrupted_at_its_stop_is_made_good(world: World) {
    world.start_of_orders("stop_on_destroy = true\n  keep_started = false");
    world.apply().await;
    world.happened();
    let slowly = Lag::Time(Duration::from_secs(3));
    world
        .atlas
        .settings(|settings| settings.stop_lag = Some(slowly));
    world.atlas.clear_record();
    let replace = ["apply", "-auto-approve", "-no-color", REPLACE];
    let running = world.terraform.start(&replace).expect("it starts");
    while world.atlas.calls(Operation::Stop) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    running.interrupt().expect("it is interrupted");
    let replace = running.finish().await.expect("it ends");
    assert!(replace.says("starts the processor again"), "{replace}");
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(world.state_of_orders(), "STOPPED");
    world.happened();
    world.apply().await;
    assert_eq!(world.happened(), [":start orders"]);
    assert_eq!(world.state_of_orders(), "STARTED");
    world.plan_is_empty().await;
}

/// A failed create that goes to another processor, beside a sound address that stays.
pub(super) async fn a_failed_address_that_is_renamed_leaves_what_another_holds(world: World) {
    let arguments = "stop_on_destroy = true
  timeouts {
    create = \"2s\"
  }";
    world.start_of_orders("");
    world.atlas.add_processor("invoices", "CREATED");
    world.apply().await;
    world.atlas.set_state("orders", "STOPPED");
    starts_end(&world, "STARTING");
    world.write("beside.tf", &start("beside", "orders", arguments));
    let target = "-target=atlas_stream_processor_start.beside";
    let create = world.run(&["apply", "-auto-approve", target]).await;
    assert!(!create.success(), "{create}");
    runs_by_now(&world);
    world.write("beside.tf", &start("beside", "invoices", arguments));
    let apply = world.apply().await;
    assert_eq!(
        (
            world.orders()["state"].as_str(),
            world.state_of_orders().as_str()
        ),
        (Some("STARTED"), "STARTED"),
        "{:?}\n{apply}",
        world.happened()
    );
}

/// Beside an address that stays and was planned first. Hosts that hand nothing on to the destroy are named in the plan's warning.
pub(super) async fn a_rename_with_create_before_destroy_leaves_what_another_holds(world: World) {
    let arguments = "stop_on_destroy = true
  depends_on = [atlas_stream_processor_start.orders]
  lifecycle {
    create_before_destroy = true
  }";
    world.start_of_orders("");
    world.atlas.add_processor("invoices", "CREATED");
    world.write("beside.tf", &start("beside", "orders", arguments));
    world.apply().await;
    world.happened();
    world.write("beside.tf", &start("beside", "invoices", arguments));
    let apply = world.apply().await;
    assert!(
        apply.says("Another object of the same stream processor stays"),
        "{apply}"
    );
    // Terraform from 1.16 on: these hosts know events of a destroy, too.
    if !world.terraform.host().knows_destroy_events() {
        world.apply().await;
    }
    assert_eq!(
        (
            world.orders()["state"].as_str(),
            world.state_of_orders().as_str()
        ),
        (Some("STARTED"), "STARTED"),
        "{:?}\n{apply}",
        world.happened()
    );
}
