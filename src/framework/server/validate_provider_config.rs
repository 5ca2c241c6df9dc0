//! ValidateProviderConfig: whether the `provider` block can be right.

use secrecy::zeroize::Zeroizing;

use super::{Server, config, guard};
use crate::framework::{Diagnostic, Diagnostics, Encoded};

impl Server {
    /// Checks a `provider` block, which may hold unknown values.
    pub fn validate_provider_config(&self, config: &Encoded) -> Diagnostics {
        self.checked_provider_config(config)
            .unwrap_or_else(Diagnostics::from)
    }

    fn checked_provider_config(&self, config: &Encoded) -> Result<Diagnostics, Diagnostic> {
        let schema = &self.provider_schema;
        let config = config::decode("the provider", config, schema, &schema.ty())?;
        // There are secrets in it.
        let config = Zeroizing::new(config);
        let mut diagnostics = config::refuse_computed(&schema.block, &config);
        diagnostics.extend(guard::call(
            "checking the provider's configuration",
            || self.provider.validate(&config),
        )?);
        Ok(diagnostics)
    }
}
