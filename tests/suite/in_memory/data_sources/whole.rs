//! A list is whole, or the person is told that it may not be: a `for_each` would destroy what stands for one that is missing.

use std::time::Duration;

use atlas_simulator::{Effect, Fault, Operation, Simulator};
use itertools::iproduct;

use super::super::words::{after, errors};
use super::{ALL, look, names, within};

/// So many, that the list has two pages, each of which takes five seconds.
fn two_slow_pages() -> Simulator {
    let atlas = Simulator::new();
    for index in 0..105 {
        atlas.add_processor(&format!("p{index:03}"), "STARTED");
    }
    let slow = Effect::Delay(Duration::from_secs(5));
    atlas.fault(Fault::on(Operation::List, slow).always());
    atlas
}

#[tokio::test(start_paused = true)]
async fn one_that_moves_up_a_page_while_the_list_is_read_is_not_left_out() {
    for ((deletions, readings), others_come) in iproduct!([(0, 2), (1, 3), (2, 4)], [false, true]) {
        let atlas = two_slow_pages();
        for index in 0..deletions {
            after(&atlas, 7 + 10 * index, move |atlas| {
                atlas.remove_processor(&format!("p{index:03}"));
                if others_come {
                    atlas.add_processor(&format!("z{index}"), "CREATED");
                }
            });
        }
        let found = look(&atlas, ALL, &[]).await.unwrap();
        let case = format!("{deletions}, {others_come}");
        assert_eq!(atlas.calls(Operation::List), 2 * readings, "{case}");
        for index in deletions..105 {
            let name = format!("p{index:03}");
            assert!(names(&found).contains(&name.as_str()), "{case}: {name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_never_holds_still_is_not_told() {
    let atlas = two_slow_pages();
    for index in 0..8 {
        after(&atlas, 7 + 10 * index, move |atlas| {
            atlas.remove_processor(&format!("p{index:03}"));
        });
    }
    let refused = errors(&look(&atlas, ALL, &[]).await.unwrap_err());
    assert_eq!(atlas.calls(Operation::List), 8);
    for part in [
        "changed while they were listed",
        "\"workspace-1\"",
        "run this again",
    ] {
        assert!(refused[0].contains(part), "{refused:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_with_fewer_than_atlas_counts_is_read_again_and_then_not_told() {
    for (given, found) in [(r#"{"name":"a","state":"STARTED"}"#, 1), ("", 0)] {
        // It, or the count, may lag for some seconds.
        for (times, readings) in [(1, 2), (2, 3), (3, 4), (9, 4)] {
            let atlas = Simulator::new();
            for name in ["a", "b"] {
                atlas.add_processor(name, "STARTED");
            }
            let body = format!(r#"{{"results":[{given}],"totalCount":2}}"#);
            let answer = Effect::answer(200, "application/json", body);
            atlas.fault(Fault::on(Operation::List, answer).times(times));
            let told = look(&atlas, ALL, &[]).await;
            assert_eq!(atlas.calls(Operation::List), readings, "{times}");
            if times < 9 {
                assert_eq!(names(&told.unwrap()), ["a", "b"]);
                continue;
            }
            let refused = errors(&told.unwrap_err());
            for part in ["counts 2", &format!("told of {found}"), "Run this again"] {
                assert!(refused[0].contains(part), "{refused:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn where_there_is_no_time_to_read_it_again_what_is_missing_is_told_all_the_same() {
    for (time, readings) in [("1s", 1), ("3s", 2), ("6s", 3)] {
        let atlas = Simulator::new();
        let answer = Effect::answer(200, "application/json", r#"{"results":[],"totalCount":2}"#);
        atlas.fault(Fault::on(Operation::List, answer).always());
        let refused = errors(&look(&atlas, ALL, &within(time)).await.unwrap_err());
        assert_eq!(atlas.calls(Operation::List), readings, "{time}");
        assert!(refused[0].contains("counts 2"), "{refused:?}");
    }
}

/// An estimate that is too low proves nothing: a full page is never the last because of it.
#[tokio::test(start_paused = true)]
async fn a_count_that_is_too_low_hides_nobody() {
    let atlas = Simulator::new();
    let mut first = Vec::new();
    for index in 0..200 {
        let name = format!("p{index:03}");
        atlas.add_processor(&name, "STARTED");
        if index < 100 {
            first.push(format!(r#"{{"name":"{name}","state":"STARTED"}}"#));
        }
    }
    let body = format!(r#"{{"results":[{}],"totalCount":100}}"#, first.join(","));
    let answer = Effect::answer(200, "application/json", body);
    atlas.fault(Fault::on(Operation::List, answer));
    let found = look(&atlas, ALL, &[]).await.unwrap();
    assert_eq!(names(&found).len(), 200);
}
