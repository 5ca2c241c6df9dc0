//! Requests that take effect long after their answer was lost: what is sent again any sooner would be carried out twice.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, StartBehaviour};
use itertools::iproduct;
use terraform_provider_atlas::framework::Value;

use super::invoking::{atlas_with, invoke};
use super::terraform::Terraform;
use super::words::{NAME, an_hour_passes, applied, errors, nothing_is_planned, triggers};

/// No answer, and an effect so many seconds after the request.
fn lost(after: u64) -> Effect {
    Effect::Reset { processed: false }.processed_late(Duration::from_secs(after))
}

/// When a lost request may take effect at the latest.
const EFFECTS: [u64; 4] = [5, 14, 25, 29];

/// A repetition that fails soon would leave the processor to be started by the one before it.
#[tokio::test(start_paused = true)]
async fn a_start_that_comes_late_and_fails_is_the_only_one() {
    for (after, wait) in iproduct!(EFFECTS, [true, false]) {
        let mut terraform = Terraform::with_processor("CREATED").configured(&[
            ("resume_from_checkpoint", Value::from(false)),
            ("wait", Value::from(wait)),
        ]);
        let soon = Lag::Time(Duration::from_secs(3));
        terraform
            .atlas
            .settings(|settings| settings.start = StartBehaviour::failing("STARTING", soon));
        let start = Fault::on(Operation::StartWith, lost(after));
        terraform.atlas.fault(start);
        let (told, _) = applied(&mut terraform).await;
        assert_eq!(told.is_empty(), !wait, "{after}: {told:?}");
        tokio::time::sleep(Duration::from_secs(120)).await;
        assert_eq!(terraform.atlas.starts(NAME).len(), 1, "{after}, {wait}");
        assert_eq!(terraform.starts(), 1, "{after}, {wait}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_action_does_not_start_twice_either() {
    for after in EFFECTS {
        let atlas = atlas_with("CREATED");
        let soon = Lag::Time(Duration::from_secs(3));
        atlas.settings(|settings| settings.start = StartBehaviour::failing("STARTING", soon));
        atlas.fault(Fault::on(Operation::Start, lost(after)));
        let told = errors(&invoke(&atlas, &[]).await.diagnostics);
        assert!(told[0].contains("FAILED"), "{told:?}");
        tokio::time::sleep(Duration::from_secs(120)).await;
        assert_eq!(atlas.starts(NAME).len(), 1, "{after}");
    }
}

/// A start that follows a stop which is still on its way would be undone by it.
#[tokio::test(start_paused = true)]
async fn a_stop_that_comes_late_does_not_undo_the_start_after_it() {
    for after in EFFECTS {
        let arguments = |tier: &'static str| {
            [
                ("tier", Value::from(tier)),
                ("keep_started", Value::from(false)),
            ]
        };
        let mut terraform = Terraform::with_processor("CREATED").configured(&arguments("SP10"));
        assert_eq!(applied(&mut terraform).await.0, Vec::<String>::new());
        terraform.edit(&arguments("SP30"));
        terraform
            .atlas
            .fault(Fault::on(Operation::Stop, lost(after)));
        assert_eq!(applied(&mut terraform).await.0, Vec::<String>::new());
        tokio::time::sleep(Duration::from_secs(120)).await;
        let truth = terraform.atlas.state(NAME);
        assert_eq!(truth.as_deref(), Some("STARTED"), "{after}");
        assert_eq!(terraform.stops(), 1, "{after}");
        nothing_is_planned(&mut terraform).await;
    }
}

/// Where Atlas itself has answered it is done with the request, and nobody is made to wait for half a minute.
#[tokio::test(start_paused = true)]
async fn what_atlas_answered_is_repeated_sooner() {
    for (effect, at_least, at_most) in [
        (Effect::unexpected_error(false), 10, 15),
        (Effect::html(502), 40, 43),
    ] {
        let mut terraform = Terraform::with_processor("CREATED");
        terraform.atlas.fault(Fault::on(Operation::Start, effect));
        let began = tokio::time::Instant::now();
        assert_eq!(applied(&mut terraform).await.0, Vec::<String>::new());
        let took = began.elapsed().as_secs();
        assert!((at_least..=at_most).contains(&took), "{took} s");
        assert_eq!(terraform.starts(), 2);
    }
}

/// Why a start is sent whose object is to be left at rest by the next apply.
#[derive(Clone, Copy, Debug)]
enum ForWhat {
    ADriftThatIsLetBe,
    TriggersThatAreTakenBack,
    ACreateThatIsUntainted,
}

/// Rest from before it is no state to record, where there is nothing to do and nobody waits for it.
#[tokio::test(start_paused = true)]
async fn rest_that_is_seen_while_a_start_may_still_come_is_not_recorded() {
    let with = |keep, version| [("keep_started", Value::from(keep)), triggers(version)];
    for (why, comes_late, approved_late) in iproduct!(
        [
            ForWhat::ADriftThatIsLetBe,
            ForWhat::TriggersThatAreTakenBack,
            ForWhat::ACreateThatIsUntainted
        ],
        [true, false],
        [true, false]
    ) {
        let what = format!("{why:?}, comes late {comes_late}, approved late {approved_late}");
        let mut terraform = Terraform::with_processor("CREATED")
            .configured(&with(matches!(why, ForWhat::ADriftThatIsLetBe), "1"));
        if !matches!(why, ForWhat::ACreateThatIsUntainted) {
            applied(&mut terraform).await;
            an_hour_passes(&mut terraform).await;
            terraform.atlas.set_state(NAME, "STOPPED");
        }
        if matches!(why, ForWhat::TriggersThatAreTakenBack) {
            terraform.edit(&with(false, "2"));
        }
        let effect = match comes_late {
            true => lost(20),
            false => Effect::Reset { processed: true },
        };
        terraform.atlas.fault(Fault::on(Operation::Start, effect));
        let lag = (!comes_late).then_some(Lag::Time(Duration::from_secs(8)));
        terraform.atlas.settings(|settings| settings.read_lag = lag);
        terraform.interrupt_after = Some(Duration::from_secs(1));
        let told = errors(&terraform.apply().await);
        assert!(told[0].contains("may have accepted"), "{what}: {told:?}");
        terraform.interrupt_after = None;
        if terraform.is_tainted() {
            terraform.untaint();
        }
        terraform.edit(&with(false, "1"));
        let plan = terraform.plan().await;
        if approved_late {
            an_hour_passes(&mut terraform).await;
        }
        let told = errors(&terraform.apply_plan(plan).await);
        assert_eq!(told, Vec::<String>::new(), "{what}");
        assert_eq!(terraform.state(), Value::Null, "{what}");
        tokio::time::sleep(Duration::from_secs(30)).await;
        nothing_is_planned(&mut terraform).await;
        assert_eq!(terraform.state(), Value::from("STARTED"), "{what}");
    }
}

/// The start that was to keep it started from now on is lost: what was not done is planned again, and no stop is imagined.
#[tokio::test(start_paused = true)]
async fn a_start_for_keep_started_that_is_lost_is_repeated() {
    let keep = |keep| [("keep_started", Value::from(keep))];
    for (processed, interrupted_twice) in iproduct!([true, false], [true, false]) {
        let what = format!("processed {processed}, interrupted twice {interrupted_twice}");
        let mut terraform = Terraform::with_processor("CREATED").configured(&keep(false));
        applied(&mut terraform).await;
        an_hour_passes(&mut terraform).await;
        terraform.atlas.set_state(NAME, "STOPPED");
        terraform.edit(&keep(true));
        let lost = Effect::NoAnswer { processed };
        terraform.atlas.fault(Fault::on(Operation::Start, lost));
        let lag = Lag::Time(Duration::from_secs(8));
        terraform
            .atlas
            .settings(|settings| settings.read_lag = Some(lag));
        terraform.interrupt_after = Some(Duration::from_secs(1));
        assert_eq!(errors(&terraform.apply().await).len(), 1, "{what}");
        if interrupted_twice {
            assert_eq!(errors(&terraform.apply().await).len(), 1, "{what}");
            let remembered = String::from_utf8_lossy(terraform.private());
            assert!(!remembered.contains("stopped"), "{what}: {remembered}");
        }
        terraform.interrupt_after = None;
        assert_eq!(
            applied(&mut terraform).await.0,
            Vec::<String>::new(),
            "{what}"
        );
        assert_eq!(terraform.state(), Value::from("STARTED"), "{what}");
        assert_eq!(terraform.atlas.starts(NAME).len(), 2, "{what}");
        nothing_is_planned(&mut terraform).await;
    }
}
