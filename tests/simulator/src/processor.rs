//! One stream processor: what it is, and the states it passes through as time goes by and as it is looked at.

use std::collections::VecDeque;

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::{Lag, StartBehaviour};

/// The states that last until something is done. There may be others: the specification has no list of them.
pub(crate) const LASTING: [&str; 4] = ["STARTED", "STOPPED", "FAILED", "CREATED"];

/// Those that were seen on the way from one to another.
pub(crate) const PASSING: [&str; 5] = ["CREATING", "STARTING", "STOPPING", "PROVISIONING", "INIT"];

/// A processor as Atlas keeps it.
#[derive(Clone, Debug)]
pub(crate) struct Processor {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) pipeline: Value,
    pub(crate) options: Option<Value>,
    pub(crate) tier: Option<String>,
    pub(crate) failover_enabled: Option<bool>,
    /// Every start that took effect: the options of `:startWith`, null for `:start`.
    pub(crate) starts: Vec<Value>,
    state: String,
    /// When it came into this state.
    entered: Instant,
    /// When the state in front of the next step began.
    since: Instant,
    steps: VecDeque<Step>,
    /// The state that reads still show.
    stale: Option<Stale>,
}

#[derive(Clone, Debug)]
struct Step {
    after: Lag,
    then: String,
}

#[derive(Clone, Debug)]
struct Stale {
    state: String,
    lasts: Lag,
    since: Instant,
}

impl Processor {
    pub(crate) fn new(id: String, name: &str, state: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            pipeline: json!([{ "$source": { "connectionName": "source" } }, { "$emit": { "connectionName": "sink" } }]),
            options: None,
            tier: None,
            failover_enabled: None,
            starts: Vec::new(),
            state: state.to_owned(),
            entered: Instant::now(),
            since: Instant::now(),
            steps: VecDeque::new(),
            stale: None,
        }
    }

    /// The true state now.
    pub(crate) fn state(&mut self, now: Instant) -> &str {
        while let Some(Step { after, .. }) = self.steps.front() {
            let at = match *after {
                // A look led here, or nothing had to be waited for.
                Lag::Polls(0) => now,
                Lag::Time(lag) if now >= self.since + lag => {
                    self.since += lag;
                    self.since
                }
                Lag::Polls(_) | Lag::Time(_) => break,
            };
            if let Some(step) = self.steps.pop_front() {
                self.enter(step.then, at);
            }
        }
        &self.state
    }

    /// What a read shows. Reads make time go by for whatever counts them.
    pub(crate) fn read_state(&mut self, now: Instant) -> String {
        let state = self.state(now).to_owned();
        if let Some(Step {
            after: Lag::Polls(left),
            ..
        }) = self.steps.front_mut()
        {
            *left -= 1;
            self.state(now);
        }
        match &mut self.stale {
            Some(Stale {
                state,
                lasts: Lag::Polls(left),
                ..
            }) if *left > 0 => {
                *left -= 1;
                state.clone()
            }
            Some(Stale {
                state,
                lasts: Lag::Time(lag),
                since,
            }) if now < *since + *lag => state.clone(),
            _ => {
                self.stale = None;
                state
            }
        }
    }

    /// Puts it into a state at once, whatever it was about to do.
    pub(crate) fn set_state(&mut self, state: &str, now: Instant) {
        self.steps.clear();
        self.stale = None;
        self.enter(state.to_owned(), now);
        self.since = now;
    }

    fn enter(&mut self, state: String, at: Instant) {
        if self.state != state {
            (self.state, self.entered) = (state, at);
        }
    }

    /// Since when it is in the state that it is in.
    pub(crate) fn entered(&mut self, now: Instant) -> Instant {
        self.state(now);
        self.entered
    }

    /// The states that are still before it, in order.
    pub(crate) fn ahead(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().map(|step| step.then.as_str())
    }

    /// What the next look would be shown in place of the true state. It is no look itself.
    pub(crate) fn stale(&self, now: Instant) -> Option<&str> {
        let stale = self.stale.as_ref().filter(|stale| match stale.lasts {
            Lag::Polls(left) => left > 0,
            Lag::Time(lag) => now < stale.since + lag,
        });
        stale.map(|stale| stale.state.as_str())
    }

    /// An accepted start.
    pub(crate) fn start(
        &mut self,
        behaviour: &StartBehaviour,
        read_lag: Option<Lag>,
        options: Value,
        now: Instant,
    ) {
        let mut path: Vec<(Lag, &str)> = behaviour
            .through
            .iter()
            .map(|state| (behaviour.lag, state.as_str()))
            .collect();
        path.push((
            behaviour.fails_after.unwrap_or(Lag::Polls(0)),
            &behaviour.ends,
        ));
        if behaviour.fails_after.is_some() {
            path.push((Lag::Polls(0), "FAILED"));
        }
        self.starts.push(options);
        self.travel(&path, read_lag, now);
    }

    /// A create: CREATED at once, or after CREATING was seen for so long.
    pub(crate) fn create(&mut self, lag: Option<Lag>, now: Instant) {
        let path: &[_] = match lag {
            Some(lag) => &[(lag, "CREATING"), (Lag::Polls(0), "CREATED")],
            None => &[(Lag::Polls(0), "CREATED")],
        };
        self.travel(path, None, now);
    }

    /// An accepted stop.
    pub(crate) fn stop(&mut self, lag: Option<Lag>, read_lag: Option<Lag>, now: Instant) {
        let mut path = vec![(Lag::Polls(0), "STOPPED")];
        if let Some(lag) = lag {
            path.insert(0, (lag, "STOPPING"));
        }
        self.travel(&path, read_lag, now);
    }

    /// From now on through these states, each for its time; the last one stays.
    fn travel(&mut self, path: &[(Lag, &str)], read_lag: Option<Lag>, now: Instant) {
        let old = self.state(now).to_owned();
        self.stale = read_lag.map(|lasts| Stale {
            state: old,
            lasts,
            since: now,
        });
        self.since = now;
        self.steps.clear();
        let mut after = Lag::Polls(0);
        for (lag, state) in path {
            self.steps.push_back(Step {
                after,
                then: (*state).to_owned(),
            });
            after = *lag;
        }
        self.state(now);
    }

    /// `StreamsProcessorWithStats`, as a read shows it.
    pub(crate) fn with_stats(&mut self, now: Instant) -> Value {
        let state = self.read_state(now);
        let mut body = self.fields();
        if state == "STARTED" {
            body.insert("stats".to_owned(), self.stats());
        }
        body.insert("state".to_owned(), json!(state));
        body.insert("eligibleForFailover".to_owned(), json!(false));
        Value::Object(body)
    }

    /// `StreamsProcessor`, which has no state.
    pub(crate) fn fields(&self) -> Map<String, Value> {
        let mut body = Map::new();
        body.insert("_id".to_owned(), json!(self.id));
        body.insert("name".to_owned(), json!(self.name));
        body.insert("pipeline".to_owned(), self.pipeline.clone());
        body.insert("links".to_owned(), json!([]));
        if let Some(options) = &self.options {
            body.insert("options".to_owned(), options.clone());
        }
        if let Some(tier) = &self.tier {
            body.insert("tier".to_owned(), json!(tier));
        }
        if let Some(enabled) = self.failover_enabled {
            body.insert("failoverEnabled".to_owned(), json!(enabled));
        }
        body
    }

    fn stats(&self) -> Value {
        json!({
            "ok": 1.0, "name": self.name, "inputMessageCount": 12.0, "inputMessageSize": 3456.0,
            "outputMessageCount": 12.0, "dlqMessageCount": 0.0, "dlqMessageSize": 0.0, "stateSize": 0.0,
            "memoryTrackerBytes": 0.0, "scaleFactor": 1, "operatorStats": [{ "name": "SourceOperator", "inputMessageCount": 12.0 }],
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn started(behaviour: &StartBehaviour, read_lag: Option<Lag>) -> Processor {
        let mut processor = Processor::new("id".to_owned(), "orders", "STOPPED");
        processor.start(behaviour, read_lag, Value::Null, Instant::now());
        processor
    }

    #[tokio::test(start_paused = true)]
    async fn what_reads_see_after_a_start() {
        let slow = StartBehaviour::slow("STARTING", Lag::Polls(2));
        let failing = StartBehaviour::failing("PROVISIONING", Lag::Polls(1));
        let brief = StartBehaviour {
            fails_after: Some(Lag::Polls(2)),
            ..StartBehaviour::default()
        };
        let cases: [(_, _, &[&str]); 5] = [
            (StartBehaviour::default(), None, &["STARTED", "STARTED"]),
            (slow.clone(), None, &["STARTING", "STARTING", "STARTED"]),
            (failing, None, &["PROVISIONING", "FAILED"]),
            (brief, None, &["STARTED", "STARTED", "FAILED"]),
            (
                StartBehaviour::default(),
                Some(Lag::Polls(2)),
                &["STOPPED", "STOPPED", "STARTED"],
            ),
        ];
        for (behaviour, read_lag, seen) in cases {
            let mut processor = started(&behaviour, read_lag);
            for state in seen {
                assert_eq!(
                    processor.read_state(Instant::now()),
                    *state,
                    "{behaviour:?}"
                );
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn time_goes_by_on_the_clock_too() {
        let lag = Lag::Time(Duration::from_secs(5));
        let behaviour = StartBehaviour {
            through: vec!["INIT".to_owned(), "STARTING".to_owned()],
            lag,
            ..StartBehaviour::default()
        };
        let mut processor = started(&behaviour, Some(Lag::Time(Duration::from_secs(2))));
        for (seconds, seen) in [
            (1, "STOPPED"),
            (2, "INIT"),
            (3, "STARTING"),
            (3, "STARTING"),
            (1, "STARTED"),
        ] {
            tokio::time::advance(Duration::from_secs(seconds)).await;
            assert_eq!(processor.read_state(Instant::now()), seen);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_only_watches_is_told_everything_and_moves_nothing() {
        let behaviour = StartBehaviour {
            fails_after: Some(Lag::Time(Duration::from_secs(9))),
            ..StartBehaviour::slow("STARTING", Lag::Polls(1))
        };
        let (began, second) = (Instant::now(), Duration::from_secs(1));
        let mut processor = started(&behaviour, Some(Lag::Polls(1)));
        for _ in 0..2 {
            tokio::time::advance(second).await;
            let now = Instant::now();
            assert_eq!(processor.entered(now), began);
            assert_eq!(processor.stale(now), Some("STOPPED"));
            assert_eq!(processor.ahead().collect::<Vec<_>>(), ["STARTED", "FAILED"]);
        }
        processor.read_state(Instant::now());
        let now = Instant::now();
        assert_eq!(processor.state(now), "STARTED");
        assert_eq!(processor.stale(now), None);
        assert_eq!(processor.entered(now), began + 2 * second);
        tokio::time::advance(8 * second).await;
        assert_eq!(processor.entered(Instant::now()), began + 9 * second);
        assert_eq!(processor.ahead().count(), 0);
        processor.set_state("FAILED", Instant::now());
        assert_eq!(processor.entered(Instant::now()), began + 9 * second);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_stop_shows_stopping() {
        let mut processor = started(&StartBehaviour::default(), None);
        processor.stop(Some(Lag::Polls(1)), None, Instant::now());
        assert_eq!(processor.read_state(Instant::now()), "STOPPING");
        assert_eq!(processor.read_state(Instant::now()), "STOPPED");
    }
}
