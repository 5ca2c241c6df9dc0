//! The search for a sequence that breaks a promise: the same in every run, and shown at its shortest.

use proptest::test_runner::{Config, Reason, RngAlgorithm, TestError, TestRng, TestRunner};

use super::steps::{Host, Step, lives};

/// How many sequences `cargo test` runs; `ATLAS_TEST_SEQUENCES` says otherwise.
pub(super) const SEQUENCES: u32 = 400;

/// Tries so many sequences; the shortest that was found to break what is promised, as it is shown.
pub(super) fn tried(cases: u32, seed: u8, promise: impl Fn(Host, Vec<Step>)) -> Option<String> {
    let config = Config {
        cases,
        failure_persistence: None,
        // By itself it would give up the sooner, the fewer cases there are.
        max_shrink_iters: 4 * SEQUENCES,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let outcome = TestRunner::new_with_rng(config, rng).run(&lives(), |(host, steps)| {
        promise(host, steps);
        Ok(())
    });
    match outcome {
        Ok(()) => None,
        Err(TestError::Fail(why, (host, steps))) => Some(shown(seed, &why, host, &steps)),
        Err(TestError::Abort(why)) => panic!("seed {seed}: {why}"),
    }
}

/// The shortest sequence that was found, a line for each step.
fn shown(seed: u8, why: &Reason, host: Host, steps: &[Step]) -> String {
    let steps: Vec<String> = steps
        .iter()
        .enumerate()
        .map(|(number, step)| match step {
            Step::Broken(trouble, fault) => format!("{:>4}. {trouble}: {fault:?}", number + 1),
            step => format!("{:>4}. {step:?}", number + 1),
        })
        .collect();
    format!("seed {seed}: {why}\n{host:?}\n{}", steps.join("\n"))
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
        let shown = tried(SEQUENCES, 7, |_, steps| {
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
