//! Values: from MessagePack and to it, as they come with every call; from JSON, as a state file has them.

use std::collections::BTreeMap;

use divan::Bencher;
use divan::counter::BytesCount;
use terraform_provider_atlas::framework::{Provider as _, Type, Value, json, msgpack};
use terraform_provider_atlas::provider::AtlasProvider;

/// How large a value is.
#[derive(Clone, Copy, Debug)]
enum Size {
    /// The configuration of a start, as most people write it.
    Small,
    /// A state of a mebibyte: as many triggers.
    Large,
}

const SIZES: [Size; 2] = [Size::Small, Size::Large];

/// The resource as Terraform's type system has it.
pub(crate) fn ty() -> Type {
    let resources = AtlasProvider::of_process().resources();
    resources[0].schema().block.ty()
}

/// A configuration of the resource with these triggers.
pub(crate) fn configuration(triggers: usize) -> Value {
    let resources = AtlasProvider::of_process().resources();
    let mut config = resources[0].schema().null_object();
    config.set("group_id", "0123456789abcdef01234567");
    config.set("tenant_name", "workspace-1");
    config.set("processor_name", "orders");
    config.set("tier", "SP10");
    if triggers > 0 {
        let entry = |number| (format!("trigger-{number:06}"), Value::from("x".repeat(100)));
        config.set(
            "triggers",
            Value::Map((0..triggers).map(entry).collect::<BTreeMap<_, _>>()),
        );
    }
    config
}

fn of(size: Size) -> Value {
    match size {
        Size::Small => configuration(0),
        // 17 bytes of a name and 102 of a value.
        Size::Large => configuration((1 << 20) / 119),
    }
}

#[divan::bench(args = SIZES)]
fn decode_msgpack(bencher: Bencher<'_, '_>, size: Size) {
    let (ty, value) = (ty(), of(size));
    let bytes = msgpack::encode(&value, &ty).expect("it is of that type");
    bencher
        .counter(BytesCount::of_slice(&bytes))
        .bench(|| msgpack::decode(divan::black_box(&bytes), &ty));
}

#[divan::bench(args = SIZES)]
fn encode_msgpack(bencher: Bencher<'_, '_>, size: Size) {
    let (ty, value) = (ty(), of(size));
    let bytes = msgpack::encode(&value, &ty).expect("it is of that type");
    bencher
        .counter(BytesCount::of_slice(&bytes))
        .bench(|| msgpack::encode(divan::black_box(&value), &ty));
}

#[divan::bench(args = SIZES)]
fn decode_json(bencher: Bencher<'_, '_>, size: Size) {
    let (ty, value) = (ty(), of(size));
    let bytes = json::encode(&value, &ty).expect("it is of that type");
    bencher
        .counter(BytesCount::of_slice(&bytes))
        .bench(|| json::decode(divan::black_box(&bytes), &ty));
}
