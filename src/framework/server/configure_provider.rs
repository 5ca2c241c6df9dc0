//! ConfigureProvider: the `provider` block reaches the provider; the last one counts.

use secrecy::zeroize::Zeroize as _;

use super::{Server, config, guard};
use crate::framework::{ConfigureRequest, Diagnostic, Diagnostics, Encoded};

/// What a provider is configured with; overwritten when it is dropped, because there are secrets in it.
pub struct Request {
    /// The `provider` block, perhaps with unknown values during a plan.
    pub config: Encoded,
    /// The version that the host claims to be.
    pub terraform_version: String,
}

opaque_debug!(Request);

impl Drop for Request {
    fn drop(&mut self) {
        self.config.zeroize();
    }
}

impl Server {
    /// Hands the configuration to the provider.
    pub fn configure_provider(&self, request: Request) -> Diagnostics {
        self.configured(request).unwrap_or_else(Diagnostics::from)
    }

    fn configured(&self, request: Request) -> Result<Diagnostics, Diagnostic> {
        let schema = &self.provider_schema;
        let config = config::decode("the provider", &request.config, schema, &schema.ty())?;
        let terraform_version = request.terraform_version.clone();
        guard::call("taking over the provider's configuration", || {
            self.provider.configure(ConfigureRequest {
                config,
                terraform_version,
            })
        })
    }
}
