//! ReadDataSource: what is looked up, wholly known, or why it is not.

use super::managed::at_fault;
use super::{Server, config, guard};
use crate::framework::{Diagnostic, Diagnostics, Encoded, LookupRequest};

impl Server {
    /// Looks up what a configuration asks for.
    ///
    /// # Errors
    /// Why that is not possible.
    pub async fn read_data_source(
        &self,
        type_name: &str,
        config: &Encoded,
    ) -> Result<Encoded, Diagnostics> {
        let doing = format!("reading the data source {type_name}");
        guard::around(&doing, self.looked_up(&doing, type_name, config)).await?
    }

    async fn looked_up(
        &self,
        doing: &str,
        type_name: &str,
        config: &Encoded,
    ) -> Result<Encoded, Diagnostics> {
        let offered = self.data_source(type_name)?;
        let config = config::decode(type_name, config, &offered.schema, &offered.ty)?;
        if !config.is_wholly_known() {
            return Err(Diagnostics::from(Diagnostic::error(
                format!("Cannot read the data source {type_name}"),
                "Its configuration still holds values that are not known. Apply what they depend on first.",
            )));
        }
        let source = offered.it.clone();
        let request = LookupRequest {
            config,
            cancel: self.cancel(),
        };
        let found = guard::look(doing, async move { source.read(request).await }).await??;
        if found.is_null() || !found.is_wholly_known() {
            return Err(at_fault(type_name, "what was read is not known").into());
        }
        Encoded::encode(&found, &offered.ty).map_err(|cause| {
            let problem = format!("what was read does not fit the schema ({cause})");
            at_fault(type_name, &problem).into()
        })
    }
}
