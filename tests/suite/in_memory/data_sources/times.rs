//! How long a look may take, and what is told of one that took longer.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_look_has_its_time_and_ends_with_an_interruption() {
    let atlas = Simulator::new();
    atlas.add_processor(NAME, "STARTED");
    let silent = Effect::NoAnswer { processed: false };
    for operation in [Operation::Get, Operation::List] {
        atlas.fault(Fault::on(operation, silent.clone()).always());
    }
    for type_name in [ONE, ALL] {
        let began = tokio::time::Instant::now();
        let late = look(&atlas, type_name, &within("20s")).await;
        assert!(late.is_err());
        let took = began.elapsed();
        assert!(
            took >= Duration::from_secs(19) && took <= Duration::from_secs(21),
            "{took:?}"
        );

        let cancel = CancellationToken::new();
        let began = tokio::time::Instant::now();
        let (interrupted, ()) = tokio::join!(look_until(&atlas, type_name, &[], &cancel), async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            cancel.cancel();
        });
        assert!(interrupted.is_err());
        assert!(began.elapsed() < Duration::from_secs(4));
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_that_hangs_names_what_really_ended_it() {
    let atlas = Simulator::new();
    let silent = Effect::NoAnswer { processed: false };
    for operation in [Operation::Get, Operation::List] {
        atlas.fault(Fault::on(operation, silent.clone()).always());
    }
    let (ours, one_request) = ("`timeouts.read` of the data source", "`request_timeout`");
    for type_name in [ONE, ALL] {
        for (arguments, named, other) in [
            (&[][..], ours, one_request),
            (&within("2s"), ours, one_request),
            // Each of all the tries gets its 90 seconds.
            (&within("10m"), one_request, ours),
        ] {
            let late = errors(&look(&atlas, type_name, arguments).await.unwrap_err()).join("\n");
            assert!(late.contains(named), "{named}: {late}");
            assert!(!late.contains(other), "{other}: {late}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_that_the_rate_limit_leaves_no_time_for_names_its_own_timeouts() {
    for (type_name, operation) in [(ONE, Operation::Get), (ALL, Operation::List)] {
        let atlas = Simulator::new();
        atlas.fault(Fault::on(operation, Effect::rate_limited(40)).always());
        let source = source(&provider(&atlas), type_name);
        let look = async || {
            let request = LookupRequest {
                config: config(source.as_ref(), &within("20s")),
                cancel: CancellationToken::new(),
            };
            errors(&source.read(request).await.unwrap_err()).join("\n")
        };
        let _ = look().await;
        let limited = look().await;
        assert!(limited.contains("Nothing was sent"), "{limited}");
        assert!(
            limited.contains("`timeouts.read` of the data source"),
            "{limited}"
        );
        assert!(!limited.contains("action"), "{limited}");
    }
}
