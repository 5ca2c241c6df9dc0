//! What Terraform's core does around a provider, as far as starting a processor goes.
//!
//! Each plan and each apply runs in a provider process of its own, that is, with an `AtlasProvider` of its own. The
//! rules are those of the core (how a failed create is tainted, what a replace calls, what must be equal after apply),
//! and breaking one of them fails the test as it would fail a user's run.

use std::collections::BTreeMap;
use std::sync::Arc;

use atlas_simulator::{Operation, Recorded, Simulator, known};
use terraform_provider_atlas::atlas::{Client, SystemClock};
use terraform_provider_atlas::framework::{
    ApplyRequest, CancellationToken, ConfigureRequest, Diagnostics, ImportRequest, PlanRequest,
    PlanResponse, Provider, ReadRequest, Resource, Severity, Type, Value,
};
use terraform_provider_atlas::provider::AtlasProvider;
use terraform_provider_atlas::provider::config::Environment;

use super::exchange::InMemory;

/// The processor that all configurations here start.
pub(crate) const NAME: &str = "orders";

/// One configuration of one resource, its state, and the Atlas that it is applied to.
pub(crate) struct Terraform {
    pub(crate) atlas: Simulator,
    pub(crate) config: Option<Value>,
    pub(crate) state: Option<Stored>,
    pub(crate) create_before_destroy: bool,
    /// Hosts from Terraform 1.16 on hand `planned_private` back to the second plan.
    pub(crate) feeds_planned_private: bool,
    pub(crate) refresh: bool,
    /// `-replace`
    pub(crate) replace: bool,
    /// Ctrl-C, so long after an apply began.
    pub(crate) interrupt_after: Option<std::time::Duration>,
}

/// What the state file holds of the resource.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) value: Value,
    pub(crate) private: Vec<u8>,
    pub(crate) identity: Option<Value>,
    pub(crate) tainted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    NoOp,
    Create,
    Update,
    Replace,
    Delete,
}

/// A plan file.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) action: Action,
    pub(crate) value: Value,
    pub(crate) private: Vec<u8>,
    pub(crate) diagnostics: Diagnostics,
}

type Process = (AtlasProvider, Arc<dyn Resource>);

impl Terraform {
    /// A processor that stands at rest, and a configuration that starts it.
    pub(crate) fn with_processor(state: &str) -> Self {
        let atlas = Simulator::new();
        atlas.add_processor(NAME, state);
        Self::of(atlas)
    }

    pub(crate) fn of(atlas: Simulator) -> Self {
        Self {
            atlas,
            config: Some(configuration(&[])),
            state: None,
            create_before_destroy: false,
            feeds_planned_private: false,
            refresh: true,
            replace: false,
            interrupt_after: None,
        }
    }

    pub(crate) fn configured(mut self, arguments: &[(&str, Value)]) -> Self {
        self.config = Some(configuration(arguments));
        self
    }

    pub(crate) fn edit(&mut self, arguments: &[(&str, Value)]) {
        self.config = Some(configuration(arguments));
    }

    /// `terraform plan`: a refresh and a plan.
    pub(crate) async fn plan(&mut self) -> Planned {
        let process = self.process();
        let mut diagnostics = Diagnostics::default();
        if self.refresh && self.state.is_some() {
            diagnostics.extend(self.refresh_in(&process).await);
            if diagnostics.has_error() {
                return Planned {
                    action: Action::NoOp,
                    value: Value::Null,
                    private: Vec::new(),
                    diagnostics,
                };
            }
        }
        let mut planned = self.plan_in(&process, &[]);
        diagnostics.extend(std::mem::take(&mut planned.diagnostics));
        Planned {
            diagnostics,
            ..planned
        }
    }

    /// `terraform apply` of a plan made now; all diagnostics of both.
    pub(crate) async fn apply(&mut self) -> Diagnostics {
        let mut planned = self.plan().await;
        let mut diagnostics = std::mem::take(&mut planned.diagnostics);
        if !diagnostics.has_error() {
            diagnostics.extend(self.apply_plan(planned).await);
        }
        diagnostics
    }

    pub(crate) async fn apply_plan(&mut self, plan: Planned) -> Diagnostics {
        let process = self.process();
        let cancel = CancellationToken::new();
        if let Some(after) = self.interrupt_after {
            let cancel = cancel.clone();
            tokio::spawn(async move {
                tokio::time::sleep(after).await;
                cancel.cancel();
            });
        }
        let diagnostics = match plan.action {
            Action::NoOp => Diagnostics::default(),
            Action::Create => self.create(&process, &plan, &cancel).await,
            Action::Update => self.update(&process, &plan, &cancel).await,
            Action::Delete => self.delete(&process, plan.private, &cancel).await,
            Action::Replace if self.create_before_destroy => {
                let old = self.state.take();
                let mut diagnostics = self.create(&process, &plan, &cancel).await;
                let new = std::mem::replace(&mut self.state, old);
                if new.is_some() && !diagnostics.has_error() {
                    let destroy =
                        destroy_plan(&process.1, self.state.as_ref().expect("the deposed object"));
                    diagnostics.extend(destroy.diagnostics);
                    diagnostics.extend(self.delete(&process, destroy.private, &cancel).await);
                }
                self.state = new.or(self.state.take());
                diagnostics
            }
            Action::Replace => {
                let mut diagnostics = self.delete(&process, plan.private.clone(), &cancel).await;
                if !diagnostics.has_error() {
                    diagnostics.extend(self.create(&process, &plan, &cancel).await);
                }
                diagnostics
            }
        };
        process.0.farewell().await;
        diagnostics
    }

    /// `terraform destroy`
    pub(crate) async fn destroy(&mut self) -> Diagnostics {
        let config = self.config.take();
        let diagnostics = self.apply().await;
        self.config = config;
        diagnostics
    }

    /// `terraform import` of the configured processor.
    pub(crate) async fn import(&mut self) {
        let process = self.process();
        let id = format!("{}/{}/{NAME}", known::GROUP_ID, known::TENANT);
        let imported = process
            .1
            .import(ImportRequest::Id(id))
            .expect("the id is well-formed");
        self.state = Some(Stored {
            value: imported.state,
            private: imported.private,
            identity: imported.identity,
            tainted: false,
        });
        let diagnostics = self.refresh_in(&process).await;
        assert!(!diagnostics.has_error(), "{diagnostics:?}");
        assert!(self.state.is_some(), "an import must find its object");
    }

    /// `terraform untaint`
    pub(crate) fn untaint(&mut self) {
        self.state
            .as_mut()
            .expect("there is something to untaint")
            .tainted = false;
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<Value> {
        self.state
            .as_ref()
            .map(|stored| stored.value.attribute(name).clone())
    }

    /// How many starts and stops Atlas was sent.
    pub(crate) fn starts(&self) -> usize {
        self.atlas.calls(Operation::Start) + self.atlas.calls(Operation::StartWith)
    }

    pub(crate) fn stops(&self) -> usize {
        self.atlas.calls(Operation::Stop)
    }

    pub(crate) fn last_start_body(&self) -> serde_json::Value {
        let record = self.atlas.record();
        let start = record
            .iter()
            .rev()
            .find(|request| is_start(request))
            .expect("a start was sent");
        if start.body.is_empty() {
            return serde_json::Value::Null;
        }
        serde_json::from_slice(&start.body).expect("the body is JSON")
    }

    fn process(&self) -> Process {
        let provider = provider(&self.atlas);
        let resource = provider
            .resources()
            .into_iter()
            .next()
            .expect("the provider has a resource");
        (provider, resource)
    }

    async fn refresh_in(&mut self, (_, resource): &Process) -> Diagnostics {
        let stored = self.state.take().expect("there is something to refresh");
        let read = resource
            .read(ReadRequest {
                state: stored.value.clone(),
                private: stored.private.clone(),
                identity: stored.identity.clone(),
                cancel: CancellationToken::new(),
            })
            .await;
        self.state = if read.diagnostics.has_error() {
            Some(stored)
        } else if read.state.is_null() {
            None
        } else {
            assert!(
                read.state.is_wholly_known(),
                "a refreshed state is wholly known"
            );
            Some(Stored {
                value: read.state,
                private: read.private,
                identity: read.identity,
                ..stored
            })
        };
        read.diagnostics
    }

    fn plan_in(&self, (_, resource): &Process, planned_private: &[u8]) -> Planned {
        let (Some(config), Some(stored)) = (&self.config, &self.state) else {
            return match (&self.config, &self.state) {
                (Some(config), None) => {
                    let response = create_plan(resource, config, &[], planned_private);
                    Planned::of(Action::Create, response)
                }
                (None, Some(stored)) => Planned::of(Action::Delete, destroy_plan(resource, stored)),
                _ => Planned {
                    action: Action::NoOp,
                    value: Value::Null,
                    private: Vec::new(),
                    diagnostics: Diagnostics::default(),
                },
            };
        };
        if stored.tainted {
            return Planned::of(
                Action::Replace,
                create_plan(resource, config, &[], planned_private),
            );
        }
        let first = resource.plan(PlanRequest {
            prior: &stored.value,
            config,
            proposed: &proposed(config, &stored.value),
            private: &stored.private,
            planned_private: &[],
            identity: stored.identity.as_ref(),
        });
        let names = ["group_id", "tenant_name", "processor_name"];
        let renamed = names
            .iter()
            .any(|name| first.planned.attribute(name) != stored.value.attribute(name));
        if renamed || self.replace {
            let mut second = create_plan(resource, config, &first.private, planned_private);
            second.diagnostics.extend(first.diagnostics);
            return Planned::of(Action::Replace, second);
        }
        valid(config, &stored.value, &first.planned);
        let action = if first.planned == stored.value {
            Action::NoOp
        } else {
            Action::Update
        };
        Planned::of(action, first)
    }

    async fn create(
        &mut self,
        (_, resource): &Process,
        plan: &Planned,
        cancel: &CancellationToken,
    ) -> Diagnostics {
        let config = self.config.clone().expect("a create has a configuration");
        let told: &[u8] = if self.feeds_planned_private {
            &plan.private
        } else {
            &[]
        };
        let last = create_plan(resource, &config, &[], told);
        compatible(&plan.value, &last.planned);
        let planned = last.planned.clone();
        let applied = resource
            .create(ApplyRequest {
                prior: Value::Null,
                planned: last.planned,
                config,
                private: last.private,
                identity: last.identity,
                cancel: cancel.clone(),
            })
            .await;
        let failed = applied.diagnostics.has_error();
        if applied.state.is_null() {
            assert!(failed, "a create without error must return its object");
            self.state = None;
        } else {
            assert!(
                applied.state.is_wholly_known(),
                "an applied state is wholly known"
            );
            if !failed {
                compatible(&planned, &applied.state);
            }
            self.state = Some(Stored {
                value: applied.state,
                private: applied.private,
                identity: applied.identity,
                tainted: failed,
            });
        }
        applied.diagnostics
    }

    async fn update(
        &mut self,
        process: &Process,
        plan: &Planned,
        cancel: &CancellationToken,
    ) -> Diagnostics {
        let told: &[u8] = if self.feeds_planned_private {
            &plan.private
        } else {
            &[]
        };
        let last = self.plan_in(process, told);
        assert!(
            matches!(last.action, Action::Update | Action::NoOp),
            "the final plan turned into {:?}",
            last.action
        );
        compatible(&plan.value, &last.value);
        if last.action == Action::NoOp {
            return Diagnostics::default();
        }
        let stored = self.state.clone().expect("an update has a state");
        let applied = process
            .1
            .update(ApplyRequest {
                prior: stored.value,
                planned: last.value.clone(),
                config: self.config.clone().expect("an update has a configuration"),
                private: last.private,
                identity: stored.identity,
                cancel: cancel.clone(),
            })
            .await;
        assert!(!applied.state.is_null(), "an update must return its object");
        assert!(
            applied.state.is_wholly_known(),
            "an applied state is wholly known"
        );
        if !applied.diagnostics.has_error() {
            compatible(&last.value, &applied.state);
        }
        self.state = Some(Stored {
            value: applied.state,
            private: applied.private,
            identity: applied.identity,
            tainted: false,
        });
        applied.diagnostics
    }

    async fn delete(
        &mut self,
        (_, resource): &Process,
        private: Vec<u8>,
        cancel: &CancellationToken,
    ) -> Diagnostics {
        let stored = self.state.clone().expect("a delete has a state");
        let applied = resource
            .delete(ApplyRequest {
                prior: stored.value,
                planned: Value::Null,
                config: Value::Null,
                private,
                identity: stored.identity.clone(),
                cancel: cancel.clone(),
            })
            .await;
        if applied.state.is_null() {
            assert!(
                !applied.diagnostics.has_error(),
                "a failed delete must keep its object"
            );
            self.state = None;
        } else {
            assert!(
                applied.diagnostics.has_error(),
                "a delete without error must leave nothing"
            );
            self.state = Some(Stored {
                value: applied.state,
                private: applied.private,
                identity: applied.identity,
                ..stored
            });
        }
        applied.diagnostics
    }
}

impl Planned {
    fn of(action: Action, response: PlanResponse) -> Self {
        Self {
            action,
            value: response.planned,
            private: response.private,
            diagnostics: response.diagnostics,
        }
    }
}

/// A provider process that was configured to talk to this Atlas.
pub(crate) fn provider(atlas: &Simulator) -> AtlasProvider {
    let atlas = atlas.clone();
    let environment = Environment::from_iter([
        (
            "MONGODB_ATLAS_ACCESS_TOKEN".to_owned(),
            known::ACCESS_TOKEN.to_owned(),
        ),
        (
            "MONGODB_ATLAS_BASE_URL".to_owned(),
            "http://127.0.0.1:1".to_owned(),
        ),
    ]);
    let provider = AtlasProvider::new(environment, move |settings| {
        Client::new(
            settings,
            Arc::new(InMemory(atlas.clone())),
            Arc::new(SystemClock),
        )
    });
    let diagnostics = provider.configure(ConfigureRequest {
        config: provider.schema().null_object(),
        terraform_version: "1.15.5".to_owned(),
    });
    assert!(!diagnostics.has_error(), "{diagnostics:?}");
    provider
}

/// A configuration of the resource for the known processor, with these arguments besides.
pub(crate) fn configuration(arguments: &[(&str, Value)]) -> Value {
    let mut config = schema().null_object();
    config.set("group_id", known::GROUP_ID);
    config.set("tenant_name", known::TENANT);
    config.set("processor_name", NAME);
    for (name, value) in arguments {
        config.set(name, value.clone());
    }
    config
}

/// A `triggers` map of one entry.
pub(crate) fn triggers(value: &str) -> (&'static str, Value) {
    (
        "triggers",
        Value::Map(BTreeMap::from([("version".to_owned(), Value::from(value))])),
    )
}

/// A `timeouts` block that gives every operation the same time.
pub(crate) fn timeouts(time: &str) -> (&'static str, Value) {
    let all =
        ["create", "read", "update", "delete"].map(|name| (name.to_owned(), Value::from(time)));
    ("timeouts", Value::Object(BTreeMap::from(all)))
}

pub(crate) fn errors(diagnostics: &Diagnostics) -> Vec<String> {
    texts(diagnostics, Severity::Error)
}

pub(crate) fn warnings(diagnostics: &Diagnostics) -> Vec<String> {
    texts(diagnostics, Severity::Warning)
}

pub(crate) fn is_start(request: &Recorded) -> bool {
    matches!(request.operation, Operation::Start | Operation::StartWith)
}

fn texts(diagnostics: &Diagnostics, severity: Severity) -> Vec<String> {
    let of_severity = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == severity);
    of_severity
        .map(|diagnostic| format!("{}\n{}", diagnostic.summary, diagnostic.detail))
        .collect()
}

fn schema() -> terraform_provider_atlas::framework::Schema {
    let provider = AtlasProvider::of_process();
    provider.resources()[0].schema()
}

fn create_plan(
    resource: &Arc<dyn Resource>,
    config: &Value,
    private: &[u8],
    planned_private: &[u8],
) -> PlanResponse {
    let response = resource.plan(PlanRequest {
        prior: &Value::Null,
        config,
        proposed: config,
        private,
        planned_private,
        identity: None,
    });
    valid(config, &Value::Null, &response.planned);
    response
}

fn destroy_plan(resource: &Arc<dyn Resource>, stored: &Stored) -> PlanResponse {
    let response = resource.plan(PlanRequest {
        prior: &stored.value,
        config: &Value::Null,
        proposed: &Value::Null,
        private: &stored.private,
        planned_private: &[],
        identity: stored.identity.as_ref(),
    });
    assert!(response.planned.is_null(), "a destroy plans nothing");
    response
}

/// Core's proposal: the configuration, and the prior value of what is computed.
fn proposed(config: &Value, prior: &Value) -> Value {
    let mut proposed = config.clone();
    for name in COMPUTED {
        proposed.set(name, prior.attribute(name).clone());
    }
    proposed
}

/// `AssertPlanValid`: what is not computed is as configured.
fn valid(config: &Value, prior: &Value, planned: &Value) {
    for name in attributes().filter(|name| !COMPUTED.contains(&name.as_str())) {
        let (wanted, got) = (config.attribute(&name), planned.attribute(&name));
        let kept = got == prior.attribute(&name) && !got.is_null() && !wanted.is_null();
        assert!(
            wanted == got || kept,
            "{name} was configured as {wanted:?} and planned as {got:?}"
        );
    }
}

/// `AssertObjectCompatible`: what was known stays as it was.
fn compatible(before: &Value, after: &Value) {
    for name in attributes() {
        let (before, after) = (before.attribute(&name), after.attribute(&name));
        assert!(
            before.is_unknown() || before == after,
            "{name} was planned as {before:?} and became {after:?}"
        );
    }
}

fn attributes() -> impl Iterator<Item = String> {
    match schema().ty() {
        Type::Object(attributes) => attributes.into_keys(),
        other => panic!("a schema implies an object, not {other:?}"),
    }
}

const COMPUTED: [&str; 4] = ["id", "processor_id", "state", "started_at"];
