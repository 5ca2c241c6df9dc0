//! ValidateDataResourceConfig: whether a `data` block can be right.

use super::{Server, config, guard};
use crate::framework::{Diagnostic, Diagnostics, Encoded};

impl Server {
    /// Checks a data source's configuration, which may hold unknown values.
    pub fn validate_data_resource_config(&self, type_name: &str, config: &Encoded) -> Diagnostics {
        self.checked_data_config(type_name, config)
            .unwrap_or_else(Diagnostics::from)
    }

    fn checked_data_config(
        &self,
        type_name: &str,
        config: &Encoded,
    ) -> Result<Diagnostics, Diagnostic> {
        let offered = self.data_source(type_name)?;
        let config = config::decode(type_name, config, &offered.schema, &offered.ty)?;
        let mut diagnostics = config::refuse_computed(&offered.schema.block, &config);
        let doing = format!("checking the configuration of the data source {type_name}");
        diagnostics.extend(guard::call(&doing, || offered.it.validate(&config))?);
        Ok(diagnostics)
    }
}
