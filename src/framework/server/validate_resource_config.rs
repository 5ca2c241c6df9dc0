//! ValidateResourceConfig: whether a resource block can be right.

use super::{Server, config, guard};
use crate::framework::{Diagnostic, Diagnostics, Encoded};

impl Server {
    /// Checks a resource block, which may hold unknown values.
    pub fn validate_resource_config(&self, type_name: &str, config: &Encoded) -> Diagnostics {
        self.checked_resource_config(type_name, config)
            .unwrap_or_else(Diagnostics::from)
    }

    fn checked_resource_config(
        &self,
        type_name: &str,
        config: &Encoded,
    ) -> Result<Diagnostics, Diagnostic> {
        let managed = self.managed(type_name)?;
        let config = config::decode(type_name, config, &managed.schema, &managed.ty)?;
        let mut diagnostics = config::refuse_computed(&managed.schema.block, &config);
        let doing = format!("checking the configuration of {type_name}");
        diagnostics.extend(guard::call(&doing, || managed.resource.validate(&config))?);
        Ok(diagnostics)
    }
}
