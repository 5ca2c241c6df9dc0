//! What core does with one planned create, update or delete, and with the answer to it.

use terraform_provider_atlas::framework::{ApplyRequest, CancellationToken, Diagnostics, Value};

use super::rules::{compatible, create_plan, destroy_plan};
use super::terraform::{Action, Planned, Process, Stored, Terraform};

impl Terraform {
    pub(super) async fn create(
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
                abandoned: CancellationToken::new(),
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

    pub(super) async fn update(
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
                abandoned: CancellationToken::new(),
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

    /// Destroys an object that was deposed; core plans that anew when it applies it.
    pub(super) async fn delete_deposed(
        &mut self,
        process: &Process,
        index: usize,
        cancel: &CancellationToken,
    ) -> Diagnostics {
        let current = self.state.take();
        let deposed = self.deposed.remove(index);
        let destroy = destroy_plan(&process.1, &deposed);
        self.state = Some(deposed);
        let mut diagnostics = destroy.diagnostics;
        diagnostics.extend(self.delete(process, destroy.private, cancel).await);
        if let Some(kept) = std::mem::replace(&mut self.state, current) {
            self.deposed.insert(index, kept);
        }
        diagnostics
    }

    pub(super) async fn delete(
        &mut self,
        (_, resource): &Process,
        private: Vec<u8>,
        cancel: &CancellationToken,
    ) -> Diagnostics {
        let stored = self.state.clone().expect("a delete has a state");
        let applied = resource
            .delete(ApplyRequest {
                prior: stored.value.clone(),
                planned: Value::Null,
                config: Value::Null,
                private,
                identity: stored.identity.clone(),
                cancel: cancel.clone(),
                abandoned: CancellationToken::new(),
            })
            .await;
        if applied.state.is_null() {
            // An error and no state: core keeps what it has.
            self.state = Some(stored).filter(|_| applied.diagnostics.has_error());
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
