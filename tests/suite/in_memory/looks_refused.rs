//! Looks that are refused while something is waited for: for a moment, for good, to whoever was never shown it, and by a limit that
//! others have met.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Lag, Operation, Simulator};
use terraform_provider_atlas::framework::{CancellationToken, Diagnostics, Value};
use terraform_provider_atlas::provider::AtlasProvider;
use tokio::time::{Instant, sleep};

use super::invoking::{START, STOP, atlas_with, invoke_action};
use super::words::{NAME, SERVICE_ACCOUNT, errors, provider, provider_of, starting_for, warnings};

/// What is waited for; all of it takes a minute.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Awaited {
    Start,
    StartWhoseAnswerWasLost,
    Stop,
}

use Awaited::{Start, StartWhoseAnswerWasLost, Stop};

const ALL: [Awaited; 3] = [Start, StartWhoseAnswerWasLost, Stop];

impl Awaited {
    fn atlas(self) -> Simulator {
        let atlas = atlas_with(if self == Stop { "STARTED" } else { "CREATED" });
        atlas.settings(|settings| {
            settings.start = starting_for(60);
            settings.stop_lag = Some(Lag::Time(seconds(60)));
        });
        if self == StartWhoseAnswerWasLost {
            let lost = Effect::Reset { processed: true };
            atlas.fault(Fault::on(Operation::Start, lost));
        }
        atlas
    }

    async fn of(self, provider: &AtlasProvider) -> Diagnostics {
        let action = if self == Stop { STOP } else { START };
        let invoked = invoke_action(provider, action, &[], &CancellationToken::new()).await;
        invoked.diagnostics
    }

    /// It was waited for to its end, and there is nothing to tell.
    async fn ends_well(self, atlas: &Simulator, refused: &str) {
        let told = self.of(&provider_of(atlas, SERVICE_ACCOUNT, &[])).await;
        assert!(told.is_empty(), "{self:?}, {refused}: {told:?}");
        let end = if self == Stop { "STOPPED" } else { "STARTED" };
        let truth = atlas.state(NAME);
        assert_eq!(truth.as_deref(), Some(end), "{self:?}, {refused}");
        let sent = atlas.calls(Operation::Start) + atlas.calls(Operation::Stop);
        assert_eq!(sent, 1, "{self:?}, {refused}");
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The looks after the first one, which comes before anything is sent.
fn later_looks(effect: Effect) -> Fault {
    Fault::on(Operation::Get, effect).skip(1)
}

/// From the second look on the token is no good any more, and this is said to whoever wants another one.
fn no_more_tokens(atlas: &Simulator, times: u32, takes: Duration) {
    let refused = Effect::oauth_error(401, "invalid_client", "Invalid credentials provided.");
    atlas.fault(later_looks(Effect::ExpireTokens));
    let tokens = Fault::on(Operation::Token, refused.after(takes)).skip(1);
    atlas.fault(tokens.times(times));
}

/// How long a refusal takes to come: longer than looks must be refused before that counts as for good.
const LONG: Duration = Duration::from_secs(12);

#[tokio::test(start_paused = true)]
async fn two_refusals_pass_however_long_they_take() {
    for awaited in ALL {
        let atlas = awaited.atlas();
        atlas.fault(later_looks(Effect::access_forbidden().after(LONG)).times(2));
        awaited.ends_well(&atlas, "the look").await;

        let atlas = awaited.atlas();
        no_more_tokens(&atlas, 2, LONG);
        awaited.ends_well(&atlas, "its token").await;
    }
}

#[tokio::test(start_paused = true)]
async fn refusals_with_good_looks_between_them_do_not_add_up() {
    for awaited in ALL {
        let atlas = awaited.atlas();
        // A good one, and two that are refused; and that three times.
        for skip in [1, 2, 3] {
            let refused = Fault::on(Operation::Get, Effect::access_forbidden());
            atlas.fault(refused.skip(skip).times(2));
        }
        awaited.ends_well(&atlas, "two of three looks").await;
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_gets_no_token_any_more_is_not_kept_waiting() {
    for (awaited, words) in [
        (Start, "cannot be read back"),
        (StartWhoseAnswerWasLost, "may have accepted the start"),
        (Stop, "waiting until the processor is STOPPED"),
    ] {
        let atlas = awaited.atlas();
        no_more_tokens(&atlas, Fault::ALWAYS, Duration::ZERO);
        let began = Instant::now();
        let told = awaited.of(&provider_of(&atlas, SERVICE_ACCOUNT, &[])).await;
        assert!(began.elapsed() < seconds(40), "{awaited:?}: {told:?}");
        let told = [errors(&told), warnings(&told)].concat();
        assert_eq!(told.len(), 1, "{told:?}");
        for words in [words, "invalid_client"] {
            assert!(told[0].contains(words), "{words} in {told:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_was_never_shown_it_is_not_kept_waiting() {
    for refusal in [
        Effect::access_forbidden,
        Effect::method_not_allowed,
        Effect::not_atlas,
    ] {
        let atlas = Start.atlas();
        atlas.fault(Fault::on(Operation::Get, refusal()).always());
        let began = Instant::now();
        let told = Start.of(&provider(&atlas)).await;
        assert_eq!(errors(&told), Vec::<String>::new());
        let warned = warnings(&told);
        assert!(warned[0].contains("cannot be read back"), "{warned:?}");
        assert!(began.elapsed() < seconds(1), "{:?}", began.elapsed());
        assert_eq!(atlas.calls(Operation::Get), 2, "once more is enough");
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_others_have_met_and_that_leaves_no_time_ends_the_wait() {
    for (awaited, accepted) in [
        (Start, "Atlas accepted the start"),
        (Stop, "Atlas accepted the stop"),
    ] {
        let atlas = awaited.atlas();
        atlas.add_processor("invoices", "CREATED");
        let limited = Fault::on(Operation::Get, Effect::rate_limited(3_600));
        atlas.fault(limited.of("invoices"));
        let provider = provider(&atlas);
        let other = [("processor_name", Value::from("invoices"))];
        let cancel = CancellationToken::new();
        let began = Instant::now();
        let (told, others) = tokio::join!(awaited.of(&provider), async {
            sleep(seconds(5)).await;
            invoke_action(&provider, START, &other, &cancel).await
        });
        assert!(others.diagnostics.has_error());
        let told = errors(&told);
        assert!(began.elapsed() < seconds(30), "{awaited:?}: {told:?}");
        for words in [
            "too many requests",
            accepted,
            "it asks to wait 1h",
            "Wait as long as Atlas asks",
        ] {
            assert!(told[0].contains(words), "{words} in {told:?}");
        }
        assert!(!told[0].contains("more time"), "{told:?}");
    }
}
