//! Every fault at every step of every form of a start or stop, in memory on a paused clock: what must hold whatever happens.

use std::sync::Arc;
use std::time::Duration;

use atlas_simulator::{Effect, Fault, Simulator};
use itertools::iproduct;
use tokio::time::Instant;

use super::circumstances::Circumstance;
use super::form::{Form, Step};
use super::invariants::{Findings, Invariant, Report};
use super::trial::Trial;
use super::troubles::{NOTHING, Trouble, troubles};
use super::words::{API_KEY, Caller, SERVICE_ACCOUNT};

/// Of each operation.
const TIME: Duration = Duration::from_secs(180);

/// Longer than anything here takes, by the paused clock: what does not end by then never does.
const FOR_EVER: Duration = Duration::from_secs(100_000);

/// One cell of the table.
struct Case {
    trouble: Trouble,
    caller: Caller,
    step: Step,
    times: u32,
    fault: Fault,
    circumstance: Circumstance,
}

impl Case {
    /// `None` where this caller has no such step in this form.
    fn new(form: Form, step: Step, trouble: Trouble, caller: Caller, times: u32) -> Option<Self> {
        if !form.steps().contains(&step) {
            return None;
        }
        let effect = (trouble.effect)();
        if step == Step::Token && matches!(effect, Effect::ExpireTokens) {
            // There is none yet.
            return None;
        }
        let (operation, before) = form.place_of(step);
        let fault = match (step, caller) {
            (Step::Token, SERVICE_ACCOUNT) => Fault::on(operation, effect),
            (Step::Token, API_KEY) => Fault::on_challenge(effect),
            (Step::Token, _) => return None,
            _ => Fault::on(operation, effect).skip(before),
        };
        Some(Self {
            trouble,
            caller,
            step,
            times,
            fault: fault.times(times),
            circumstance: Circumstance::Nothing,
        })
    }

    /// The same, under another circumstance.
    fn under(self, circumstance: Circumstance) -> Self {
        Self {
            circumstance,
            ..self
        }
    }

    fn name(&self, form: Form) -> String {
        let times = match self.times {
            Fault::ALWAYS => "always".to_owned(),
            times => format!("{times} times"),
        };
        let caller = match self.caller {
            SERVICE_ACCOUNT => "service account",
            API_KEY => "API key",
            _ => "access token",
        };
        let (name, step) = (self.trouble.name, self.step);
        let circumstance = self.circumstance.words();
        format!("{form:?}, {step:?}: {name}, {times}, {caller}{circumstance}")
    }

    fn run(self, form: Form) -> Findings {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let (atlas, epoch) = (Simulator::new(), Instant::now());
            atlas.settings(self.trouble.atlas);
            let may_be_spared = self.circumstance.may_spare(form, self.step);
            let (broken, struck, mended) = (atlas.clone(), atlas.clone(), atlas.clone());
            let trial = Trial {
                form,
                caller: self.caller,
                atlas,
                epoch,
                way: self.circumstance.way(),
                block: Vec::new(),
                time: TIME,
                slack: Duration::ZERO,
                start_takes: self.circumstance.start_takes(),
                rest: Duration::from_secs(60),
                peace: self.circumstance.peace(),
                waits: self.circumstance != Circumstance::WithoutWait,
                strikes_once: self.times == 1,
                interrupt_after: self.circumstance.interrupts_after(),
                is_well: self.trouble.name == NOTHING
                    && matches!(
                        self.circumstance,
                        Circumstance::Nothing
                            | Circumstance::WithoutWait
                            | Circumstance::ReadsLag
                            | Circumstance::InACrowd
                    ),
                lost: Arc::default(),
                heard_elsewhere: None,
                next_time: TIME,
                breaks: Box::new(move || {
                    self.circumstance.strikes(&broken, self.fault.clone());
                    self.circumstance.begins(&broken, form, self.step);
                }),
                struck: Box::new(move || struck.faults_hit() > 0 || may_be_spared),
                mends: Box::new(move || {
                    self.circumstance.ends(&mended);
                    mended.set_access_token_is_good(true);
                }),
            };
            let ended = tokio::time::timeout(FOR_EVER, trial.run()).await;
            ended.unwrap_or_else(|_| {
                let mut found = Findings::default();
                found.require(Invariant::NeverHangs, false, || "it hangs".to_owned());
                found
            })
        })
    }
}

/// All faults at all steps of one form, each once, three times and always; at the first step also as it fails an API key. And each
/// once under all unusual circumstances, at whatever changes something and at the looks that follow it.
fn cases(form: Form) -> Vec<Case> {
    let mut cases = Vec::new();
    for (step, times, trouble) in iproduct!(form.steps(), [1, 3, Fault::ALWAYS], troubles()) {
        let caller = trouble.caller;
        if *step == Step::Token && caller == SERVICE_ACCOUNT {
            cases.extend(Case::new(form, *step, trouble, API_KEY, times));
        }
        cases.extend(Case::new(form, *step, trouble, caller, times));
    }
    for step in [Step::Stop, Step::LookAfterStop, Step::Start, Step::Poll] {
        let unusual = Circumstance::UNUSUAL.into_iter();
        for circumstance in unusual.filter(|one| one.leaves(form, step)) {
            let of_one = |trouble: Trouble| Case::new(form, step, trouble, trouble.caller, 1);
            let once = troubles().into_iter().filter_map(of_one);
            cases.extend(once.map(|case| case.under(circumstance)));
        }
    }
    cases
}

#[test]
fn nothing_is_lost_nor_doubled_nor_hangs() {
    let mut report = Report::default();
    std::thread::scope(|threads| {
        let forms: Vec<_> = Form::ALL
            .into_iter()
            .map(|form| {
                let all = move || {
                    let found = cases(form).into_iter().map(|case| {
                        let name = case.name(form);
                        (name, case.run(form))
                    });
                    found.collect::<Vec<_>>()
                };
                (form, threads.spawn(all))
            })
            .collect();
        for (form, thread) in forms {
            for (name, found) in thread.join().expect("no panic") {
                report.add(form.words(), &name, found);
            }
        }
    });
    assert!(report.cases() > 15_000, "{}", report.cases());
    report.conclude("Every fault at every step, in memory");
}
