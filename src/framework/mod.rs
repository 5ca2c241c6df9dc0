//! Terraform's semantics: types, values, schema, diagnostics and the engine behind each RPC; this room knows neither wire nor Atlas.
