//! The managed resource `atlas_stream_processor_start`.

use std::sync::Arc;

use crate::framework::{
    ApplyRequest, ApplyResponse, Diagnostic, Diagnostics, IdentitySchema, ImportRequest,
    ImportedState, Path, PlanRequest, PlanResponse, ReadRequest, ReadResponse, Resource, Schema,
    Value,
};
use crate::provider::connection::Connector;
use crate::provider::stream_processor::names;
use crate::provider::stream_processor::run::Run;

use super::memory::Memory;
use super::private::{Private, Sent, Unsettled};
use super::settling::{moment, now};
use super::{apply, delete, plan, read, schema, validate};

/// The resource; its connection is filled in by ConfigureProvider.
#[derive(Debug)]
pub(crate) struct StreamProcessorStart {
    pub(super) connector: Arc<Connector>,
    pub(super) run: Arc<Run>,
    pub(super) memory: Arc<Memory>,
}

impl StreamProcessorStart {
    pub(crate) fn new(connector: Arc<Connector>, run: Arc<Run>, memory: Arc<Memory>) -> Self {
        Self {
            connector,
            run,
            memory,
        }
    }
}

#[async_trait::async_trait]
impl Resource for StreamProcessorStart {
    fn type_name(&self) -> &'static str {
        schema::TYPE_NAME
    }

    fn schema(&self) -> Schema {
        schema::resource()
    }

    fn identity_schema(&self) -> Option<IdentitySchema> {
        Some(schema::identity())
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        validate::resource(config)
    }

    fn plan(&self, request: PlanRequest<'_>) -> PlanResponse {
        plan::plan(&self.memory, &request)
    }

    async fn read(&self, request: ReadRequest) -> ReadResponse {
        read::read(self, request).await
    }

    async fn create(&self, request: ApplyRequest) -> ApplyResponse {
        apply::create(self, request).await
    }

    async fn update(&self, request: ApplyRequest) -> ApplyResponse {
        apply::update(self, request).await
    }

    async fn delete(&self, request: ApplyRequest) -> ApplyResponse {
        delete::delete(self, request).await
    }

    fn import(&self, request: ImportRequest) -> Result<ImportedState, Diagnostics> {
        import(&request)
    }

    fn private_after_panic(
        &self,
        prior: &Value,
        planned: &Value,
        planned_private: &[u8],
    ) -> Vec<u8> {
        let private = Private::from_bytes(planned_private);
        let starts = prior.is_null() || private.change.is_some();
        let unsettled = match &private.resumes {
            // What an earlier create left open stays so; of this one nobody knows how far it came.
            Some(resumed) => Some(resumed.unsettled.clone()),
            None if starts => Some(Unsettled {
                sent: Sent::planned(private.change, planned),
                at: moment(),
                ..Unsettled::default()
            }),
            None => private.unsettled.clone(),
        };
        Private {
            unsettled,
            doubt: starts.then(now).or(private.doubt),
            ..private
        }
        .in_state()
        .to_bytes()
    }
}

/// Nothing is asked of Atlas: the read that always follows an import finds out whether the processor exists.
fn import(request: &ImportRequest) -> Result<ImportedState, Diagnostics> {
    let path = match request {
        ImportRequest::Id(id) => names::parse_id(id).map_err(|problem| {
            Diagnostics::from(Diagnostic::error(
                "Invalid import id",
                format!(
                    "The id of an {} is group_id/tenant_name/processor_name, each percent-encoded where it holds \
                     anything but letters, digits, \"-\", \".\", \"_\" and \"~\"; such as \
                     \"5f0c1e2d3a4b5c6d7e8f9a0b/workspace/orders\". {id:?} is not one: {problem}.",
                    schema::TYPE_NAME
                ),
            ))
        })?,
        ImportRequest::Identity(identity) => names::path(identity).ok_or_else(|| {
            Diagnostics::from(Diagnostic::error(
                "Incomplete identity",
                "An import by identity takes group_id, tenant_name and processor_name, and each must be known.",
            ))
        })?,
    };
    let mut state = schema::resource().null_object();
    state.set("group_id", path.group_id.as_str());
    state.set("tenant_name", path.tenant_name.as_str());
    state.set("processor_name", path.processor_name.as_str());
    let refusals = validate::resource(&state);
    if refusals.has_error() {
        // There is no configuration yet that a path could point into: the texts name the attribute.
        return Err(refusals
            .into_iter()
            .map(|diagnostic| Diagnostic {
                path: None::<Path>,
                ..diagnostic
            })
            .collect());
    }
    state.set("id", names::id(&path));
    Ok(ImportedState {
        identity: Some(names::identity(&state)),
        private: Private {
            imported: true,
            ..Private::default()
        }
        .to_bytes(),
        state,
    })
}
