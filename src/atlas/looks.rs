//! Looks that share a request: who looks at a workspace's processors while other looks at them are on their way waits, and
//! those that waited are served together.
//!
//! - A look is only ever answered by a request that was sent after it was asked for: nothing that is told is older than the
//!   question.
//! - Together they ask for a list where that is fewer requests than one for each, and not far more to read. A list proves presence
//!   only: what it lacks, and what a list that is refused or broken would have told, is looked at by a GET of its own, which alone
//!   decides what is gone, and every error.
//! - Nobody waits long for others: what takes its time, or is in trouble, is left behind.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until, timeout_at},
};
use tokio_util::sync::CancellationToken;

use super::{
    api::Api,
    context::Context,
    error::{Error, Kind},
    path::{ProcessorPath, WorkspacePath},
    presence::{Presence, is_worth_it, present},
    processor::Processor,
    verdict::Verdict,
};

/// How long others are waited for that are on their way.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long after lists that were refused or broken none is asked for.
const WITHOUT_LISTS: Duration = Duration::from_secs(5 * 60);
/// So many in a row whose trouble may pass.
const FAILURES: u32 = 2;

/// The looks at all workspaces.
#[derive(Default)]
pub(super) struct Looks {
    workspaces: Mutex<HashMap<WorkspacePath, Arc<Workspace>>>,
}

/// Those at one workspace.
#[derive(Default)]
struct Workspace {
    inner: Mutex<Inner>,
    /// Something came back.
    back: Notify,
}

#[derive(Default)]
struct Inner {
    /// When those set out that are on their way.
    on_their_way: Vec<Instant>,
    /// Those that wait for them.
    waiting: Option<Group>,
    /// How many processors there are, as the last list told.
    total: Option<u64>,
    /// How many lists in a row have failed.
    failures: u32,
    without_lists_until: Option<Instant>,
}

/// Looks that are to be served together.
struct Group {
    names: Vec<String>,
    /// Until when the most patient of them waits for this.
    until: Instant,
    served: Shared<BoxFuture<'static, Arc<Presence>>>,
}

/// What became of a look.
pub(super) enum Looked {
    /// It was served together with others.
    Together(Processor),
    /// It is to be a request of its own, while which this is held.
    Alone(OnItsWay),
}

/// Something that others wait for as long as it is not dropped, or has patience.
pub(super) struct OnItsWay {
    workspace: Arc<Workspace>,
    since: Instant,
}

impl Looks {
    /// Waits for those that are on their way, and goes with those that wait too. Whoever has not much time left, or is cancelled,
    /// goes alone.
    pub(super) async fn look(
        &self,
        api: &Arc<Api>,
        path: &ProcessorPath,
        context: &Context,
    ) -> Looked {
        let place = WorkspacePath {
            group_id: path.group_id.clone(),
            tenant_name: path.tenant_name.clone(),
        };
        let workspace = lock(&self.workspaces)
            .entry(place.clone())
            .or_default()
            .clone();
        let now = Instant::now();
        let time_left = context.deadline.saturating_duration_since(now);
        if time_left > 2 * PATIENCE
            && let Some(served) = workspace.join(
                api,
                place,
                &path.processor_name,
                now + time_left / 2,
                context,
            )
        {
            let found = tokio::select! {
                biased;
                () = context.cancel.cancelled() => None,
                found = timeout_at(now + time_left / 2, served) => found.ok(),
            };
            if let Some(processor) = found.and_then(|found| found.get(&path.processor_name)) {
                return Looked::Together(processor);
            }
        }
        Looked::Alone(workspace.set_out())
    }
}

impl Workspace {
    /// What serves those that wait, if there is anything to wait for.
    fn join(
        self: &Arc<Self>,
        api: &Arc<Api>,
        place: WorkspacePath,
        name: &str,
        until: Instant,
        context: &Context,
    ) -> Option<Shared<BoxFuture<'static, Arc<Presence>>>> {
        let mut inner = lock(&self.inner);
        if inner.waiting.is_none() && inner.busy_until().is_none() {
            return None;
        }
        let group = inner.waiting.get_or_insert_with(|| Group {
            names: Vec::new(),
            until,
            served: self
                .clone()
                .serve(api.clone(), place, context.purpose.clone())
                .boxed()
                .shared(),
        });
        group.names.push(name.to_owned());
        group.until = group.until.max(until);
        Some(group.served.clone())
    }

    /// Waits until others are back, and looks for those that waited meanwhile.
    async fn serve(
        self: Arc<Self>,
        api: Arc<Api>,
        place: WorkspacePath,
        purpose: String,
    ) -> Arc<Presence> {
        // Those that go alone may set out again and again.
        let longest = Instant::now() + PATIENCE;
        loop {
            let back = self.back.notified();
            let until = lock(&self.inner).busy_until();
            let Some(until) = until.filter(|_| Instant::now() < longest) else {
                break;
            };
            let until = until.min(longest);
            tokio::select! {
                () = back => {}
                () = sleep_until(until) => {}
            }
        }
        let room = api.allowances.room(&place.group_id);
        let (together, total) = {
            let mut inner = lock(&self.inner);
            let lists = inner
                .without_lists_until
                .is_none_or(|until| until <= Instant::now());
            // From here on nobody joins any more: nothing that is sent is older than who waits for it. And this must not keep
            // itself, or it would never end where all give up.
            let together = inner.waiting.take().map(|group| (group.names, group.until));
            let together =
                together.filter(|(names, _)| lists && is_worth_it(names.len(), inner.total, room));
            (together, inner.total)
        };
        let Some((names, until)) = together else {
            return Arc::default();
        };
        let _on_its_way = self.set_out();
        let context = Context {
            deadline: until,
            cancel: CancellationToken::new(),
            abandoned: CancellationToken::new(),
            purpose,
        };
        let mut presence = Presence::of(names, total);
        let listed = present(&api, &place, &mut presence, &context).await;
        let mut inner = lock(&self.inner);
        inner.total = presence.total();
        match listed {
            Ok(()) => inner.failures = 0,
            Err(error) => {
                tracing::info!(%error, "no list of the workspace's processors: they are looked at one by one");
                inner.has_failed(&error);
            }
        }
        drop(inner);
        Arc::new(presence)
    }

    fn set_out(self: &Arc<Self>) -> OnItsWay {
        let since = Instant::now();
        lock(&self.inner).on_their_way.push(since);
        OnItsWay {
            workspace: self.clone(),
            since,
        }
    }
}

impl Inner {
    /// A list has: after such a failure, or several, there are none for a while.
    fn has_failed(&mut self, error: &Error) {
        if says_nothing_of_lists(error) {
            return;
        }
        self.failures += 1;
        if self.failures >= FAILURES || !may_pass(error) {
            self.failures = 0;
            self.without_lists_until = Some(Instant::now() + WITHOUT_LISTS);
        }
    }

    /// Until when those that are on their way are waited for, if they are.
    fn busy_until(&self) -> Option<Instant> {
        let youngest = self.on_their_way.iter().max()?;
        let until = *youngest + PATIENCE;
        (until > Instant::now()).then_some(until)
    }
}

impl Drop for OnItsWay {
    fn drop(&mut self) {
        let mut inner = lock(&self.workspace.inner);
        if let Some(place) = inner.on_their_way.iter().position(|at| *at == self.since) {
            inner.on_their_way.swap_remove(place);
        }
        drop(inner);
        self.workspace.back.notify_waiters();
    }
}

/// Whether any other request would have met with the same: no leave to ask anything, or nobody to ask as.
fn says_nothing_of_lists(error: &Error) -> bool {
    matches!(
        error.kind(),
        Kind::RateLimited | Kind::DeadlinePassed | Kind::Cancelled | Kind::Token
    )
}

/// Whether the next list may be better. One that is none, or goes round in circles, is no accident.
fn may_pass(error: &Error) -> bool {
    error.kind() != Kind::BadAnswer
        && matches!(
            error.verdict(),
            Verdict::Wait { .. } | Verdict::Look | Verdict::LookLong
        )
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "looks_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "looks_trouble_tests.rs"]
mod trouble_tests;

#[cfg(test)]
#[path = "looks_random_tests.rs"]
mod random_tests;
