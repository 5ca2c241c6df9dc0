//! The real HTTP client and real sockets, in short times: every way in which a connection can fail, at every step of a start or
//! stop. What must hold is the same as in memory, and read from the simulator's own record.

mod certificates;
mod faults;
mod http1;
mod http2;
mod line;

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use atlas_simulator::Simulator;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::in_memory::invariants::{Findings, Invariant, Report};
use super::in_memory::trial::Trial;
use terraform_provider_atlas::framework::Value;

use certificates::Certificates;
use faults::{Breaks, Case, cases};
use line::{Line, Wire};

/// In the child: whom it trusts is in the file that `SSL_CERT_FILE` names.
const CHILD: &str = "ATLAS_TEST_OVER_SOCKETS";

/// So many at once: they mostly wait.
const AT_ONCE: usize = 64;

/// Far longer than any case takes: what does not end by then hangs.
const PATIENCE: Duration = Duration::from_secs(300);

/// The certificates that a process trusts are those that its environment names, so this runs itself again as a child.
#[test]
fn nothing_is_lost_nor_doubled_nor_hangs() {
    let Some(trusted) = std::env::var_os(CHILD) else {
        return in_child();
    };
    let certificates = Certificates::new();
    std::fs::write(trusted, &certificates.trusted).expect("a file");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let report = runtime.block_on(all(Arc::new(certificates)));
    runtime.shutdown_background();
    report.conclude("Every fault of a connection at every step, over real sockets");
}

fn in_child() {
    let folder = tempfile::tempdir().expect("a folder");
    let trusted = folder.path().join("trusted.pem");
    let mut command = Command::new(std::env::current_exe().expect("a path"));
    command
        .args(["--exact", "--nocapture"])
        .arg("over_sockets::nothing_is_lost_nor_doubled_nor_hangs")
        .stdout(Stdio::null())
        .env(CHILD, &trusted)
        .env("SSL_CERT_FILE", &trusted)
        .env_remove("SSL_CERT_DIR");
    let status = command.status().expect("it runs");
    assert!(status.success(), "{status}");
}

async fn all(certificates: Arc<Certificates>) -> Report {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let running: Vec<_> = cases()
        .into_iter()
        .map(|case| {
            let (places, certificates) = (Arc::clone(&places), Arc::clone(&certificates));
            let (row, name) = (case.row.clone(), case.name());
            let run = tokio::spawn(async move {
                let _place = places.acquire_owned().await.expect("it stays open");
                tokio::time::timeout(PATIENCE, until_struck(case, certificates)).await
            });
            (row, name, run)
        })
        .collect();
    let mut report = Report::default();
    let mut missed = 0;
    for (row, name, run) in running {
        let mut found = match run.await {
            Ok(Ok(found)) => found,
            Ok(Err(_)) => failed(Invariant::NeverHangs, "it hangs".to_owned()),
            Err(panicked) => failed(Invariant::GoesWell, panicked.to_string()),
        };
        // What is true was true all the same; only so many cases may have tried nothing.
        let before = found.broken.len();
        found
            .broken
            .retain(|(invariant, _)| *invariant != Invariant::Strikes);
        missed += usize::from(found.broken.len() < before);
        report.add(&row, &name, found);
    }
    let most = report.cases() / 20;
    assert!(missed <= most, "{missed} cases came to no fault");
    report
}

fn failed(invariant: Invariant, what: String) -> Findings {
    let mut found = Findings::default();
    found.require(invariant, false, || what);
    found
}

/// A machine that is too busy for the short times does not come to what was to go wrong, or not in time to the rest: then once
/// more. What is true of a start must be true of every try.
async fn until_struck(case: Case, certificates: Arc<Certificates>) -> Findings {
    for _ in 0..4 {
        let found = run(&case, Arc::clone(&certificates)).await;
        let mut broken = found.broken.iter().map(|(invariant, _)| *invariant);
        if broken.len() == 0 || !broken.all(is_of_time) {
            return found;
        }
    }
    run(&case, certificates).await
}

fn is_of_time(invariant: Invariant) -> bool {
    matches!(
        invariant,
        Invariant::Strikes
            | Invariant::GoesWell
            | Invariant::NeverHangs
            | Invariant::NothingAfterTheDeadline
            | Invariant::NextApplySettles
    )
}

async fn run(case: &Case, certificates: Arc<Certificates>) -> Findings {
    let (atlas, epoch) = (Simulator::new(), Instant::now());
    atlas.settings(|settings| settings.drip = Duration::from_millis(40));
    let mut trial = Trial {
        form: case.form,
        caller: case.caller,
        atlas: atlas.clone(),
        epoch,
        base_url: None,
        block: Vec::new(),
        time: Duration::from_secs(4),
        slack: Duration::from_secs(8),
        start_takes: Duration::from_millis(300),
        peace: Duration::from_millis(400),
        waits: true,
        strikes_once: false,
        interrupt_after: None,
        is_well: false,
        lost: Arc::default(),
        heard_elsewhere: None,
        next_time: Duration::from_secs(60),
        breaks: Box::new(|| {}),
        struck: Box::new(|| true),
        mends: Box::new(|| {}),
    };
    if !matches!(case.breaks, Breaks::Nothing(_)) {
        // Where nobody says anything that time passes; elsewhere it is only there in case the machine is busy.
        let time = if case.is_silent { "900ms" } else { "3s" };
        trial.block.push(("request_timeout", Value::from(time)));
    }
    match &case.breaks {
        Breaks::Simulator(fault) => {
            let fault = Arc::clone(fault);
            let elsewhere = Simulator::new();
            let url = elsewhere.serve_on_loopback().await.expect("a port");
            trial.heard_elsewhere = Some(Box::new(move || elsewhere.record().len()));
            trial.base_url = Some(atlas.serve_on_loopback().await.expect("a port"));
            let (broken, struck, mended) = (atlas.clone(), atlas.clone(), atlas);
            trial.breaks = Box::new(move || broken.fault(fault(&url)));
            trial.struck = Box::new(move || struck.faults_hit() > 0);
            trial.mends = Box::new(move || mended.clear_faults());
        }
        Breaks::Line(wire, armed) => {
            let armed = *armed;
            let line = lead(&mut trial, atlas, *wire, certificates);
            let (struck, mended) = (Arc::clone(&line), Arc::clone(&line));
            trial.breaks = Box::new(move || line.arm(armed));
            trial.struck = Box::new(move || struck.was_cut());
            trial.mends = Box::new(move || mended.mend());
        }
        Breaks::Nothing(wire) => {
            (trial.is_well, trial.time) = (true, trial.next_time);
            lead(&mut trial, atlas, *wire, certificates);
        }
    }
    trial.run().await
}

/// Leads the trial's requests over a line of this kind.
fn lead(
    trial: &mut Trial,
    atlas: Simulator,
    wire: Wire,
    certificates: Arc<Certificates>,
) -> Arc<Line> {
    let line = Line::new(atlas, trial.epoch, wire, certificates).expect("a port");
    trial.base_url = Some(line.base_url());
    trial.lost = Arc::clone(&line.lost);
    let heard = Arc::clone(&line.heard_elsewhere);
    trial.heard_elsewhere = Some(Box::new(move || {
        heard.load(std::sync::atomic::Ordering::SeqCst)
    }));
    line
}
