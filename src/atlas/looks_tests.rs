//! Many looks at once, over an exchange in memory on a paused clock.

use serde_json::json;
use tokio::task::JoinSet;

use super::*;
use crate::atlas::{
    Kind,
    looks_server::{Atlas, client, is_list, look_at_all, name, name_in, path_of, requests, script},
    testing::{Script, answer, context, path},
};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn one_look_after_another_is_a_get_each() {
    let script = script(Atlas::with(3), Atlas::page);
    let client = client(&script);
    for number in 0..3 {
        look_at_all(&client, [name(number)]).await;
    }
    assert_eq!(requests(&script), (3, 0));
}

#[tokio::test(start_paused = true)]
async fn looks_that_wait_for_another_are_one_list() {
    let script = script(Atlas::with(100), Atlas::page);
    let client = client(&script);
    let states = look_at_all(&client, (0..100).map(name)).await;
    assert_eq!(requests(&script), (1, 1));
    // The list was sent when the first was back.
    assert_eq!(states.iter().filter(|state| *state == "0").count(), 1);
    assert_eq!(states.iter().filter(|state| *state == "100").count(), 99);
}

#[tokio::test(start_paused = true)]
async fn no_look_is_answered_by_what_was_sent_before_it() {
    let script = script(Atlas::with(200), Atlas::page);
    let client = client(&script);
    let began = Instant::now();
    let mut looks = JoinSet::new();
    for number in 0..200 {
        let client = client.clone();
        looks.spawn(async move {
            tokio::time::sleep(Duration::from_millis(5 * number)).await;
            let asked = began.elapsed().as_millis();
            let name = name(usize::try_from(number).unwrap());
            let found = client.processor(&path_of(&name), &context(MINUTE)).await;
            (asked, found.unwrap().state.parse::<u128>().unwrap())
        });
    }
    for (asked, sent) in looks.join_all().await {
        assert!(
            sent >= asked,
            "asked at {asked}, answered by what was sent at {sent}"
        );
    }
    let (gets, lists) = requests(&script);
    assert!(gets < 60 && lists > 5, "{gets} GETs, {lists} lists");
}

#[tokio::test(start_paused = true)]
async fn what_a_list_lacks_is_looked_at_by_itself_and_only_that_says_gone() {
    let atlas = Atlas::with(8);
    let script = Script::by(
        move |request| match (is_list(request), &*name_in(request)) {
            (true, _) => atlas.page(request),
            (false, "gone") => answer(
                404,
                &[],
                json!({"error": 404, "errorCode": "STREAM_PROCESSOR_NOT_FOUND"}),
            ),
            (false, name) => atlas.one(name),
        },
    );
    let client = client(&script);
    let others = tokio::spawn({
        let client = client.clone();
        async move { look_at_all(&client, (0..8).map(name)).await }
    });
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
    let (young, gone) = (path_of("young"), path_of("gone"));
    let surroundings = context(MINUTE);
    let (young, gone) = tokio::join!(
        client.processor(&young, &surroundings),
        client.processor(&gone, &surroundings),
    );
    others.await.unwrap();
    assert_eq!(young.unwrap().name, "young");
    assert!(gone.unwrap_err().is_not_found());
    assert_eq!(requests(&script), (3, 1));
}

#[tokio::test(start_paused = true)]
async fn a_list_is_asked_for_where_it_is_less() {
    /// So many looks at once, each at every so-manieth processor, and then once more, when it is known how many there are: after
    /// either so many GETs and lists.
    struct Case {
        looks: usize,
        every: usize,
        processors: usize,
        first: (usize, usize),
        second: (usize, usize),
    }
    let case = |looks, every, processors, first, second| Case {
        looks,
        every,
        processors,
        first,
        second,
    };
    for case in [
        // One that waits is no fewer requests than a list.
        case(2, 1, 2, (2, 0), (4, 0)),
        case(3, 1, 3, (1, 1), (2, 2)),
        // Two pages, and all on the first of them.
        case(100, 10, 1_000, (1, 2), (2, 4)),
        case(100, 1, 1_000, (1, 1), (2, 2)),
        // Nobody reads twenty pages for the sake of two.
        case(3, 4_000, 10_000, (3, 1), (6, 1)),
        // A few among many, and not so few.
        case(4, 100, 500, (1, 1), (5, 1)),
        case(11, 40, 500, (1, 1), (2, 2)),
    ] {
        let script = script(Atlas::with(case.processors), Atlas::page);
        let client = client(&script);
        for expected in [case.first, case.second] {
            let names = (0..case.looks).map(|number| name(number * case.every));
            look_at_all(&client, names).await;
            let what = format!("{} looks, {} processors", case.looks, case.processors);
            assert_eq!(requests(&script), expected, "{what}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn where_requests_are_scarce_a_few_among_many_are_a_list_too() {
    for (looks, processors, remaining, lists) in [
        (4, 500, "100", 1),
        (4, 500, "1100", 0),
        (10, 2_000, "900", 4),
        (10, 2_000, "1100", 0),
        (4, 2_000, "100", 0),
    ] {
        let atlas = Atlas::with(processors);
        let script = Script::by(move |request| {
            let mut step = match is_list(request) {
                true => atlas.page(request),
                false => atlas.one(&name_in(request)),
            };
            let headers = &mut step.answer.as_mut().unwrap().headers;
            headers.insert("ratelimit-remaining", remaining.parse().unwrap());
            step
        });
        let client = client(&script);
        let crowd = || (0..looks).map(|number| name(number * processors / looks));
        look_at_all(&client, crowd()).await;
        let before = requests(&script);
        look_at_all(&client, crowd()).await;
        let (gets, all) = requests(&script);
        let new = (gets - before.0, all - before.1);
        let expected = if lists > 0 { (1, lists) } else { (looks, 0) };
        assert_eq!(
            new, expected,
            "{looks} of {processors}, room for {remaining}"
        );
    }
}

/// Those who have no time to wait set out all the time, and keep nobody from it.
#[tokio::test(start_paused = true)]
async fn nobody_waits_long_for_many_in_a_row() {
    let script = script(Atlas::with(50), Atlas::page);
    let client = client(&script);
    let hurried = tokio::spawn({
        let client = client.clone();
        async move {
            let mut looks = JoinSet::new();
            for _ in 0..200 {
                let client = client.clone();
                looks.spawn(
                    async move { client.processor(&path_of("p1"), &context(4 * SECOND)).await },
                );
                tokio::time::sleep(SECOND / 20).await;
            }
            looks.join_all().await
        }
    });
    tokio::time::sleep(SECOND / 100).await;
    let began = Instant::now();
    look_at_all(&client, (0..9).map(name)).await;
    assert_eq!(began.elapsed(), PATIENCE + SECOND / 10);
    hurried.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_long_for_one_that_takes_its_time() {
    let atlas = Atlas::with(9);
    let script = Script::by(
        move |request| match (is_list(request), &*name_in(request)) {
            (true, _) => atlas.page(request),
            (false, "slow") => atlas.one("slow").after(40 * SECOND),
            (false, name) => atlas.one(name),
        },
    );
    let client = client(&script);
    let began = Instant::now();
    let slow = tokio::spawn({
        let client = client.clone();
        async move { client.processor(&path_of("slow"), &context(MINUTE)).await }
    });
    tokio::task::yield_now().await;
    look_at_all(&client, (0..9).map(name)).await;
    assert_eq!(began.elapsed(), PATIENCE + SECOND / 10);
    // The next ones don't wait for it any more at all.
    look_at_all(&client, [name(3)]).await;
    assert_eq!(began.elapsed(), PATIENCE + SECOND / 5);
    assert_eq!(requests(&script), (2, 1));
    slow.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn whoever_has_little_time_waits_for_nobody() {
    let script = script(Atlas::with(9), |atlas, request| {
        atlas.page(request).after(8 * SECOND)
    });
    let client = client(&script);
    let look = |number, time| {
        let client = client.clone();
        tokio::spawn(async move {
            let began = Instant::now();
            let found = client
                .processor(&path_of(&name(number)), &context(time))
                .await;
            (found.map(|found| found.name), began.elapsed())
        })
    };
    let first = look(0, MINUTE);
    let hurried = look(1, 4 * SECOND);
    let [patient, also] = [look(2, MINUTE), look(3, MINUTE)];
    let in_time = look(4, 10 * SECOND);
    assert_eq!(first.await.unwrap().1, SECOND / 10);
    assert_eq!(hurried.await.unwrap().1, SECOND / 10);
    // Half of its time it waited for the others.
    let (found, took) = in_time.await.unwrap();
    assert_eq!((found.unwrap(), took), (name(4), 5 * SECOND + SECOND / 10));
    for look in [patient, also] {
        assert_eq!(look.await.unwrap().1, 8 * SECOND + SECOND / 10);
    }
    assert_eq!(requests(&script), (3, 1));
}

#[tokio::test(start_paused = true)]
async fn one_that_is_cancelled_or_dropped_leaves_the_others_their_answer() {
    // While the first is on its way, and while the list is.
    for moment in [50, 150] {
        let script = script(Atlas::with(9), Atlas::page);
        let client = client(&script);
        let mut looks = Vec::new();
        let cancelled = context(MINUTE);
        for number in 0..9 {
            let (client, mut surroundings) = (client.clone(), context(MINUTE));
            if number == 1 {
                surroundings.cancel = cancelled.cancel.clone();
            }
            looks.push(tokio::spawn(async move {
                client
                    .processor(&path_of(&name(number)), &surroundings)
                    .await
            }));
        }
        tokio::time::sleep(Duration::from_millis(moment)).await;
        cancelled.cancel.cancel();
        looks[2].abort();
        for (number, look) in looks.into_iter().enumerate() {
            match (number, look.await) {
                (1, found) => assert_eq!(found.unwrap().unwrap_err().kind(), Kind::Cancelled),
                (2, found) => assert!(found.unwrap_err().is_cancelled()),
                (_, found) => assert_eq!(found.unwrap().unwrap().name, name(number)),
            }
        }
        assert_eq!(requests(&script), (1, 1), "after {moment} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn those_that_all_give_up_leave_nothing_behind_that_others_would_wait_for() {
    for moment in [50, 150] {
        let script = script(Atlas::with(9), Atlas::page);
        let client = client(&script);
        let looks = tokio::spawn({
            let client = client.clone();
            async move { look_at_all(&client, (0..9).map(name)).await }
        });
        tokio::time::sleep(Duration::from_millis(moment)).await;
        looks.abort();
        let _ = looks.await;
        tokio::task::yield_now().await;
        let began = Instant::now();
        look_at_all(&client, [name(5)]).await;
        assert_eq!(began.elapsed(), SECOND / 10, "after {moment} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn other_workspaces_do_not_wait() {
    let script = script(Atlas::with(9), Atlas::page);
    let client = client(&script);
    let began = Instant::now();
    let elsewhere = ProcessorPath {
        tenant_name: "workspace-2".to_owned(),
        ..path()
    };
    let here = path();
    let surroundings = context(MINUTE);
    let (one, other) = tokio::join!(
        client.processor(&here, &surroundings),
        client.processor(&elsewhere, &surroundings)
    );
    assert!(one.is_ok() && other.is_ok());
    assert_eq!(began.elapsed(), SECOND / 10);
}
