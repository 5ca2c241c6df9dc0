//! The calls of every plan, from the host's bytes to the answer's.

use std::sync::Arc;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use terraform_provider_atlas::framework::server::plan_resource_change::Request;
use terraform_provider_atlas::framework::{Encoded, Server, Value};
use terraform_provider_atlas::provider::AtlasProvider;

use super::values::{configuration, ty};

const START: &str = "atlas_stream_processor_start";

fn server() -> Server {
    Server::new(Arc::new(AtlasProvider::of_process()))
}

fn encoded(value: &Value) -> Encoded {
    Encoded::encode(value, &ty()).expect("it is of that type")
}

#[divan::bench]
fn schema(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(1_usize)).bench(|| {
        let server = server();
        divan::black_box(server.get_provider_schema());
    });
}

#[divan::bench]
fn validate(bencher: Bencher<'_, '_>) {
    let (server, config) = (server(), encoded(&configuration(0)));
    bencher
        .counter(BytesCount::of_slice(&config.msgpack))
        .bench(|| server.validate_resource_config(START, divan::black_box(&config)));
}

#[divan::bench]
fn plan(bencher: Bencher<'_, '_>) {
    let (server, config) = (server(), encoded(&configuration(0)));
    bencher
        .counter(BytesCount::of_slice(&config.msgpack))
        .with_inputs(|| Request {
            type_name: START.to_owned(),
            prior_state: Encoded::default(),
            proposed_new_state: config.clone(),
            config: config.clone(),
            prior_private: Vec::new(),
            planned_private: Vec::new(),
            prior_identity: None,
        })
        .bench_values(|request| server.plan_resource_change(request));
}
