//! Looks at random: whatever fails, hangs or is cut off, none is answered by what is older than it, or is about another.

use std::sync::Arc;

use fastrand::Rng;
use serde_json::json;
use tokio::task::JoinSet;

use super::*;
use crate::atlas::{
    Client, Context, Error, HttpRequest,
    looks_server::{client, is_list, name, name_in},
    testing::{Script, Step, answer, context},
};

const SEEDS: u64 = 100;
const LOOKS: usize = 200;
const PROCESSORS: usize = 100;
const GROUPS: [&str; 2] = ["0123456789abcdef01234567", "aaaaaaaaaaaaaaaaaaaaaaaa"];
const TENANTS: [&str; 2] = ["one", "two"];

/// A look as it will be made.
struct Plan {
    path: ProcessorPath,
    /// There is no such processor.
    is_gone: bool,
    starts_after: Duration,
    time: Duration,
    is_cancelled_after: Option<Duration>,
}

impl Plan {
    fn at_random(number: usize, dice: &mut Rng) -> Self {
        let is_gone = dice.u8(0..15) == 0;
        let name = match is_gone {
            true => format!("gone{number}"),
            false => name(number % PROCESSORS),
        };
        let some = |dice: &mut Rng, of: [&str; 2]| of[dice.usize(0..2)].to_owned();
        Self {
            path: ProcessorPath {
                group_id: some(dice, GROUPS),
                tenant_name: some(dice, TENANTS),
                processor_name: name,
            },
            is_gone,
            starts_after: Duration::from_millis(dice.u64(0..4_000)),
            time: Duration::from_secs([3, 5, 20, 1_200][dice.usize(0..4)]),
            is_cancelled_after: (dice.u8(0..10) == 0)
                .then(|| Duration::from_millis(dice.u64(0..1_000))),
        }
    }

    fn context(&self) -> Context {
        let context = context(self.time);
        if let Some(after) = self.is_cancelled_after {
            let cancel = context.cancel.clone();
            tokio::spawn(async move {
                tokio::time::sleep(after).await;
                cancel.cancel();
            });
        }
        context
    }

    /// What is wrong with what it was told, if anything is.
    fn complaint(&self, asked: u128, told: &Result<Processor, Error>) -> Option<String> {
        let found = match told {
            Ok(found) => found,
            Err(_) if self.is_gone => return None,
            Err(error) if error.is_not_found() => return Some("it is there".to_owned()),
            Err(error) => {
                let may_fail = self.is_cancelled_after.is_some() || self.time.as_secs() <= 20;
                return (!may_fail).then(|| format!("it had time enough: {error}"));
            }
        };
        let mut parts = found.state.split('|');
        let sent: Option<u128> = parts.next().and_then(|at| at.parse().ok());
        if self.is_gone || sent.is_none_or(|sent| sent < asked) {
            return Some(format!("asked at {asked}, told of {}", found.state));
        }
        let place = [&*self.path.group_id, &*self.path.tenant_name];
        (!parts.eq(place) || found.name != self.path.processor_name)
            .then(|| format!("about another: {found:?}"))
    }
}

/// An Atlas whose states tell when and where they were asked for, and whose lists often fail or lack somebody.
fn atlas(began: Instant, request: &HttpRequest, dice: &mut Rng) -> Step {
    let segments: Vec<&str> = request.url.path_segments().into_iter().flatten().collect();
    let after = |word| {
        let at = segments.iter().position(|segment| *segment == word);
        at.and_then(|at| segments.get(at + 1)).copied()
    };
    let (group, tenant) = (after("groups"), after("streams"));
    let now = began.elapsed().as_millis();
    let state = format!("{now}|{}|{}", group.unwrap(), tenant.unwrap());
    let takes = match dice.u8(0..10) {
        0 => dice.u64(0..8_000),
        _ => dice.u64(1..300),
    };
    let answer = match (is_list(request), dice.u8(0..12)) {
        (true, 0) => answer([403, 500, 503, 404][dice.usize(0..4)], &[], "no"),
        (true, 1) => answer(429, &[("retry-after", "2")], "no"),
        (true, _) => {
            let there = (0..PROCESSORS).filter(|_| dice.u8(0..10) > 0);
            let results: Vec<_> = there
                .map(|number| json!({"name": name(number), "state": state}))
                .collect();
            answer(
                200,
                &[],
                json!({"results": results, "totalCount": PROCESSORS}),
            )
        }
        (false, _) if name_in(request).starts_with("gone") => {
            let body = json!({"error": 404, "errorCode": "STREAM_PROCESSOR_NOT_FOUND"});
            answer(404, &[], body)
        }
        (false, _) => answer(200, &[], json!({"name": name_in(request), "state": state})),
    };
    answer.after(Duration::from_millis(takes))
}

async fn look(client: Arc<Client>, plan: Plan, began: Instant) -> Option<String> {
    tokio::time::sleep(plan.starts_after).await;
    let (asked, at) = (began.elapsed().as_millis(), Instant::now());
    let told = client.processor(&plan.path, &plan.context()).await;
    if at.elapsed() > plan.time + Duration::from_secs(1) {
        return Some(format!("{:?} of {:?}", at.elapsed(), plan.time));
    }
    plan.complaint(asked, &told)
}

#[tokio::test(start_paused = true)]
async fn none_is_answered_by_what_is_older_or_of_another_and_none_hangs() {
    for seed in 0..SEEDS {
        let mut dice = Rng::with_seed(seed);
        let plans = (0..LOOKS).map(|number| Plan::at_random(number, &mut dice));
        let plans: Vec<Plan> = plans.collect();
        let (began, dice) = (Instant::now(), Mutex::new(dice));
        let script = Script::by(move |request| atlas(began, request, &mut lock(&dice)));
        let client = client(&script);
        let mut looks = JoinSet::new();
        for plan in plans {
            looks.spawn(look(client.clone(), plan, began));
        }
        let complaints: Vec<String> = looks.join_all().await.into_iter().flatten().collect();
        assert!(complaints.is_empty(), "seed {seed}: {complaints:?}");
    }
}
