//! `base_url`: from the provider block, else from the environment, else where Atlas is; wherever the credentials come from.

use url::Url;

use super::environment::{self, Environment};
use super::given::Given;
use crate::atlas::is_loopback;
use crate::framework::{Diagnostic, Diagnostics, Path, Value};

/// Where Atlas is for everybody but governments.
pub(super) const DEFAULT: &str = "https://cloud.mongodb.com";

/// The URL that will be used, and where it comes from.
pub(super) struct Found {
    /// Without a slash at the end of its path, but for the one that every URL has.
    pub(super) url: Url,
    /// For the log; never a value.
    pub(super) origin: String,
}

/// Finds the base URL; says what is wrong with it. None if it is wrong or not known yet.
pub(super) fn find(
    config: &Value,
    env: &Environment,
    diagnostics: &mut Diagnostics,
) -> Option<Found> {
    let (given, name, origin) = match Given::in_block(config, "base_url") {
        Given::Absent => match Given::in_environment(env, environment::BASE_URL) {
            (given, Some(variable)) => (
                given,
                format!("`base_url`, from the environment variable `{variable}`,"),
                format!("the environment (`{variable}`)"),
            ),
            _ => (
                Given::Known(DEFAULT),
                "`base_url`".to_owned(),
                "the default".to_owned(),
            ),
        },
        given => (
            given,
            "`base_url`".to_owned(),
            "the provider block".to_owned(),
        ),
    };
    let text = given.known()?;
    match parse(text) {
        Ok(url) => {
            if url.scheme() == "http" && !is_loopback(&url) {
                diagnostics.push(unencrypted(&name));
            }
            Some(Found { url, origin })
        }
        Err(problem) => {
            // The value itself is not shown: what is wrong with it may be a password inside.
            let detail = format!(
                "{name} {problem}. It is the address of the Atlas Administration API, such as {DEFAULT} (the default) or https://cloud.mongodbgov.com.",
            );
            let error = Diagnostic::error("The Atlas base URL is not usable", detail);
            diagnostics.push(error.at(Path::root("base_url")));
            None
        }
    }
}

/// The URL, or the second half of a sentence that says why it is none.
fn parse(text: &str) -> Result<Url, String> {
    let mut url = Url::parse(text).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => "does not start with https://".to_owned(),
        error => format!("is not a URL ({error})"),
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("does not start with https:// (or http://)".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "has a user name or a password before the host; credentials have attributes of their own"
                .to_owned(),
        );
    }
    if url.query().is_some() {
        return Err("has a query (a question mark and what follows)".to_owned());
    }
    if url.fragment().is_some() {
        return Err("has a fragment (a # and what follows)".to_owned());
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

fn unencrypted(name: &str) -> Diagnostic {
    let detail = format!(
        "{name} starts with http:// and names another machine: access tokens and whatever Atlas answers cross the network in the clear. Use https://.",
    );
    Diagnostic::warning("The connection to Atlas is not encrypted", detail)
        .at(Path::root("base_url"))
}
