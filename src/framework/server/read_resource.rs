//! ReadResource: what the object is like now; only a successful look that finds nothing removes it from the state.

use super::managed::Managed;
use super::{Server, guard};
use crate::framework::{Diagnostic, Diagnostics, Encoded, ReadRequest, ReadResponse, Value};

/// What a read starts from.
pub struct Request {
    /// The resource's type.
    pub type_name: String,
    /// The stored state.
    pub current_state: Encoded,
    /// The resource's own bytes in the state.
    pub private: Vec<u8>,
    /// The stored identity.
    pub current_identity: Option<Encoded>,
}

/// What a read comes to.
pub struct Response {
    /// The state now; null if the object is gone.
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
    /// Looks at an object. With an error the stored state comes back byte for byte.
    pub async fn read_resource(&self, request: Request) -> Response {
        let doing = format!("reading {}", request.type_name);
        let looked = guard::around(&doing, self.looked(&request)).await;
        match looked.unwrap_or_else(|failure| Err(failure.into())) {
            Ok(response) => response,
            Err(failure) => Response {
                new_state: request.current_state,
                private: request.private,
                new_identity: request.current_identity,
                diagnostics: failure,
            },
        }
    }

    async fn looked(&self, request: &Request) -> Result<Response, Diagnostics> {
        let managed = self.managed(&request.type_name)?;
        let state = managed.decode("stored state", &request.current_state)?;
        let identity = managed.decode_identity(request.current_identity.as_ref())?;
        if state.is_null() {
            return Ok(Response {
                new_state: Encoded::null(),
                private: request.private.clone(),
                new_identity: None,
                diagnostics: Diagnostics::default(),
            });
        }
        let resource = managed.resource.clone();
        let read = ReadRequest {
            state,
            private: request.private.clone(),
            identity: identity.clone(),
            cancel: self.cancel(),
        };
        let doing = format!("reading {}", managed.name);
        let mut response = guard::look(&doing, async move { resource.read(read).await }).await?;
        if response.diagnostics.has_error() {
            return Err(response.diagnostics);
        }
        response.identity = response.identity.or(identity);
        conclude(managed, response)
    }
}

fn conclude(managed: &Managed, response: ReadResponse) -> Result<Response, Diagnostics> {
    let ReadResponse {
        state,
        private,
        identity,
        mut diagnostics,
    } = response;
    let identity = identity.filter(|_| !state.is_null());
    let unknown = !state.is_wholly_known() || identity.iter().any(|one| !one.is_wholly_known());
    let encoded = if unknown {
        Err(managed.at_fault("a value that was read is unknown"))
    } else {
        encode(managed, &state, identity.as_ref())
    };
    match encoded {
        Ok((new_state, new_identity)) => Ok(Response {
            new_state,
            private,
            new_identity,
            diagnostics,
        }),
        Err(fault) => {
            diagnostics.push(fault);
            Err(diagnostics)
        }
    }
}

fn encode(
    managed: &Managed,
    state: &Value,
    identity: Option<&Value>,
) -> Result<(Encoded, Option<Encoded>), Diagnostic> {
    let state = managed.encode("state that was read", state)?;
    Ok((state, managed.encode_identity(identity)?))
}
