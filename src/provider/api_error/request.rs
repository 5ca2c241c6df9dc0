//! The last paragraph of a diagnostic: which request it was, for whoever looks into it, MongoDB's support included.

use crate::atlas::{Error, Kind};
use crate::provider::config::duration;

/// Method, URL, attempts, time, and the headers by which Atlas finds the request again.
pub(super) fn line(error: &Error) -> String {
    let mut line = format!("Request: {} {}", error.method(), error.url());
    match (error.kind(), error.attempts()) {
        (Kind::NoCredentials | Kind::BadRequest, _) | (_, 0) => line.push_str(" (not sent)"),
        (_, 1) => {
            line.push_str(&format!(
                " (1 attempt, {})",
                duration::Display(error.elapsed())
            ));
        }
        (_, attempts) => {
            let elapsed = duration::Display(error.elapsed());
            line.push_str(&format!(" ({attempts} attempts in {elapsed})"));
        }
    }
    for (name, value) in error.headers() {
        line.push_str(&format!("\n{name}: {value}"));
    }
    line
}
