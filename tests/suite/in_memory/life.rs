//! A life: one configuration, what becomes of it, and how it ends.

use std::collections::BTreeSet;
use std::time::Duration;

use atlas_simulator::{Lag, StartBehaviour};
use terraform_provider_atlas::framework::Value;
use tokio::time::Instant;

use super::promises::{Before, apply, destroy, ends_as_configured};
use super::steps::{Edit, Host, Step};
use super::terraform::{Action, Terraform};
use super::words::{NAME, an_hour_passes, errors, timeouts, triggers};

pub(super) const PROCESSORS: [&str; 2] = [NAME, "invoices"];

/// What was lived so far.
pub(super) struct Life {
    terraform: Terraform,
    edit: Edit,
    /// No start lasts.
    starts_fail: bool,
    /// Processors that somebody else brought, or left, at rest, as far as no apply has started them since.
    rest: BTreeSet<&'static str>,
    /// A destroy came to no good end.
    is_to_go: bool,
}

impl Life {
    pub(super) fn of(host: Host) -> Self {
        let state = if host.runs { "STARTED" } else { "CREATED" };
        let mut terraform = Terraform::with_processor(state);
        terraform.caller = host.who.caller();
        terraform.create_before_destroy = host.create_before_destroy;
        terraform.feeds_planned_private = host.feeds_planned_private;
        terraform.atlas.add_processor(PROCESSORS[1], "CREATED");
        // What takes no time cannot be interrupted or disturbed.
        terraform.atlas.settings(|settings| {
            settings.start = StartBehaviour::slow("STARTING", Lag::Time(Duration::from_secs(5)));
            settings.stop_lag = Some(Lag::Time(Duration::from_secs(3)));
        });
        let mut life = Self {
            terraform,
            edit: host.edit,
            starts_fail: false,
            rest: BTreeSet::new(),
            is_to_go: false,
        };
        life.configure();
        life
    }

    /// One thing more happens.
    pub(super) async fn goes_on(&mut self, step: Step) {
        // A whole life takes less than the millisecond that tells its times from one another.
        let recorded = self.terraform.times();
        self.terraform.grow_old(&recorded, Duration::from_millis(2));
        let (began, before) = (Instant::now(), self.terraform.times());
        self.happens(step).await;
        // The machine's clock, which is not paused, goes on as well.
        self.terraform.grow_old(&before, began.elapsed());
    }

    async fn happens(&mut self, step: Step) {
        let is_importable = self.is_importable();
        let terraform = &mut self.terraform;
        match step {
            Step::Apply => self.apply().await,
            Step::Interrupted(after) => {
                terraform.interrupt_after = Some(Duration::from_millis(after));
                self.apply().await;
                self.terraform.interrupt_after = None;
            }
            Step::Replace => {
                terraform.replace = true;
                self.apply().await;
                self.terraform.replace = false;
            }
            Step::Saved(later, state) => self.saved(later, state).await,
            Step::Disturbed(after, state) => self.disturbed(after, state).await,
            Step::Destroy => self.destroy().await,
            Step::InterruptedDestroy(after) => {
                terraform.interrupt_after = Some(Duration::from_millis(after));
                self.destroy().await;
                self.terraform.interrupt_after = None;
            }
            Step::Taint => terraform.taint(),
            Step::Untaint if terraform.is_tainted() => {
                terraform.untaint();
                // Whoever does so takes it as it is, unless Terraform knows that it has stopped it for a start that did not come.
                self.rests_unless(terraform_has_stopped);
            }
            Step::Import if is_importable => {
                mend(&self.terraform);
                self.terraform.import().await;
                self.rests_unless(|_| false);
            }
            Step::Untaint | Step::Import => {}
            Step::Outside(state) => self.outside(state),
            Step::DeletedOutside => {
                terraform.atlas.remove_processor(NAME);
                self.rest.insert(NAME);
            }
            Step::Edit(edit) => {
                self.edit = edit;
                self.configure();
            }
            Step::Broken(fault) => terraform.atlas.fault(fault),
            Step::Mended => mend(terraform),
            Step::ReadsLag(seconds) => terraform.atlas.settings(|settings| {
                settings.read_lag = Some(Lag::Time(Duration::from_secs(seconds)));
            }),
            Step::StopsTake(seconds) => terraform.atlas.settings(|settings| {
                settings.stop_lag = Some(Lag::Time(Duration::from_secs(seconds)));
            }),
            Step::StartsAre(behaviour) => {
                self.starts_fail = behaviour.ends == "FAILED";
                if self.starts_fail {
                    self.rest.extend(PROCESSORS);
                }
                terraform
                    .atlas
                    .settings(|settings| settings.start = behaviour);
            }
            Step::Passes(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
        }
    }

    async fn apply(&mut self) {
        apply(&mut self.terraform).await;
        self.was_applied();
    }

    async fn destroy(&mut self) {
        destroy(&mut self.terraform).await;
        self.is_to_go |= self.terraform.state.is_some();
    }

    async fn saved(&mut self, later: u64, state: Option<&'static str>) {
        let mut plan = self.terraform.plan().await;
        let recorded = self.terraform.times();
        let later = Duration::from_secs(later);
        tokio::time::sleep(later).await;
        self.terraform.grow_old(&recorded, later);
        plan.grow_old(&recorded, later);
        if let Some(state) = state {
            self.outside(state);
        }
        if !plan.diagnostics.has_error() {
            let before = Before::of(&self.terraform);
            self.terraform.apply_plan(plan).await;
            before.is_followed_by_one_start(&self.terraform);
            self.was_applied();
        }
    }

    async fn disturbed(&mut self, moment: u64, state: &'static str) {
        let before = Before::of(&self.terraform);
        let atlas = self.terraform.atlas.clone();
        let disturbs = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(moment)).await;
            if atlas.state(NAME).is_some() {
                atlas.set_state(NAME, state);
            }
        });
        self.terraform.apply().await;
        before.is_followed_by_one_start(&self.terraform);
        disturbs.abort();
        if disturbs.await.is_ok() && is_at_rest(state) {
            self.rest.insert(NAME);
        } else {
            self.was_applied();
        }
    }

    fn outside(&mut self, state: &'static str) {
        let atlas = &self.terraform.atlas;
        if atlas.state(NAME).is_none() {
            atlas.add_processor(NAME, state);
        }
        atlas.set_state(NAME, state);
        if is_at_rest(state) {
            self.rest.insert(NAME);
        } else if !self.starts_fail {
            self.rest.remove(NAME);
        }
    }

    /// What runs after an apply is Terraform's to keep so. What is being started may fail yet.
    fn was_applied(&mut self) {
        let atlas = &self.terraform.atlas;
        let runs = |name: &str| atlas.state(name).as_deref() == Some("STARTED");
        self.rest.retain(|name| self.starts_fail || !runs(name));
        self.is_to_go &= !runs(&configured_name(&self.terraform));
    }

    fn rests_unless(&mut self, it_is_terraforms: impl Fn(&Terraform) -> bool) {
        for name in PROCESSORS {
            let state = self.terraform.atlas.state(name);
            let rests = state.is_none_or(|state| is_at_rest(&state) || state == "STOPPING");
            if rests && !it_is_terraforms(&self.terraform) {
                self.rest.insert(name);
            }
        }
    }

    /// An import is of the first processor, into an empty state.
    fn is_importable(&self) -> bool {
        self.terraform.state.is_none()
            && self.terraform.deposed.is_empty()
            && self.edit.processor == 0
            && self.terraform.atlas.state(NAME).is_some()
    }

    fn configure(&mut self) {
        let edit = &self.edit;
        self.terraform.edit(&[
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

    /// Whoever thinks better of a destroy finds at rest what was to come to rest, and is to be left alone there. With
    /// `create_before_destroy` an old object is kept as it was where the create fails after its stop, and hosts before Terraform 1.16
    /// carry no doubt over to it.
    fn is_a_limit_of_the_readme(&self) -> bool {
        let terraform = &self.terraform;
        let is_left_alone = self.edit.keep_started == Some(false);
        let create_is_told = terraform.feeds_planned_private && !is_left_alone;
        (self.is_to_go && is_left_alone) || (terraform.create_before_destroy && !create_is_told)
    }

    /// Everything works again.
    pub(super) async fn ends(mut self) {
        let terraform = &mut self.terraform;
        mend(terraform);
        terraform
            .atlas
            .settings(|settings| settings.start = StartBehaviour::default());
        let name = configured_name(terraform);
        if terraform.atlas.state(&name).is_none() {
            terraform.atlas.add_processor(&name, "CREATED");
        }
        let rests = self.rest.contains(name.as_str());
        let may_rest = rests || self.is_a_limit_of_the_readme();
        let terraform = &mut self.terraform;
        ends_as_configured(terraform, may_rest).await;
        terraform.atlas.settings(|settings| {
            settings.read_lag = None;
            settings.stop_lag = None;
        });
        an_hour_passes(terraform).await;
        converges(terraform, &self.edit, &name).await;
    }
}

/// When everything works again and nothing is in doubt any more, one apply leads to what is configured.
async fn converges(terraform: &mut Terraform, edit: &Edit, name: &str) {
    let refused = errors(&terraform.apply().await);
    if edit.if_started == Some("error") && !refused.is_empty() {
        assert!(refused[0].contains("STARTED already"), "{refused:?}");
        return;
    }
    assert_eq!(refused, Vec::<String>::new());
    if edit.keep_started != Some(false) {
        assert_eq!(terraform.atlas.state(name).as_deref(), Some("STARTED"));
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

/// Nothing goes wrong from now on.
pub(super) fn mend(terraform: &Terraform) {
    terraform.atlas.clear_faults();
    terraform.atlas.set_access_token_is_good(true);
}

pub(super) fn configured_name(terraform: &Terraform) -> String {
    let config = terraform.config.as_ref().expect("a configuration");
    let name = config.attribute("processor_name").as_str();
    name.expect("a name").to_owned()
}

fn is_at_rest(state: &str) -> bool {
    matches!(state, "CREATED" | "STOPPED" | "FAILED")
}

fn terraform_has_stopped(terraform: &Terraform) -> bool {
    String::from_utf8_lossy(terraform.private()).contains("\"stopped\":true")
}
