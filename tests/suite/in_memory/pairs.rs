//! Random lives of two objects of one processor: whatever is done to either, what somebody holds runs in the end.

use std::time::Duration;

use atlas_simulator::{Fault, Lag};
use proptest::prelude::*;
use terraform_provider_atlas::framework::Value;

use super::every_order::in_order;
use super::search::all_hold;
use super::steps::{Edit, hurried_edit, lost_answer};
use super::terraform::{Action, Terraform};
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
    Lost(Fault),
    ReadsLag(u64),
    StopsTake(u64),
    Passes(u64),
}

fn lives() -> impl Strategy<Value = (bool, Vec<Deed>)> {
    let which = || 0..2_usize;
    let interrupted = prop::option::of(0..12_000_u64);
    let deed = prop_oneof![
        6 => (any::<bool>(), any::<bool>(), interrupted).prop_map(|(planned, applied, after)| Deed::Apply(planned, applied, after)),
        1 => which().prop_map(Deed::Replace),
        1 => which().prop_map(Deed::Taint),
        2 => which().prop_map(Deed::Untaint),
        2 => which().prop_map(Deed::Goes),
        4 => (which(), hurried_edit()).prop_map(|(which, edit)| Deed::Edit(which, edit)),
        1 => prop::sample::select(vec!["STARTED", "STOPPED"]).prop_map(Deed::Outside),
        2 => lost_answer().prop_map(Deed::Lost),
        2 => prop::sample::select(vec![0, 8]).prop_map(Deed::ReadsLag),
        1 => prop::sample::select(vec![0, 6]).prop_map(Deed::StopsTake),
        1 => prop::sample::select(vec![1, 5, 12, 45, 3_600]).prop_map(Deed::Passes),
    ];
    (any::<bool>(), prop::collection::vec(deed, 1..12))
}

/// Two addresses, and what is known of who wants their processor to run.
struct Pair {
    objects: [Terraform; 2],
    /// Somebody else brought it to rest, and no apply has started it since.
    rests: bool,
}

impl Pair {
    fn of(feeds_planned_private: bool) -> Self {
        let first = Terraform::with_processor("CREATED");
        let second = Terraform::of(first.atlas.clone());
        let mut objects = [first, second];
        for object in &mut objects {
            object.feeds_planned_private = feeds_planned_private;
            configure(object, &Edit::default());
        }
        Self {
            objects,
            rests: false,
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
            Deed::Edit(which, edit) => configure(&mut self.objects[which], &edit),
            Deed::Outside(state) => {
                atlas.set_state(NAME, state);
                self.rests = state == "STOPPED";
            }
            Deed::Lost(fault) => atlas.fault(fault),
            Deed::ReadsLag(lag) => atlas.settings(|settings| settings.read_lag = seconds(lag)),
            Deed::StopsTake(lag) => atlas.settings(|settings| settings.stop_lag = seconds(lag)),
            Deed::Passes(time) => tokio::time::sleep(Duration::from_secs(time)).await,
        }
    }

    async fn apply(&mut self, planned: bool, applied: bool) -> Vec<String> {
        let before = self.objects[0].atlas.starts(NAME).len();
        let [one, other] = &mut self.objects;
        let (told, _) = in_order(one, other, planned, applied).await;
        let accepted = self.objects[0].atlas.starts(NAME).len() - before;
        assert!(
            accepted <= 2,
            "{accepted} starts were accepted in one apply"
        );
        if told.is_empty() {
            self.is_true();
        }
        if self.state() == "STARTED" {
            self.rests = false;
        }
        told
    }

    /// What is recorded after an apply that was told of no error is not ahead of Atlas. It may lag behind: what is done for one object
    /// cannot change what another has in state.
    fn is_true(&self) {
        let started = Value::from("STARTED");
        let mut stored = self.objects.iter().filter_map(|one| one.state.as_ref());
        let is_ahead = stored.any(|stored| *stored.value.attribute("state") == started);
        assert!(
            self.runs() || !is_ahead,
            "STARTED is recorded and {} is true",
            self.state()
        );
    }

    fn state(&self) -> String {
        self.objects[0].atlas.state(NAME).expect("it is there")
    }

    fn runs(&self) -> bool {
        matches!(self.state().as_str(), "STARTED" | "STARTING")
    }

    /// Whether an object that stays wants it to run, whoever brought it to rest.
    fn is_wanted(&self) -> bool {
        let wants = |object: &Terraform| {
            let config = object.config.as_ref();
            config.is_some_and(|config| config.attribute("keep_started").as_bool() != Some(false))
        };
        self.objects.iter().any(wants)
    }

    /// Whether an object wants it to run, and none of them was seen on its way to rest, which is no drift yet. One that is to be left
    /// alone does not know what was done for the other.
    fn is_held(&self) -> bool {
        let stopping = Value::from("STOPPING");
        let mut stored = self.objects.iter().filter_map(|one| one.state.as_ref());
        self.is_wanted() && !stored.any(|stored| *stored.value.attribute("state") == stopping)
    }

    /// Nothing goes wrong any more, and nobody does anything else.
    async fn ends(mut self) {
        let atlas = self.objects[0].atlas.clone();
        atlas.clear_faults();
        let refused = self.apply(true, false).await;
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert!(
            !refused.is_empty() || !self.is_held() || self.rests || self.runs(),
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
                let state = stored.value.attribute("state").as_str();
                assert_eq!(
                    state,
                    Some(atlas.state(NAME).as_deref().expect("it is there"))
                );
            }
        }
    }
}

fn configure(object: &mut Terraform, edit: &Edit) {
    object.edit(&[
        ("tier", Value::from(edit.tier)),
        ("if_started", Value::from(edit.if_started)),
        ("stop_on_destroy", Value::from(edit.stop_on_destroy)),
        ("wait", Value::from(edit.wait)),
        ("keep_started", Value::from(edit.keep_started)),
        triggers(&edit.trigger.to_string()),
        timeouts("3m"),
    ]);
}

async fn live(feeds_planned_private: bool, deeds: Vec<Deed>) {
    let mut pair = Pair::of(feeds_planned_private);
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
