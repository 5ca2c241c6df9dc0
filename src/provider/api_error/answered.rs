//! Diagnostics for an answer that is no success.

use http::StatusCode;

use super::{Subject, at, attribute, fill, hints, paragraphs, request, unanswered};
use crate::atlas::{Error, Kind};
use crate::framework::{Diagnostic, Diagnostics};

/// One error, or one for each field that Atlas found bad.
pub(super) fn diagnose(summary: &str, error: &Error, subject: &Subject) -> Diagnostics {
    let hint = hints::find(error, subject);
    let advice = hint.map_or_else(
        || UNEXPECTED.to_owned(),
        |hint| {
            let text = format!("{} {}", hint.meaning, hint.advice);
            fill::fill(&text, error, subject)
        },
    );
    if error.fields().is_empty() {
        let detail = paragraphs([said(error), codes(error), advice, request::line(error)]);
        let diagnostic = Diagnostic::error(summary, detail);
        return at(diagnostic, hint.and_then(|hint| hint.attribute)).into();
    }
    // Of the fields Atlas says more than a row that fits any bad request.
    let advice = hint.filter(|hint| hint.attribute.is_some()).map(|_| advice);
    let message = error.message().map(|_| said(error)).unwrap_or_default();
    error
        .fields()
        .iter()
        .map(|violation| {
            let path = attribute::of_field(&violation.field);
            // Either may be missing.
            let (field, description) = (&violation.field, &violation.description);
            let name = match &path {
                Some(path) => format!("`{path}`"),
                None if field.is_empty() => {
                    "a field of the request that it does not name".to_owned()
                }
                None => format!("the field `{field}` of the request"),
            };
            let bad = if description.is_empty() {
                format!("Atlas does not accept {name}, and does not say why.")
            } else {
                format!("Atlas does not accept {name}: {description}")
            };
            let advice = advice.clone().unwrap_or_else(|| {
                if field.is_empty() {
                    format!("{OPTIONS} Then apply again.")
                } else {
                    format!("Correct {name} and apply again.")
                }
            });
            let message = message.clone();
            let detail = paragraphs([bad, message, codes(error), advice, request::line(error)]);
            let diagnostic = Diagnostic::error(summary, detail);
            match path {
                Some(path) => diagnostic.at(path),
                None => diagnostic,
            }
        })
        .collect()
}

/// What was answered, without any advice.
pub(super) fn in_short(error: &Error) -> String {
    let said = said(error);
    let codes = codes(error);
    format!("{} ({codes})", said.trim_end_matches('.'))
}

/// All that a start sends besides names.
const OPTIONS: &str = "Check the start options: `tier`, `resume_from_checkpoint`, `start_at_operation_time` and, in an action, `failover`.";

const UNEXPECTED: &str = "This status is not known here. Check `base_url` in the provider block (or the environment), and whether a proxy on the way has answered in place of Atlas.";

/// What Atlas, or whoever answered in its place, has to say.
fn said(error: &Error) -> String {
    let token = match error.kind() {
        Kind::Token => {
            "There is no access token for the service account, so that nothing was sent about the processor. "
        }
        _ => "",
    };
    if let Some(message) = error.message() {
        return format!("{token}Atlas said: {message}");
    }
    let broken_off = error
        .broken_off()
        .map_or_else(String::new, |_| broken_off(error));
    let Some(excerpt) = error.excerpt() else {
        return match broken_off.as_str() {
            "" => format!("{token}The answer says nothing about the reason."),
            broken_off => format!("{token}{broken_off} Nothing of it is there to be read."),
        };
    };
    let content_type = error.content_type().unwrap_or("without a content type");
    match broken_off.as_str() {
        "" => format!(
            "{token}The answer is no error in JSON as Atlas writes them ({content_type}). It begins: {excerpt}"
        ),
        broken_off => format!("{token}{broken_off} It begins ({content_type}): {excerpt}"),
    }
}

/// The answer's status arrived and its body did not, or not whole.
fn broken_off(error: &Error) -> String {
    format!(
        "The body of the answer broke off, or could not be unpacked.{}",
        unanswered::because(error)
    )
}

/// Status, reason and code.
fn codes(error: &Error) -> String {
    let mut line = String::new();
    if let Some(status) = error.status() {
        let usual = StatusCode::from_u16(status)
            .ok()
            .and_then(|status| status.canonical_reason());
        line = format!("HTTP {status}");
        if let Some(reason) = error.reason().or(usual) {
            line.push_str(&format!(" {reason}"));
        }
    }
    match (error.error_code(), error.oauth_error()) {
        (Some(code), _) => line.push_str(&format!(", errorCode {code}")),
        (None, Some(code)) => line.push_str(&format!(", OAuth error {code}")),
        (None, None) if error.has_atlas_body() => line.push_str(", without errorCode"),
        (None, None) => {}
    }
    line
}
