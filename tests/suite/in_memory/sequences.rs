//! Random sequences of faults and of what people do: whatever happens, the state tells the truth and the end is as configured.

use std::time::Duration;

use atlas_simulator::{Lag, StartBehaviour};
use proptest::test_runner::{Config, Reason, RngAlgorithm, TestError, TestRng, TestRunner};
use terraform_provider_atlas::framework::Value;
use tokio::time::Instant;

use super::steps::{Edit, Host, Step, hosts, steps};
use super::terraform::{Action, Stored, Terraform};
use super::words::{
    NAME, an_hour_passes, applied, errors, is_start, named, tell, timeouts, triggers,
};

/// How many sequences `cargo test` runs; `ATLAS_TEST_SEQUENCES` says otherwise.
const SEQUENCES: u32 = 400;

/// Longer than any sequence takes: what does not end by then never does.
const FOR_EVER: Duration = Duration::from_secs(10_000_000);

const PROCESSORS: [&str; 2] = [NAME, "invoices"];

async fn live(host: Host, steps: Vec<Step>) {
    let mut terraform = Terraform::with_processor("CREATED");
    terraform.caller = host.who.caller();
    terraform.create_before_destroy = host.create_before_destroy;
    terraform.feeds_planned_private = host.feeds_planned_private;
    let mut edit = Edit::default();
    for name in PROCESSORS {
        terraform.atlas.remove_processor(name);
        terraform.atlas.add_processor(name, "CREATED");
    }
    configure(&mut terraform, &edit);
    for step in steps {
        match step {
            Step::Apply => apply(&mut terraform).await,
            Step::Interrupted(after) => {
                terraform.interrupt_after = Some(Duration::from_millis(after));
                apply(&mut terraform).await;
                terraform.interrupt_after = None;
            }
            Step::Replace => {
                terraform.replace = true;
                apply(&mut terraform).await;
                terraform.replace = false;
            }
            Step::Destroy => destroy(&mut terraform).await,
            Step::Untaint if terraform.state.is_some() => terraform.untaint(),
            Step::Import if importable(&terraform, &edit) => {
                mend(&terraform);
                terraform.import().await;
            }
            Step::Untaint | Step::Import => {}
            Step::Outside(state) => {
                if terraform.atlas.state(NAME).is_none() {
                    terraform.atlas.add_processor(NAME, state);
                }
                terraform.atlas.set_state(NAME, state);
            }
            Step::DeletedOutside => terraform.atlas.remove_processor(NAME),
            Step::Edit(new) => {
                edit = new;
                configure(&mut terraform, &edit);
            }
            Step::Broken(_, fault) => terraform.atlas.fault(fault),
            Step::Mended => mend(&terraform),
            Step::ReadsLag(seconds) => terraform.atlas.settings(|settings| {
                settings.read_lag = Some(Lag::Time(Duration::from_secs(seconds)));
            }),
            Step::StartsAre(behaviour) => terraform
                .atlas
                .settings(|settings| settings.start = behaviour),
        }
    }
    converges(&mut terraform, &edit).await;
}

/// Nothing goes wrong from now on.
fn mend(terraform: &Terraform) {
    terraform.atlas.clear_faults();
    terraform.atlas.set_access_token_is_good(true);
}

/// An import is of the first processor, into an empty state.
fn importable(terraform: &Terraform, edit: &Edit) -> bool {
    terraform.state.is_none()
        && terraform.deposed.is_empty()
        && edit.processor == 0
        && terraform.atlas.state(NAME).is_some()
}

fn configure(terraform: &mut Terraform, edit: &Edit) {
    terraform.edit(&[
        ("tier", Value::from(edit.tier)),
        ("if_started", Value::from(edit.if_started)),
        ("stop_on_destroy", Value::from(edit.stop_on_destroy)),
        ("wait", Value::from(edit.wait)),
        ("keep_started", Value::from(edit.keep_started)),
        (
            "resume_from_checkpoint",
            Value::from(edit.resume_from_checkpoint),
        ),
        ("processor_name", Value::from(PROCESSORS[edit.processor])),
        triggers(&edit.trigger.to_string()),
        timeouts("3m"),
    ]);
}

/// One apply, and what must hold of every apply.
async fn apply(terraform: &mut Terraform) {
    let began = Instant::now();
    let name = configured_name(terraform);
    let before = terraform.atlas.starts(&name).len();
    let requests = terraform.atlas.record().len();
    let was_open = terraform
        .state
        .as_ref()
        .is_some_and(|stored| stored.tainted && named(stored, &name));
    let runs_of_its_own = runs_of_its_own(terraform, &name);
    if runs_of_its_own {
        mend(terraform);
    }
    let sent = (terraform.starts(), terraform.stops());
    let renamed = terraform
        .state
        .clone()
        .filter(|stored| !named(stored, &name));
    let alone = terraform.deposed.is_empty();
    let (errors, _) = applied(terraform).await;
    if runs_of_its_own {
        let now = (terraform.starts(), terraform.stops());
        assert_eq!(now, sent, "what ran of its own was stopped or started");
        assert_eq!(errors, Vec::<String>::new());
    }
    // A plan's read of two objects at most, and one operation or, in a replace, two; each of them may destroy another.
    assert!(
        began.elapsed() <= Duration::from_secs(5 * 180 + 5),
        "it took {:?}",
        began.elapsed()
    );
    let accepted = terraform.atlas.starts(&name).len().saturating_sub(before);
    // FAILED before and FAILED after: nobody can tell whether a start whose answer was lost came in between.
    let record = terraform.atlas.record();
    let starts = record
        .iter()
        .skip(requests)
        .filter(|request| is_start(request));
    let cannot_be_told = starts
        .clone()
        .any(|start| start.state_before.as_deref() == Some("FAILED"));
    assert!(
        accepted <= 1 || cannot_be_told,
        "{accepted} starts were accepted in one apply: {record:#?}"
    );
    let exists = terraform.atlas.state(&name).is_some();
    let forgotten = terraform.state.is_none() && !errors.is_empty();
    assert!(
        !(exists && forgotten && (accepted > 0 || was_open)),
        "a start that was or may have been accepted is forgotten: {errors:?}"
    );
    if let (Some(stored), true) = (&terraform.state, errors.is_empty()) {
        let state = stored.value.attribute("state");
        let truth = Value::from(terraform.atlas.state(&name));
        // A refresh cannot know more than reads show, and what nobody waits for goes on.
        let goes_on = stored.value.attribute("wait").as_bool() == Some(false)
            && state.as_str() == Some("STARTING");
        assert!(
            state.is_null() || *state == truth || goes_on || reads_lag(terraform),
            "{state:?} is recorded and {truth:?} is true"
        );
    }
    if alone && errors.is_empty() {
        runs_no_more(terraform, renamed).await;
    }
    let remembered = remembered(terraform);
    for part_of_a_plan in ["resumes", "destroys", "change"] {
        assert_eq!(remembered.get(part_of_a_plan), None, "{remembered}");
    }
}

/// A destroy that is to stop, and was told of no failure and of nobody who keeps it, leaves nothing that runs, or is about to.
async fn destroy(terraform: &mut Terraform) {
    let stored = terraform.state.clone();
    let alone = terraform.deposed.is_empty();
    let told = terraform.destroy().await;
    if alone && told.is_empty() && terraform.state.is_none() {
        runs_no_more(terraform, stored).await;
    }
}

/// What was stored is out of state.
async fn runs_no_more(terraform: &Terraform, stored: Option<Stored>) {
    let Some(stored) = stored else { return };
    if stored.value.attribute("stop_on_destroy").as_bool() == Some(true) {
        tokio::time::sleep(Duration::from_secs(60)).await;
        let name = stored.value.attribute("processor_name").as_str();
        let truth = terraform.atlas.state(name.expect("a name"));
        let runs = matches!(truth.as_deref(), Some("STARTED" | "STARTING"));
        assert!(!runs, "it is out of state, and runs on");
    }
}

fn reads_lag(terraform: &Terraform) -> bool {
    let mut lags = false;
    let atlas = &terraform.atlas;
    atlas.settings(|settings| lags = settings.read_lag.is_some());
    lags
}

fn configured_name(terraform: &Terraform) -> String {
    let config = terraform.config.as_ref().expect("a configuration");
    let name = config.attribute("processor_name").as_str();
    name.expect("a name").to_owned()
}

fn remembered(terraform: &Terraform) -> serde_json::Value {
    serde_json::from_slice(terraform.private()).unwrap_or_default()
}

/// Whether the processor runs because of a create that failed, and the next apply asks for the very same.
fn runs_of_its_own(terraform: &Terraform, name: &str) -> bool {
    let config = terraform.config.as_ref().expect("a configuration");
    let remembered = remembered(terraform);
    let sent = &remembered["unsettled"]["sent"];
    let is_told = !terraform.create_before_destroy || terraform.feeds_planned_private;
    is_told
        && !terraform.replace
        && terraform.interrupt_after.is_none()
        && terraform.atlas.state(name).as_deref() == Some("STARTED")
        && terraform
            .state
            .as_ref()
            .is_some_and(|stored| stored.tainted && named(stored, name))
        && sent.is_object()
        && sent["change"].is_null()
        && sent["tier"].as_str() == config.attribute("tier").as_str()
        && sent["resume_from_checkpoint"].as_bool()
            == config.attribute("resume_from_checkpoint").as_bool()
}

/// When everything works again, one apply (a second where the first was told of an earlier failure) leads to what is configured.
async fn converges(terraform: &mut Terraform, edit: &Edit) {
    mend(terraform);
    terraform.atlas.settings(|settings| {
        settings.start = StartBehaviour::default();
        settings.read_lag = None;
    });
    let name = configured_name(terraform);
    if terraform.atlas.state(&name).is_none() {
        terraform.atlas.add_processor(&name, "CREATED");
    }
    an_hour_passes(terraform).await;
    let refused = errors(&terraform.apply().await);
    if edit.if_started == Some("error") && !refused.is_empty() {
        assert!(refused[0].contains("STARTED already"), "{refused:?}");
        return;
    }
    assert_eq!(refused, Vec::<String>::new());
    if edit.keep_started != Some(false) {
        assert_eq!(terraform.atlas.state(&name).as_deref(), Some("STARTED"));
    }
    assert!(terraform.deposed.is_empty(), "{:?}", terraform.deposed);
    let plan = terraform.plan().await;
    assert_eq!(
        plan.action,
        Action::NoOp,
        "{plan:?} of {:?}",
        terraform.state
    );
}

#[test]
fn whatever_happens_the_state_tells_the_truth_and_the_end_is_as_configured() {
    let cases = std::env::var("ATLAS_TEST_SEQUENCES")
        .ok()
        .map_or(SEQUENCES, |number| {
            number.parse().expect("ATLAS_TEST_SEQUENCES is a number")
        });
    // The same sequences in every run, unless ATLAS_TEST_SEED says otherwise; a failure is shrunk and shown whole.
    let seed = std::env::var("ATLAS_TEST_SEED").ok().map_or(7, |seed| {
        seed.parse::<u8>()
            .expect("ATLAS_TEST_SEED is a number up to 255")
    });
    let broken = tried(cases, seed, |host, steps| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .expect("a runtime");
        let lived = async { tokio::time::timeout(FOR_EVER, live(host, steps)).await };
        assert!(runtime.block_on(lived).is_ok(), "it hangs");
    });
    if let Some(broken) = broken {
        panic!("{broken}");
    }
    tell(&format!(
        "\n{cases} random sequences of faults and of what people do, seed {seed}: all held\n"
    ));
}

/// Whether a search like the one above comes down to what broke a promise, and to nothing beside it: with promises that nobody keeps.
#[test]
fn a_sequence_that_breaks_a_promise_is_shown_at_its_shortest() {
    type Breaks = fn(&[Step]) -> bool;
    let promises: [(&str, Breaks, &[&str]); 5] = [
        (
            "nothing is destroyed",
            |steps| steps.iter().any(|step| matches!(step, Step::Destroy)),
            &["Destroy"],
        ),
        (
            "nobody interrupts after more than a second",
            |steps| {
                steps
                    .iter()
                    .any(|step| matches!(step, Step::Interrupted(after) if *after > 1_000))
            },
            &["Interrupted(1001)"],
        ),
        (
            "no processor is renamed",
            |steps| {
                steps
                    .iter()
                    .any(|step| matches!(step, Step::Edit(edit) if edit.processor > 0))
            },
            &[
                "Edit(Edit { tier: None, if_started: None, trigger: 0, stop_on_destroy: false, wait: None, keep_started: None, \
                 resume_from_checkpoint: None, processor: 1 })",
            ],
        ),
        (
            "nothing is applied where it was destroyed",
            |steps| {
                let mut rest = steps
                    .iter()
                    .skip_while(|step| !matches!(step, Step::Destroy));
                rest.any(|step| matches!(step, Step::Apply))
            },
            &["Destroy", "Apply"],
        ),
        (
            "nobody does three things",
            |steps| steps.len() >= 3,
            &["Apply", "Apply", "Apply"],
        ),
    ];
    for (promise, breaks, shortest) in promises {
        let shown = tried(SEQUENCES, 7, |_, steps| {
            assert!(!breaks(&steps), "it is broken that {promise}");
        });
        let shown = shown.unwrap_or_else(|| panic!("no sequence breaks that {promise}"));
        let steps = shortest
            .iter()
            .enumerate()
            .map(|(number, step)| format!("\n{:>4}. {step}", number + 1));
        let expected = format!(
            "seed 7: it is broken that {promise}\n\
             Host {{ who: AccessToken, create_before_destroy: false, feeds_planned_private: false }}{}",
            steps.collect::<String>()
        );
        assert_eq!(shown, expected);
    }
}

/// Tries so many sequences; the shortest that was found to break what is promised, as it is shown.
fn tried(cases: u32, seed: u8, promise: impl Fn(Host, Vec<Step>)) -> Option<String> {
    let config = Config {
        cases,
        failure_persistence: None,
        // By itself it would give up the sooner, the fewer cases there are.
        max_shrink_iters: 4 * SEQUENCES,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let outcome =
        TestRunner::new_with_rng(config, rng).run(&(hosts(), steps()), |(host, steps)| {
            promise(host, steps);
            Ok(())
        });
    match outcome {
        Ok(()) => None,
        Err(TestError::Fail(why, (host, steps))) => Some(shown(seed, &why, host, &steps)),
        Err(TestError::Abort(why)) => panic!("seed {seed}: {why}"),
    }
}

/// The shortest sequence that was found, a line for each step.
fn shown(seed: u8, why: &Reason, host: Host, steps: &[Step]) -> String {
    let steps: Vec<String> = steps
        .iter()
        .enumerate()
        .map(|(number, step)| match step {
            Step::Broken(trouble, fault) => format!("{:>4}. {trouble}: {fault:?}", number + 1),
            step => format!("{:>4}. {step:?}", number + 1),
        })
        .collect();
    format!("seed {seed}: {why}\n{host:?}\n{}", steps.join("\n"))
}
