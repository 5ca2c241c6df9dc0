//! Diagnostics and paths for the host.

use crate::framework::server::guard;
use crate::framework::{Diagnostic, Path, Severity, Step};
use crate::proto::tfplugin6 as pb;
use crate::proto::tfplugin6::attribute_path::step::Selector;

/// Diagnostics for the host, in their order. A panic on the way is one too: what stands beside them in an answer, such
/// as the state after an apply, must not be lost for their sake.
pub(super) fn diagnostics(all: impl IntoIterator<Item = Diagnostic>) -> Vec<pb::Diagnostic> {
    let converted = guard::call("writing its messages", || {
        all.into_iter().map(diagnostic).collect()
    });
    converted.unwrap_or_else(|failure| vec![diagnostic(failure)])
}

fn diagnostic(one: Diagnostic) -> pb::Diagnostic {
    let severity = match one.severity {
        Severity::Error => pb::diagnostic::Severity::Error,
        Severity::Warning => pb::diagnostic::Severity::Warning,
    };
    pb::Diagnostic {
        severity: severity.into(),
        summary: one.summary,
        detail: one.detail,
        // An empty path is the whole block, which the wire says by leaving it out.
        attribute: one
            .path
            .filter(|path| !path.is_empty())
            .map(|path| attribute_path(&path)),
    }
}

/// A path for the host.
pub(super) fn attribute_path(path: &Path) -> pb::AttributePath {
    let selector = |step: &Step| match step {
        Step::Attribute(name) => Selector::AttributeName(name.clone()),
        Step::Key(key) => Selector::ElementKeyString(key.clone()),
        Step::Index(index) => Selector::ElementKeyInt(*index),
    };
    let steps = path.steps().iter().map(|step| pb::attribute_path::Step {
        selector: Some(selector(step)),
    });
    pb::AttributePath {
        steps: steps.collect(),
    }
}
