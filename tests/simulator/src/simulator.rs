//! The simulator: its handle for tests, and the way of a request through it.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{Request, StatusCode};
use tokio::time::{Instant, sleep};

use crate::{
    Effect, Fault, Operation, Outcome, Recorded, Settings,
    answer::{Answer, raw},
    authenticate::authenticate,
    bucket::Bucket,
    call::Call,
    control, known, perform,
    processor::Processor,
    versions,
    world::World,
};

/// A simulated Atlas. Clones share one world.
#[derive(Clone, Debug)]
pub struct Simulator {
    world: Arc<Mutex<World>>,
}

impl Default for Simulator {
    fn default() -> Self {
        Self::new()
    }
}

impl Simulator {
    /// One project with one workspace and no processors; all credentials in [`known`] are good.
    pub fn new() -> Self {
        let simulator = Self {
            world: Arc::new(Mutex::new(World::new())),
        };
        simulator.add_workspace(known::GROUP_ID, known::TENANT);
        simulator
    }

    /// Adds a workspace, and its project if that is new.
    pub fn add_workspace(&self, group: &str, tenant: &str) {
        self.world().add_workspace(group, tenant);
    }

    /// Adds a processor to the known workspace, or puts one of that name into the state.
    pub fn add_processor(&self, name: &str, state: &str) {
        self.add_processor_at(known::GROUP_ID, known::TENANT, name, state);
    }

    /// The same anywhere; adds the project and the workspace too.
    pub fn add_processor_at(&self, group: &str, tenant: &str, name: &str, state: &str) {
        let mut world = self.world();
        world.add_workspace(group, tenant);
        let id = world.new_id();
        if let Some(workspace) = world
            .groups
            .get_mut(group)
            .and_then(|group| group.workspaces.get_mut(tenant))
        {
            let processor = Processor::new(id, name, state);
            let processor = workspace
                .processors
                .entry(name.to_owned())
                .or_insert(processor);
            processor.set_state(state, Instant::now());
        }
    }

    /// The true state of a processor of the known workspace, whatever reads show.
    pub fn state(&self, name: &str) -> Option<String> {
        self.state_at(known::GROUP_ID, known::TENANT, name)
    }

    /// The same anywhere.
    pub fn state_at(&self, group: &str, tenant: &str, name: &str) -> Option<String> {
        let mut world = self.world();
        world
            .processor(group, tenant, name)
            .map(|processor| processor.state(Instant::now()).to_owned())
    }

    /// Puts a processor of the known workspace into a state at once; there must be one, or nothing happens.
    pub fn set_state(&self, name: &str, state: &str) {
        self.set_state_at(known::GROUP_ID, known::TENANT, name, state);
    }

    /// The same anywhere.
    pub fn set_state_at(&self, group: &str, tenant: &str, name: &str, state: &str) {
        if let Some(processor) = self.world().processor(group, tenant, name) {
            processor.set_state(state, Instant::now());
        }
    }

    /// Deletes a processor of the known workspace; one that is added again has another id.
    pub fn remove_processor(&self, name: &str) {
        self.remove_processor_at(known::GROUP_ID, known::TENANT, name);
    }

    /// The same anywhere.
    pub fn remove_processor_at(&self, group: &str, tenant: &str, name: &str) {
        let mut world = self.world();
        if let Some(workspace) = world
            .groups
            .get_mut(group)
            .and_then(|group| group.workspaces.get_mut(tenant))
        {
            workspace.processors.remove(name);
        }
    }

    /// The `_id` of a processor of the known workspace.
    pub fn processor_id(&self, name: &str) -> Option<String> {
        self.processor_id_at(known::GROUP_ID, known::TENANT, name)
    }

    /// The same anywhere.
    pub fn processor_id_at(&self, group: &str, tenant: &str, name: &str) -> Option<String> {
        self.world()
            .processor(group, tenant, name)
            .map(|processor| processor.id.clone())
    }

    /// The starts of a processor of the known workspace that took effect, in order: the options of `:startWith`, null for `:start`.
    pub fn starts(&self, name: &str) -> Vec<serde_json::Value> {
        let mut world = self.world();
        let processor = world.processor(known::GROUP_ID, known::TENANT, name);
        processor
            .map(|processor| processor.starts.clone())
            .unwrap_or_default()
    }

    /// Adds a project of another organization: every call on it is answered 401.
    pub fn add_foreign_group(&self, group: &str) {
        let group = group.to_owned();
        self.settings(|settings| settings.foreign_groups.extend([group]));
    }

    /// Limits the tier in a workspace.
    pub fn set_max_tier(&self, tenant: &str, tier: &str) {
        let tier = (tenant.to_owned(), tier.to_owned());
        self.settings(|settings| settings.max_tiers.extend([tier]));
    }

    /// How many tokens of the token endpoint are alive: given out, not revoked, not expired.
    pub fn live_tokens(&self) -> usize {
        self.world().tokens.live()
    }

    /// Whether [`known::ACCESS_TOKEN`] is good. An expired token is answered as an unknown one is.
    pub fn set_access_token_is_good(&self, good: bool) {
        self.settings(|settings| settings.access_token_is_good = good);
    }

    /// How many Digest challenges were given out.
    pub fn challenges(&self) -> u64 {
        self.world().nonces.given()
    }

    /// Changes the settings.
    pub fn settings(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.world().settings);
    }

    /// Queues a fault.
    pub fn fault(&self, fault: Fault) {
        self.world().faults.push(fault);
    }

    /// How many requests faults have hit so far.
    pub fn faults_hit(&self) -> u64 {
        self.world().faults.hits()
    }

    /// Drops all faults that wait.
    pub fn clear_faults(&self) {
        self.world().faults.clear();
    }

    /// Every request so far, in the order of arrival.
    pub fn record(&self) -> Vec<Recorded> {
        self.world().record.clone()
    }

    /// Forgets them.
    pub fn clear_record(&self) {
        self.world().record.clear();
    }

    /// How many requests of the record asked for this.
    pub fn calls(&self, operation: Operation) -> usize {
        self.world()
            .record
            .iter()
            .filter(|entry| entry.operation == operation)
            .count()
    }

    /// The time on the wall as this simulator sees it: it advances with tokio's clock.
    pub fn now(&self) -> SystemTime {
        self.world().wall()
    }

    /// The world as it is now: what Atlas was late with and is due by now has been done.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(call) = world.take_due() {
            perform::perform(&mut world, &call);
        }
        world
    }

    /// One request, in memory. Waits (delays, slow answers) are on tokio's clock.
    pub async fn handle(&self, request: Request<Bytes>) -> Outcome {
        let call = Call::read(request);
        if control::is_meant(&call) {
            return Outcome::Response(control::answer(self, &call));
        }
        let (sequence, refused, effect) = {
            let mut world = self.world();
            let sequence = world.note(&call);
            let refused = admit(&mut world, &call, sequence).err();
            let wanted = |fault: &Fault| {
                !fault.spoils_credentials() && fault.on_challenge == refused.is_some()
            };
            let effect = world.strike(sequence, &call, wanted);
            (sequence, refused, effect.unwrap_or(Effect::AsUsual))
        };
        let mut wait = Duration::ZERO;
        let effect = self.postpone(&call, effect, refused.is_none(), &mut wait);
        if let Effect::Delay(duration) = effect {
            sleep(duration).await;
        }
        let outcome = {
            let mut world = self.world();
            let before = world.state_for(&call);
            let is_refused = refused.is_some();
            let outcome = carry_out(&mut world, &call, refused, effect);
            let after = world.state_for(&call);
            if !is_refused {
                world.amend(sequence, |entry| {
                    (entry.state_before, entry.state_after) = (before, after);
                });
            }
            outcome
        };
        if !wait.is_zero() {
            sleep(wait).await;
        }
        let status = outcome.status();
        self.world().amend(sequence, |entry| entry.status = status);
        outcome
    }

    /// Takes what comes later off an effect; `wait` is how long the client waits for what is left of it.
    fn postpone(&self, call: &Call, effect: Effect, admitted: bool, wait: &mut Duration) -> Effect {
        match effect {
            Effect::After(duration, inner) => {
                *wait += duration;
                self.postpone(call, *inner, admitted, wait)
            }
            Effect::Late(duration, inner) => {
                if admitted {
                    let due = Instant::now() + duration;
                    self.world().late.push((due, call.clone()));
                }
                self.postpone(call, *inner, admitted, wait)
            }
            other => other,
        }
    }
}

/// What comes before an operation: the credentials and the project's bucket.
fn admit(world: &mut World, call: &Call, sequence: u64) -> Result<(), Box<Answer>> {
    if call.route.operation.is_administration() {
        match world.strike(sequence, call, Fault::spoils_credentials) {
            Some(Effect::ExpireNonces) => world.nonces.expire(),
            Some(_) => {
                world.settings.access_token_is_good = false;
                world.tokens.expire();
            }
            None => {}
        }
        authenticate(world, call)?;
        if let (Some(limit), Some(group)) = (&world.settings.rate_limit, &call.route.group) {
            let wall = world.wall();
            let bucket = world
                .buckets
                .entry(group.clone())
                .or_insert_with(|| Bucket::full(limit));
            bucket.take(limit, &call.path, wall)?;
        }
    }
    Ok(())
}

/// Does what was asked, or not, and makes up the outcome. For whom is refused nothing is done.
fn carry_out(
    world: &mut World,
    call: &Call,
    refused: Option<Box<Answer>>,
    effect: Effect,
) -> Outcome {
    let mut perform = || match &refused {
        Some(refusal) => refusal.clone().finish(call, &world.settings),
        None => perform::perform(world, call),
    };
    let mut process = |wanted: bool| wanted.then(&mut perform);
    match effect {
        Effect::Answer {
            status,
            content_type,
            body,
            headers,
            processed,
        } => {
            process(processed);
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            Outcome::Response(raw(status, &content_type, body, &headers))
        }
        Effect::NoAnswer { processed } => {
            process(processed);
            Outcome::NeverAnswered
        }
        Effect::Reset { processed: true } => {
            process(true);
            Outcome::ResetAfterProcessing
        }
        Effect::Reset { processed: false } => Outcome::ResetBeforeProcessing,
        Effect::SlowDrip => Outcome::SlowDrip(perform()),
        Effect::Truncate => Outcome::Truncated(perform()),
        Effect::Oversize(size) => {
            process(true);
            let body = format!("\"{}\"", "x".repeat(size.saturating_sub(2)));
            let version = versions::of(call.route.operation);
            Outcome::Response(raw(
                StatusCode::OK,
                &Answer::ok(version, None).content_type,
                body.into(),
                &[],
            ))
        }
        Effect::Redirect(location) => {
            let headers = [("location".to_owned(), location)];
            Outcome::Response(raw(
                StatusCode::TEMPORARY_REDIRECT,
                "",
                Bytes::new(),
                &headers,
            ))
        }
        Effect::CloseConnection => {
            let mut response = perform();
            response.headers_mut().insert(
                http::header::CONNECTION,
                http::HeaderValue::from_static("close"),
            );
            Outcome::Response(response)
        }
        // Delays were dealt with on the way here, credentials before they were checked.
        Effect::AsUsual
        | Effect::Delay(_)
        | Effect::After(..)
        | Effect::Late(..)
        | Effect::ExpireTokens
        | Effect::ExpireNonces => Outcome::Response(perform()),
    }
}
