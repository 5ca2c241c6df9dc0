//! Several calls on one processor in one process: one after another, and none undoes what another did.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, Simulator};
use terraform_provider_atlas::framework::{CancellationToken, Value};

use super::invoking::{START, atlas_with, invoke_in, invoke_unless};
use super::one_run::Run;
use super::terraform::Terraform;
use super::words::{
    NAME, SERVICE_ACCOUNT, an_hour_passes, applied, configure, errors, provider, provider_of,
    starting_for, timeouts, warnings,
};

/// A start that is only carried out after five seconds.
fn slowly_accepted() -> Fault {
    Fault::on(Operation::Start, Effect::Delay(Duration::from_secs(5)))
}

#[tokio::test(start_paused = true)]
async fn what_this_run_started_or_kept_is_not_stopped_by_a_later_delete() {
    for (state, starts) in [("CREATED", 1), ("STARTED", 0)] {
        let atlas = atlas_with(state);
        let run = Run::on(&atlas);
        assert!(run.create(&[]).await.diagnostics.is_empty());
        let destroyed = run.destroy(&[]).await;
        assert!(destroyed.state.is_null(), "{state}");
        let warned = warnings(&destroyed.diagnostics);
        assert!(warned[0].contains("was not stopped"), "{state}: {warned:?}");
        assert_eq!(atlas.calls(Operation::Start), starts, "{state}");
        assert_eq!(atlas.calls(Operation::Stop), 0, "{state}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_of_the_action_counts_for_that_too() {
    let atlas = atlas_with("CREATED");
    let run = Run::on(&atlas);
    let invoked = invoke_in(&run.provider, &[], &CancellationToken::new()).await;
    assert!(invoked.diagnostics.is_empty(), "{:?}", invoked.diagnostics);
    let destroyed = run.destroy(&[]).await;
    assert!(warnings(&destroyed.diagnostics)[0].contains("was not stopped"));
    assert_eq!(atlas.calls(Operation::Stop), 0);
}

#[tokio::test(start_paused = true)]
async fn another_processor_is_stopped_all_the_same() {
    let atlas = atlas_with("CREATED");
    atlas.add_processor("invoices", "STARTED");
    let run = Run::on(&atlas);
    assert!(run.create(&[]).await.diagnostics.is_empty());
    let other = [("processor_name", Value::from("invoices"))];
    assert!(run.destroy(&other).await.diagnostics.is_empty());
    assert_eq!(atlas.state("invoices").as_deref(), Some("STOPPED"));
    assert_eq!(atlas.state(NAME).as_deref(), Some("STARTED"));
}

#[tokio::test(start_paused = true)]
async fn a_new_run_in_the_same_process_remembers_nothing_of_the_last() {
    let atlas = atlas_with("CREATED");
    let run = Run::on(&atlas);
    assert!(run.create(&[]).await.diagnostics.is_empty());
    configure(&run.provider, &[]);
    let destroyed = run.destroy(&[]).await;
    assert!(
        destroyed.diagnostics.is_empty(),
        "{:?}",
        destroyed.diagnostics
    );
    assert_eq!(atlas.state(NAME).as_deref(), Some("STOPPED"));
}

#[tokio::test(start_paused = true)]
async fn two_addresses_of_one_processor_start_it_once() {
    let atlas = atlas_with("CREATED");
    atlas.fault(slowly_accepted());
    let run = Run::on(&atlas);
    let (one, other) = tokio::join!(run.create(&[]), run.create(&[]));
    for created in [one, other] {
        assert!(created.diagnostics.is_empty(), "{:?}", created.diagnostics);
        assert_eq!(created.state.attribute("state"), &Value::from("STARTED"));
    }
    assert_eq!(atlas.calls(Operation::Start), 1);
}

#[tokio::test(start_paused = true)]
async fn a_destroy_and_a_create_of_one_processor_end_with_it_running() {
    // The create first: the destroy waits for its turn, and then leaves alone what was started.
    let atlas = atlas_with("CREATED");
    atlas.fault(slowly_accepted());
    let run = Run::on(&atlas);
    let (created, destroyed) = tokio::join!(run.create(&[]), run.destroy(&[]));
    assert!(created.diagnostics.is_empty(), "{:?}", created.diagnostics);
    assert!(warnings(&destroyed.diagnostics)[0].contains("was not stopped"));
    assert_eq!(atlas.calls(Operation::Stop), 0);
    assert_eq!(atlas.state(NAME).as_deref(), Some("STARTED"));

    // The destroy first: the create starts again what was stopped.
    let atlas = atlas_with("STARTED");
    let run = Run::on(&atlas);
    let (destroyed, created) = tokio::join!(run.destroy(&[]), run.create(&[]));
    assert!(
        destroyed.diagnostics.is_empty(),
        "{:?}",
        destroyed.diagnostics
    );
    assert!(created.diagnostics.is_empty(), "{:?}", created.diagnostics);
    let sent = (atlas.calls(Operation::Stop), atlas.calls(Operation::Start));
    assert_eq!(sent, (1, 1));
    assert_eq!(atlas.state(NAME).as_deref(), Some("STARTED"));
}

#[tokio::test(start_paused = true)]
async fn the_action_takes_its_turn_on_the_processor() {
    let atlas = atlas_with("CREATED");
    atlas.fault(slowly_accepted());
    let run = Run::on(&atlas);
    let cancel = CancellationToken::new();
    let (created, invoked) = tokio::join!(run.create(&[]), invoke_in(&run.provider, &[], &cancel));
    assert!(created.diagnostics.is_empty(), "{:?}", created.diagnostics);
    assert!(invoked.diagnostics.is_empty(), "{:?}", invoked.diagnostics);
    assert_eq!(atlas.calls(Operation::Start), 1);
    let told = invoked.progress.join("\n");
    assert!(told.contains("STARTED already"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_turn_ends_with_an_interruption() {
    let atlas = atlas_with("CREATED");
    atlas.settings(|settings| settings.start = starting_for(300));
    let run = Run::on(&atlas);
    let cancel = CancellationToken::new();
    let interrupting = async {
        tokio::time::sleep(Duration::from_secs(9)).await;
        cancel.cancel();
    };
    let began = tokio::time::Instant::now();
    let invoking = async {
        let invoked = invoke_in(&run.provider, &[], &cancel).await;
        (invoked, began.elapsed())
    };
    let (created, (invoked, waited), ()) = tokio::join!(run.create(&[]), invoking, interrupting);
    assert!(created.diagnostics.is_empty(), "{:?}", created.diagnostics);
    let refused = errors(&invoked.diagnostics);
    assert!(refused[0].contains("interrupted"), "{refused:?}");
    assert!(
        refused[0].contains("another operation of this run"),
        "{refused:?}"
    );
    assert!(waited <= Duration::from_millis(9_100), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn the_time_of_an_operation_begins_with_its_turn() {
    let atlas = atlas_with("CREATED");
    atlas.settings(|settings| settings.start = starting_for(300));
    let run = Run::on(&atlas);
    let cancel = CancellationToken::new();
    let short = [("timeout", Value::from("10s"))];
    let (created, invoked) =
        tokio::join!(run.create(&[]), invoke_in(&run.provider, &short, &cancel));
    assert!(created.diagnostics.is_empty(), "{:?}", created.diagnostics);
    assert!(invoked.diagnostics.is_empty(), "{:?}", invoked.diagnostics);
}

/// Somebody else, who came after its host was gone, starts it between an orphan's stop and its start.
#[tokio::test(start_paused = true)]
async fn an_orphan_stops_nothing_that_somebody_else_has_started_since() {
    let atlas = atlas_with("STARTED");
    let slow = Effect::Delay(Duration::from_secs(3));
    atlas.fault(Fault::on(Operation::Start, slow));
    let (abandoned, cancel) = (CancellationToken::new(), CancellationToken::new());
    let provider = provider(&atlas);
    let restart = [("if_started", Value::from("restart"))];
    let orphan = invoke_unless(&abandoned, &provider, START, &restart, &cancel);
    let (_, ()) = tokio::join!(orphan, async {
        while atlas.calls(Operation::Start) == 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        abandoned.cancel();
        tokio::time::sleep(Duration::from_secs(1)).await;
        atlas.set_state(NAME, "STARTED");
    });
    assert_eq!(atlas.calls(Operation::Stop), 1);
    assert_eq!(atlas.calls(Operation::Start), 1);
    assert_eq!(atlas.state(NAME).as_deref(), Some("STARTED"));
}

/// Its request has been let go by the engine, and waits for something else first: a token, a token once more, or the rate limit.
#[tokio::test(start_paused = true)]
async fn an_orphan_sends_nothing_either_that_waits_for_a_token_or_for_the_rate_limit() {
    let slow_token = || {
        Fault::on(
            Operation::Token,
            Effect::AsUsual.after(Duration::from_secs(8)),
        )
    };
    let a_new_token_is_slow = |atlas: &Simulator| {
        atlas.fault(Fault::on(Operation::Start, Effect::user_unauthorized()));
        atlas.fault(slow_token().skip(1));
    };
    let the_project_is_limited = |atlas: &Simulator| {
        atlas.fault(Fault::on(Operation::Start, Effect::rate_limited(8)));
    };
    type Prepare<'a> = &'a dyn Fn(&Simulator);
    let cases: [(&str, Prepare<'_>, usize); 3] = [
        ("its first token", &|atlas| atlas.fault(slow_token()), 0),
        ("a new token", &a_new_token_is_slow, 1),
        ("the rate limit", &the_project_is_limited, 1),
    ];
    for (waits_for, prepare, starts) in cases {
        let atlas = atlas_with("CREATED");
        prepare(&atlas);
        let (abandoned, cancel) = (CancellationToken::new(), CancellationToken::new());
        let provider = provider_of(&atlas, SERVICE_ACCOUNT, &[]);
        let orphan = invoke_unless(&abandoned, &provider, START, &[], &cancel);
        tokio::join!(orphan, async {
            tokio::time::sleep(Duration::from_secs(2)).await;
            abandoned.cancel();
        });
        assert_eq!(atlas.calls(Operation::Start), starts, "{waits_for}");
        assert_eq!(atlas.state(NAME).as_deref(), Some("CREATED"), "{waits_for}");
    }
}

/// Its host goes while looks are to settle what became of its start; they show that nothing did. Somebody else may start it by then,
/// and stop it.
#[tokio::test(start_paused = true)]
async fn an_orphan_does_not_start_again_what_was_lost() {
    let atlas = atlas_with("CREATED");
    let lost = Effect::Reset { processed: false };
    atlas.fault(Fault::on(Operation::Start, lost));
    let (abandoned, cancel) = (CancellationToken::new(), CancellationToken::new());
    let provider = provider(&atlas);
    let orphan = invoke_unless(&abandoned, &provider, START, &[], &cancel);
    let (invoked, ()) = tokio::join!(orphan, async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        abandoned.cancel();
    });
    assert!(invoked.diagnostics.has_error());
    assert_eq!(atlas.calls(Operation::Start), 1);
    assert_eq!(atlas.state(NAME).as_deref(), Some("CREATED"));
}

/// Two addresses of one processor: the second waits for the start of the first, whose answer was lost.
#[tokio::test(start_paused = true)]
async fn a_start_waits_for_another_that_is_in_doubt() {
    let atlas = Simulator::new();
    atlas.add_processor(NAME, "CREATED");
    let late = Effect::Reset { processed: false }.processed_late(Duration::from_secs(20));
    atlas.fault(Fault::on(Operation::Start, late));
    let run = Run::on(&atlas);
    let first = run.create(&[timeouts("5s")]).await;
    assert!(first.diagnostics.has_error());
    let second = run.create(&[timeouts("2m")]).await;
    assert_eq!(errors(&second.diagnostics), Vec::<String>::new());
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(atlas.state(NAME).as_deref(), Some("STARTED"));
    assert_eq!(atlas.starts(NAME).len(), 1);
    assert_eq!(atlas.calls(Operation::Start), 1, "none is sent beside it");
}

#[tokio::test(start_paused = true)]
async fn a_start_waits_for_a_stop_that_is_in_doubt() {
    let atlas = Simulator::new();
    atlas.add_processor(NAME, "STARTED");
    let late = Effect::Reset { processed: false }.processed_late(Duration::from_secs(20));
    atlas.fault(Fault::on(Operation::Stop, late));
    let run = Run::on(&atlas);
    let first = run.destroy(&[timeouts("5s")]).await;
    assert!(first.diagnostics.has_error());
    let second = run.create(&[timeouts("2m")]).await;
    assert_eq!(errors(&second.diagnostics), Vec::<String>::new());
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(atlas.state(NAME).as_deref(), Some("STARTED"));
}

/// With `create_before_destroy` the destroy half comes right after the start of the other half, which reads may not show yet: that is
/// not undone.
#[tokio::test(start_paused = true)]
async fn a_start_that_does_not_show_yet_is_not_said_to_be_undone() {
    for (wait, lag) in [(true, 9), (false, 9), (false, 4)] {
        let mut terraform = Terraform::with_processor("CREATED").configured(&[
            ("if_started", Value::from("restart")),
            ("wait", Value::from(wait)),
        ]);
        terraform.create_before_destroy = true;
        terraform.feeds_planned_private = true;
        applied(&mut terraform).await;
        an_hour_passes(&mut terraform).await;
        applied(&mut terraform).await;
        let lag = Lag::Time(Duration::from_secs(lag));
        terraform
            .atlas
            .settings(|settings| settings.read_lag = Some(lag));
        terraform.replace = true;
        terraform.interrupt_after = Some(Duration::from_secs(3));
        assert_eq!(errors(&terraform.apply().await).len(), 1);
        terraform.interrupt_after = None;
        assert_eq!(
            applied(&mut terraform).await.0,
            Vec::<String>::new(),
            "{wait}"
        );
        assert_eq!(terraform.atlas.state(NAME).as_deref(), Some("STARTED"));
        assert!(terraform.deposed.is_empty());
    }
}
