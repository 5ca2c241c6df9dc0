//! PlanResourceChange: what an apply will lead to, and whether that takes another object.

use super::managed::Managed;
use super::replace::requires_replace;
use super::{Server, assert_plan, guard};
use crate::framework::{
    Block, Diagnostics, Encoded, Path, PlanRequest, PlanResponse, Presence, Value,
};

/// What a plan starts from.
pub struct Request {
    /// The resource's type.
    pub type_name: String,
    /// The state before; null for a create.
    pub prior_state: Encoded,
    /// Configuration and prior state merged by the host; null for a destroy.
    pub proposed_new_state: Encoded,
    /// The configuration; null for a destroy.
    pub config: Encoded,
    /// The resource's own bytes in the state.
    pub prior_private: Vec<u8>,
    /// The resource's own bytes of an earlier plan of the same change.
    pub planned_private: Vec<u8>,
    /// The identity in the state.
    pub prior_identity: Option<Encoded>,
}

/// What a plan comes to. With an error in it, hosts look at nothing but the diagnostics.
pub struct Response {
    /// The state that apply will lead to.
    pub planned_state: Encoded,
    /// What changes in a way that takes another object.
    pub requires_replace: Vec<Path>,
    /// The resource's own bytes for apply.
    pub planned_private: Vec<u8>,
    /// The identity that apply will lead to.
    pub planned_identity: Option<Encoded>,
    /// Warnings and errors.
    pub diagnostics: Diagnostics,
}

opaque_debug!(Request, Response);

impl Server {
    /// Plans a create, an update or a destroy.
    pub fn plan_resource_change(&self, request: Request) -> Response {
        self.planned(&request).unwrap_or_else(|failure| Response {
            planned_state: request.proposed_new_state,
            requires_replace: Vec::new(),
            planned_private: request.prior_private,
            planned_identity: request.prior_identity,
            diagnostics: failure,
        })
    }

    fn planned(&self, request: &Request) -> Result<Response, Diagnostics> {
        let managed = self.managed(&request.type_name)?;
        let prior = managed.decode("prior state", &request.prior_state)?;
        let config = managed.decode("configuration", &request.config)?;
        let mut proposed = managed.decode("proposed state", &request.proposed_new_state)?;
        let identity = managed.decode_identity(request.prior_identity.as_ref())?;
        if prior.is_null() {
            mark_unknown(&managed.schema.block, &mut proposed);
        }
        let doing = format!("planning {}", managed.name);
        let response = guard::call(&doing, || {
            managed.resource.plan(PlanRequest {
                prior: &prior,
                config: &config,
                proposed: &proposed,
                private: &request.prior_private,
                planned_private: &request.planned_private,
                identity: identity.as_ref(),
            })
        })?;
        if response.diagnostics.has_error() {
            return Err(response.diagnostics);
        }
        conclude(managed, &prior, &config, response, identity)
    }
}

/// Holds a plan to the rules, and adds what follows from it.
fn conclude(
    managed: &Managed,
    prior: &Value,
    config: &Value,
    response: PlanResponse,
    prior_identity: Option<Value>,
) -> Result<Response, Diagnostics> {
    let PlanResponse {
        planned,
        private,
        identity,
        mut diagnostics,
    } = response;
    let block = &managed.schema.block;
    let requires_replace = if planned.is_null() {
        Vec::new()
    } else {
        requires_replace(block, prior, &planned)
    };
    let same_object = !prior.is_null() && requires_replace.is_empty();
    // What takes the place of an object has an identity of its own, or none yet.
    let identity = identity.or(prior_identity.filter(|_| same_object));
    let identity_unknown = identity.as_ref().is_some_and(|one| !one.is_wholly_known());
    let problem = if planned.is_null() != config.is_null() {
        Some("a destroy has to be planned as null, and everything else must not be".to_owned())
    } else if planned.is_null() {
        None
    } else if identity_unknown && same_object {
        Some("the identity of an object that stays was planned as unknown".to_owned())
    } else {
        assert_plan::violation(block, prior, config, &planned)
    };
    let encoded = match problem {
        Some(problem) => Err(managed.at_fault(problem)),
        None => managed.encode("planned state", &planned),
    };
    let encoded =
        encoded.and_then(|state| Ok((state, managed.encode_identity(identity.as_ref())?)));
    match encoded {
        Ok((planned_state, planned_identity)) => Ok(Response {
            planned_state,
            requires_replace,
            planned_private: private,
            planned_identity,
            diagnostics,
        }),
        Err(fault) => {
            diagnostics.push(fault);
            Err(diagnostics)
        }
    }
}

/// On a create hosts propose null for what the provider will compute: it is not known yet.
fn mark_unknown(block: &Block, proposed: &mut Value) {
    let Value::Object(values) = proposed else {
        return;
    };
    let computed = block.attributes.iter();
    for attribute in computed.filter(|one| one.presence == Presence::Computed) {
        if let Some(value) = values.get_mut(&attribute.name)
            && value.is_null()
        {
            *value = Value::Unknown;
        }
    }
    for nested in &block.blocks {
        if let Some(inner) = values.get_mut(&nested.name) {
            mark_unknown(&nested.block, inner);
        }
    }
}
