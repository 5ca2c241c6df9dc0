//! The provider block: its schema, where its values come from, and what the Atlas client is made of them.
//!
//! Hosts call ValidateProviderConfig right before every ConfigureProvider, with the same values, and show what
//! both of them say. Warnings are therefore given by [`validate`] alone; [`resolve`] logs them.

mod base_url;
mod credentials;
pub mod duration;
mod environment;
mod given;
mod limits;
mod schema;

pub use environment::Environment;
pub use schema::schema;

use crate::atlas;
use crate::framework::{Diagnostics, Severity, Value};

/// What came of the provider block.
#[derive(Debug)]
pub enum Configuration {
    /// All is known: what the Atlas client needs.
    Ready(atlas::Settings),
    /// Some of it will be known only after an apply; until then there is no API.
    Unknown {
        /// The names of the attributes that are not known yet.
        attributes: Vec<String>,
    },
}

/// Checks the provider block together with the environment that completes it (ValidateProviderConfig).
///
/// Unknown values are let pass: they are checked when they are known.
pub fn validate(config: &Value, env: &Environment) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    credentials::find(config, env, &mut diagnostics);
    base_url::find(config, env, &mut diagnostics);
    limits::find(config, &mut diagnostics);
    diagnostics
}

/// Makes the settings of the Atlas client of the provider block and the environment (ConfigureProvider).
///
/// `terraform_version` is what the host calls itself. The diagnostics are errors only. Where there are any, the
/// configuration is [`Configuration::Unknown`], so that nothing can be sent to the wrong place.
pub fn resolve(
    config: &Value,
    env: &Environment,
    terraform_version: &str,
) -> (Configuration, Diagnostics) {
    let mut found = Diagnostics::default();
    let credentials = credentials::find(config, env, &mut found);
    let base_url = base_url::find(config, env, &mut found);
    let limits = limits::find(config, &mut found);

    let (errors, warnings): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|diagnostic| diagnostic.severity == Severity::Error);
    for warning in warnings {
        tracing::warn!("{}: {}", warning.summary, warning.detail);
    }
    let errors: Diagnostics = errors.into_iter().collect();

    let attributes: Vec<String> = schema()
        .block
        .attributes
        .iter()
        .map(|attribute| attribute.name.clone())
        .filter(|name| config.attribute(name).is_unknown())
        .collect();
    if !attributes.is_empty() {
        tracing::info!(
            "The provider block is not wholly known yet ({}): going on without the API.",
            attributes.join(", ")
        );
    }
    match (base_url, limits) {
        (Some(base_url), Some(limits)) if attributes.is_empty() && !errors.has_error() => {
            tracing::info!("Credentials: {}.", credentials.origin);
            tracing::info!("Base URL: {}.", base_url.origin);
            let settings = atlas::Settings {
                base_url: base_url.url,
                api_version: limits.api_version,
                credentials: credentials.credentials,
                request_timeout: limits.request_timeout,
                max_retries: limits.max_retries,
                user_agent: user_agent(terraform_version),
                ca: env.ca().into(),
            };
            (Configuration::Ready(settings), errors)
        }
        _ => (Configuration::Unknown { attributes }, errors),
    }
}

/// `terraform-provider-atlas/<version> Terraform/<the host's version>`; the client adds what it is doing.
fn user_agent(terraform_version: &str) -> String {
    // The host's word goes into a header: what does not belong there is left out.
    let version: String = terraform_version
        .chars()
        .filter(char::is_ascii_graphic)
        .collect();
    let version = if version.is_empty() {
        "unknown"
    } else {
        &version
    };
    format!(
        "{}/{} Terraform/{version}",
        env!("CARGO_PKG_NAME"),
        env!("CARGO_PKG_VERSION")
    )
}

#[cfg(test)]
mod tests;
