//! The search for a life that breaks a promise: the same in every run, and shown at its shortest.

use std::fmt::Debug;
use std::time::Duration;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

use super::steps::{Step, lives};
use super::words::tell;

/// How many lives `cargo test` tries of each kind; `ATLAS_TEST_SEQUENCES` says otherwise.
const SEQUENCES: u32 = 400;

/// Longer than any life takes: what does not end by then never does.
const FOR_EVER: Duration = Duration::from_secs(10_000_000);

/// Lives them all, and shows the shortest that breaks a promise.
pub(super) fn all_hold<B: Debug, D: Debug, L: Future<Output = ()>>(
    what: &str,
    lives: &impl Strategy<Value = (B, Vec<D>)>,
    live: impl Fn(B, Vec<D>) -> L,
) {
    let cases = std::env::var("ATLAS_TEST_SEQUENCES")
        .ok()
        .map_or(SEQUENCES, |number| {
            number.parse().expect("ATLAS_TEST_SEQUENCES is a number")
        });
    // The same in every run, unless ATLAS_TEST_SEED says otherwise.
    let seed = std::env::var("ATLAS_TEST_SEED").ok().map_or(7, |seed| {
        seed.parse::<u8>()
            .expect("ATLAS_TEST_SEED is a number up to 255")
    });
    let broken = tried(cases, seed, lives, |beginning, deeds| {
        // The provider's pauses are drawn anew for each.
        fastrand::seed(seed.into());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .expect("a runtime");
        let lived = async { tokio::time::timeout(FOR_EVER, live(beginning, deeds)).await };
        assert!(runtime.block_on(lived).is_ok(), "it hangs");
    });
    if let Some(broken) = broken {
        panic!("{broken}");
    }
    tell(&format!(
        "\n{cases} random sequences of {what}, seed {seed}: all held\n"
    ));
}

/// Tries so many; the shortest that was found to break what is promised, a line for each thing that happens.
fn tried<B: Debug, D: Debug>(
    cases: u32,
    seed: u8,
    lives: &impl Strategy<Value = (B, Vec<D>)>,
    promise: impl Fn(B, Vec<D>),
) -> Option<String> {
    let config = Config {
        cases,
        failure_persistence: None,
        // By itself it would give up the sooner, the fewer cases there are.
        max_shrink_iters: 4 * SEQUENCES,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let outcome = TestRunner::new_with_rng(config, rng).run(lives, |(beginning, deeds)| {
        promise(beginning, deeds);
        Ok(())
    });
    match outcome {
        Ok(()) => None,
        Err(TestError::Fail(why, (beginning, deeds))) => {
            let deeds: Vec<String> = deeds
                .iter()
                .enumerate()
                .map(|(number, deed)| format!("{:>4}. {deed:?}", number + 1))
                .collect();
            Some(format!(
                "seed {seed}: {why}\n{beginning:?}\n{}",
                deeds.join("\n")
            ))
        }
        Err(TestError::Abort(why)) => panic!("seed {seed}: {why}"),
    }
}

/// Whether it comes down to what broke a promise, and to nothing beside it: with promises that nobody keeps.
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
        let shown = tried(SEQUENCES, 7, &lives(), |_, steps| {
            assert!(!breaks(&steps), "it is broken that {promise}");
        });
        let shown = shown.unwrap_or_else(|| panic!("no sequence breaks that {promise}"));
        let steps = shortest
            .iter()
            .enumerate()
            .map(|(number, step)| format!("\n{:>4}. {step}", number + 1));
        let expected = format!(
            "seed 7: it is broken that {promise}\n\
             Host {{ who: AccessToken, create_before_destroy: false, feeds_planned_private: false, runs: false, edit: Edit {{ \
             tier: None, if_started: None, trigger: 0, stop_on_destroy: false, wait: None, keep_started: None, \
             resume_from_checkpoint: None, processor: 0 }} }}{}",
            steps.collect::<String>()
        );
        assert_eq!(shown, expected);
    }
}
