//! A foreign client, curl, speaks Digest to the simulator.

use std::{io::Write, process::Command};

use atlas_simulator::{Challenge, Operation, Simulator, known};

#[tokio::test(flavor = "multi_thread")]
async fn curl_is_let_in_with_an_api_key() {
    if Command::new("curl").arg("--version").output().is_err() {
        let missing = "curl is not on PATH: this test has checked nothing";
        return writeln!(std::io::stderr(), "{missing}").expect("stderr");
    }
    for challenge in [
        Challenge::Qop,
        Challenge::Op,
        Challenge::QuotedAlgorithm,
        Challenge::BesideBearer,
    ] {
        let simulator = Simulator::new();
        simulator.add_processor("orders", "STOPPED");
        simulator.settings(|settings| settings.digest.challenge = challenge);
        let base_url = simulator.serve_on_loopback().await.expect("a port");
        let url = format!(
            "{base_url}/api/atlas/v2/groups/{}/streams/{}/processor/orders:start?pretty=true",
            known::GROUP_ID,
            known::TENANT,
        );
        let user = format!("{}:{}", known::PUBLIC_KEY, known::PRIVATE_KEY);
        let curl = tokio::task::spawn_blocking(move || {
            let mut curl = Command::new("curl");
            curl.args([
                "--silent",
                "--noproxy",
                "*",
                "--max-time",
                "20",
                "--write-out",
                "%{http_code}",
                "--digest",
            ]);
            curl.args([
                "--user",
                &user,
                "--header",
                "Accept: application/vnd.atlas.2024-08-05+json",
            ]);
            curl.args(["--request", "POST", &url]);
            curl.output()
        });
        let output = curl.await.expect("no panic").expect("curl runs");
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "200",
            "{challenge:?}"
        );
        assert_eq!(simulator.state("orders").as_deref(), Some("STARTED"));
        assert_eq!(
            simulator.calls(Operation::Start),
            2,
            "a challenge, then the start"
        );
    }
}
