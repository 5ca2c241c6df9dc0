//! Load: a thousand starts in one process, a hundred at a time, in a project whose requests Atlas limits.

use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use atlas_simulator::{Effect, Fault, Operation, RateLimit, RetryAfter, Simulator, known};
use jiff::Timestamp;
use terraform_provider_atlas::atlas::{Clock, Exchange, ExchangeError, HttpRequest, HttpResponse};
use terraform_provider_atlas::framework::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::exchange::InMemory;
use super::one_run::Run;
use super::words::{
    ACCESS_TOKEN, API_KEY, Caller, NAME, SERVICE_ACCOUNT, configure, errors, is_start,
    provider_through, timeouts,
};

const STARTS: usize = 1_000;
const AT_A_TIME: usize = 100;
/// A look before, the start, a look after, where every processor is in a workspace of its own.
const REQUESTS: u32 = 3 * STARTS as u32;

/// Where the processors are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Workspaces {
    /// Each in its own: no look can be shared.
    OneEach,
    /// All in the same one.
    One,
}

/// One way in which Atlas might limit the requests of a project, and what may come of it.
struct Case {
    name: &'static str,
    limit: RateLimit,
    /// The most of the requests that may be answered 429, in percent.
    most_refused: f64,
    /// The most time that it may take, where 1 is what the bucket allows.
    most_time: f64,
}

fn cases() -> [Case; 5] {
    let documented = RateLimit::default();
    let silent = |retry_after| RateLimit {
        headers: false,
        retry_after,
        ..RateLimit::default()
    };
    [
        Case {
            name: "as documented",
            limit: documented.clone(),
            most_refused: 5.0,
            most_time: 1.1,
        },
        Case {
            name: "refilled one by one",
            limit: RateLimit {
                continuous: true,
                ..documented
            },
            most_refused: 5.0,
            most_time: 1.1,
        },
        // Without the header a bucket is only known to be empty by the answers to all that is under way by then.
        Case {
            name: "without headers, a date",
            limit: silent(RetryAfter::HttpDate),
            most_refused: 20.0,
            most_time: 1.1,
        },
        Case {
            name: "without headers, in the body",
            limit: silent(RetryAfter::Parameter),
            most_refused: 20.0,
            most_time: 1.1,
        },
        Case {
            name: "without any time",
            limit: silent(RetryAfter::Nowhere),
            most_refused: 20.0,
            most_time: 1.25,
        },
    ]
}

#[tokio::test(start_paused = true)]
async fn a_thousand_starts_share_what_their_project_is_allowed() {
    for case in cases() {
        let atlas = Simulator::new();
        atlas.settings(|settings| settings.rate_limit = Some(case.limit.clone()));
        let far = Arc::new(FarAway::from(&atlas));
        let began = Instant::now();
        start_all(&atlas, far.clone(), ACCESS_TOKEN, Workspaces::OneEach).await;
        let took = began.elapsed();

        let traffic = far.traffic();
        let (sent, refused) = (traffic.sent.len(), traffic.refused.len());
        let percent = 100.0 * refused as f64 / sent as f64;
        let allowed = time_that_the_bucket_allows(&case.limit, REQUESTS);
        let ratio = took.as_secs_f64() / allowed.as_secs_f64();
        let _ = writeln!(
            std::io::stderr(),
            "{STARTS} starts, {AT_A_TIME} at a time, {}: {sent} requests, {refused} of them 429 ({percent:.1} %), \
             in {:.1} s where the bucket allows {:.1} s ({ratio:.2})",
            case.name,
            took.as_secs_f64(),
            allowed.as_secs_f64(),
        );
        each_is_started_once(&atlas, Workspaces::OneEach);
        traffic.waits_when_it_is_told(case.name);
        assert!(percent <= case.most_refused, "{}", case.name);
        assert!(ratio <= case.most_time, "{}", case.name);
    }
}

/// In one workspace, the looks share lists: what is left are the starts.
#[tokio::test(start_paused = true)]
async fn a_thousand_starts_of_one_workspace_take_few_requests_more_than_there_are_starts() {
    for case in cases() {
        let atlas = Simulator::new();
        // As after another run: the bucket is half empty.
        let limit = RateLimit {
            capacity: case.limit.capacity / 2,
            ..case.limit
        };
        atlas.settings(|settings| settings.rate_limit = Some(limit.clone()));
        let far = Arc::new(FarAway::from(&atlas));
        let began = Instant::now();
        start_all(&atlas, far.clone(), ACCESS_TOKEN, Workspaces::One).await;
        let took = began.elapsed();

        let traffic = far.traffic();
        let (sent, refused) = (traffic.sent.len(), traffic.refused.len());
        let lists = atlas.calls(Operation::List);
        let allowed = time_that_the_bucket_allows(&limit, u32::try_from(sent).unwrap());
        let _ = writeln!(
            std::io::stderr(),
            "{STARTS} starts of one workspace, {AT_A_TIME} at a time, half a bucket, {}: {sent} requests, {lists} of them lists, \
             {refused} of them 429, in {:.1} s where the bucket allows {:.1} s",
            case.name,
            took.as_secs_f64(),
            allowed.as_secs_f64(),
        );
        each_is_started_once(&atlas, Workspaces::One);
        traffic.waits_when_it_is_told(case.name);
        assert!(sent <= STARTS * 3 / 2, "{}", case.name);
        // What is left to do when the bucket is full again takes its time too.
        let rest = Duration::from_secs(12);
        assert!(
            took <= allowed.mul_f64(case.most_time) + rest,
            "{}",
            case.name
        );
    }
}

#[tokio::test(start_paused = true)]
async fn where_the_limit_leaves_no_time_a_start_is_not_sent_and_says_so() {
    let atlas = Simulator::new();
    atlas.add_processor(NAME, "CREATED");
    atlas.fault(Fault::on(Operation::Get, Effect::rate_limited(90)));
    let run = Run::on(&atlas);
    let refused = errors(&run.create(&[timeouts("1m")]).await.diagnostics);
    assert!(
        refused[0].contains("RATE_LIMITED_TOKEN_BUCKET"),
        "{refused:?}"
    );
    let not_sent = errors(&run.create(&[timeouts("1m")]).await.diagnostics);
    for words in [
        "Cannot start stream processor \"orders\"",
        "Atlas limits the requests about this project, and asks to wait longer than there is time left",
        "Nothing was sent",
        "Another request about this project was answered. Atlas said: Rate limit exceeded",
        "`-parallelism`",
        "`timeouts.create`",
        "(not sent)",
    ] {
        assert!(not_sent[0].contains(words), "{words}: {not_sent:?}");
    }
    assert_eq!(atlas.record().len(), 1);
}

/// One token that is no good any more, and a hundred starts under way with it.
#[tokio::test(start_paused = true)]
async fn a_token_that_expires_under_a_hundred_calls_is_fetched_once_more() {
    let atlas = Simulator::new();
    let far = Arc::new(FarAway::from(&atlas));
    atlas.fault(Fault::on(Operation::Get, Effect::ExpireTokens).skip(150));
    start_all(&atlas, far.clone(), SERVICE_ACCOUNT, Workspaces::OneEach).await;
    let record = atlas.record();
    let refused = record.iter().filter(|request| request.status == Some(401));
    let (refused, tokens) = (refused.count(), atlas.calls(Operation::Token));
    let _ = writeln!(
        std::io::stderr(),
        "{STARTS} starts, {AT_A_TIME} at a time, one token that expires: {refused} calls refused, {tokens} tokens"
    );
    assert!(
        refused > AT_A_TIME / 2,
        "{refused}: it expired under many calls"
    );
    assert_eq!(tokens, 2);
}

/// The simulator checks every response, and refuses a count that it has seen already.
#[tokio::test(start_paused = true)]
async fn one_nonce_under_a_hundred_calls_is_never_counted_wrong() {
    let atlas = Simulator::new();
    let far = Arc::new(FarAway::from(&atlas));
    atlas.settings(|settings| settings.digest.nonce_lifetime = Duration::from_secs(300));
    start_all(&atlas, far.clone(), API_KEY, Workspaces::OneEach).await;
    let (sent, challenges) = (far.traffic().sent.len(), atlas.challenges());
    let _ = writeln!(
        std::io::stderr(),
        "{STARTS} starts, {AT_A_TIME} at a time, one nonce: {sent} requests, {challenges} of them 401"
    );
    assert_eq!((sent, challenges), (REQUESTS as usize + 1, 1));
}

async fn start_all(atlas: &Simulator, far: Arc<FarAway>, caller: Caller, places: Workspaces) {
    let provider = provider_through(far, Arc::new(ClockOf(atlas.clone())), caller);
    configure(&provider, &[]);
    let run = Arc::new(Run::of(provider));
    let permits = Arc::new(Semaphore::new(AT_A_TIME));
    let mut starts = JoinSet::new();
    for number in 0..STARTS {
        let (name, tenant) = (name(number), places.tenant(number));
        atlas.add_processor_at(known::GROUP_ID, &tenant, &name, "CREATED");
        let (run, permits) = (run.clone(), permits.clone());
        starts.spawn(async move {
            let _permit = permits.acquire_owned().await;
            let arguments = [
                ("processor_name", Value::from(name.as_str())),
                ("tenant_name", Value::from(tenant.as_str())),
            ];
            run.create(&arguments).await.diagnostics
        });
    }
    for diagnostics in starts.join_all().await {
        assert_eq!(errors(&diagnostics), Vec::<String>::new());
    }
}

impl Workspaces {
    fn tenant(self, number: usize) -> String {
        match self {
            Self::OneEach => format!("workspace-{number}"),
            Self::One => known::TENANT.to_owned(),
        }
    }
}

fn each_is_started_once(atlas: &Simulator, places: Workspaces) {
    for number in 0..STARTS {
        let (name, tenant) = (name(number), places.tenant(number));
        let state = atlas.state_at(known::GROUP_ID, &tenant, &name);
        assert_eq!(state.as_deref(), Some("STARTED"), "{name}");
    }
    let record = atlas.record();
    let accepted = record
        .iter()
        .filter(|request| is_start(request) && request.status == Some(200))
        .filter_map(|request| request.processor.clone());
    let mut accepted: Vec<_> = accepted.collect();
    assert_eq!(accepted.len(), STARTS);
    accepted.sort_unstable();
    accepted.dedup();
    assert_eq!(accepted.len(), STARTS, "each once");
}

fn name(number: usize) -> String {
    format!("processor-{number}")
}

/// The time after which the bucket has let so many requests through.
fn time_that_the_bucket_allows(limit: &RateLimit, requests: u32) -> Duration {
    let beyond = requests - limit.capacity;
    if limit.continuous {
        limit
            .period
            .mul_f64(f64::from(beyond) / f64::from(limit.refill))
    } else {
        limit.period * beyond.div_ceil(limit.refill)
    }
}

/// An Atlas to which every request takes a while, and every answer back.
struct FarAway {
    atlas: Simulator,
    traffic: Mutex<Traffic>,
    ways: Mutex<fastrand::Rng>,
}

/// What passed by.
#[derive(Clone, Default)]
struct Traffic {
    /// When requests left.
    sent: Vec<Instant>,
    /// When an answer 429 arrived, and the time that it asked for.
    refused: Vec<(Instant, Duration)>,
}

impl FarAway {
    fn from(atlas: &Simulator) -> Self {
        Self {
            atlas: atlas.clone(),
            traffic: Mutex::default(),
            ways: Mutex::new(fastrand::Rng::with_seed(7)),
        }
    }

    fn traffic(&self) -> Traffic {
        self.traffic.lock().unwrap().clone()
    }

    async fn travel(&self) {
        let way = self.ways.lock().unwrap().u64(20..150);
        sleep(Duration::from_millis(way)).await;
    }
}

#[async_trait]
impl Exchange for FarAway {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, ExchangeError> {
        self.traffic.lock().unwrap().sent.push(Instant::now());
        self.travel().await;
        let answer = InMemory(self.atlas.clone()).exchange(request).await?;
        let (answered, asked_at) = (Instant::now(), self.atlas.now());
        self.travel().await;
        if answer.status == 429 {
            let left = asked(&answer, asked_at).saturating_sub(answered.elapsed());
            let refused = (Instant::now(), left);
            self.traffic.lock().unwrap().refused.push(refused);
        }
        Ok(answer)
    }
}

/// The time that a 429 of this moment asks for.
fn asked(refusal: &HttpResponse, at: SystemTime) -> Duration {
    let header = refusal.headers.get("retry-after");
    if let Some(date) =
        header.and_then(|value| httpdate::parse_http_date(value.to_str().ok()?).ok())
    {
        return date.duration_since(at).unwrap_or_default();
    }
    let body: serde_json::Value = serde_json::from_slice(&refusal.body).unwrap();
    match body["errorCode"].as_str() {
        Some("RATE_LIMITED_TOKEN_BUCKET") => {
            Duration::from_secs(body["parameters"][1].as_u64().unwrap())
        }
        _ => Duration::ZERO,
    }
}

impl Traffic {
    /// From a 429 on nobody asks for as long as it said, and then nobody in a crowd.
    fn waits_when_it_is_told(&self, case: &str) {
        for (told, wait) in &self.refused {
            let opens = *told + *wait;
            let within = |from: Instant, to: Instant| {
                self.sent
                    .iter()
                    .filter(|sent| **sent > from && **sent < to)
                    .count()
            };
            assert_eq!(
                within(*told, opens),
                0,
                "{case}: asked before the time was over"
            );
            let first = within(opens, opens + Duration::from_millis(40));
            assert!(
                first <= 2,
                "{case}: {first} asked at once when the time was over"
            );
        }
    }
}

/// The simulator's time of day, which its HTTP dates count from.
struct ClockOf(Simulator);

impl Clock for ClockOf {
    fn now(&self) -> Timestamp {
        Timestamp::try_from(self.0.now()).unwrap()
    }
}
