//! Plans and applies of more and more starts, beside as many `terraform_data`.

use std::path::Path;
use std::time::Duration;

use atlas_simulator::{Effect, Fault, Operation};
use plugin_host::terraform::Host;

use super::Outcome;
use super::table::Table;
use super::terraform::{ACCESS_TOKEN, Data, Starts, Took};

/// What a row is about, and the command that is measured.
struct Measured {
    what: &'static str,
    command: &'static [&'static str],
}

const PLAN: Measured = Measured {
    what: "plan",
    command: &["plan"],
};
const APPLY: Measured = Measured {
    what: "apply",
    command: &["apply", "-auto-approve"],
};
const REFRESH: Measured = Measured {
    what: "plan, all refreshed",
    command: &["plan"],
};

/// How long an Atlas that is not on this machine takes to answer, and how many starts ask it.
const FAR: (Duration, usize) = (Duration::from_millis(100), 500);

/// What Terraform does at a time: its default, and a number at which looks share lists.
const PARALLELISM: [usize; 2] = [10, 50];

pub(crate) async fn measure(
    table: &mut Table,
    host: &Host,
    binary: &Path,
    numbers: &[usize],
) -> Outcome {
    for number in numbers.iter().copied() {
        for parallelism in PARALLELISM {
            if parallelism > PARALLELISM[0] && number < parallelism {
                continue;
            }
            let at_a_time = format!("-parallelism={parallelism}");
            let starts = Starts::new(host, binary, number, ACCESS_TOKEN).await?;
            let data = Data::new(host, number)?;
            // The first run of all pays for what the machine has not read yet.
            starts.run(&["validate"]).await?;
            data.run(&["validate"]).await?;
            for Measured { what, command } in [PLAN, APPLY, REFRESH] {
                let command = [command, &[at_a_time.as_str()]].concat();
                let beside = data.run(&command).await?;
                let took = starts.run(&command).await?;
                table.row(
                    format!("{what} of {number} starts, {parallelism} at a time"),
                    words(took),
                    &reach(what, number),
                    format!(
                        "terraform_data {}, {}",
                        time(beside),
                        times(took.time, beside.time)
                    ),
                );
            }
        }
    }
    Ok(())
}

/// How few exchanges a crowd takes: looks only wait for one another where answers take their time.
pub(crate) async fn far(table: &mut Table, host: &Host, binary: &Path) -> Outcome {
    let (latency, number) = FAR;
    let starts = Starts::new(host, binary, number, ACCESS_TOKEN).await?;
    for operation in [Operation::Get, Operation::List, Operation::Start] {
        let late = Effect::Delay(latency);
        starts.atlas.fault(Fault::on(operation, late).always());
    }
    let at_a_time = format!("-parallelism={}", PARALLELISM[1]);
    for (Measured { what, command }, reach) in [(APPLY, 600), (REFRESH, 150)] {
        let command = [command, &[at_a_time.as_str()]].concat();
        let took = starts.run(&command).await?;
        table.row(
            format!(
                "{what} of {number} starts, {} at a time, each answer {} ms later",
                PARALLELISM[1],
                latency.as_millis()
            ),
            words(took),
            &format!("{reach} exchanges"),
            "",
        );
    }
    Ok(())
}

fn reach(what: &str, number: usize) -> String {
    match (what, number) {
        ("apply", 500) => "1.5x".to_owned(),
        ("apply", _) => format!("{} exchanges", 3 * number),
        ("plan, all refreshed", _) => format!("{number} exchanges"),
        _ => String::new(),
    }
}

fn words(took: Took) -> String {
    let Took {
        exchanges, lists, ..
    } = took;
    format!(
        "{}, {exchanges} exchanges, {lists} of them lists",
        time(took)
    )
}

/// How long it took, and how long processors were busy with it, which may be longer.
fn time(took: Took) -> String {
    let processor = took.processor.map_or_else(String::new, |processor| {
        format!(" ({} of processors)", seconds(processor))
    });
    seconds(took.time) + &processor
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

fn times(time: Duration, beside: Duration) -> String {
    format!("{:.2}x", time.as_secs_f64() / beside.as_secs_f64())
}
