//! Looking without touching: one processor, and all of a workspace.

mod times;
mod whole;

use std::sync::Arc;
use std::time::Duration;

use atlas_simulator::{Effect, Fault, Operation, Simulator, known};
use terraform_provider_atlas::framework::{
    CancellationToken, DataSource, Diagnostics, LookupRequest, Provider, Value,
};

use super::words::{NAME, errors, provider, warnings};

const ONE: &str = "atlas_stream_processor";
const ALL: &str = "atlas_stream_processors";

async fn look(
    atlas: &Simulator,
    type_name: &str,
    arguments: &[(&str, Value)],
) -> Result<Value, Diagnostics> {
    look_until(atlas, type_name, arguments, &CancellationToken::new()).await
}

async fn look_until(
    atlas: &Simulator,
    type_name: &str,
    arguments: &[(&str, Value)],
    cancel: &CancellationToken,
) -> Result<Value, Diagnostics> {
    let source = source(&provider(atlas), type_name);
    let request = LookupRequest {
        config: config(source.as_ref(), arguments),
        cancel: cancel.clone(),
    };
    source.read(request).await
}

fn source(provider: &impl Provider, type_name: &str) -> Arc<dyn DataSource> {
    let mut sources = provider.data_sources().into_iter();
    let source = sources.find(|one| one.type_name() == type_name);
    source.expect("the provider has that data source")
}

fn config(source: &dyn DataSource, arguments: &[(&str, Value)]) -> Value {
    let mut config = source.schema().null_object();
    config.set("group_id", known::GROUP_ID);
    config.set("tenant_name", known::TENANT);
    if source.type_name() == ONE {
        config.set("processor_name", NAME);
    }
    for (name, value) in arguments {
        config.set(name, value.clone());
    }
    config
}

fn within(time: &str) -> [(&'static str, Value); 1] {
    let read = [("read".to_owned(), Value::from(time))];
    [("timeouts", Value::Object(read.into()))]
}

fn names(found: &Value) -> Vec<&str> {
    let names = found.attribute("names").as_slice().unwrap();
    names.iter().map(|name| name.as_str().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn one_is_told_with_all_that_atlas_says() {
    let atlas = Simulator::new();
    atlas.add_processor(NAME, "STARTED");
    let found = look(&atlas, ONE, &[]).await.unwrap();
    for (name, value) in [
        ("processor_name", NAME),
        ("state", "STARTED"),
        ("id", "0123456789abcdef01234567/workspace-1/orders"),
        ("processor_id", &atlas.processor_id(NAME).unwrap()),
    ] {
        assert_eq!(found.attribute(name).as_str(), Some(value), "{name}");
    }
    assert!(found.is_wholly_known());
    let pipeline = found.attribute("pipeline").as_str().unwrap();
    assert!(pipeline.starts_with('['), "{pipeline}");
    assert_eq!(atlas.calls(Operation::Get), 1);
    assert_eq!(atlas.calls(Operation::Start), 0);
}

#[tokio::test(start_paused = true)]
async fn pipeline_and_stats_are_as_atlas_sent_them() {
    let atlas = Simulator::new();
    let pipeline = r#"[{"$source":{"z":1.0,"a":12345678901234567890.10}}]"#;
    let stats = r#"{"z":1e3,"a":{"y":-0.0}}"#;
    let body = format!(
        r#"{{"_id":"66f0","name":"{NAME}","state":"FAILED","tier":"SP30","stats":{stats},"pipeline":{pipeline},
        "options":{{"dlq":{{"connectionName":"atlas","db":"bad","coll":"messages"}}}},"failoverEnabled":true,"eligibleForFailover":false}}"#
    );
    let of_all = format!(r#"{{"results":[{body}],"totalCount":1,"links":[]}}"#);
    let json = "application/vnd.atlas.2024-05-30+json";
    for (operation, body) in [(Operation::Get, body), (Operation::List, of_all)] {
        let answer = Effect::answer(200, json, body);
        atlas.fault(Fault::on(operation, answer));
    }
    let all = look(&atlas, ALL, &[]).await.unwrap();
    is_as_atlas_sent_it(
        &all.attribute("processors").as_slice().unwrap()[0],
        pipeline,
        stats,
    );
    let found = look(&atlas, ONE, &[]).await.unwrap();
    is_as_atlas_sent_it(&found, pipeline, stats);
}

fn is_as_atlas_sent_it(found: &Value, pipeline: &str, stats: &str) {
    for (name, value) in [
        ("processor_name", NAME),
        ("processor_id", "66f0"),
        ("state", "FAILED"),
    ] {
        assert_eq!(found.attribute(name).as_str(), Some(value), "{name}");
    }
    assert_eq!(found.attribute("pipeline").as_str(), Some(pipeline));
    assert_eq!(found.attribute("stats").as_str(), Some(stats));
    assert_eq!(found.attribute("tier").as_str(), Some("SP30"));
    assert_eq!(found.attribute("failover_enabled").as_bool(), Some(true));
    assert_eq!(
        found.attribute("eligible_for_failover").as_bool(),
        Some(false)
    );
    let queue = found.attribute("dlq");
    for (name, value) in [
        ("connection_name", "atlas"),
        ("db", "bad"),
        ("coll", "messages"),
    ] {
        assert_eq!(queue.attribute(name).as_str(), Some(value), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_is_not_there_is_an_error_that_names_it() {
    let refused = errors(&look(&Simulator::new(), ONE, &[]).await.unwrap_err());
    assert!(
        refused[0].starts_with("Cannot read stream processor \"orders\""),
        "{refused:?}"
    );
    assert!(refused[0].contains("`processor_name`"), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn all_pages_are_read_in_the_order_of_names() {
    for number in [0, 1, 99, 100, 101, 200, 234] {
        let atlas = Simulator::new();
        // Not in their order.
        for index in (0..number).rev() {
            atlas.add_processor(&format!("p{index:03}"), "STARTED");
        }
        let found = look(&atlas, ALL, &[]).await.unwrap();
        let expected: Vec<String> = (0..number).map(|index| format!("p{index:03}")).collect();
        assert_eq!(names(&found), expected);
        let processors = found.attribute("processors").as_slice().unwrap();
        assert_eq!(processors.len(), number);
        for (processor, name) in processors.iter().zip(expected) {
            assert_eq!(processor.attribute("processor_name").as_str(), Some(&*name));
            assert_eq!(processor.attribute("state").as_str(), Some("STARTED"));
        }
        // Several pages are read twice: what moves from one to the other meanwhile would be on neither.
        let pages = number / 100 + 1;
        let expected = if pages == 1 { 1 } else { 2 * pages };
        assert_eq!(atlas.calls(Operation::List), expected, "{number}");
        assert_eq!(atlas.calls(Operation::Get), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn only_those_in_the_states_that_are_asked_for() {
    let atlas = Simulator::new();
    for (name, state) in [
        ("a", "STARTED"),
        ("b", "STOPPED"),
        ("c", "FAILED"),
        ("d", "STOPPED"),
    ] {
        atlas.add_processor(name, state);
    }
    for (states, expected) in [
        (vec!["STOPPED"], vec!["b", "d"]),
        (vec!["FAILED", "STARTED"], vec!["a", "c"]),
        (vec!["PAUSED"], vec![]),
    ] {
        let states = states.into_iter().map(Value::from).collect();
        let found = look(&atlas, ALL, &[("states", Value::List(states))])
            .await
            .unwrap();
        assert_eq!(names(&found), expected);
    }
}

/// What finds nothing makes an empty `for_each`, which destroys.
#[test]
fn states_that_no_processor_is_ever_in_are_refused_or_pointed_out() {
    let source = source(&provider(&Simulator::new()), ALL);
    for (state, refused, warned) in [
        (Value::from("STARTED"), None, None),
        (
            Value::from("PAUSED"),
            None,
            Some("never saw Atlas give. Only"),
        ),
        (Value::Unknown, None, None),
        (
            Value::from("stopped"),
            Some("Did you mean \"STOPPED\"?"),
            None,
        ),
        (Value::from("Paused"), Some("in capitals"), None),
        (
            Value::from(" FAILED"),
            Some("Did you mean \"FAILED\"?"),
            None,
        ),
        (Value::from(""), Some("states[1] is \"\""), None),
        (Value::Null, Some("states[1] is null"), None),
        (
            Value::from("STOPED"),
            None,
            Some("Did you mean \"STOPPED\"?"),
        ),
        (
            Value::from("STRATED"),
            None,
            Some("Did you mean \"STARTED\"?"),
        ),
    ] {
        let states = Value::List(vec![Value::from("FAILED"), state.clone()]);
        let told = source.validate(&config(source.as_ref(), &[("states", states)]));
        for (told, expected) in [(errors(&told), refused), (warnings(&told), warned)] {
            assert_eq!(told.len(), usize::from(expected.is_some()), "{state:?}");
            let said = told
                .iter()
                .zip(expected)
                .all(|(told, part)| told.contains(part));
            assert!(said, "{state:?}: {told:?}");
        }
    }
}

/// The list may be computed, and not be known to be empty before it is read with.
#[tokio::test(start_paused = true)]
async fn no_state_at_all_is_refused_at_validation_and_where_it_turns_out_only_then() {
    let atlas = Simulator::new();
    atlas.add_processor(NAME, "STARTED");
    let source = source(&provider(&atlas), ALL);
    let validated = |states| source.validate(&config(source.as_ref(), &[("states", states)]));
    assert!(validated(Value::Unknown).is_empty());
    let none = Value::List(Vec::new());
    let read = look(&atlas, ALL, &[("states", none.clone())]).await;
    for told in [validated(none), read.unwrap_err()] {
        let refused = errors(&told);
        assert_eq!(refused.len(), 1, "{refused:?}");
        for part in ["Invalid states", "states is empty", "leave it out"] {
            assert!(refused[0].contains(part), "{part}: {refused:?}");
        }
    }
    assert!(atlas.record().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_knows_no_pages_is_asked_no_more_than_twice_for_the_same() {
    let atlas = Simulator::new();
    let many: Vec<String> = (0..100)
        .map(|index| format!(r#"{{"name":"p{index:03}","state":"STARTED"}}"#))
        .collect();
    let next = r#"[{"rel":"next","href":"https://cloud.mongodb.com/x"}]"#;
    let body = format!(r#"{{"results":[{}],"links":{next}}}"#, many.join(","));
    let answer = Effect::answer(200, "application/json", body);
    atlas.fault(Fault::on(Operation::List, answer).always());
    let found = look(&atlas, ALL, &[]).await.unwrap();
    assert_eq!(names(&found).len(), 100);
    assert_eq!(atlas.calls(Operation::List), 4);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_fails_is_repeated_and_never_left_out() {
    let atlas = Simulator::new();
    for index in 0..150 {
        atlas.add_processor(&format!("p{index:03}"), "STARTED");
    }
    let passing = Effect::service_unavailable(false);
    atlas.fault(Fault::on(Operation::List, passing).skip(1));
    let found = look(&atlas, ALL, &[]).await.unwrap();
    assert_eq!(names(&found).len(), 150);

    let refused = Effect::access_forbidden();
    atlas.fault(Fault::on(Operation::List, refused).skip(1).always());
    let refused = errors(&look(&atlas, ALL, &[]).await.unwrap_err());
    assert!(
        refused[0].starts_with("Cannot list the stream processors of workspace \"workspace-1\""),
        "{refused:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_refused_names_no_processor() {
    for (effect, word) in [
        (None, "tenant_name"),
        (Some(Effect::not_atlas()), "base_url"),
        (Some(Effect::access_forbidden()), "group_id"),
    ] {
        let atlas = Simulator::new();
        if let Some(effect) = effect {
            atlas.fault(Fault::on(Operation::List, effect).always());
        }
        let elsewhere = [("tenant_name", Value::from("elsewhere"))];
        let refused = errors(&look(&atlas, ALL, &elsewhere).await.unwrap_err()).join("\n");
        assert!(refused.contains(word), "{refused}");
        assert!(!refused.contains("processor_name"), "{refused}");
    }
}

#[tokio::test(start_paused = true)]
async fn arguments_are_checked_before_any_request() {
    let atlas = Simulator::new();
    for (type_name, name, value) in [
        (ONE, "group_id", "not-an-id"),
        (ONE, "processor_name", ""),
        (ALL, "group_id", "not-an-id"),
        (ALL, "tenant_name", ".."),
    ] {
        let refused = look(&atlas, type_name, &[(name, Value::from(value))]).await;
        let refused = errors(&refused.unwrap_err());
        assert!(refused[0].contains(name), "{refused:?}");
    }
    assert!(atlas.record().is_empty());
}
