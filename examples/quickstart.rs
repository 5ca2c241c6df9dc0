//! Shows the provider of this checkout at work: real Terraform starts a stream processor, and the API's side is told too.
//!
//! `cargo run --example quickstart` needs no account: Atlas is a simulator on loopback. With `--base-url` the same
//! steps go to another base URL, with the credentials that the environment holds.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what it is for"
)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use atlas_simulator::{Simulator, known};
use plugin_host::terraform::{DEFAULT_VERSION, Host, Run, Workdir};
use terraform_provider_atlas::provider::SOURCE_ADDRESS;

const PROVIDER: &str = "terraform-provider-atlas";

const USAGE: &str = "\
usage: cargo run --example quickstart -- [--base-url URL] [--group-id ID] [--tenant-name NAME] [--processor-name NAME]

Without --base-url, against a simulator on loopback. With it, against that URL, with the credentials of the
environment (such as MONGODB_ATLAS_CLIENT_ID and MONGODB_ATLAS_CLIENT_SECRET): the processor that is named is
started, restarted by the action, and stopped.";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match quickstart().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("quickstart: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn quickstart() -> Result<(), Box<dyn Error>> {
    let Some(options) = Options::parse(std::env::args().skip(1))? else {
        println!("{USAGE}");
        return Ok(());
    };
    show(&options).await.map_err(|error| match &options.base_url {
        Some(url) => format!(
            "{error}\nLook at stream processor \"{}\" of {url}: it may have been started, and was not stopped again.",
            options.processor_name
        )
        .into(),
        None => error,
    })
}

async fn show(options: &Options) -> Result<(), Box<dyn Error>> {
    title("The provider of this checkout");
    let provider = build_the_provider()?;
    println!("{}", provider.display());

    title("A host");
    let host = match Host::on_path() {
        Some(host) => host,
        None => Host::fetch(DEFAULT_VERSION)?,
    };
    println!("{host}");

    title("Atlas");
    let (simulator, base_url) = match &options.base_url {
        Some(url) => (None, url.clone()),
        None => {
            let (simulator, url) = start_a_simulator(options).await?;
            (Some(simulator), url)
        }
    };
    println!(
        "{base_url}{}",
        if simulator.is_some() {
            ", simulated"
        } else {
            ""
        }
    );

    let directory_of = |host: &Host| a_directory(host, &provider, &base_url, simulator.is_some());
    let workdir = directory_of(&host)?;

    title("Start the processor");
    show_and_write(&workdir, "providers.tf", &Options::providers())?;
    show_and_write(&workdir, "main.tf", &options.resource())?;
    terraform(&workdir, &["apply", "-auto-approve"], Expect::Success).await?;

    title("Nothing is left to do");
    terraform(&workdir, &["plan", "-detailed-exitcode"], Expect::Success).await?;

    title("Restart it on demand, by the action");
    if host.knows_actions() {
        invoke_the_action(&workdir, options).await?;
    } else {
        println!(
            "{host} knows no actions; Terraform {DEFAULT_VERSION} does, in a directory of its own.\n"
        );
        let beside = directory_of(&Host::fetch(DEFAULT_VERSION)?)?;
        show_and_write(&beside, "providers.tf", &Options::providers())?;
        invoke_the_action(&beside, options).await?;
    }

    title("What an error of the API looks like");
    show_and_write(&workdir, "mistake.tf", &options.mistake())?;
    terraform(&workdir, &["apply", "-auto-approve"], Expect::Refusal).await?;
    workdir.remove("mistake.tf")?;

    title("Destroy, which stops it as the configuration says");
    terraform(&workdir, &["destroy", "-auto-approve"], Expect::Success).await?;

    if let Some(simulator) = simulator {
        title("What the simulator saw");
        for request in simulator.record() {
            let status = request
                .status
                .map_or_else(|| "-".to_owned(), |status| status.to_string());
            let body = String::from_utf8_lossy(&request.body);
            println!("{status} {} {} {body}", request.method, request.path);
        }
    }
    Ok(())
}

/// A directory in which this host finds the provider, and the provider finds Atlas.
fn a_directory(
    host: &Host,
    provider: &Path,
    base_url: &str,
    simulated: bool,
) -> Result<Workdir, Box<dyn Error>> {
    let mut workdir = Workdir::new(host)?;
    workdir.provider(SOURCE_ADDRESS, provider)?;
    if simulated {
        workdir.env("MONGODB_ATLAS_ACCESS_TOKEN", known::ACCESS_TOKEN);
        // A proxy of this machine does not know this loopback.
        workdir.env("NO_PROXY", "127.0.0.1");
    } else {
        let of_atlas = |name: &str| name.starts_with("MONGODB_ATLAS_") || name.starts_with("MCLI_");
        for (name, value) in std::env::vars().filter(|(name, _)| of_atlas(name)) {
            workdir.env(name, value);
        }
    }
    workdir.env("MONGODB_ATLAS_BASE_URL", base_url);
    Ok(workdir)
}

async fn invoke_the_action(workdir: &Workdir, options: &Options) -> Result<(), Box<dyn Error>> {
    show_and_write(workdir, "action.tf", &options.action())?;
    let invoke = "-invoke=action.atlas_stream_processor_start.restart";
    terraform(
        workdir,
        &["apply", "-auto-approve", invoke],
        Expect::Success,
    )
    .await
}

/// Builds the provider, so that an edit of it is in what runs here, and tells where the executable is.
fn build_the_provider() -> Result<PathBuf, Box<dyn Error>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let build = Command::new(cargo)
        .args([
            "build",
            "--quiet",
            "--message-format",
            "json-render-diagnostics",
        ])
        // Named together with this example, which is built already, it shares all that was compiled for it.
        .args(["--bin", PROVIDER, "--example", "quickstart"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()?;
    if !build.status.success() {
        return Err("the provider does not compile".into());
    }
    String::from_utf8(build.stdout)?
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == PROVIDER)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .ok_or_else(|| "cargo build made no executable".into())
}

/// A simulator on a free port of loopback that knows the processor, CREATED.
async fn start_a_simulator(options: &Options) -> Result<(Simulator, String), Box<dyn Error>> {
    let simulator = Simulator::new();
    simulator.add_workspace(&options.group_id, &options.tenant_name);
    simulator.add_processor_at(
        &options.group_id,
        &options.tenant_name,
        &options.processor_name,
        "CREATED",
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let base_url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(simulator.clone().serve(listener));
    Ok((simulator, base_url))
}

#[derive(Clone, Copy)]
enum Expect {
    Success,
    /// That the run fails is not enough, as it does so too when nobody is there to refuse anything.
    Refusal,
}

/// What the diagnostic of a refusal has, whatever else it says.
const REFUSAL: [&str; 2] = ["Cannot start stream processor", "HTTP 404"];

/// Runs the host, shows what it said, and insists that it ended as expected.
async fn terraform(
    workdir: &Workdir,
    arguments: &[&str],
    expect: Expect,
) -> Result<(), Box<dyn Error>> {
    let run = workdir.run(arguments).await?;
    println!("{run}");
    Ok(judge(&run, expect)?)
}

/// What is wrong with the run, if it did not end as expected.
fn judge(run: &Run, expect: Expect) -> Result<(), String> {
    let command = &run.command;
    match expect {
        Expect::Success if run.success() => Ok(()),
        Expect::Success => Err(format!("`{command}` ended with exit code {}", run.status)),
        Expect::Refusal if run.success() => Err(format!(
            "`{command}` succeeded, although it names a workspace that does not exist"
        )),
        Expect::Refusal => match REFUSAL.iter().find(|words| !run.says(words)) {
            None => Ok(()),
            Some(words) => Err(format!(
                "`{command}` failed (exit code {}), but not because Atlas refused the start: nothing above says \"{words}\"",
                run.status
            )),
        },
    }
}

fn show_and_write(workdir: &Workdir, name: &str, hcl: &str) -> Result<(), Box<dyn Error>> {
    println!("--- {name}\n{hcl}---\n");
    workdir.write(name, hcl)?;
    Ok(())
}

fn title(text: &str) {
    println!("\n=== {text}");
}

/// Which processor, and where.
struct Options {
    base_url: Option<String>,
    group_id: String,
    tenant_name: String,
    processor_name: String,
}

impl Options {
    /// None: help was asked for.
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Option<Self>, Box<dyn Error>> {
        let mut options = Self {
            base_url: None,
            group_id: known::GROUP_ID.to_owned(),
            tenant_name: known::TENANT.to_owned(),
            processor_name: "orders".to_owned(),
        };
        while let Some(flag) = arguments.next() {
            if flag == "--help" || flag == "-h" {
                return Ok(None);
            }
            let value = arguments
                .next()
                .ok_or_else(|| format!("{flag} needs a value\n{USAGE}"))?;
            match flag.as_str() {
                "--base-url" => options.base_url = Some(value),
                "--group-id" => options.group_id = value,
                "--tenant-name" => options.tenant_name = value,
                "--processor-name" => options.processor_name = value,
                _ => return Err(format!("{flag} is unknown\n{USAGE}").into()),
            }
        }
        Ok(Some(options))
    }

    fn providers() -> String {
        format!(
            r#"terraform {{
  required_providers {{
    atlas = {{
      source = "{SOURCE_ADDRESS}"
    }}
  }}
}}
"#
        )
    }

    fn resource(&self) -> String {
        format!(
            r#"resource "atlas_stream_processor_start" "this" {{
  group_id        = {group}
  tenant_name     = {tenant}
  processor_name  = {processor}
  stop_on_destroy = true
}}
"#,
            group = quoted(&self.group_id),
            tenant = quoted(&self.tenant_name),
            processor = quoted(&self.processor_name),
        )
    }

    fn action(&self) -> String {
        format!(
            r#"action "atlas_stream_processor_start" "restart" {{
  config {{
    group_id       = {group}
    tenant_name    = {tenant}
    processor_name = {processor}
    if_started     = "restart"
  }}
}}
"#,
            group = quoted(&self.group_id),
            tenant = quoted(&self.tenant_name),
            processor = quoted(&self.processor_name),
        )
    }

    /// A workspace that does not exist.
    fn mistake(&self) -> String {
        format!(
            r#"resource "atlas_stream_processor_start" "mistake" {{
  group_id       = {group}
  tenant_name    = "no-such-workspace"
  processor_name = {processor}
}}
"#,
            group = quoted(&self.group_id),
            processor = quoted(&self.processor_name),
        )
    }
}

/// The text as an HCL string: as in JSON, and templates are no templates.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text)
        .to_string()
        .replace("${", "$${")
        .replace("%{", "%%{")
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: &str = "Error: Cannot start stream processor \"orders\"\n\nHTTP\n404 Not Found";

    #[test]
    fn only_a_refusal_of_the_api_passes_for_one() {
        let cases = [
            (Expect::Success, 0, "", None),
            (Expect::Success, 1, REFUSED, Some("exit code 1")),
            (Expect::Refusal, 1, REFUSED, None),
            (Expect::Refusal, 0, REFUSED, Some("succeeded")),
            (Expect::Refusal, 1, "", Some("Cannot start stream")),
            (Expect::Refusal, -1, "panicked", Some("exit code -1")),
            (Expect::Refusal, 1, "HTTP 404", Some("Cannot start stream")),
            (
                Expect::Refusal,
                1,
                "Error: Cannot start stream processor \"orders\": connection refused",
                Some("HTTP 404"),
            ),
        ];
        for (expect, status, words, complaint) in cases {
            let run = Run {
                command: "Terraform apply".to_owned(),
                status,
                stdout: String::new(),
                stderr: words.to_owned(),
            };
            let judged = judge(&run, expect);
            match complaint {
                None => assert_eq!(judged, Ok(()), "{run}"),
                Some(complaint) => assert!(judged.unwrap_err().contains(complaint), "{run}"),
            }
        }
    }
}
