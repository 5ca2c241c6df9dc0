//! Lists in trouble: each look comes to its answer all the same, and soon.

use std::sync::Arc;

use serde_json::json;
use tokio::task::JoinSet;

use super::*;
use crate::atlas::{
    Client, Credentials, ExchangeError, Settings,
    looks_server::{Atlas, client, is_list, look_at_all, name, name_in, path_of, requests, script},
    presence::LONGEST,
    testing::{Script, Step, answer, client as client_of, context, failure, settings},
};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_list_that_is_refused_or_broken_leaves_each_to_its_own_get_and_is_not_tried_again_soon() {
    let refused = || {
        answer(
            403,
            &[],
            json!({"error": 403, "errorCode": "USER_UNAUTHORIZED"}),
        )
    };
    let hung_up = || {
        failure(ExchangeError::Lost {
            cause: Arc::new(std::io::Error::other("reset")),
        })
    };
    type Answers = Box<dyn Fn() -> Step + Send + Sync>;
    // What may pass is tried once more.
    let cases: [(&str, usize, Answers); 7] = [
        ("refused", 1, Box::new(refused)),
        ("unavailable", 2, Box::new(|| answer(503, &[], "busy"))),
        ("reset", 2, Box::new(hung_up)),
        ("no JSON", 1, Box::new(|| answer(200, &[], "<html>"))),
        (
            "no list",
            1,
            Box::new(|| answer(200, &[], json!({"results": {}}))),
        ),
        (
            "nameless",
            1,
            Box::new(|| answer(200, &[], json!({"results": [{"state": "STARTED"}]}))),
        ),
        (
            "too long",
            1,
            Box::new(|| {
                let mut step = answer(200, &[], json!({"results": []}));
                step.answer.as_mut().unwrap().truncated = true;
                step
            }),
        ),
    ];
    for (what, lists, step) in cases {
        let script = script(Atlas::with(9), move |_, _| step());
        let client = client(&script);
        for (looks, tried) in [(9, 1), (18, lists), (27, lists)] {
            look_at_all(&client, (0..9).map(name)).await;
            assert_eq!(requests(&script), (looks, tried), "{what}");
        }
        tokio::time::advance(WITHOUT_LISTS).await;
        look_at_all(&client, (0..9).map(name)).await;
        assert_eq!(requests(&script), (36, lists + 1), "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_without_a_state_is_left_to_its_own_get_and_the_others_are_served() {
    let script = script(Atlas::with(9), |_, _| {
        let entry = |number| json!({"name": name(number), "state": "CREATED"});
        let mut results: Vec<_> = (0..9).map(entry).collect();
        results[4] = json!({"name": name(4)});
        answer(200, &[], json!({"results": results}))
    });
    let client = client(&script);
    look_at_all(&client, (0..9).map(name)).await;
    assert_eq!(requests(&script), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_list_that_meets_with_the_rate_limit_stays_one_request() {
    let refused = Mutex::new(false);
    let script = script(
        Atlas::with(50),
        move |atlas, request| match std::mem::replace(&mut *lock(&refused), true) {
            false => answer(
                429,
                &[("retry-after", "20")],
                json!({"error": 429, "errorCode": "RATE_LIMITED"}),
            ),
            true => atlas.page(request),
        },
    );
    let client = client(&script);
    let began = Instant::now();
    look_at_all(&client, (0..50).map(name)).await;
    assert_eq!(requests(&script), (1, 2));
    assert!(began.elapsed() >= 20 * SECOND && began.elapsed() < 22 * SECOND);
}

/// One that goes wrong among many is no reason to have none.
#[tokio::test(start_paused = true)]
async fn a_list_that_fails_once_leaves_the_next_ones_as_they_are() {
    let failed = Mutex::new(false);
    let script = script(
        Atlas::with(200),
        move |atlas, request| match std::mem::replace(&mut *lock(&failed), true) {
            false => answer(503, &[], "busy"),
            true => atlas.page(request),
        },
    );
    let client = client(&script);
    look_at_all(&client, (0..50).map(name)).await;
    assert_eq!(requests(&script), (50, 1));
    for round in 1..4 {
        look_at_all(&client, (50 * round..50 * (round + 1)).map(name)).await;
        assert_eq!(requests(&script), (50 + round, 1 + round));
    }
}

/// A proxy may lose what comes after the question mark: then each page is the first.
#[tokio::test(start_paused = true)]
async fn a_list_that_goes_round_in_circles_is_given_up() {
    for total in [json!(null), json!(500), json!(5_000)] {
        let atlas = Atlas::with(600);
        let script = Script::by(move |request| match is_list(request) {
            true => {
                let results: Vec<_> = (0..500)
                    .map(|number| json!({"name": name(number), "state": "STARTED"}))
                    .collect();
                let body = json!({"results": results, "totalCount": total});
                answer(200, &[], body).after(SECOND / 10)
            }
            false => atlas.one(&name_in(request)),
        });
        let client = client(&script);
        let began = Instant::now();
        look_at_all(&client, (0..60).chain(550..553).map(name)).await;
        let (gets, lists) = requests(&script);
        assert!(gets <= 5 && lists <= 2, "{gets}, {lists}");
        assert!(began.elapsed() < SECOND, "{:?}", began.elapsed());
    }
}

/// A rate limit that asks for no wait, or is for lists alone, leaves each to its own GET.
#[tokio::test(start_paused = true)]
async fn lists_that_stay_limited_are_given_up() {
    // Half of its time a look waits at most.
    for (wait, lists, at_most) in [
        ("0", 3, SECOND),
        ("1", 3, 10 * SECOND),
        ("40", 1, 45 * SECOND),
    ] {
        let script = script(Atlas::with(50), move |_, _| {
            answer(
                429,
                &[("retry-after", wait)],
                json!({"error": 429, "errorCode": "RATE_LIMITED"}),
            )
        });
        let client = client(&script);
        let began = Instant::now();
        look_at_all(&client, (0..20).map(name)).await;
        assert_eq!(requests(&script), (20, lists), "{wait}");
        assert!(began.elapsed() < at_most, "{wait}: {:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_takes_its_time_is_given_up() {
    let script = script(Atlas::with(50), |atlas, request| {
        atlas.page(request).after(85 * SECOND)
    });
    let client = client(&script);
    let began = Instant::now();
    look_at_all(&client, (0..20).map(name)).await;
    assert_eq!(requests(&script), (20, 1));
    assert!(began.elapsed() < LONGEST + SECOND, "{:?}", began.elapsed());
}

/// However many pages it has.
#[tokio::test(start_paused = true)]
async fn a_list_of_many_pages_that_take_their_time_is_given_up() {
    let script = script(Atlas::with(5_000), |atlas, request| {
        atlas.page(request).after(4 * SECOND)
    });
    let client = client(&script);
    let began = Instant::now();
    look_at_all(&client, (4_940..5_000).map(name)).await;
    assert_eq!(requests(&script), (60, 4));
    assert!(began.elapsed() < 2 * LONGEST, "{:?}", began.elapsed());
}

/// Requests are scarce then, and a list is few of them.
#[tokio::test(start_paused = true)]
async fn what_a_list_waits_for_the_rate_limit_is_no_reason_to_give_it_up() {
    let refused = Mutex::new(0);
    let script = script(Atlas::with(1_500), move |atlas, request| {
        let mut requests = lock(&refused);
        *requests += 1;
        match *requests % 2 {
            1 => answer(
                429,
                &[("retry-after", "5")],
                json!({"error": 429, "errorCode": "RATE_LIMITED"}),
            ),
            _ => atlas.page(request).after(3 * SECOND),
        }
    });
    let client = client(&script);
    look_at_all(&client, (1_440..1_500).map(name)).await;
    assert_eq!(requests(&script), (1, 6));
}

/// As a service account, whose tokens come as `token` says.
fn served_with_tokens(
    processors: usize,
    token: impl Fn() -> Step + Send + Sync + 'static,
) -> Arc<Script> {
    let atlas = Atlas::with(processors);
    Script::by(move |request| match request.url.path() {
        "/api/oauth/token" => token(),
        _ if is_list(request) => atlas.page(request),
        _ => atlas.one(&name_in(request)),
    })
}

fn with_tokens(script: &Arc<Script>) -> Arc<Client> {
    let credentials = Credentials::ServiceAccount {
        client_id: "mdb_sa_id_0123".to_owned(),
        client_secret: "mdb_sa_sk_very-secret".to_owned().into(),
    };
    let settings = Settings {
        credentials: Some(credentials),
        ..settings()
    };
    Arc::new(client_of(settings, script))
}

fn a_token() -> Step {
    answer(200, &[], json!({"access_token": "jwt", "expires_in": 3600}))
}

#[tokio::test(start_paused = true)]
async fn what_a_list_waits_for_a_token_is_no_reason_to_give_it_up() {
    let script = served_with_tokens(2_000, || a_token().after(20 * SECOND));
    look_at_all(
        &with_tokens(&script),
        (0..500).map(|number| name(4 * number)),
    )
    .await;
    let (gets_and_token, lists) = requests(&script);
    assert_eq!((gets_and_token, lists), (2, 4));
}

/// Who has no leave to ask, or nobody to ask as, would have met with the same at a GET.
#[tokio::test(start_paused = true)]
async fn what_keeps_a_list_from_being_sent_says_nothing_of_lists() {
    for no_leave in [false, true] {
        let began = Instant::now();
        let is_early = move || began.elapsed() < 60 * SECOND;
        let (script, client) = if no_leave {
            let script = script(Atlas::with(100), move |atlas, request| match is_early() {
                true => answer(
                    429,
                    &[("retry-after", "60")],
                    json!({"error": 429, "errorCode": "RATE_LIMITED"}),
                ),
                false => atlas.page(request),
            });
            (script.clone(), client(&script))
        } else {
            let script = served_with_tokens(100, move || match is_early() {
                true => answer(503, &[], "busy"),
                false => a_token(),
            });
            (script.clone(), with_tokens(&script))
        };
        let mut looks = JoinSet::new();
        for number in 0..20 {
            let client = client.clone();
            looks.spawn(async move {
                let time = if no_leave { 40 } else { 400 } * SECOND;
                let (path, context) = (path_of(&name(number)), context(time));
                client.processor(&path, &context).await.is_err()
            });
        }
        assert!(looks.join_all().await.contains(&true), "{no_leave}");
        tokio::time::sleep(70 * SECOND).await;
        let (_, lists) = requests(&script);
        look_at_all(&client, (0..50).map(name)).await;
        assert_eq!(requests(&script).1, lists + 1, "{no_leave}");
    }
}

/// The list's own limit is: looks that have less time than it asks for fail with it, but not all that come later.
#[tokio::test(start_paused = true)]
async fn lists_that_are_limited_for_longer_than_looks_have_are_given_up() {
    let script = script(Atlas::with(100), |_, _| {
        answer(
            429,
            &[("retry-after", "60")],
            json!({"error": 429, "errorCode": "RATE_LIMITED"}),
        )
    });
    let client = client(&script);
    for round in 1..4 {
        let mut looks = JoinSet::new();
        for number in 0..20 {
            let client = client.clone();
            looks.spawn(async move {
                let (path, context) = (path_of(&name(number)), context(50 * SECOND));
                client.processor(&path, &context).await.is_err()
            });
        }
        let failed = looks.join_all().await.contains(&true);
        assert_eq!(failed, round <= 2, "{round}");
        assert_eq!(requests(&script).1, round.min(2), "{round}");
        tokio::time::sleep(70 * SECOND).await;
    }
}

/// So it is where they would wait for it, but not for all of their time.
#[tokio::test(start_paused = true)]
async fn lists_that_are_limited_for_longer_than_looks_wait_for_them_are_given_up() {
    let script = script(Atlas::with(300), |_, _| {
        answer(
            429,
            &[("retry-after", "35")],
            json!({"error": 429, "errorCode": "RATE_LIMITED"}),
        )
    });
    let client = client(&script);
    for round in 0..6 {
        look_at_all(&client, (50 * round..50 * (round + 1)).map(name)).await;
    }
    assert_eq!(requests(&script), (300, 2));
}
