//! An invocation of an action, in a process of its own or in one that is at work already.

use std::collections::BTreeMap;

use atlas_simulator::{Simulator, known};
use terraform_provider_atlas::framework::{
    CancellationToken, Diagnostics, InvokeRequest, Progress, Provider, Value,
};
use terraform_provider_atlas::provider::AtlasProvider;

use super::words::{NAME, provider};

pub(crate) const START: &str = "atlas_stream_processor_start";
pub(crate) const STOP: &str = "atlas_stream_processor_stop";

/// What an invocation told.
pub(crate) struct Invoked {
    pub(crate) diagnostics: Diagnostics,
    pub(crate) progress: Vec<String>,
}

pub(crate) async fn invoke(atlas: &Simulator, arguments: &[(&str, Value)]) -> Invoked {
    invoke_in(&provider(atlas), arguments, &CancellationToken::new()).await
}

pub(crate) async fn invoke_until(
    atlas: &Simulator,
    arguments: &[(&str, Value)],
    cancel: &CancellationToken,
) -> Invoked {
    invoke_in(&provider(atlas), arguments, cancel).await
}

pub(crate) async fn invoke_in(
    provider: &AtlasProvider,
    arguments: &[(&str, Value)],
    cancel: &CancellationToken,
) -> Invoked {
    invoke_action(provider, START, arguments, cancel).await
}

/// The action that stops, in a process of its own.
pub(crate) async fn invoke_stop(atlas: &Simulator, arguments: &[(&str, Value)]) -> Invoked {
    invoke_action(&provider(atlas), STOP, arguments, &CancellationToken::new()).await
}

pub(crate) async fn invoke_action(
    provider: &AtlasProvider,
    type_name: &str,
    arguments: &[(&str, Value)],
    cancel: &CancellationToken,
) -> Invoked {
    let awaited = CancellationToken::new();
    invoke_unless(&awaited, provider, type_name, arguments, cancel).await
}

/// The same, until the first of these says that nobody waits for it any more.
pub(crate) async fn invoke_unless(
    abandoned: &CancellationToken,
    provider: &AtlasProvider,
    type_name: &str,
    arguments: &[(&str, Value)],
    cancel: &CancellationToken,
) -> Invoked {
    let action = provider
        .actions()
        .into_iter()
        .find(|action| action.type_name() == type_name)
        .expect("the provider has that action");
    let mut config = action.schema().null_object();
    config.set("group_id", known::GROUP_ID);
    config.set("tenant_name", known::TENANT);
    config.set("processor_name", NAME);
    for (name, value) in arguments {
        config.set(name, value.clone());
    }
    let planned = action.plan(&config);
    assert!(!planned.has_error(), "{planned:?}");
    let (progress, mut messages) = Progress::channel();
    let diagnostics = action
        .invoke(InvokeRequest {
            config,
            progress,
            cancel: cancel.clone(),
            abandoned: abandoned.clone(),
        })
        .await;
    let mut told = Vec::new();
    while let Ok(message) = messages.try_recv() {
        told.push(message);
    }
    Invoked {
        diagnostics,
        progress: told,
    }
}

pub(crate) fn failover(arguments: &[(&str, Value)]) -> (&'static str, Value) {
    let names = ["region", "mode", "clear_checkpoint", "dry_run"];
    let mut block = BTreeMap::from(names.map(|name| (name.to_owned(), Value::Null)));
    for (name, value) in arguments {
        block.insert((*name).to_owned(), value.clone());
    }
    ("failover", Value::Object(block))
}

pub(crate) fn atlas_with(state: &str) -> Simulator {
    let atlas = Simulator::new();
    atlas.add_processor(NAME, state);
    atlas
}
