//! PlanAction: what there is to say before an action is invoked; it plans no values.

use super::{Server, config, guard};
use crate::framework::{Diagnostic, Diagnostics, Encoded};

impl Server {
    /// Lets an action speak up at plan time; the configuration may hold unknown values or not be there at all.
    pub fn plan_action(&self, action_type: &str, config: &Encoded) -> Diagnostics {
        self.planned_action(action_type, config)
            .unwrap_or_else(Diagnostics::from)
    }

    fn planned_action(
        &self,
        action_type: &str,
        config: &Encoded,
    ) -> Result<Diagnostics, Diagnostic> {
        let offered = self.action(action_type)?;
        let config = config::decode(action_type, config, &offered.schema, &offered.ty)?;
        let doing = format!("planning the action {action_type}");
        guard::call(&doing, || offered.it.plan(&config))
    }
}
