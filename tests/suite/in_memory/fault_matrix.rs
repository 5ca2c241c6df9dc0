//! Every fault at every step of every form of a start or stop: what must hold whatever happens, read from Atlas' own record.

use std::io::Write as _;
use std::time::Duration;

use atlas_simulator::{Fault, Lag, Operation, Simulator, StartBehaviour};
use terraform_provider_atlas::framework::{CancellationToken, Diagnostics, Value};
use tokio::time::Instant;

use super::invoking::{atlas_with, invoke_in};
use super::terraform::{Action, Terraform};
use super::troubles::{Trouble, troubles};
use super::words::{Caller, NAME, SERVICE_ACCOUNT, errors, is_start, provider_of, timeouts};

/// The time of each operation.
const TIMEOUT: Duration = Duration::from_secs(180);

/// What asks for the start or stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// A create without start options: `:start`.
    Create,
    /// A create with some: `:startWith`.
    CreateWith,
    /// A change of a start option: `:stop` and `:startWith`.
    Update,
    /// A destroy with `stop_on_destroy`: `:stop`.
    Destroy,
    /// The action: `:start`.
    Action,
    /// The action on a processor that runs, with `if_started = "restart"` and start options: `:stop` and `:startWith`.
    ActionRestart,
}

/// Where in it the fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Token,
    FirstLook,
    Stop,
    Start,
    LaterLook,
}

const STEPS: [Step; 5] = [
    Step::Token,
    Step::FirstLook,
    Step::Stop,
    Step::Start,
    Step::LaterLook,
];

/// One cell of the table.
struct Case {
    trouble: Trouble,
    form: Form,
    step: Step,
    times: u32,
}

impl Case {
    fn name(&self) -> String {
        let times = match self.times {
            Fault::ALWAYS => "always".to_owned(),
            times => format!("{times} times"),
        };
        format!(
            "{:?}, {:?}: {}, {times}",
            self.form, self.step, self.trouble.name
        )
    }

    /// `None` where this form has no such step.
    fn fault(&self) -> Option<Fault> {
        let starts = match self.form {
            Form::Create | Form::Action => Some(Operation::Start),
            Form::CreateWith | Form::Update | Form::ActionRestart => Some(Operation::StartWith),
            Form::Destroy => None,
        };
        let stops = matches!(
            self.form,
            Form::Update | Form::Destroy | Form::ActionRestart
        );
        let (operation, skip) = match self.step {
            Step::Token if self.trouble.caller == SERVICE_ACCOUNT => (Operation::Token, 0),
            Step::Token => return None,
            Step::FirstLook => (Operation::Get, 0),
            Step::Stop if stops => (Operation::Stop, 0),
            Step::Stop => return None,
            Step::Start => (starts?, 0),
            Step::LaterLook => (Operation::Get, 1),
        };
        let fault = Fault::on(operation, (self.trouble.effect)());
        Some(fault.skip(skip).times(self.times))
    }

    fn arguments(&self, tier: &str) -> Vec<(&'static str, Value)> {
        let mut arguments = vec![timeouts("180s"), ("stop_on_destroy", Value::from(true))];
        if matches!(self.form, Form::CreateWith | Form::Update) {
            arguments.push(("tier", Value::from(tier)));
        }
        arguments
    }
}

/// What one case came to.
#[derive(Default)]
struct Findings(Vec<String>);

impl Findings {
    fn require(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.0.push(what());
        }
    }
}

async fn resource(case: &Case, fault: Fault) -> Findings {
    let mut found = Findings::default();
    let epoch = Instant::now();
    let mut terraform = Terraform::with_processor("CREATED").configured(&case.arguments("SP10"));
    terraform.caller = case.trouble.caller;
    if matches!(case.form, Form::Update | Form::Destroy) {
        let errors = errors(&terraform.apply().await);
        found.require(errors.is_empty(), || format!("set-up: {errors:?}"));
        terraform.edit(&case.arguments("SP30"));
    }
    let config = terraform.config.clone();
    if case.form == Form::Destroy {
        terraform.config = None;
    }
    takes_a_while(&terraform.atlas);
    let plan = terraform.plan().await;
    terraform.atlas.clear_record();
    terraform.atlas.fault(fault);
    let accepted_before = terraform.atlas.starts(NAME).len();
    let began = Instant::now();
    let failed = errors(&terraform.apply_plan(plan).await);
    keeps_to_the_rules(&terraform.atlas, began, epoch, &mut found);
    let accepted = terraform.atlas.starts(NAME).len() - accepted_before;
    found.require(accepted <= 1, || format!("{accepted} starts were accepted"));
    let truth = terraform.atlas.state(NAME).expect("it is never deleted");
    match (&terraform.state, failed.is_empty()) {
        (Some(stored), no_error) => {
            let told = stored.value.attribute("state").as_str();
            let is_true = told.is_none() || told == Some(&truth);
            found.require(is_true || !no_error, || {
                format!("{told:?} is recorded, {truth} is true, and there is no error")
            });
            found.require(is_true || told != Some("STARTED"), || {
                format!("the state is ahead of Atlas, where it is {truth}")
            });
        }
        (None, no_error) => {
            let created = case.form != Form::Destroy;
            found.require(!(created && no_error), || "nothing is recorded".to_owned());
            found.require(!(created && accepted > 0), || {
                format!("an accepted start is forgotten: {failed:?}")
            });
            found.require(created || truth != "STARTED", || {
                "it is out of state, and runs on".to_owned()
            });
        }
    }
    tells_what_to_do(&failed, &mut found);

    // Everything works again.
    terraform.atlas.clear_faults();
    terraform
        .atlas
        .settings(|settings| settings.start = StartBehaviour::default());
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    let ran = terraform.atlas.state(NAME).as_deref() == Some("STARTED");
    let was_sent = !failed.is_empty() && (accepted > 0 || case.form != Form::Update);
    let before = terraform.atlas.starts(NAME).len();
    let again = errors(&terraform.apply().await);
    found.require(again.is_empty(), || format!("the next apply: {again:?}"));
    let started = terraform.atlas.starts(NAME).len() - before;
    found.require(started <= 1 && !(ran && was_sent && started > 0), || {
        format!("the next apply started it {started} times, and it ran: {ran}")
    });
    let wanted = match case.form {
        Form::Destroy => "STOPPED",
        _ => "STARTED",
    };
    let end = terraform.atlas.state(NAME);
    found.require(end.as_deref() == Some(wanted), || {
        format!("it ends {end:?}")
    });
    let next = terraform.plan().await;
    found.require(next.action == Action::NoOp, || {
        format!("the plan after it: {:?}", next.action)
    });
    terraform.config = config;
    found
}

async fn action(case: &Case, fault: Fault) -> Findings {
    let mut found = Findings::default();
    let restart = case.form == Form::ActionRestart;
    let epoch = Instant::now();
    let atlas = atlas_with(if restart { "STARTED" } else { "CREATED" });
    takes_a_while(&atlas);
    let mut arguments = vec![("timeout", Value::from("180s"))];
    if restart {
        arguments.push(("if_started", Value::from("restart")));
        arguments.push(("tier", Value::from("SP30")));
    }
    atlas.fault(fault);
    let began = Instant::now();
    let told = invoked(&atlas, case.trouble.caller, &arguments).await;
    let failed = errors(&told);
    keeps_to_the_rules(&atlas, began, epoch, &mut found);
    let accepted = atlas.starts(NAME).len();
    found.require(accepted <= 1, || format!("{accepted} starts were accepted"));
    let truth = atlas.state(NAME);
    let warned = told
        .iter()
        .any(|told| told.summary.contains("cannot be read back"));
    found.require(
        !failed.is_empty() || truth.as_deref() == Some("STARTED") || warned,
        || format!("success is told, and it is {truth:?}"),
    );
    tells_what_to_do(&failed, &mut found);
    atlas.clear_faults();
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    let again = errors(&invoked(&atlas, case.trouble.caller, &arguments[..1]).await);
    found.require(again.is_empty(), || format!("the next one: {again:?}"));
    let end = atlas.state(NAME);
    found.require(end.as_deref() == Some("STARTED"), || {
        format!("it ends {end:?}")
    });
    found
}

async fn invoked(atlas: &Simulator, caller: Caller, arguments: &[(&str, Value)]) -> Diagnostics {
    let provider = provider_of(atlas, caller, &[]);
    invoke_in(&provider, arguments, &CancellationToken::new())
        .await
        .diagnostics
}

/// A start shows STARTING for some looks, so that there are some to be spoilt.
fn takes_a_while(atlas: &Simulator) {
    atlas.settings(|settings| {
        settings.start = StartBehaviour::slow("STARTING", Lag::Time(Duration::from_secs(4)));
    });
}

/// Nothing is sent twice without a look in between, nothing after the deadline, and the end comes in time.
fn keeps_to_the_rules(atlas: &Simulator, began: Instant, epoch: Instant, found: &mut Findings) {
    let elapsed = began.elapsed();
    found.require(elapsed <= TIMEOUT + Duration::from_secs(2), || {
        format!("it took {elapsed:?}")
    });
    let mut looked = true;
    for request in atlas.record() {
        let sends = is_start(&request) || request.operation == Operation::Stop;
        if sends && request.status != Some(401) {
            found.require(looked, || {
                format!("sent without a look before it: {request}")
            });
            looked = false;
        }
        looked |= request.operation == Operation::Get;
        let at = (epoch + request.at).saturating_duration_since(began);
        let of_the_call = !matches!(request.operation, Operation::Revoke);
        found.require(at <= TIMEOUT || !of_the_call, || {
            format!("sent after the deadline, at {at:?}: {request}")
        });
    }
}

fn tells_what_to_do(failed: &[String], found: &mut Findings) {
    for text in failed {
        let named = text.contains(&format!("\"{NAME}\""));
        found.require(named && text.len() > 120, || {
            format!("it says little: {text}")
        });
    }
}

/// All faults at all steps of one form, each once, three times and always.
fn nothing_is_lost_nor_doubled_nor_hangs(form: Form) {
    let mut cases = 0;
    let mut broken = Vec::new();
    for step in STEPS {
        for times in [1, 3, Fault::ALWAYS] {
            for trouble in troubles() {
                let case = Case {
                    trouble,
                    form,
                    step,
                    times,
                };
                let Some(fault) = case.fault() else { continue };
                cases += 1;
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .start_paused(true)
                    .build()
                    .expect("a runtime");
                let found = runtime.block_on(async {
                    match form {
                        Form::Action | Form::ActionRestart => action(&case, fault).await,
                        _ => resource(&case, fault).await,
                    }
                });
                let name = case.name();
                broken.extend(found.0.into_iter().map(|what| format!("{name}: {what}")));
            }
        }
    }
    // The harness of the tests captures what the print macros write; this is for the reader of a green run too.
    let size = format!(
        "{form:?}: {cases} cases, {} findings
",
        broken.len()
    );
    std::io::stderr()
        .write_all(size.as_bytes())
        .expect("there is a standard error");
    assert!(cases > 400, "{cases}");
    assert!(
        broken.is_empty(),
        "{} findings:\n{}",
        broken.len(),
        broken.join("\n")
    );
}

#[test]
fn a_create_survives_every_fault() {
    nothing_is_lost_nor_doubled_nor_hangs(Form::Create);
}

#[test]
fn a_create_with_start_options_survives_every_fault() {
    nothing_is_lost_nor_doubled_nor_hangs(Form::CreateWith);
}

#[test]
fn an_update_survives_every_fault() {
    nothing_is_lost_nor_doubled_nor_hangs(Form::Update);
}

#[test]
fn a_destroy_survives_every_fault() {
    nothing_is_lost_nor_doubled_nor_hangs(Form::Destroy);
}

#[test]
fn an_action_survives_every_fault() {
    nothing_is_lost_nor_doubled_nor_hangs(Form::Action);
}

#[test]
fn an_action_that_restarts_survives_every_fault() {
    nothing_is_lost_nor_doubled_nor_hangs(Form::ActionRestart);
}
