//! ValidateActionConfig: whether the `config` block of an action can be right.

use super::{Server, config, guard};
use crate::framework::{Diagnostic, Diagnostics, Encoded};

impl Server {
    /// Checks an action's configuration, which may hold unknown values or not be there at all.
    pub fn validate_action_config(&self, type_name: &str, config: &Encoded) -> Diagnostics {
        self.checked_action_config(type_name, config)
            .unwrap_or_else(Diagnostics::from)
    }

    fn checked_action_config(
        &self,
        type_name: &str,
        config: &Encoded,
    ) -> Result<Diagnostics, Diagnostic> {
        let offered = self.action(type_name)?;
        let config = config::decode(type_name, config, &offered.schema, &offered.ty)?;
        let mut diagnostics = config::refuse_computed(&offered.schema.block, &config);
        let doing = format!("checking the configuration of the action {type_name}");
        diagnostics.extend(guard::call(&doing, || offered.it.validate(&config))?);
        Ok(diagnostics)
    }
}
