//! What a list of a workspace's processors proves of some of them: that they are there, and in which state.

use std::{borrow::Cow, collections::HashMap, time::Duration};

use http::Method;
use serde::Deserialize;
use serde_json::Value;

use super::{
    api::{Api, Asked},
    context::Context,
    courier::Effect,
    error::{Error, Kind},
    look,
    path::{Operation, WorkspacePath},
    processor::{Processor, Unreadable},
    verdict::Verdict,
};

/// How many processors are asked for at once: as many as the API allows.
const PAGE: usize = 500;
/// So many others may be read for each one that is looked for: a processor is described in a few kilobytes, and of requests a project
/// has but 500 a minute.
const OTHERS: usize = 100;
/// A list that takes longer than this, over all its pages, is not worth waiting for: each that is looked for has its own GET. What
/// waits for the project's rate limit does not count: a list is one request where GETs are many.
pub(super) const LONGEST: Duration = Duration::from_secs(10);
/// So often a page may meet with the rate limit. All who are about the project wait then, and it is still one request instead of many;
/// but it may be lists that are limited.
const LIMITED: usize = 3;

/// Those that are looked for, as far as they were found.
#[derive(Debug, Default)]
pub(super) struct Presence {
    sought: HashMap<String, Option<Processor>>,
    missing: usize,
    /// `totalCount`, over all pages.
    total: Option<u64>,
    /// The first on the page before.
    first: Option<String>,
}

/// A page of the OpenAPI schema `PaginatedApiStreamsStreamProcessorWithStatsView`, of which most is left unread.
#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    results: Vec<Entry<'a>>,
    #[serde(rename = "totalCount")]
    total: Option<u64>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(rename = "_id")]
    id: Option<Value>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    state: Option<Value>,
    tier: Option<Value>,
}

/// Whether so many looks are better served by lists, with so many processors in the workspace, if that is known, and room for so many
/// requests in the project's bucket.
pub(super) fn is_worth_it(looks: usize, total: Option<u64>, room: usize) -> bool {
    let Some(total) = total.map(as_usize) else {
        return looks > 1;
    };
    // Where requests are scarce, that they are fewer is worth any reading.
    let enough = looks.saturating_mul(OTHERS);
    total.div_ceil(PAGE).max(1) < looks && (total <= enough || room <= enough)
}

/// Reads the list of the workspace's processors, page by page, as long as that is worth it.
///
/// # Errors
/// Why a page is none; what was found before holds.
pub(super) async fn present(
    api: &Api,
    workspace: &WorkspacePath,
    presence: &mut Presence,
    context: &Context,
) -> Result<(), Error> {
    // The first page may have waited for a token or a nonce too, which is not its fault; what comes after it mostly finds them there.
    let mut time_left = LONGEST;
    // As many pages as looks are not worth it, whatever the list says of itself.
    for number in 1..presence.missing.max(2) {
        let url = workspace.url(&api.settings.base_url, number, PAGE);
        let mut request = api.request(Method::GET, url, Operation::List, None, context)?;
        let mut limited = 0;
        let mut refused = None;
        let full = loop {
            request.timeout = time_left;
            let read = |asked: &Asked<'_>, response: &_| {
                if number > 1 {
                    time_left = time_left.saturating_sub(asked.took);
                }
                look::read(asked, response, |raw| {
                    presence.take_in(raw.get(), asked.secrets)
                })
            };
            let answer = api
                .ask(&request, &workspace.group_id, Effect::None, context, read)
                .await;
            match answer {
                Ok(full) => break full,
                Err(error) if is_limited(&error) && api.settings.max_retries > 0 => {
                    limited += 1;
                    if limited == LIMITED {
                        return Err(error);
                    }
                    refused = Some(error);
                }
                // It was this list that was refused, and not something else about the project.
                Err(error) if error.kind() == Kind::RateLimited => {
                    return Err(refused.unwrap_or(error));
                }
                Err(error) => return Err(error),
            }
        };
        let rest = presence.total.map_or(1, |total| {
            as_usize(total).div_ceil(PAGE).saturating_sub(number)
        });
        if !full || rest == 0 || rest >= presence.missing || time_left.is_zero() {
            break;
        }
    }
    Ok(())
}

fn is_limited(error: &Error) -> bool {
    error.verdict() == (Verdict::Wait { rate_limited: true })
}

fn text(value: &Option<Value>) -> Option<String> {
    value.as_ref()?.as_str().map(str::to_owned)
}

fn as_usize(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

impl Presence {
    /// Nothing is found yet.
    pub(super) fn of(names: Vec<String>, total: Option<u64>) -> Self {
        let sought: HashMap<_, _> = names.into_iter().map(|name| (name, None)).collect();
        Self {
            missing: sought.len(),
            sought,
            total,
            first: None,
        }
    }

    /// How many processors there are.
    pub(super) fn total(&self) -> Option<u64> {
        self.total
    }

    /// The one of this name, if it was found.
    pub(super) fn get(&self, name: &str) -> Option<Processor> {
        self.sought.get(name)?.clone()
    }

    /// Takes in a page, and says whether it is a full one.
    fn take_in(&mut self, body: &str, secrets: &[String]) -> Result<bool, Unreadable> {
        let page: Page<'_> =
            serde_json::from_str(body).map_err(|_| Unreadable("the body is no list"))?;
        let full = page.results.len() >= PAGE;
        let first = page.results.first().map(|entry| entry.name.to_string());
        if full && first == self.first {
            return Err(Unreadable("the same page came again"));
        }
        self.first = first;
        self.total = page.total;
        for entry in page.results {
            let Some(place) = self.sought.get_mut(entry.name.as_ref()) else {
                continue;
            };
            let text = |key: &str| match key {
                "_id" => text(&entry.id),
                "state" => text(&entry.state),
                "tier" => text(&entry.tier),
                _ => Some(entry.name.to_string()),
            };
            // What cannot be read is as good as missing.
            if let Ok(processor) = Processor::of(text, &entry.name, secrets)
                && place.replace(processor).is_none()
            {
                self.missing -= 1;
            }
        }
        Ok(full)
    }
}
