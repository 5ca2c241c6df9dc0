//! ApplyResourceChange: a create, an update or a delete, after which the state tells the truth whatever went wrong.

use super::managed::Managed;
use super::{Server, assert_result, guard};
use crate::framework::{
    ApplyRequest, ApplyResponse, CancellationToken, Diagnostic, Diagnostics, Encoded, Value,
};

/// What an apply starts from.
pub struct Request {
    /// The resource's type.
    pub type_name: String,
    /// The state before; null for a create.
    pub prior_state: Encoded,
    /// What was planned; null for a delete.
    pub planned_state: Encoded,
    /// The configuration; null for a delete.
    pub config: Encoded,
    /// The resource's own bytes from the plan.
    pub planned_private: Vec<u8>,
    /// The identity from the plan.
    pub planned_identity: Option<Encoded>,
    /// Cancelled when nobody waits for the answer any more, because the host is gone.
    pub abandoned: CancellationToken,
}

/// What an apply comes to. Hosts store the state even beside an error; beside an error, none means that nothing changed, and
/// what is stored stays, `private` and identity included.
pub struct Response {
    /// The state now; null if there is no object.
    pub new_state: Encoded,
    /// The resource's own bytes, to be stored.
    pub private: Vec<u8>,
    /// The identity, to be stored.
    pub new_identity: Option<Encoded>,
    /// Warnings and errors.
    pub diagnostics: Diagnostics,
}

opaque_debug!(Request, Response);

impl Server {
    /// Carries a planned change out. It goes on to its end even if nobody waits for it any more.
    pub async fn apply_resource_change(&self, request: Request) -> Response {
        let doing = format!("changing {}", request.type_name);
        let change = guard::call(&doing, || self.change(&request)).unwrap_or_else(Err);
        match change {
            Ok(change) => change.carry_out().await,
            // Nothing has begun yet.
            Err(failure) => Response {
                new_state: Encoded::null(),
                private: Vec::new(),
                new_identity: None,
                diagnostics: failure.into(),
            },
        }
    }

    fn change(&self, request: &Request) -> Result<Change<'_>, Diagnostic> {
        let managed = self.managed(&request.type_name)?;
        let prior = managed.decode("prior state", &request.prior_state)?;
        let planned = managed.decode("planned state", &request.planned_state)?;
        let config = managed.decode("configuration", &request.config)?;
        let identity = managed.decode_identity(request.planned_identity.as_ref())?;
        let kind = match (prior.is_null(), planned.is_null()) {
            (true, false) => Kind::Create,
            (false, false) => Kind::Update,
            (false, true) => Kind::Delete,
            (true, true) => {
                return Err(Diagnostic::error(
                    format!("There is nothing to apply to {}", managed.name),
                    "Terraform or OpenTofu asked for a change from nothing to nothing. Nothing was done.",
                ));
            }
        };
        let mut change = Change {
            managed,
            kind,
            prior,
            planned,
            config,
            private: request.planned_private.clone(),
            identity,
            cancel: self.cancel(),
            abandoned: request.abandoned.clone(),
            last_resort: (Encoded::null(), None),
        };
        let fallback = change.fallback();
        let state = managed.encode("state", &fallback)?;
        change.last_resort = (state, change.identity(&fallback, None)?);
        Ok(change)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Create,
    Update,
    Delete,
}

struct Change<'a> {
    managed: &'a Managed,
    kind: Kind,
    prior: Value,
    planned: Value,
    config: Value,
    private: Vec<u8>,
    identity: Option<Value>,
    cancel: CancellationToken,
    abandoned: CancellationToken,
    /// State and identity for the worst case, written before anything is begun.
    last_resort: (Encoded, Option<Encoded>),
}

impl Change<'_> {
    async fn carry_out(self) -> Response {
        let name = self.managed.name;
        let doing = match self.kind {
            Kind::Create => format!("creating {name}"),
            Kind::Update => format!("updating {name}"),
            Kind::Delete => format!("deleting {name}"),
        };
        let work = async {
            let response = self.work(&doing).await;
            self.conclude(response.unwrap_or_else(|failure| self.interrupted(failure)))
        };
        match guard::around(&doing, work).await {
            Ok(response) => response,
            Err(failure) => self.given_up(failure),
        }
    }

    /// What the resource makes of it.
    async fn work(&self, doing: &str) -> Result<ApplyResponse, Diagnostic> {
        let (kind, resource) = (self.kind, self.managed.resource.clone());
        let request = ApplyRequest {
            prior: self.prior.clone(),
            planned: self.planned.clone(),
            config: self.config.clone(),
            private: self.private.clone(),
            identity: self.identity.clone(),
            cancel: self.cancel.clone(),
            abandoned: self.abandoned.clone(),
        };
        let work = async move {
            match kind {
                Kind::Create => resource.create(request).await,
                Kind::Update => resource.update(request).await,
                Kind::Delete => resource.delete(request).await,
            }
        };
        guard::finish(doing, work).await
    }

    /// The best that is known when the work ended half-way.
    fn interrupted(&self, failure: Diagnostic) -> ApplyResponse {
        ApplyResponse {
            state: self.fallback(),
            private: self.private_after_panic(),
            identity: None,
            diagnostics: failure.into(),
        }
    }

    /// The same where the panic is the engine's own: what the resource may have done is not lost with it.
    fn given_up(self, failure: Diagnostic) -> Response {
        let private = self.private_after_panic();
        let (new_state, new_identity) = self.last_resort;
        Response {
            new_state,
            private,
            new_identity,
            diagnostics: failure.into(),
        }
    }

    fn private_after_panic(&self) -> Vec<u8> {
        if self.kind == Kind::Delete {
            return Vec::new();
        }
        let doing = format!("cleaning up after {}", self.managed.name);
        let resource = &self.managed.resource;
        guard::call(&doing, || {
            resource.private_after_panic(&self.prior, &self.planned, &self.private)
        })
        .unwrap_or_else(|_| self.private.clone())
    }

    /// The state where the resource has given none that can be used, beside an error: never nothing where there may be
    /// something. Of a delete the host keeps what it has: in a replace, the plan's own bytes are those of the create.
    fn fallback(&self) -> Value {
        match self.kind {
            Kind::Create => self.planned.clone().unknown_as_null(),
            Kind::Update => self.prior.clone(),
            Kind::Delete => Value::Null,
        }
    }

    /// Holds what the resource returned to the rules, without ever losing an object.
    fn conclude(&self, response: ApplyResponse) -> Response {
        let ApplyResponse {
            mut state,
            private,
            identity,
            mut diagnostics,
        } = response;
        let failed = diagnostics.has_error();
        if let Err(fault) = self.managed.encode("new state", &state) {
            diagnostics.push(fault);
            state = self.fallback();
        } else if !state.is_wholly_known() {
            diagnostics
                .push(self.fault("a value of the new state is still unknown after the apply"));
            state = state.unknown_as_null();
        } else if state.is_null() && failed {
            // Nothing has changed.
        } else if state.is_null() && self.kind != Kind::Delete {
            diagnostics.push(self.fault("there is neither a new state nor an error"));
            state = self.fallback();
        } else if !failed && let Some(problem) = self.unlike_planned(&state) {
            diagnostics.push(self.fault(&problem));
        }
        let new_identity = self.identity(&state, identity).unwrap_or_else(|fault| {
            diagnostics.push(fault);
            None
        });
        // Every state that can be here has been encoded before, or was decoded from the host's own bytes.
        let new_state = self.managed.encode("new state", &state);
        Response {
            new_state: new_state.unwrap_or_else(|_| Encoded::null()),
            private,
            new_identity,
            diagnostics,
        }
    }

    fn unlike_planned(&self, state: &Value) -> Option<String> {
        match assert_result::violation(&self.planned, state)? {
            _ if self.planned.is_null() => {
                Some("the object was to be deleted, and there is still a state".to_owned())
            }
            path => Some(format!("{path} was planned otherwise than it was applied")),
        }
    }

    /// The identity beside a state: the resource's, else the planned one; none without a state.
    fn identity(
        &self,
        state: &Value,
        returned: Option<Value>,
    ) -> Result<Option<Encoded>, Diagnostic> {
        if state.is_null() {
            return Ok(None);
        }
        if returned.as_ref().is_some_and(|one| !one.is_wholly_known()) {
            return Err(self.fault("the identity is still unknown after the apply"));
        }
        let planned = self.identity.as_ref().filter(|one| one.is_wholly_known());
        self.managed.encode_identity(returned.as_ref().or(planned))
    }

    fn fault(&self, problem: &str) -> Diagnostic {
        self.managed.at_fault(problem)
    }
}
