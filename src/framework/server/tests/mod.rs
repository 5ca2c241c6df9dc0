//! The engine around a tiny provider whose `note` says how it is to behave.

mod action;
mod apply;
mod data;
mod panics;
mod plan;
mod read;
mod state;
mod validate;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value as Json, json};

use super::Server;
use crate::framework::{
    Action, ApplyRequest, ApplyResponse, Attribute, Block, ConfigureRequest, DataSource,
    Diagnostic, Diagnostics, Encoded, IdentityAttribute, IdentitySchema, ImportRequest,
    ImportedState, InvokeRequest, NestedBlock, Path, PlanRequest, PlanResponse, Provider,
    ReadRequest, ReadResponse, Resource, Schema, Type, Value, json,
};

const NAME: &str = "test_thing";

/// How often slow work came to its end.
#[derive(Clone, Default)]
struct Finished(Arc<AtomicUsize>);

impl Finished {
    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

struct TestProvider(Finished);

impl Provider for TestProvider {
    fn schema(&self) -> Schema {
        let url = Attribute::optional("url", Type::String, "Where");
        let version = Attribute::computed("version", Type::String, "Of the host");
        Schema::new(0, Block::new("Test").attribute(url).attribute(version))
    }
    fn validate(&self, config: &Value) -> Diagnostics {
        behave(config.attribute("url"))
    }
    fn configure(&self, request: ConfigureRequest) -> Diagnostics {
        assert_ne!(request.terraform_version, "panic");
        behave(request.config.attribute("url"))
    }
    fn resources(&self) -> Vec<Arc<dyn Resource>> {
        vec![Arc::new(Thing(self.0.clone()))]
    }
    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        vec![Arc::new(data::View(self.0.clone()))]
    }
    fn actions(&self) -> Vec<Arc<dyn Action>> {
        vec![Arc::new(Deed(self.0.clone()))]
    }
}

/// Panics or complains if the text says so.
fn behave(note: &Value) -> Diagnostics {
    match note.as_str() {
        Some("panic") => panic!("hunter2"),
        Some("fail") => Diagnostic::error("Failed", "As it was told to.").into(),
        Some("warn") => Diagnostic::warning("Warned", "As it was told to.").into(),
        _ => Diagnostics::default(),
    }
}

struct Thing(Finished);

fn schema() -> Schema {
    let timeouts = Block::new("Timeouts")
        .attribute(Attribute::optional("create", Type::String, "Create"))
        .attribute(Attribute::optional("zone", Type::String, "Zone").replaces());
    let block = Block::new("A thing")
        .attribute(Attribute::required("name", Type::String, "Name").replaces())
        .attribute(Attribute::optional("note", Type::String, "How to behave"))
        .attribute(Attribute::optional("size", Type::Number, "Size"))
        .attribute(Attribute::optional("tags", Type::map(Type::String), "Tags"))
        .attribute(Attribute::computed("id", Type::String, "Id"))
        .block(NestedBlock::single("timeouts", timeouts));
    Schema::new(2, block)
}

fn identity_schema() -> IdentitySchema {
    let name = IdentityAttribute::required("name", Type::String, "Name");
    IdentitySchema {
        version: 1,
        attributes: vec![name],
    }
}

/// The identity of a state: its name, unknown if that is; none where there is no state.
fn identity_of(state: &Value) -> Option<Value> {
    let mut identity = Value::Null;
    identity.set("name", state.attribute("name").clone());
    state.is_known().then_some(identity)
}

fn unknown_identity() -> Value {
    let mut identity = Value::Null;
    identity.set("name", Value::Unknown);
    identity
}

impl Thing {
    async fn apply(&self, request: ApplyRequest) -> ApplyResponse {
        let mut state = request.planned.clone();
        let deciding = [&request.planned, &request.prior];
        let note = deciding.map(|value| value.attribute("note").as_str());
        let note = note[0].or(note[1]).unwrap_or_default().to_owned();
        if state.attribute("id").is_unknown() && note != "leave unknown" {
            state.set("id", "id-1");
        }
        let mut diagnostics = Diagnostics::default();
        let mut private = [&request.private[..], b"+applied"].concat();
        let mut identity = identity_of(&state);
        match note.as_str() {
            "panic" => panic!("hunter2"),
            "return null" => state = Value::Null,
            "return state" => state = request.prior,
            "other value" => state.set("name", "other"),
            "wrong shape" => state.set("name", 1),
            "unknown identity" => identity = Some(unknown_identity()),
            "fail with state" => diagnostics = behave(&"fail".into()),
            "fail with null" => {
                diagnostics = behave(&"fail".into());
                state = Value::Null;
                private.clear();
            }
            "slow" => {
                tokio::time::sleep(Duration::from_secs(5)).await;
                self.0.0.fetch_add(1, Ordering::SeqCst);
            }
            "wait" => {
                request.cancel.cancelled().await;
                diagnostics = Diagnostic::error("Interrupted", "By the user.").into();
            }
            _ => {}
        }
        ApplyResponse {
            state,
            private,
            identity,
            diagnostics,
        }
    }
}

#[async_trait]
impl Resource for Thing {
    fn type_name(&self) -> &'static str {
        NAME
    }
    fn schema(&self) -> Schema {
        schema()
    }
    fn identity_schema(&self) -> Option<IdentitySchema> {
        Some(identity_schema())
    }
    fn validate(&self, config: &Value) -> Diagnostics {
        behave(config.attribute("note"))
    }
    fn plan(&self, request: PlanRequest<'_>) -> PlanResponse {
        let mut planned = request.proposed.clone();
        let note = request.config.attribute("note").as_str();
        match note {
            Some("rewrite") => planned.set("size", 7),
            Some("wrong shape") => planned.set("name", true),
            Some("plan null") => planned = Value::Null,
            Some("new id") => planned.set("id", Value::Unknown),
            _ => {}
        }
        PlanResponse {
            identity: match note {
                Some("no identity") => None,
                Some("unknown identity") => Some(unknown_identity()),
                _ => identity_of(&planned),
            },
            planned,
            private: [request.private, b"|", request.planned_private].concat(),
            diagnostics: behave(request.config.attribute("note")),
        }
    }
    async fn read(&self, request: ReadRequest) -> ReadResponse {
        let mut state = request.state;
        let note = state
            .attribute("note")
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let diagnostics = behave(state.attribute("note"));
        match note.as_str() {
            "gone" | "fail" => state = Value::Null,
            "drift" => state.set("size", 9),
            "unknown" => state.set("id", Value::Unknown),
            "slow" => {
                tokio::time::sleep(Duration::from_secs(5)).await;
                self.0.0.fetch_add(1, Ordering::SeqCst);
            }
            _ => {}
        }
        ReadResponse {
            state,
            private: [&request.private[..], b"+read"].concat(),
            identity: request.identity,
            diagnostics,
        }
    }
    async fn create(&self, request: ApplyRequest) -> ApplyResponse {
        self.apply(request).await
    }
    async fn update(&self, request: ApplyRequest) -> ApplyResponse {
        self.apply(request).await
    }
    async fn delete(&self, request: ApplyRequest) -> ApplyResponse {
        self.apply(request).await
    }
    fn import(&self, request: ImportRequest) -> Result<ImportedState, Diagnostics> {
        let mut state = schema().null_object();
        match request {
            ImportRequest::Id(id) if id == "panic" => panic!("hunter2"),
            ImportRequest::Id(id) if id.is_empty() => {
                return Err(Diagnostic::error("Bad id", "It is empty.").into());
            }
            ImportRequest::Id(id) if id == "unknown" => state.set("name", Value::Unknown),
            ImportRequest::Id(id) => state.set("name", id),
            ImportRequest::Identity(identity) => {
                state.set("name", identity.attribute("name").clone());
            }
        }
        Ok(ImportedState {
            identity: identity_of(&state),
            state,
            private: b"imported".to_vec(),
        })
    }
    fn upgrade_state(&self, version: i64, mut state: Json) -> Result<Json, Diagnostics> {
        match state["title"].take() {
            Json::String(title) if title == "panic" => panic!("hunter2"),
            Json::String(title) => state["name"] = json!(format!("{title} of version {version}")),
            _ => return Err(Diagnostic::error("No title", "It has none.").into()),
        }
        Ok(state)
    }
    fn private_after_panic(&self, prior: &Value, _: &Value, planned_private: &[u8]) -> Vec<u8> {
        let what: &[u8] = match prior.is_null() {
            true => b"+panicked create",
            false => b"+panicked update",
        };
        [planned_private, what].concat()
    }
}

struct Deed(Finished);

#[async_trait]
impl Action for Deed {
    fn type_name(&self) -> &'static str {
        NAME
    }
    fn schema(&self) -> Schema {
        let note = Attribute::optional("note", Type::String, "How to behave");
        Schema::new(0, Block::new("A deed").attribute(note))
    }
    fn validate(&self, config: &Value) -> Diagnostics {
        behave(config.attribute("note"))
    }
    fn plan(&self, config: &Value) -> Diagnostics {
        behave(config.attribute("note"))
    }
    async fn invoke(&self, request: InvokeRequest) -> Diagnostics {
        request.progress.send("beginning");
        let note = request.config.attribute("note");
        match note.as_str() {
            Some("wait") => {
                request.cancel.cancelled().await;
                request.progress.send("interrupted");
                return Diagnostic::error("Interrupted", "By the user.").into();
            }
            Some("slow") => {
                tokio::time::sleep(Duration::from_secs(5)).await;
                self.0.0.fetch_add(1, Ordering::SeqCst);
            }
            Some("keep talking") => {
                // A progress that outlives the work must not hold the end back.
                let progress = request.progress.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_secs(60)).await;
                    progress.send("too late");
                });
            }
            _ => {}
        }
        request.progress.send("ending");
        behave(note)
    }
}

fn server() -> Server {
    Server::new(Arc::new(TestProvider(Finished::default())))
}

fn server_with(finished: &Finished) -> Server {
    Server::new(Arc::new(TestProvider(finished.clone())))
}

/// An object of the thing's schema; what is left out is null, and `"?"` is unknown.
fn thing(attributes: &Json) -> Encoded {
    encode(&thing_value(attributes))
}

fn thing_value(attributes: &Json) -> Value {
    let mut value = json::from_stored(attributes, &schema().ty()).unwrap();
    if let Value::Object(all) = &mut value {
        for one in all.values_mut().filter(|one| one.as_str() == Some("?")) {
            *one = Value::Unknown;
        }
    }
    value
}

fn encode(value: &Value) -> Encoded {
    Encoded::encode(value, &schema().ty()).unwrap()
}

fn decode(encoded: &Encoded) -> Value {
    encoded.decode(&schema().ty()).unwrap()
}

fn identity(name: &str) -> Encoded {
    let mut value = Value::Null;
    value.set(
        "name",
        if name == "?" {
            Value::Unknown
        } else {
            name.into()
        },
    );
    Encoded::encode(&value, &identity_schema().ty()).unwrap()
}

fn identity_name(encoded: Option<&Encoded>) -> Option<Value> {
    let value = encoded?.decode(&identity_schema().ty()).unwrap();
    Some(value.attribute("name").clone())
}

/// The errors' summaries, and proof that no panic's text is among the diagnostics.
fn errors(diagnostics: &Diagnostics) -> Vec<String> {
    let all = diagnostics.iter();
    assert!(
        all.clone()
            .all(|one| !format!("{one:?}").contains("hunter2"))
    );
    all.filter(|one| one.severity == crate::framework::Severity::Error)
        .map(|one| one.summary.clone())
        .collect()
}

/// The one error's detail.
fn detail(diagnostics: &Diagnostics) -> String {
    assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
    diagnostics.iter().next().unwrap().detail.clone()
}

fn paths(diagnostics: &Diagnostics) -> Vec<String> {
    let paths = diagnostics.iter().filter_map(|one| one.path.as_ref());
    paths.map(Path::to_string).collect()
}
