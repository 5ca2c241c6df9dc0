//! InvokeAction: the work of an action, told as a stream of progress that ends with exactly one completion.

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{Server, config, guard};
use crate::framework::{
    CancellationToken, Diagnostic, Diagnostics, Encoded, InvokeRequest, Progress,
};

/// What is said while an action works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// How far it is.
    Progress(String),
    /// It is over; nothing comes after this.
    Completed(Diagnostics),
}

impl Server {
    /// Begins the work and returns the end at which its events arrive. The work goes on to its end
    /// even if that is dropped, and never waits for anybody to listen. `abandoned` is cancelled when the host is gone: what has
    /// not begun by then need not begin.
    ///
    /// Has to be called within a tokio runtime.
    pub fn invoke_action(
        &self,
        action_type: &str,
        config: &Encoded,
        abandoned: CancellationToken,
    ) -> UnboundedReceiver<Event> {
        let (events, receiver) = unbounded_channel();
        if let Err(refused) = self.begin(action_type, config, abandoned, events.clone()) {
            // The receiver is right here, so that this cannot fail.
            let _ = events.send(Event::Completed(refused.into()));
        }
        receiver
    }

    fn begin(
        &self,
        action_type: &str,
        config: &Encoded,
        abandoned: CancellationToken,
        events: UnboundedSender<Event>,
    ) -> Result<(), Diagnostic> {
        let offered = self.action(action_type)?;
        let config = config::decode(action_type, config, &offered.schema, &offered.ty)?;
        if !config.is_wholly_known() {
            return Err(Diagnostic::error(
                format!("Cannot invoke the action {action_type}"),
                "Its configuration still holds values that are not known. Apply what they depend on first.",
            ));
        }
        let (progress, messages) = Progress::channel();
        let request = InvokeRequest {
            config,
            progress,
            cancel: self.cancel(),
            abandoned,
        };
        let interrupted = request.cancel.clone();
        let action = offered.it.clone();
        let doing = format!("invoking the action {action_type}");
        tokio::spawn(async move {
            let work = guard::finish(&doing, async move { action.invoke(request).await });
            let told = guard::around(&doing, tell(work, messages, &interrupted, &events)).await;
            if let Err(failure) = told {
                // Without a completion hosts take the action for one that has succeeded.
                let _ = events.send(Event::Completed(failure.into()));
            }
        });
        Ok(())
    }
}

/// Passes messages on while the work goes on, and then says how it ended. Nobody listening is no failure.
///
/// After an interruption only the end is told: at the first event Terraform then gives the stream up, and versions up to
/// 1.15 crash at a second one. The message is in the log.
async fn tell(
    work: impl Future<Output = Result<Diagnostics, Diagnostic>>,
    mut messages: UnboundedReceiver<String>,
    interrupted: &CancellationToken,
    events: &UnboundedSender<Event>,
) {
    tokio::pin!(work);
    let pass_on = |message| {
        if interrupted.is_cancelled() {
            tracing::info!(message, "not told after an interruption");
        } else {
            let _ = events.send(Event::Progress(message));
        }
    };
    let outcome = loop {
        tokio::select! {
            biased;
            Some(message) = messages.recv() => pass_on(message),
            outcome = &mut work => break outcome,
        }
    };
    // What was said before the end belongs before it.
    while let Ok(message) = messages.try_recv() {
        pass_on(message);
    }
    let _ = events.send(Event::Completed(outcome.unwrap_or_else(Diagnostics::from)));
}
