//! Random lives of two objects of one processor: whatever is done to either, what somebody holds runs in the end.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, StartBehaviour};
use proptest::prelude::*;
use terraform_provider_atlas::framework::Value;

use super::every_order::in_order;
use super::life::PROCESSORS;
use super::search::all_hold;
use super::steps::{Edit, hurried_edit, lost_answer};
use super::terraform::{Action, Stored, Terraform};
use super::words::{NAME, an_hour_passes, timeouts, triggers};

/// Which of the two.
type Which = usize;

#[derive(Clone, Debug)]
enum Deed {
    /// Of both, in the order of planning and of applying, and whether Ctrl-C comes so many milliseconds after each of them began.
    Apply(bool, bool, Option<u64>),
    Replace(Which),
    Taint(Which),
    Untaint(Which),
    /// Its configuration goes, and the next apply destroys it.
    Goes(Which),
    Edit(Which, Edit),
    Outside(&'static str),
    /// The next request that the fault is for comes to this.
    Comes(Fault),
    ReadsLag(u64),
    StopsTake(u64),
    Passes(u64),
}

fn lives() -> impl Strategy<Value = ((bool, bool), Vec<Deed>)> {
    let which = || 0..2_usize;
    let interrupted = prop::option::of(0..12_000_u64);
    let deed = prop_oneof![
        6 => (any::<bool>(), any::<bool>(), interrupted).prop_map(|(planned, applied, after)| Deed::Apply(planned, applied, after)),
        1 => which().prop_map(Deed::Replace),
        1 => which().prop_map(Deed::Taint),
        2 => which().prop_map(Deed::Untaint),
        2 => which().prop_map(Deed::Goes),
        4 => (which(), hurried_edit()).prop_map(|(which, edit)| Deed::Edit(which, edit)),
        1 => (which(), hurried_edit()).prop_map(|(which, edit)| Deed::Edit(which, Edit { processor: 1, ..edit })),
        1 => prop::sample::select(vec!["STARTED", "STOPPED"]).prop_map(Deed::Outside),
        2 => lost_answer().prop_map(Deed::Comes),
        1 => refused_start().prop_map(Deed::Comes),
        2 => prop::sample::select(vec![0, 8]).prop_map(Deed::ReadsLag),
        1 => prop::sample::select(vec![0, 6]).prop_map(Deed::StopsTake),
        1 => prop::sample::select(vec![1, 5, 12, 45, 3_600]).prop_map(Deed::Passes),
    ];
    (
        (any::<bool>(), any::<bool>()),
        prop::collection::vec(deed, 1..12),
    )
}

/// Two addresses, and what is known of who wants their processor to run.
struct Pair {
    objects: [Terraform; 2],
    /// Somebody else brought it to rest, and no apply has started it since.
    rests: bool,
    /// Terraform itself did, and an object stayed.
    owes: bool,
}

impl Pair {
    fn of(feeds_planned_private: bool, create_before_destroy: bool) -> Self {
        let first = Terraform::with_processor("CREATED");
        first.atlas.add_processor(PROCESSORS[1], "CREATED");
        // What takes no time cannot be interrupted or disturbed.
        first.atlas.settings(|settings| {
            settings.start = StartBehaviour::slow("STARTING", Lag::Time(Duration::from_secs(5)));
            settings.stop_lag = Some(Lag::Time(Duration::from_secs(3)));
        });
        let second = Terraform::of(first.atlas.clone());
        let mut objects = [first, second];
        for object in &mut objects {
            object.feeds_planned_private = feeds_planned_private;
            object.create_before_destroy = create_before_destroy;
            configure(object, &Edit::default());
        }
        Self {
            objects,
            rests: false,
            owes: false,
        }
    }

    async fn goes_on(&mut self, deed: Deed) {
        let began = tokio::time::Instant::now();
        let mut before = Vec::new();
        for object in &mut self.objects {
            let recorded = object.times();
            object.grow_old(&recorded, Duration::from_millis(2));
            before.push(object.times());
        }
        self.happens(deed).await;
        for (object, before) in self.objects.iter_mut().zip(before) {
            object.grow_old(&before, began.elapsed());
        }
    }

    async fn happens(&mut self, deed: Deed) {
        let atlas = self.objects[0].atlas.clone();
        let seconds = |seconds| Some(Lag::Time(Duration::from_secs(seconds)));
        match deed {
            Deed::Apply(planned, applied, after) => {
                for object in &mut self.objects {
                    object.interrupt_after = after.map(Duration::from_millis);
                }
                self.apply(planned, applied).await;
                for object in &mut self.objects {
                    object.interrupt_after = None;
                    object.replace = false;
                }
            }
            Deed::Replace(which) => self.objects[which].replace = true,
            Deed::Taint(which) => self.objects[which].taint(),
            Deed::Untaint(which) if self.objects[which].is_tainted() => {
                self.objects[which].untaint();
                self.rests |= !self.runs() && self.objects[0].stops() == 0;
            }
            Deed::Untaint(_) => {}
            Deed::Goes(which) => self.objects[which].config = None,
            // Its old object is stopped then, as the warning says, whoever else has the processor.
            Deed::Edit(which, edit) if edit.processor > 0 && self.is_told_nothing(which) => {
                configure(
                    &mut self.objects[which],
                    &Edit {
                        processor: 0,
                        ..edit
                    },
                );
            }
            Deed::Edit(which, edit) => configure(&mut self.objects[which], &edit),
            Deed::Outside(state) => {
                atlas.set_state(NAME, state);
                self.rests = state == "STOPPED";
                self.owes = false;
            }
            Deed::Comes(fault) => atlas.fault(fault),
            Deed::ReadsLag(lag) => atlas.settings(|settings| settings.read_lag = seconds(lag)),
            Deed::StopsTake(lag) => atlas.settings(|settings| settings.stop_lag = seconds(lag)),
            Deed::Passes(time) => tokio::time::sleep(Duration::from_secs(time)).await,
        }
    }

    /// Of the plan of its new object, when the old one goes.
    fn is_told_nothing(&self, which: Which) -> bool {
        let object = &self.objects[which];
        object.create_before_destroy && !object.feeds_planned_private
    }

    async fn apply(&mut self, planned: bool, applied: bool) -> Vec<String> {
        let before = self.objects[0].atlas.starts(NAME).len();
        let (ran, held) = (self.runs(), [self.stays(0), self.stays(1)]);
        let intentions = self.objects.iter().filter(|one| intends(one)).count();
        let [one, other] = &mut self.objects;
        let (told, _) = in_order(one, other, planned, applied).await;
        let accepted = self.objects[0].atlas.starts(NAME).len() - before;
        // What they find at rest is started once, and then for each that asks for more.
        assert!(
            accepted <= (intentions + 1).min(2),
            "{accepted} starts were accepted in one apply, of {intentions} that were asked for"
        );
        if told.is_empty() {
            self.is_true();
        }
        if self.state() == "STARTED" {
            self.rests = false;
        }
        // With create_before_destroy an old object is kept as it was where the create fails after its stop: the README says so.
        let is_told = |told: &String| told.contains("unless its keep_started is false");
        let is_a_limit = self.objects[0].create_before_destroy || told.iter().any(is_told);
        let stays = |which: Which| held[which] && self.stays(which);
        let has_stopped = ran && (stays(0) || stays(1));
        self.owes = !self.runs() && (self.owes || has_stopped) && !is_a_limit;
        told
    }

    /// What is recorded after an apply that was told of no error is not ahead of Atlas. It may lag behind: what is done for one object
    /// cannot change what another has in state.
    fn is_true(&self) {
        let started = Value::from("STARTED");
        let mut stored = self.stored();
        let is_ahead = stored.any(|stored| *stored.value.attribute("state") == started);
        assert!(
            self.runs() || !is_ahead,
            "STARTED is recorded and {} is true",
            self.state()
        );
    }

    /// What is recorded of the processor.
    fn stored(&self) -> impl Iterator<Item = &Stored> {
        let stored = self.objects.iter().filter_map(|one| one.state.as_ref());
        stored.filter(|stored| is_here(&stored.value))
    }

    fn state(&self) -> String {
        self.objects[0].atlas.state(NAME).expect("it is there")
    }

    fn runs(&self) -> bool {
        matches!(self.state().as_str(), "STARTED" | "STARTING")
    }

    /// Whether it is in state, and goes on to be.
    fn stays(&self, which: Which) -> bool {
        let object = &self.objects[which];
        let stored = object.state.as_ref();
        object.config.as_ref().is_some_and(is_here)
            && stored.is_some_and(|stored| is_here(&stored.value))
    }

    /// Whether an object that stays wants it to run, whoever brought it to rest, or remembers that Terraform did.
    fn is_wanted(&self) -> bool {
        let wants = |object: &Terraform| {
            let config = object.config.as_ref();
            config.is_some_and(|config| {
                is_here(config) && {
                    config.attribute("keep_started").as_bool() != Some(false)
                        || String::from_utf8_lossy(object.private()).contains("\"stopped\":true")
                }
            })
        };
        self.objects.iter().any(wants)
    }

    /// Whether one of them was seen on its way to rest, which is no drift yet. One that is to be left alone does not know what was
    /// done for the other.
    fn is_seen_stopping(&self) -> bool {
        let stopping = Value::from("STOPPING");
        let mut stored = self.stored();
        stored.any(|stored| *stored.value.attribute("state") == stopping)
    }

    /// Nothing goes wrong any more, and nobody does anything else.
    async fn ends(mut self) {
        let atlas = self.objects[0].atlas.clone();
        atlas.clear_faults();
        let was_wanted = self.is_wanted();
        let refused = self.apply(true, false).await;
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert!(
            !refused.is_empty()
                || self.rests
                || self.runs()
                || self.is_seen_stopping()
                || !((self.owes && (self.stays(0) || self.stays(1)))
                    || (was_wanted && self.is_wanted())),
            "Terraform brought it to rest, the last apply was told of no error, and it is {}",
            self.state()
        );
        atlas.settings(|settings| {
            settings.read_lag = None;
            settings.stop_lag = None;
        });
        for object in &mut self.objects {
            object.replace = false;
            an_hour_passes(object).await;
        }
        self.apply(true, false).await;
        let refused = self.apply(true, false).await;
        if refused.iter().any(|told| told.contains("STARTED already")) {
            return;
        }
        assert_eq!(refused, Vec::<String>::new());
        assert!(!self.is_wanted() || self.runs(), "it is {}", self.state());
        for object in &mut self.objects {
            let plan = object.plan().await;
            assert_eq!(plan.action, Action::NoOp, "{plan:?} of {:?}", object.state);
            if let Some(stored) = &object.state {
                let name = stored.value.attribute("processor_name").as_str();
                let truth = Value::from(atlas.state(name.expect("a name")));
                assert_eq!(*stored.value.attribute("state"), truth);
            }
        }
    }
}

fn is_here(object: &Value) -> bool {
    object.attribute("processor_name").as_str() == Some(NAME)
}

/// Whether the next apply is to start it for this object, whatever it finds.
fn intends(object: &Terraform) -> bool {
    let Some(config) = &object.config else {
        return false;
    };
    let Some(stored) = &object.state else {
        return true;
    };
    if !is_here(config) {
        return false;
    }
    let differs = |name: &&str| config.attribute(name) != stored.value.attribute(name);
    let is_open = String::from_utf8_lossy(&stored.private).contains("\"unsettled\"");
    stored.tainted
        || object.replace
        || is_open
        || ["tier", "triggers", "processor_name"].iter().any(differs)
}

/// A start that is not carried out.
fn refused_start() -> impl Strategy<Value = Fault> {
    let place = prop::sample::select(vec![Operation::Start, Operation::StartWith]);
    place.prop_map(|place| Fault::on(place, Effect::access_forbidden()))
}

fn configure(object: &mut Terraform, edit: &Edit) {
    object.edit(&[
        ("tier", Value::from(edit.tier)),
        ("if_started", Value::from(edit.if_started)),
        ("stop_on_destroy", Value::from(edit.stop_on_destroy)),
        ("wait", Value::from(edit.wait)),
        ("keep_started", Value::from(edit.keep_started)),
        ("processor_name", Value::from(PROCESSORS[edit.processor])),
        triggers(&edit.trigger.to_string()),
        timeouts("3m"),
    ]);
}

async fn live(host: (bool, bool), deeds: Vec<Deed>) {
    let mut pair = Pair::of(host.0, host.1);
    for deed in deeds {
        pair.goes_on(deed).await;
    }
    pair.ends().await;
}

#[test]
fn whatever_happens_to_two_objects_of_a_processor_the_end_is_as_configured() {
    all_hold(
        "what people do to two objects of one processor",
        &lives(),
        live,
    );
}
