//! The service as a host calls it: every message converted both ways, and no RPC without an answer.

use std::sync::Arc;

use async_trait::async_trait;

use super::service::Service;
use crate::framework::{
    Action, ApplyRequest, ApplyResponse, Attribute, Block, ConfigureRequest, DataSource,
    Diagnostic, Diagnostics, Encoded, IdentityAttribute, IdentitySchema, ImportRequest,
    ImportedState, InvokeRequest, LookupRequest, NestedBlock, Path, PlanRequest, PlanResponse,
    ReadRequest, ReadResponse, Resource, Schema, Server, Type, Value,
};
use crate::proto::tfplugin6 as pb;

mod objects;
mod others;
mod panics;
mod schemas;

const NAME: &str = "test_door";

struct House;

impl crate::framework::Provider for House {
    fn schema(&self) -> Schema {
        Schema::new(0, Block::new("A house"))
    }
    fn validate(&self, _: &Value) -> Diagnostics {
        Diagnostics::default()
    }
    fn configure(&self, request: ConfigureRequest) -> Diagnostics {
        Diagnostic::warning("Configured", &*request.terraform_version).into()
    }
    fn resources(&self) -> Vec<Arc<dyn Resource>> {
        vec![Arc::new(Door)]
    }
    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        vec![Arc::new(Door)]
    }
    fn actions(&self) -> Vec<Arc<dyn Action>> {
        vec![Arc::new(Door)]
    }
}

struct Door;

fn schema() -> Schema {
    let hinge = Block::new("Hinge").attribute(Attribute::optional("oil", Type::Bool, "Oil"));
    let block = Block::new("A door")
        .attribute(Attribute::required("room", Type::String, "Room").replaces())
        .attribute(Attribute::optional("code", Type::map(Type::String), "Code").sensitive())
        .attribute(Attribute::computed("id", Type::String, "Id"))
        .block(NestedBlock::single("hinge", hinge));
    Schema::new(3, block)
}

#[async_trait]
impl DataSource for Door {
    fn type_name(&self) -> &'static str {
        NAME
    }
    fn schema(&self) -> Schema {
        schema()
    }
    fn validate(&self, _: &Value) -> Diagnostics {
        Diagnostic::warning("Checked", "A door.").into()
    }
    async fn read(&self, request: LookupRequest) -> Result<Value, Diagnostics> {
        let room = request.config.attribute("room").as_str();
        match room {
            Some(room) => Ok(door(room, "id-1")),
            None => Err(Diagnostic::error("No room", "There is none.").into()),
        }
    }
}

fn door(room: &str, id: impl Into<Value>) -> Value {
    let mut door = schema().null_object();
    door.set("room", room);
    door.set("id", id);
    door
}

fn identity(room: &str) -> Value {
    let mut identity = Value::Null;
    identity.set("room", room);
    identity
}

fn identity_schema() -> IdentitySchema {
    let room = IdentityAttribute::required("room", Type::String, "Room");
    let floor = IdentityAttribute {
        required_for_import: false,
        ..IdentityAttribute::required("floor", Type::Number, "Floor")
    };
    IdentitySchema {
        version: 4,
        attributes: vec![room, floor],
    }
}

#[async_trait]
impl Resource for Door {
    fn type_name(&self) -> &'static str {
        NAME
    }
    fn schema(&self) -> Schema {
        schema()
    }
    fn identity_schema(&self) -> Option<IdentitySchema> {
        Some(identity_schema())
    }
    fn validate(&self, _: &Value) -> Diagnostics {
        let place = Path::root("code").key("k").index(1).attribute("x");
        Diagnostics::from_iter([
            Diagnostic::error("Wrong", "At a place.").at(place),
            Diagnostic::warning("Odd", "As a whole.").at(Path::default()),
        ])
    }
    fn plan(&self, request: PlanRequest<'_>) -> PlanResponse {
        PlanResponse {
            planned: request.proposed.clone(),
            private: [request.private, request.planned_private].concat(),
            identity: request.identity.cloned(),
            diagnostics: Diagnostics::default(),
        }
    }
    async fn read(&self, request: ReadRequest) -> ReadResponse {
        ReadResponse {
            state: request.state,
            private: request.private,
            identity: request.identity,
            diagnostics: Diagnostics::default(),
        }
    }
    async fn create(&self, request: ApplyRequest) -> ApplyResponse {
        let mut state = request.planned;
        state.set("id", "made");
        ApplyResponse {
            state,
            private: request.private,
            identity: request.identity,
            diagnostics: Diagnostic::warning("Made", "It creaks.").into(),
        }
    }
    async fn update(&self, request: ApplyRequest) -> ApplyResponse {
        self.create(request).await
    }
    async fn delete(&self, request: ApplyRequest) -> ApplyResponse {
        ApplyResponse {
            state: Value::Null,
            private: request.private,
            identity: None,
            diagnostics: Diagnostics::default(),
        }
    }
    fn import(&self, request: ImportRequest) -> Result<ImportedState, Diagnostics> {
        let ImportRequest::Id(id) = request else {
            return Err(Diagnostic::error("By id only", "Use the id.").into());
        };
        Ok(ImportedState {
            state: door(&id, Value::Null),
            private: Vec::new(),
            identity: None,
        })
    }
}

#[async_trait]
impl Action for Door {
    fn type_name(&self) -> &'static str {
        NAME
    }
    fn schema(&self) -> Schema {
        Schema::new(0, Block::new("Knock"))
    }
    fn validate(&self, _: &Value) -> Diagnostics {
        Diagnostics::default()
    }
    async fn invoke(&self, request: InvokeRequest) -> Diagnostics {
        request.progress.send("knock");
        Diagnostic::error("Nobody home", "Come back later.").into()
    }
}

fn service() -> Service {
    Service::new(Arc::new(Server::new(Arc::new(House))))
}

fn value(value: &Value) -> Option<pb::DynamicValue> {
    let msgpack = Encoded::encode(value, &schema().ty()).unwrap().msgpack;
    Some(pb::DynamicValue {
        msgpack,
        json: Vec::new(),
    })
}

fn read_back(value: Option<pb::DynamicValue>) -> Value {
    let msgpack = value.expect("a state is never absent").msgpack;
    crate::framework::msgpack::decode(&msgpack, &schema().ty()).unwrap()
}

fn identity_data(room: &str) -> Option<pb::ResourceIdentityData> {
    let mut identity = identity(room);
    identity.set("floor", 1);
    let msgpack = Encoded::encode(&identity, &identity_schema().ty()).unwrap();
    Some(pb::ResourceIdentityData {
        identity_data: Some(pb::DynamicValue {
            msgpack: msgpack.msgpack,
            json: Vec::new(),
        }),
    })
}
