//! One start or stop that a fault strikes, and what must hold of it during and after.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use atlas_simulator::{Lag, Recorded, Simulator, StartBehaviour};
use terraform_provider_atlas::framework::{CancellationToken, Diagnostics, Value};
use tokio::time::Instant;

use super::form::Form;
use super::invariants::{Clock, Findings, Invariant as I, says_what_to_do, story};
use super::invoking::{START, STOP, failover, invoke_action};
use super::terraform::{Action, Stored, Terraform};
use super::way::{Way, is_of_the_crowd};
use super::words::{Caller, NAME, errors};

/// One case: who asks for what, what goes wrong, and how much time there is.
pub(crate) struct Trial {
    pub(crate) form: Form,
    pub(crate) caller: Caller,
    pub(crate) atlas: Simulator,
    /// When the simulator was made.
    pub(crate) epoch: Instant,
    /// How requests come to Atlas.
    pub(crate) way: Way,
    /// The provider block while something goes wrong.
    pub(crate) block: Vec<(&'static str, Value)>,
    /// Of each operation.
    pub(crate) time: Duration,
    /// What a busy machine may add to it.
    pub(crate) slack: Duration,
    /// How long a start shows STARTING, so that there are looks to be spoilt.
    pub(crate) start_takes: Duration,
    /// Before everything works again, and the next apply comes.
    pub(crate) peace: Duration,
    /// After the next apply: as long as anything may still come.
    pub(crate) rest: Duration,
    /// Whether the person wants to wait for what was started or stopped.
    pub(crate) waits: bool,
    /// What goes wrong does so only once.
    pub(crate) strikes_once: bool,
    /// When the person interrupts, counted from the beginning.
    pub(crate) interrupt_after: Option<Duration>,
    /// Nothing goes wrong.
    pub(crate) is_well: bool,
    /// Requests that arrived and did not come as far as Atlas.
    pub(crate) lost: Arc<Mutex<Vec<Recorded>>>,
    /// How often somebody else than Atlas was asked; `None` where nobody else is there to ask.
    pub(crate) heard_elsewhere: Option<Box<dyn Fn() -> usize + Send + Sync>>,
    /// The time of each operation of the next apply, and of what comes before the fault.
    pub(crate) next_time: Duration,
    pub(crate) breaks: Box<dyn Fn() + Send + Sync>,
    /// Whether it was broken indeed.
    pub(crate) struck: Box<dyn Fn() -> bool + Send + Sync>,
    pub(crate) mends: Box<dyn Fn() + Send + Sync>,
}

impl Trial {
    pub(crate) async fn run(self) -> Findings {
        let mut found = Findings::default();
        if self.form.is_an_action() {
            self.action(&mut found).await;
        } else {
            self.resource(&mut found).await;
        }
        found
    }

    async fn resource(&self, found: &mut Findings) {
        let form = self.form;
        self.atlas.add_processor(NAME, "CREATED");
        let mut terraform =
            Terraform::of(self.atlas.clone()).configured(&self.arguments(self.next_time, false));
        terraform.caller = self.caller;
        terraform.way.clone_from(&self.way);
        if !form.begins_with_a_create() {
            let errors = errors(&terraform.apply().await);
            if !self.is_set_up(&errors, found) {
                return;
            }
        }
        terraform.edit(&self.arguments(self.time, false));
        if terraform.state.is_some() && self.time != self.next_time {
            // Nothing is sent: from now on there is less time.
            let errors = errors(&terraform.apply().await);
            if !self.is_set_up(&errors, found) {
                return;
            }
        }
        if terraform.state.is_some() {
            terraform.edit(&self.arguments(self.time, true));
        }
        match form {
            Form::Destroy => terraform.config = None,
            Form::Replace => terraform.replace = true,
            Form::Drift => {
                self.atlas.set_state(NAME, "STOPPED");
                terraform.way.disperses();
                tokio::time::sleep(self.peace).await;
            }
            _ => {}
        }
        self.takes_a_while();
        let plan = terraform.plan().await;
        if !self.is_set_up(&errors(&plan.diagnostics), found) {
            return;
        }
        let prior = terraform.state.clone();
        terraform.block.clone_from(&self.block);
        terraform.interrupt_after = self.interrupt_after;
        let (told, accepted, clock) = {
            let accepted = self.atlas.starts(NAME).len();
            let clock = self.begin();
            let told = terraform.apply_plan(plan).await;
            (told, self.atlas.starts(NAME).len() - accepted, clock)
        };
        clock.keeps_to_the_rules(&self.record(), found);
        self.is_true(&terraform, prior.as_ref(), &told, accepted, found);
        let failed = errors(&told);
        self.tells(&failed, found);

        self.peace().await;
        terraform.block.clear();
        terraform.replace = false;
        terraform.interrupt_after = None;
        if let (Form::Destroy, Some(stored)) = (form, &mut terraform.state) {
            // There is no configuration to give it more time with; and the next one may have to wait for what is in doubt.
            let (name, times) = Form::timeouts(self.next_time);
            stored.value.set(name, times);
        }
        if form != Form::Destroy {
            terraform.edit(&self.arguments(self.next_time, !form.begins_with_a_create()));
        }
        let ran = self.atlas.state(NAME).as_deref() == Some("STARTED");
        let was_sent = !failed.is_empty() && (accepted > 0 || !form.stops_first());
        let before = self.atlas.starts(NAME).len();
        let again = errors(&terraform.apply().await);
        let started = self.atlas.starts(NAME).len() - before;
        found.require(
            I::OneStartPerIntention,
            started <= 1 && !(ran && was_sent && started > 0),
            || format!("the next apply started it {started} times, and it ran: {ran}"),
        );
        found.require(I::OneStartPerIntention, accepted + started <= 1, || {
            format!("{accepted} and then {started}: {}", story(&self.record()))
        });
        // What was in doubt has come by now, or never does.
        self.way.disperses();
        tokio::time::sleep(self.rest).await;
        self.settles(&again, found);
        let next = terraform.plan().await;
        found.require(I::NextApplySettles, next.action == Action::NoOp, || {
            format!("the plan after it: {:?}", next.action)
        });
    }

    fn arguments(&self, time: Duration, changed: bool) -> Vec<(&'static str, Value)> {
        let mut arguments = self.form.arguments(time, changed);
        arguments.push(("wait", Value::from(self.waits)));
        arguments
    }

    /// Before the fault, everything goes well.
    fn is_set_up(&self, errors: &[String], found: &mut Findings) -> bool {
        found.require(I::GoesWell, errors.is_empty(), || {
            format!("before the fault: {errors:?}")
        });
        errors.is_empty()
    }

    /// State against truth, and what is remembered against what was accepted.
    fn is_true(
        &self,
        terraform: &Terraform,
        prior: Option<&Stored>,
        told: &Diagnostics,
        accepted: usize,
        found: &mut Findings,
    ) {
        let form = self.form;
        let truth = self.atlas.state(NAME).expect("it is never deleted");
        let failed = errors(told);
        let accepted_starts = self.atlas.starts(NAME);
        found.require(I::OneStartPerIntention, accepted <= 1, || {
            format!("{accepted} were accepted: {}", story(&self.record()))
        });
        match (&terraform.state, failed.is_empty()) {
            (Some(stored), true) => {
                let state = stored.value.attribute("state").as_str();
                let unread = state.is_none() && (cannot_be_read_back(told) || !self.waits);
                found.require(I::StateIsTrue, state == Some(&truth) || unread, || {
                    format!("{state:?} is recorded, {truth} is true, and there is no error")
                });
                let runs_with = accepted_starts.last().map(|options| &options["tier"]);
                let tier = stored.value.attribute("tier").as_str();
                found.require(
                    I::StateIsTrue,
                    tier.is_none() || runs_with.and_then(|tier| tier.as_str()) == tier,
                    || format!("{tier:?} is recorded, and it runs with {runs_with:?}"),
                );
            }
            (Some(stored), false) => {
                let state = stored.value.attribute("state").as_str();
                // A destroy half that fails leaves its object as it was: Terraform gives it nothing to tell it with.
                let as_it_was =
                    form == Form::Replace && prior.is_some_and(|prior| prior.value == stored.value);
                found.require(
                    I::StateIsTrue,
                    state != Some("STARTED") || truth == "STARTED" || as_it_was,
                    || format!("the state is ahead of Atlas, where it is {truth}: {failed:?}"),
                );
                let options = ["tier", "triggers"].map(|name| stored.value.attribute(name));
                let were =
                    prior.map(|prior| ["tier", "triggers"].map(|n| prior.value.attribute(n)));
                found.require(
                    I::StateIsTrue,
                    were.is_none_or(|were| were == options),
                    || format!("what failed is in state: {options:?}"),
                );
                let doubtful = !stored.private.is_empty();
                found.require(I::NothingForgotten, accepted == 0 || doubtful, || {
                    format!("an accepted start left no mark: {failed:?}")
                });
            }
            (None, no_error) => {
                let gone = matches!(form, Form::Destroy);
                found.require(I::NothingForgotten, gone || !no_error, || {
                    "nothing is recorded".to_owned()
                });
                found.require(I::NothingForgotten, gone || accepted == 0, || {
                    format!("an accepted start is forgotten: {failed:?}")
                });
                found.require(
                    I::StateIsTrue,
                    form.begins_with_a_create() || truth != "STARTED",
                    || "it is out of state, and runs on".to_owned(),
                );
            }
        }
    }

    async fn action(&self, found: &mut Findings) {
        let form = self.form;
        let runs = matches!(
            form,
            Form::ActionRestart | Form::Failover | Form::ActionStop
        );
        let state = if runs { "STARTED" } else { "CREATED" };
        self.atlas.add_processor(NAME, state);
        self.takes_a_while();
        let mut arguments = vec![time_of(self.time), ("wait", Value::from(self.waits))];
        match form {
            Form::ActionRestart => {
                arguments.push(("if_started", Value::from("restart")));
                arguments.push(("tier", Value::from("SP30")));
            }
            Form::ActionWith => arguments.push(("tier", Value::from("SP30"))),
            Form::Failover => {
                arguments.push(failover(&[("region", Value::from("OREGON_USA"))]));
            }
            _ => {}
        }
        let clock = self.begin();
        let told = self
            .invoked(&self.block, &arguments, self.interrupt_after)
            .await;
        let failed = errors(&told);
        clock.keeps_to_the_rules(&self.record(), found);
        let accepted = self.atlas.starts(NAME).len();
        found.require(I::OneStartPerIntention, accepted <= 1, || {
            format!("{accepted} were accepted: {}", story(&self.record()))
        });
        let truth = self.atlas.state(NAME);
        let is_there = truth.as_deref() == Some(form.leads_to());
        let is_on_its_way = !self.waits && truth.as_deref() == Some("STARTING");
        let done = is_there || is_on_its_way || cannot_be_read_back(&told);
        found.require(I::StateIsTrue, !failed.is_empty() || done, || {
            format!("success is told, and it is {truth:?}")
        });
        let moved = form != Form::Failover || accepted == 1;
        found.require(I::StateIsTrue, !failed.is_empty() || moved, || {
            "success is told, and it was not moved".to_owned()
        });
        self.tells(&failed, found);
        self.peace().await;
        let time = [time_of(self.next_time)];
        let again = errors(&self.invoked(&[], &time, None).await);
        self.settles(&again, found);
    }

    async fn invoked(
        &self,
        block: &[(&str, Value)],
        arguments: &[(&'static str, Value)],
        interrupt_after: Option<Duration>,
    ) -> Diagnostics {
        let provider = self.way.provider(&self.atlas, self.caller, block);
        let action = match self.form {
            Form::ActionStop => STOP,
            _ => START,
        };
        let cancel = CancellationToken::new();
        if let Some(after) = interrupt_after {
            let cancel = cancel.clone();
            tokio::spawn(async move {
                tokio::time::sleep(after).await;
                cancel.cancel();
            });
        }
        let invoked = invoke_action(&provider, action, arguments, &cancel).await;
        provider.farewell().await;
        invoked.diagnostics
    }

    fn takes_a_while(&self) {
        let slow = StartBehaviour::slow("STARTING", Lag::Time(self.start_takes));
        self.atlas.settings(|settings| settings.start = slow);
    }

    fn begin(&self) -> Clock {
        self.atlas.clear_record();
        (self.breaks)();
        let halves = if self.form == Form::Replace { 2 } else { 1 };
        Clock {
            began: Instant::now(),
            epoch: self.epoch,
            time: self.interrupt_after.unwrap_or(self.time * halves),
            slack: self.slack,
        }
    }

    /// Everything that was asked, in the order of arrival, whether or not it came as far as Atlas.
    fn record(&self) -> Vec<Recorded> {
        let mut record = self.atlas.record();
        let lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        record.extend(lost.iter().cloned());
        record.retain(|request| !is_of_the_crowd(request));
        record.sort_by_key(|request| request.at);
        record
    }

    fn tells(&self, failed: &[String], found: &mut Findings) {
        says_what_to_do(failed, found);
        // Whoever interrupts may come before it.
        if self.interrupt_after.is_none() {
            found.require(I::Strikes, (self.struck)(), || story(&self.record()));
        }
        if !self.waits && self.strikes_once {
            let late = failed.iter().find(|text| text.contains(" in time"));
            found.require(I::NeverHangs, late.is_none(), || format!("{late:?}"));
        }
        if let Some(heard) = &self.heard_elsewhere {
            let heard = heard();
            found.require(I::NobodyElseHears, heard == 0, || {
                format!("{heard} requests")
            });
        }
        if self.is_well {
            found.require(I::GoesWell, failed.is_empty(), || format!("{failed:?}"));
        }
    }

    async fn peace(&self) {
        self.way.disperses();
        (self.mends)();
        self.atlas
            .settings(|settings| settings.start = StartBehaviour::default());
        tokio::time::sleep(self.peace).await;
    }

    fn settles(&self, again: &[String], found: &mut Findings) {
        found.require(I::NextApplySettles, again.is_empty(), || {
            format!("the next one: {again:?}")
        });
        let wanted = self.form.leads_to();
        let end = self.atlas.state(NAME);
        found.require(I::NextApplySettles, end.as_deref() == Some(wanted), || {
            format!("it ends {end:?}")
        });
    }
}

fn time_of(time: Duration) -> (&'static str, Value) {
    ("timeout", Value::from(format!("{}s", time.as_secs())))
}

fn cannot_be_read_back(told: &Diagnostics) -> bool {
    told.iter()
        .any(|told| told.summary.contains("cannot be read back"))
}
