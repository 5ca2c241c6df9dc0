//! A stop from the first look to rest.

use crate::atlas::Error;

use super::post::{Posted, Verb};
use super::{Doing, Engine, Failure, Standing, is_interruption, poll_pauses};

/// How a processor came to rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// It stands still.
    AtRest,
    /// It does not exist (any more).
    Gone,
}

impl Engine {
    /// Stops the processor, if it is not at rest, and waits until it is.
    pub(crate) async fn stop(mut self) -> Result<Stopped, Failure> {
        match self.look().await {
            Ok(Standing::AtRest) => return Ok(Stopped::AtRest),
            Ok(_) => {}
            Err(error) if is_gone(&error) => return Ok(Stopped::Gone),
            Err(error) => return Err(self.failed(Doing::Looking, error)),
        }
        match self.stop_and_wait().await {
            Ok(()) => Ok(Stopped::AtRest),
            Err(Failure::Gone) => Ok(Stopped::Gone),
            // Somebody may have deleted it since the look: then there is nothing left to stop.
            Err(refused @ Failure::Refused { .. }) => match self.look().await {
                Err(error) if is_gone(&error) => Ok(Stopped::Gone),
                _ => Err(refused),
            },
            Err(failure) => Err(failure),
        }
    }

    /// Stops a processor that was seen running and waits until it is at rest.
    pub(super) async fn stop_and_wait(&mut self) -> Result<(), Failure> {
        if self.state() != Some("STOPPING") {
            self.say(format!("Stopping stream processor {}", self.quoted_name()));
            match self.post(&Verb::Stop).await {
                Posted::Accepted(_) => {}
                Posted::Reached { .. } => return Ok(()),
                Posted::Failed { failure, .. } => return Err(failure),
            }
        }
        for pause in poll_pauses() {
            let last_error = match self.look().await {
                Ok(Standing::AtRest) => return Ok(()),
                Ok(_) => None,
                Err(error) if is_interruption(&error) => {
                    return Err(self.failed(Doing::WaitingUntilStopped, error));
                }
                Err(error) if is_gone(&error) => {
                    self.seen = None;
                    return Err(Failure::Gone);
                }
                Err(error) => Some(error),
            };
            if let Err(ended) = self.pause(pause).await {
                return Err(self.ended(&ended, Doing::WaitingUntilStopped, last_error));
            }
        }
        Ok(())
    }
}

/// Only an error of Atlas' own says that there is no such processor; any other 404 is a wrong address.
fn is_gone(error: &Error) -> bool {
    error.status() == Some(404) && error.has_atlas_body()
}
