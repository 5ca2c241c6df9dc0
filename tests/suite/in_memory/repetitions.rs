//! How often, how soon and for how long a request is repeated: `max_retries`, `Retry-After`, and what is told of it.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Operation, Recorded, Simulator, known};
use terraform_provider_atlas::framework::Value;

use super::terraform::Terraform;
use super::words::{NAME, SERVICE_ACCOUNT, after, applied, is_start, starting_for, timeouts};

fn timeout(processed: bool) -> Effect {
    Effect::stream_processor_timeout(known::TENANT, NAME, processed)
}

fn without_repetitions(state: &str) -> Terraform {
    let mut terraform = Terraform::with_processor(state);
    terraform.block = vec![("max_retries", Value::from(0))];
    terraform
}

fn starts_sent(atlas: &Simulator) -> Vec<Recorded> {
    let record = atlas.record().into_iter();
    record.filter(is_start).collect()
}

#[tokio::test(start_paused = true)]
async fn max_retries_0_sends_each_start_once() {
    const SUCCESS: &str = "success";
    const DOUBT: &str = "doubt";
    const NOTHING: &str = "nothing";
    for (what, effect, ends) in [
        ("429", Effect::rate_limited(3), NOTHING),
        ("500", Effect::unexpected_error(false), DOUBT),
        ("503", Effect::service_unavailable(false), DOUBT),
        ("504", timeout(false), DOUBT),
        ("504 with effect", timeout(true), SUCCESS),
        ("reset", Effect::Reset { processed: false }, DOUBT),
        ("no answer", Effect::NoAnswer { processed: false }, DOUBT),
        ("passing 400", Effect::does_not_exist_yet(NAME), NOTHING),
        ("409", Effect::conflict(NAME), NOTHING),
    ] {
        let mut terraform = without_repetitions("STOPPED");
        terraform.atlas.fault(Fault::on(Operation::Start, effect));
        let (errors, _) = applied(&mut terraform).await;
        assert_eq!(terraform.starts(), 1, "{what}: {errors:?}");
        assert_eq!(errors.is_empty(), ends == SUCCESS, "{what}: {errors:?}");
        assert_eq!(terraform.state.is_some(), ends != NOTHING, "{what}");
        assert_eq!(terraform.is_tainted(), ends == DOUBT, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn max_retries_0_turns_off_the_repetition_after_a_conflict_that_passed() {
    for effect in [
        Effect::conflict(NAME),
        Effect::generic_error(NAME, "is stopping"),
    ] {
        let mut terraform = without_repetitions("STOPPED");
        let late = effect.after(Duration::from_secs(2));
        terraform.atlas.fault(Fault::on(Operation::Start, late));
        after(&terraform.atlas, 1, |atlas| {
            atlas.set_state(NAME, "STOPPING")
        });
        after(&terraform.atlas, 21, |atlas| {
            atlas.set_state(NAME, "STOPPED")
        });
        let (errors, _) = applied(&mut terraform).await;
        assert_eq!(errors.len(), 1);
        assert_eq!(terraform.starts(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn max_retries_0_holds_for_a_look_and_for_a_stop_too() {
    let mut terraform = without_repetitions("STOPPED");
    terraform
        .atlas
        .fault(Fault::on(Operation::Get, Effect::rate_limited(3)));
    let (errors, _) = applied(&mut terraform).await;
    assert_eq!(errors.len(), 1);
    assert_eq!(
        (terraform.atlas.calls(Operation::Get), terraform.starts()),
        (1, 0)
    );

    let mut terraform = without_repetitions("STARTED");
    terraform.edit(&[("if_started", Value::from("restart"))]);
    terraform
        .atlas
        .fault(Fault::on(Operation::Stop, Effect::unexpected_error(false)));
    let (errors, _) = applied(&mut terraform).await;
    assert_eq!(errors.len(), 1);
    assert_eq!((terraform.stops(), terraform.starts()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_start_waits_as_long_as_it_is_asked_to() {
    for (what, effect) in [
        ("429", Effect::rate_limited(40)),
        (
            "429 without header",
            Effect::rate_limited_without_header(40),
        ),
        (
            "503",
            Effect::service_unavailable(false).header("retry-after", "40"),
        ),
    ] {
        let mut terraform = Terraform::with_processor("STOPPED");
        terraform.atlas.fault(Fault::on(Operation::Start, effect));
        let (errors, _) = applied(&mut terraform).await;
        assert_eq!(errors, Vec::<String>::new(), "{what}");
        let starts = starts_sent(&terraform.atlas);
        let waited = starts[1].at - starts[0].at;
        assert!(waited >= Duration::from_secs(40), "{what}: {waited:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_deadline_is_not_begun() {
    let mut terraform = Terraform::with_processor("STOPPED").configured(&[timeouts("30s")]);
    terraform
        .atlas
        .fault(Fault::on(Operation::Start, Effect::rate_limited(60)).always());
    let began = tokio::time::Instant::now();
    let (errors, _) = applied(&mut terraform).await;
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
    assert!(errors[0].contains("429"), "{errors:?}");
    assert!(terraform.state.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_wait_longer_than_any_clock_is_an_error_and_no_crash() {
    for wait in [
        "18446744073709551615",
        "9223372036854775807",
        "100000000000",
    ] {
        for operation in [Operation::Start, Operation::Get, Operation::Token] {
            let mut terraform = Terraform::with_processor("CREATED");
            if operation == Operation::Token {
                terraform.caller = SERVICE_ACCOUNT;
            }
            let limited = Effect::rate_limited_old_style().header("retry-after", wait);
            terraform
                .atlas
                .fault(Fault::on(operation, limited).always());
            let (errors, _) = applied(&mut terraform).await;
            assert_eq!(errors.len(), 1, "{wait}, {operation:?}");
            assert!(terraform.state.is_none(), "{wait}, {operation:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_and_time_are_those_of_all_repetitions() {
    let mut terraform = Terraform::with_processor("STOPPED");
    terraform
        .atlas
        .fault(Fault::on(Operation::Start, Effect::unexpected_error(false)).always());
    let (errors, _) = applied(&mut terraform).await;
    let starts = starts_sent(&terraform.atlas);
    assert!(errors[0].contains("(6 attempts in "), "{errors:?}");
    let took = (starts[5].at - starts[0].at).as_secs();
    let told = errors[0]
        .split_once("(6 attempts in ")
        .and_then(|(_, rest)| rest.split_once(')'))
        .map(|(told, _)| told)
        .and_then(|told| terraform_provider_atlas::provider::config::duration::parse(told).ok())
        .expect("a duration");
    assert!(told.as_secs().abs_diff(took) <= 1, "{told:?}, {took} s");
    assert!(took > 5, "there were pauses and looks in between: {took} s");
}

#[tokio::test(start_paused = true)]
async fn polling_waits_as_asked_without_repetitions_too() {
    let mut terraform = without_repetitions("CREATED");
    terraform.edit(&[timeouts("2m")]);
    terraform
        .atlas
        .settings(|settings| settings.start = starting_for(300));
    terraform.atlas.fault(
        Fault::on(Operation::Get, Effect::rate_limited(55))
            .skip(2)
            .always(),
    );
    let (errors, _) = applied(&mut terraform).await;
    assert!(errors[0].contains("too many requests"), "{errors:?}");
    let looks = terraform.atlas.calls(Operation::Get);
    assert!(
        looks <= 5,
        "each of {looks} answers asked for 55 s, in two minutes"
    );
    assert!(looks >= 4, "polling goes on while there is time: {looks}");
}
