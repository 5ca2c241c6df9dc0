//! `api_version`, `request_timeout` and `max_retries`: the provider block alone has them.

use std::time::Duration;

use jiff::civil::Date;

use super::duration;
use super::given::Given;
use crate::framework::{Diagnostic, Diagnostics, Path, Value};

/// The first version of the API that has stream processors.
const DEFAULT_API_VERSION: &str = "2024-05-30";
/// Atlas answers 504 after about 30 seconds; a proxy before it may take longer.
const DEFAULT_REQUEST_TIMEOUT: Duration = Duration::from_secs(90);
const DEFAULT_MAX_RETRIES: u32 = 5;
/// More repetitions than any timeout leaves room for.
const MOST_RETRIES: u32 = 100;

/// The values that will be used.
pub(super) struct Limits {
    /// A date, `YYYY-MM-DD`.
    pub(super) api_version: String,
    /// For one HTTP exchange.
    pub(super) request_timeout: Duration,
    /// Repetitions of one request.
    pub(super) max_retries: u32,
}

/// Finds the values; says what is wrong with them. None if any is wrong or not known yet.
pub(super) fn find(config: &Value, diagnostics: &mut Diagnostics) -> Option<Limits> {
    let api_version = api_version(config, diagnostics);
    let request_timeout = request_timeout(config, diagnostics);
    let max_retries = max_retries(config, diagnostics);
    Some(Limits {
        api_version: api_version?,
        request_timeout: request_timeout?,
        max_retries: max_retries?,
    })
}

fn api_version(config: &Value, diagnostics: &mut Diagnostics) -> Option<String> {
    let text = match Given::in_block(config, "api_version") {
        Given::Absent => return Some(DEFAULT_API_VERSION.to_owned()),
        Given::Unknown => return None,
        Given::Known(text) => text,
    };
    // jiff reads more than one way to write a date, and Atlas only this one: it must come out as it went in.
    if text
        .parse::<Date>()
        .is_ok_and(|date| date.to_string() == text)
    {
        return Some(text.to_owned());
    }
    let detail = format!(
        "`api_version` is {text:?}. Versions of the Atlas API are dates, written like {DEFAULT_API_VERSION:?} (the default).",
    );
    let error = Diagnostic::error("The Atlas API version is not a date", detail);
    diagnostics.push(error.at(Path::root("api_version")));
    None
}

fn request_timeout(config: &Value, diagnostics: &mut Diagnostics) -> Option<Duration> {
    let text = match Given::in_block(config, "request_timeout") {
        Given::Absent => return Some(DEFAULT_REQUEST_TIMEOUT),
        Given::Unknown => return None,
        Given::Known(text) => text,
    };
    match duration::parse(text) {
        Ok(duration) => Some(duration),
        Err(sentence) => {
            let error = Diagnostic::error(
                "The request timeout is not usable",
                format!("`request_timeout`: {sentence}"),
            );
            diagnostics.push(error.at(Path::root("request_timeout")));
            None
        }
    }
}

fn max_retries(config: &Value, diagnostics: &mut Diagnostics) -> Option<u32> {
    let value = config.attribute("max_retries");
    if value.is_unknown() {
        return None;
    }
    if value.is_null() {
        return Some(DEFAULT_MAX_RETRIES);
    }
    let number = value.as_i64().and_then(|number| u32::try_from(number).ok());
    if let Some(number) = number.filter(|number| *number <= MOST_RETRIES) {
        return Some(number);
    }
    let detail = format!(
        "`max_retries` must be a whole number from 0 (nothing is repeated) to {MOST_RETRIES}; the default is {DEFAULT_MAX_RETRIES}.",
    );
    let error = Diagnostic::error("The number of retries is not usable", detail);
    diagnostics.push(error.at(Path::root("max_retries")));
    None
}
