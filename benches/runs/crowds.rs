//! Plans and applies of more and more starts, beside as many `terraform_data`.

use std::path::Path;
use std::time::Duration;

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
                    &reach(what, number, parallelism),
                    format!(
                        "terraform_data {}, {}",
                        seconds(beside),
                        times(took.time, beside)
                    ),
                );
            }
        }
    }
    Ok(())
}

fn reach(what: &str, number: usize, parallelism: usize) -> String {
    match (what, number, parallelism) {
        ("apply", 500, 50) => "1.5x, 600 exchanges".to_owned(),
        ("apply", 500, _) => "1.5x".to_owned(),
        ("plan, all refreshed", 500, 50) => "150 exchanges".to_owned(),
        ("apply", ..) => format!("{} exchanges", 3 * number),
        ("plan, all refreshed", ..) => format!("{number} exchanges"),
        _ => String::new(),
    }
}

fn words(took: Took) -> String {
    let Took {
        time,
        exchanges,
        lists,
    } = took;
    format!(
        "{}, {exchanges} exchanges, {lists} of them lists",
        seconds(time)
    )
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

fn times(time: Duration, beside: Duration) -> String {
    format!("{:.2}x", time.as_secs_f64() / beside.as_secs_f64())
}
