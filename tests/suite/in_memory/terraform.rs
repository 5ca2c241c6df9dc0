//! What Terraform's core does around a provider, as far as starting a processor goes.
//!
//! Each plan and each apply runs in a provider process of its own, that is, with an `AtlasProvider` of its own. The
//! rules are those of the core (how a failed create is tainted, what a replace calls, what must be equal after apply),
//! and breaking one of them fails the test as it would fail a user's run.

use std::sync::Arc;
use std::time::Duration;

use atlas_simulator::{Operation, Simulator, known};
use terraform_provider_atlas::framework::{
    CancellationToken, Diagnostics, ImportRequest, PlanRequest, PlanResponse, Provider,
    ReadRequest, Resource, Value,
};
use terraform_provider_atlas::provider::AtlasProvider;

pub(crate) use super::stored::Stored;

use super::rules::{create_plan, destroy_plan, proposed, valid};
use super::way::Way;
use super::words::{ACCESS_TOKEN, Caller, NAME, configuration, is_start};

/// One configuration of one resource, its state, and the Atlas that it is applied to.
pub(crate) struct Terraform {
    pub(crate) atlas: Simulator,
    pub(crate) config: Option<Value>,
    pub(crate) state: Option<Stored>,
    /// What a create-before-destroy left that failed half-way: objects to be destroyed beside the current one.
    pub(crate) deposed: Vec<Stored>,
    pub(crate) create_before_destroy: bool,
    /// Hosts from Terraform 1.16 on hand `planned_private` back to the second plan.
    pub(crate) feeds_planned_private: bool,
    pub(crate) refresh: bool,
    /// `-replace`
    pub(crate) replace: bool,
    /// Ctrl-C, so long after an apply began.
    pub(crate) interrupt_after: Option<Duration>,
    /// As whom the provider asks.
    pub(crate) caller: Caller,
    /// How its requests come to Atlas.
    pub(crate) way: Way,
    /// The provider block.
    pub(crate) block: Vec<(&'static str, Value)>,
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

pub(super) type Process = (AtlasProvider, Arc<dyn Resource>);

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
            deposed: Vec::new(),
            create_before_destroy: false,
            feeds_planned_private: false,
            refresh: true,
            replace: false,
            interrupt_after: None,
            caller: ACCESS_TOKEN,
            way: Way::default(),
            block: Vec::new(),
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
        let refreshed = self.refresh_all_in(&process).await;
        self.plan_after(&process, refreshed)
    }

    pub(super) fn plan_after(&self, process: &Process, mut diagnostics: Diagnostics) -> Planned {
        if diagnostics.has_error() {
            return Planned {
                action: Action::NoOp,
                value: Value::Null,
                private: Vec::new(),
                diagnostics,
            };
        }
        // Core plans these beside the current object, in no order; before it is the harder case.
        for deposed in &self.deposed {
            diagnostics.extend(destroy_plan(&process.1, deposed).diagnostics);
        }
        let mut planned = self.plan_in(process, &[]);
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
        let diagnostics = self.apply_in(&process, plan).await;
        process.0.farewell().await;
        diagnostics
    }

    pub(super) async fn apply_in(&mut self, process: &Process, plan: Planned) -> Diagnostics {
        let cancel = CancellationToken::new();
        if let Some(after) = self.interrupt_after {
            let cancel = cancel.clone();
            tokio::spawn(async move {
                tokio::time::sleep(after).await;
                cancel.cancel();
            });
        }
        let to_destroy = self.deposed.len();
        let mut diagnostics = match plan.action {
            Action::NoOp => Diagnostics::default(),
            Action::Create => self.create(process, &plan, &cancel).await,
            Action::Update => self.update(process, &plan, &cancel).await,
            Action::Delete => self.delete(process, plan.private, &cancel).await,
            Action::Replace if self.create_before_destroy => {
                let old = self.state.take();
                let mut diagnostics = self.create(process, &plan, &cancel).await;
                if self.state.is_none() {
                    self.state = old;
                } else {
                    self.deposed.extend(old);
                    if !diagnostics.has_error() {
                        let newest = self.deposed.len() - 1;
                        diagnostics.extend(self.delete_deposed(process, newest, &cancel).await);
                    }
                }
                diagnostics
            }
            Action::Replace => {
                let mut diagnostics = self.delete(process, plan.private.clone(), &cancel).await;
                if !diagnostics.has_error() {
                    diagnostics.extend(self.create(process, &plan, &cancel).await);
                }
                diagnostics
            }
        };
        // Core destroys what was deposed after the current object, and not at all where that failed.
        for index in (0..to_destroy).rev() {
            if !diagnostics.has_error() {
                diagnostics.extend(self.delete_deposed(process, index, &cancel).await);
            }
        }
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

    /// `terraform taint`
    pub(crate) fn taint(&mut self) {
        if let Some(stored) = &mut self.state {
            stored.tainted = true;
        }
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

    /// How many starts and stops Atlas was sent since this was asked last.
    pub(crate) fn since(&self) -> (usize, usize) {
        let sent = (self.starts(), self.stops());
        self.atlas.clear_record();
        sent
    }

    pub(crate) fn state(&self) -> Value {
        self.attribute("state").expect("something is in state")
    }

    pub(crate) fn is_tainted(&self) -> bool {
        self.state.as_ref().is_some_and(|stored| stored.tainted)
    }

    /// What the provider remembers beside the state.
    pub(crate) fn private(&self) -> &[u8] {
        self.state.as_ref().map_or(&[], |stored| &stored.private)
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

    pub(super) fn process(&self) -> Process {
        let provider = self.way.provider(&self.atlas, self.caller, &self.block);
        let resource = provider
            .resources()
            .into_iter()
            .next()
            .expect("the provider has a resource");
        (provider, resource)
    }

    pub(super) async fn refresh_all_in(&mut self, process: &Process) -> Diagnostics {
        let mut diagnostics = Diagnostics::default();
        if !self.refresh {
            return diagnostics;
        }
        if self.state.is_some() {
            diagnostics.extend(self.refresh_in(process).await);
        }
        let current = self.state.take();
        for deposed in std::mem::take(&mut self.deposed) {
            self.state = Some(deposed);
            diagnostics.extend(self.refresh_in(process).await);
            self.deposed.extend(self.state.take());
        }
        self.state = current;
        diagnostics
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

    pub(super) fn plan_in(&self, (_, resource): &Process, planned_private: &[u8]) -> Planned {
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
            planned_private,
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
