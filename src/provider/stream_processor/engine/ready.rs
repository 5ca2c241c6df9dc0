//! What a start waits for before it is sent: that the processor stands still, and that nothing from before comes in between.

use std::time::Duration;

use tokio::time::Instant;

use crate::atlas::Error;

use super::post::Verb;
use super::start::Start;
use super::{
    Doing, Ended, Engine, Failure, Fate, Outcome, Standing, cannot_be_read, is_being_started,
    poll_pauses,
};

impl Engine {
    /// Waits until an earlier stop cannot take effect any more, whatever is seen meanwhile.
    pub(super) async fn outwait_a_stop(&mut self, within: Duration) -> Result<(), Failure> {
        if within.is_zero() {
            return Ok(());
        }
        self.say(format!(
            "An earlier stop of stream processor {} may still take effect; waiting for {} s",
            self.quoted_name(),
            within.as_secs_f32().ceil()
        ));
        let waited = self.pause(within).await;
        waited.map_err(|ended| self.ended(&ended, Doing::AwaitingAnEarlierStop, None))
    }

    /// Looks until the processor is STARTED or at rest; or is about to be STARTED, where that would be left and nobody wants to wait
    /// for it. A refusal to be read is no answer yet (`None`): the start's own answer is what the person is shown.
    pub(super) async fn until_ready(
        &mut self,
        start: &Start,
        found: &mut Outcome,
    ) -> Result<Option<Standing>, Failure> {
        let appears_by = Instant::now() + start.appears_within;
        let shows_by = Instant::now() + start.shows_within;
        let mut earlier = EarlierStart::default();
        let mut missing = None;
        for pause in poll_pauses() {
            let mut pause = pause;
            match self.look().await {
                Ok(Standing::OnItsWay) => {
                    let may_be_it = Instant::now() < shows_by;
                    earlier.began |= may_be_it && self.state().is_some_and(is_being_started);
                    let verb = Verb::Start(&start.options);
                    if !start.wait
                        && self.would_be_left(start)
                        && self.state().is_some_and(|state| verb.is_under_way(state))
                    {
                        return Ok(Some(Standing::OnItsWay));
                    }
                }
                Ok(Standing::AtRest)
                    if start.may_be_own && earlier.came_to_an_end(self.state()) =>
                {
                    // It was carried out, whatever became of it since: a second one could process data twice.
                    found.fate = Fate::accepted(self.client.now());
                    return Err(match self.state() {
                        Some("FAILED") => Failure::TurnedFailed,
                        _ => Failure::StoppedMeanwhile,
                    });
                }
                Ok(Standing::AtRest) if Instant::now() < shows_by => {
                    earlier.waited |= self.state() != Some("FAILED");
                    pause = pause.min(shows_by.saturating_duration_since(Instant::now()));
                }
                Ok(standing) => return Ok(Some(standing)),
                Err(error) if may_appear(&error) && Instant::now() < appears_by => {
                    pause = pause.min(appears_by.saturating_duration_since(Instant::now()));
                    self.say(format!(
                        "Stream processor {} does not exist yet",
                        self.quoted_name()
                    ));
                    missing = Some(error);
                }
                Err(error) if cannot_be_read(&error) => {
                    tracing::debug!(%error, "the processor cannot be read before its start");
                    found.missing = error.is_not_found();
                    found.blind = !found.missing;
                    self.seen = None;
                    return Ok(None);
                }
                Err(error) => return Err(self.failed(Doing::Looking, error)),
            }
            match (self.pause(pause).await, missing.take()) {
                (Ok(()), _) => {}
                // What Atlas said of it is the reason, not the time that was given.
                (Err(Ended::Deadline), Some(error)) => {
                    return Err(self.failed(Doing::Looking, error));
                }
                (Err(ended), _) if Instant::now() < shows_by => {
                    return Err(self.ended(&ended, Doing::AwaitingAnEarlierStart, None));
                }
                (Err(ended), _) => return Err(self.ended(&ended, Doing::WaitingUntilReady, None)),
            }
        }
        Ok(None)
    }
}

/// Atlas knows the workspace and the project, so the processor alone is missing and may be about to appear.
fn may_appear(error: &Error) -> bool {
    error.is_not_found()
        && !error
            .error_code()
            .is_some_and(|code| code.contains("GROUP") || code.contains("TENANT"))
}

/// An earlier start that may still have taken effect, as the looks before another one show it.
#[derive(Default)]
struct EarlierStart {
    /// The processor was at rest, and not failed, while it might still come.
    waited: bool,
    /// By then it was seen on its way to STARTED.
    began: bool,
}

impl EarlierStart {
    /// Whether a processor that is at rest, in this state, shows that it took effect and is over.
    fn came_to_an_end(&self, state: Option<&str>) -> bool {
        self.began || (self.waited && state == Some("FAILED"))
    }
}
