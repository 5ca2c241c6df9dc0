//! The real HTTP client and real sockets, in short times: every way in which a connection can fail, at every step of a start or
//! stop. What must hold is the same as in memory, and read from the simulator's own record.

mod certificates;
mod faults;
mod http1;
mod http2;
mod line;
mod punctuality;

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use atlas_simulator::Simulator;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::in_memory::invariants::{Findings, Invariant, Report};
use super::in_memory::trial::Trial;
use super::in_memory::way::Way;
use super::in_memory::words::tell;
use terraform_provider_atlas::framework::Value;

use certificates::Certificates;
use faults::{Breaks, Case, cases};
use line::{Line, Wire};
use punctuality::Punctuality;

/// In the child: whom it trusts is in the file that `SSL_CERT_FILE` names.
const CHILD: &str = "ATLAS_TEST_OVER_SOCKETS";

/// So many at once: they mostly wait.
const AT_ONCE: usize = 112;

/// So few where the machine was too busy for the times that a case has.
const A_FEW: usize = 8;

/// A case that was held up for longer than this, and broke, may have broken of that.
const PUNCTUAL: Duration = Duration::from_secs(1);

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
    let mut report = Report::default();
    let all = cases().into_iter().map(Arc::new).collect();
    let mut again = Vec::new();
    for (case, found, held_up) in at_once(AT_ONCE, all, &certificates).await {
        if tried_nothing(&found) || (!found.broken.is_empty() && held_up > PUNCTUAL) {
            again.push(case);
        } else {
            report.add(&case.row, &case.name(), found);
        }
    }
    // A machine that is too busy may use up a case's time before its fault, or after it; that says nothing about the provider, so that
    // such a case comes once more while little else runs, and then must hold: a provider that itself were late in one case of thirty
    // would be late twice in one of them. Nothing else is tried again: what is true of a start must be true of every try.
    let (once_more, first) = (again.len(), report.cases());
    for (case, found, _) in at_once(A_FEW, again, &certificates).await {
        report.add(&case.row, &case.name(), found);
    }
    tell(&format!(
        "\n{once_more} of {} cases came to no fault at first, or the machine held them up\n",
        first + once_more
    ));
    report
}

/// Whether all that is wrong is that nothing went wrong.
fn tried_nothing(found: &Findings) -> bool {
    let mut broken = found.broken.iter();
    !found.broken.is_empty() && broken.all(|(invariant, _)| *invariant == Invariant::Strikes)
}

/// Runs the cases, so many of them at once; with what was found, and by how much the machine was late meanwhile.
async fn at_once(
    number: usize,
    cases: Vec<Arc<Case>>,
    certificates: &Arc<Certificates>,
) -> Vec<(Arc<Case>, Findings, Duration)> {
    let punctuality = Arc::new(Punctuality::watch());
    let places = Arc::new(Semaphore::new(number));
    let running: Vec<_> = cases
        .into_iter()
        .map(|case| {
            let (places, certificates) = (Arc::clone(&places), Arc::clone(certificates));
            let (mine, punctuality) = (Arc::clone(&case), Arc::clone(&punctuality));
            let run = tokio::spawn(async move {
                let _place = places.acquire_owned().await.expect("it stays open");
                let began = Instant::now();
                let found = tokio::time::timeout(PATIENCE, run(&mine, certificates)).await;
                (found, punctuality.held_up_since(began))
            });
            (case, run)
        })
        .collect();
    let mut all = Vec::new();
    for (case, run) in running {
        let (found, held_up) = match run.await {
            Ok((Ok(found), held_up)) => (found, held_up),
            Ok((Err(_), held_up)) => {
                let hangs = failed(Invariant::NeverHangs, "it hangs".to_owned());
                (hangs, held_up)
            }
            Err(panicked) => {
                let panicked = failed(Invariant::GoesWell, panicked.to_string());
                (panicked, Duration::ZERO)
            }
        };
        all.push((case, found, held_up));
    }
    all
}

fn failed(invariant: Invariant, what: String) -> Findings {
    let mut found = Findings::default();
    found.require(invariant, false, || what);
    found
}

async fn run(case: &Case, certificates: Arc<Certificates>) -> Findings {
    let (atlas, epoch) = (Simulator::new(), Instant::now());
    atlas.settings(|settings| settings.drip = Duration::from_millis(40));
    let mut trial = Trial {
        form: case.form,
        caller: case.caller,
        atlas: atlas.clone(),
        epoch,
        way: Way::default(),
        block: Vec::new(),
        // Far more than anything takes before its fault, so that a busy machine comes to it; what no fault's end ends takes all.
        time: Duration::from_secs(8),
        slack: Duration::from_secs(4),
        start_takes: Duration::from_millis(300),
        peace: Duration::from_millis(400),
        rest: Duration::ZERO,
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
            trial.way = Way::OverHttp(atlas.serve_on_loopback().await.expect("a port"));
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
    trial.way = Way::OverHttp(line.base_url());
    trial.lost = Arc::clone(&line.lost);
    let heard = Arc::clone(&line.heard_elsewhere);
    trial.heard_elsewhere = Some(Box::new(move || {
        heard.load(std::sync::atomic::Ordering::SeqCst)
    }));
    line
}
