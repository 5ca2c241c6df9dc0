//! A directory with so many starts or `terraform_data` in it, and the runs in it that are measured.

use std::path::Path;
use std::time::Duration;

use atlas_simulator::{Operation, Simulator, known};
use plugin_host::terraform::{Host, Workdir};
use terraform_provider_atlas::provider::SOURCE_ADDRESS;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::Outcome;

/// As whom the provider asks, in the words of the environment.
pub(crate) type Caller = &'static [(&'static str, &'static str)];

pub(crate) const ACCESS_TOKEN: Caller = &[("MONGODB_ATLAS_ACCESS_TOKEN", known::ACCESS_TOKEN)];

/// So many starts, with an Atlas of their own.
pub(crate) struct Starts {
    pub(crate) atlas: Simulator,
    workdir: Workdir,
    server: JoinHandle<()>,
}

/// As many resources that ask nobody.
pub(crate) struct Data(Workdir);

/// One run that went well.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Took {
    pub(crate) time: Duration,
    /// What the host and its providers computed, where the system tells it.
    pub(crate) processor: Option<Duration>,
    /// Of Atlas, tokens and challenges included.
    pub(crate) exchanges: usize,
    pub(crate) lists: usize,
}

impl Starts {
    pub(crate) async fn new(
        host: &Host,
        binary: &Path,
        number: usize,
        caller: Caller,
    ) -> Outcome<Self> {
        let atlas = Simulator::new();
        for number in 0..number {
            atlas.add_processor(&format!("processor-{number}"), "CREATED");
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let server = tokio::spawn(atlas.clone().serve(listener));
        let mut workdir = Workdir::new(host)?;
        workdir.provider(SOURCE_ADDRESS, binary)?;
        workdir
            // A proxy of this machine does not know the loopback of this bench.
            .env("NO_PROXY", "127.0.0.1")
            .env("MONGODB_ATLAS_BASE_URL", url);
        for (name, value) in caller {
            workdir.env(*name, *value);
        }
        let (group, tenant) = (known::GROUP_ID, known::TENANT);
        workdir.write(
            "main.tf",
            &format!(
                "terraform {{\n  required_providers {{\n    atlas = {{ source = \"{SOURCE_ADDRESS}\" }}\n  }}\n}}\n\n\
                 resource \"atlas_stream_processor_start\" \"all\" {{\n  count          = {number}\n  \
                 group_id       = \"{group}\"\n  tenant_name    = \"{tenant}\"\n  \
                 processor_name = \"processor-${{count.index}}\"\n}}\n"
            ),
        )?;
        Ok(Self {
            atlas,
            workdir,
            server,
        })
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> Outcome<Took> {
        self.atlas.clear_record();
        let took = run(&self.workdir, arguments).await?;
        Ok(Took {
            exchanges: self.atlas.record().len(),
            lists: self.atlas.calls(Operation::List),
            ..took
        })
    }
}

impl Drop for Starts {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Data {
    pub(crate) fn new(host: &Host, number: usize) -> Outcome<Self> {
        let workdir = Workdir::new(host)?;
        let resource = format!(
            "resource \"terraform_data\" \"all\" {{\n  count = {number}\n  input = \"processor-${{count.index}}\"\n}}\n"
        );
        workdir.write("main.tf", &resource)?;
        Ok(Self(workdir))
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> Outcome<Took> {
        run(&self.0, arguments).await
    }
}

async fn run(workdir: &Workdir, arguments: &[&str]) -> Outcome<Took> {
    let (began, computed) = (Instant::now(), by_children());
    let run = workdir.run(arguments).await?;
    let time = began.elapsed();
    if !run.success() {
        return Err(run.to_string().into());
    }
    let processor = by_children().zip(computed);
    Ok(Took {
        time,
        processor: processor.map(|(after, before)| after.saturating_sub(before)),
        ..Took::default()
    })
}

/// What processes have computed that this one waited for, and those that they waited for: `cutime` and `cstime` of proc(5).
fn by_children() -> Option<Duration> {
    let status = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name, which comes second, may hold anything but a last parenthesis.
    let (_, fields) = status.rsplit_once(") ")?;
    let ticks = fields.split(' ').skip(13).take(2);
    let ticks: u64 = ticks.map_while(|field| field.parse::<u64>().ok()).sum();
    // A hundredth of a second each, on every Linux that there is.
    Some(Duration::from_millis(ticks * 10))
}
