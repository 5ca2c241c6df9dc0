//! What is said about the kinds of things, and the names among them, that this provider does not have.

use crate::framework::Diagnostic;

/// The kinds of things that the protocol lets a provider offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A managed resource.
    Resource,
    /// An action.
    Action,
    /// A data source.
    DataSource,
    /// An ephemeral resource.
    EphemeralResource,
    /// A list resource.
    ListResource,
    /// A function.
    Function,
    /// A place for state files.
    StateStore,
    /// Configuration generated from a resource's state.
    GeneratedConfig,
}

/// The error for a name that a host asks for and that this provider does not offer.
pub fn not_offered(kind: Kind, name: &str) -> Diagnostic {
    let kind = match kind {
        Kind::Resource => "resource",
        Kind::Action => "action",
        Kind::DataSource => "data source",
        Kind::EphemeralResource => "ephemeral resource",
        Kind::ListResource => "list resource",
        Kind::Function => "function",
        Kind::StateStore => "state store",
        Kind::GeneratedConfig => "generated configuration for the resource",
    };
    Diagnostic::error(
        format!("The provider has no {kind} {name:?}"),
        format!(
            "This version of the provider does not offer the {kind} {name:?}. Check the spelling, and \
             whether the version of the provider that is installed is the one you mean to use."
        ),
    )
}
