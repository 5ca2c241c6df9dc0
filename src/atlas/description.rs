//! All that Atlas tells of a stream processor, its pipeline and stats as Atlas wrote them.

use std::collections::BTreeMap;

use serde_json::{Value, value::RawValue};

use super::{
    harmless::{harmless, harmless_raw},
    processor::{Fields, Processor, Unreadable, fields, part},
};

/// The OpenAPI schema `StreamsProcessorWithStats`, but for its links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// Its names, state and tier.
    pub processor: Processor,
    /// `pipeline`: JSON, with keys and numbers as Atlas wrote them.
    pub pipeline: Option<String>,
    /// `stats`: JSON, with keys and numbers as Atlas wrote them.
    pub stats: Option<String>,
    /// `options.dlq`.
    pub dead_letter_queue: Option<DeadLetterQueue>,
    /// `failoverEnabled`.
    pub failover_enabled: Option<bool>,
    /// `eligibleForFailover`.
    pub eligible_for_failover: Option<bool>,
}

/// Where messages go that cannot be processed (OpenAPI schema `StreamsDLQ`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterQueue {
    /// `connectionName`.
    pub connection_name: Option<String>,
    /// `db`.
    pub db: Option<String>,
    /// `coll`.
    pub coll: Option<String>,
}

/// A page of the OpenAPI schema `PaginatedApiStreamsStreamProcessorWithStatsView`.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) results: Vec<Description>,
    /// A link says that there is another.
    pub(super) has_next: bool,
    /// `totalCount`, over all pages.
    total: Option<u64>,
}

/// What one reading of all pages found.
#[derive(Debug, Default)]
pub(super) struct List {
    /// By name.
    found: BTreeMap<String, Description>,
    pages: usize,
    /// `totalCount` of the last.
    total: Option<u64>,
}

/// All processors of a workspace, as far as Atlas tells of them.
#[derive(Clone, Debug)]
pub struct Listing {
    /// In the order of their names.
    pub found: Vec<Description>,
    /// `totalCount`, where Atlas tells it: an estimate, says the OpenAPI.
    pub counted: Option<usize>,
    /// Nothing came or went between the last two readings, or there was but one page. Otherwise one may be missing.
    pub holds_still: bool,
}

impl Listing {
    /// As far as Atlas tells, nobody is missing.
    pub fn is_whole(&self) -> bool {
        let found = self.found.len();
        self.holds_still && self.counted.is_none_or(|counted| counted <= found)
    }
}

impl Description {
    /// Reads the answer of a GET for the processor called `name`. Every text in it is harmless.
    ///
    /// # Errors
    /// Says what is missing: without a `state` it tells nothing.
    pub(super) fn read(raw: &RawValue, name: &str, secrets: &[String]) -> Result<Self, Unreadable> {
        let fields = fields(raw)?;
        let processor = Processor::read(&fields, name, secrets)?;
        let json = |key: &str| {
            let raw = fields.get(key)?.get();
            (raw != "null").then(|| harmless_raw(raw, secrets))
        };
        let flag = |key: &str| part(fields.get(key)?);
        let options: Option<Fields<'_>> = fields.get("options").and_then(|raw| part(raw));
        let queue = options.as_ref().and_then(|options| options.get("dlq"));
        let queue: Option<Fields<'_>> = queue.and_then(|raw| part(raw));
        let dead_letter_queue = queue.map(|queue| {
            let text = |key: &str| {
                let text: Option<String> = part(queue.get(key)?);
                text.map(|text| harmless(&text, secrets))
            };
            DeadLetterQueue {
                connection_name: text("connectionName"),
                db: text("db"),
                coll: text("coll"),
            }
        });
        Ok(Self {
            processor,
            pipeline: json("pipeline"),
            stats: json("stats"),
            dead_letter_queue,
            failover_enabled: flag("failoverEnabled"),
            eligible_for_failover: flag("eligibleForFailover"),
        })
    }
}

impl Page {
    /// Reads the answer of a GET for a page of a workspace's processors.
    ///
    /// # Errors
    /// Says what is missing: a processor without its name or its state is one too.
    pub(super) fn read(raw: &RawValue, secrets: &[String]) -> Result<Self, Unreadable> {
        let fields = fields(raw)?;
        let results = fields.get("results").and_then(|results| part(results));
        let results: Vec<&RawValue> = results.ok_or(Unreadable("the body has no \"results\""))?;
        let results = results.into_iter().map(|raw| {
            let described = Description::read(raw, "", secrets)?;
            if described.processor.name.is_empty() {
                return Err(Unreadable("a processor has no \"name\""));
            }
            Ok(described)
        });
        let links: Option<Vec<Value>> = fields.get("links").and_then(|links| part(links));
        let is_next = |link: &Value| link.get("rel").and_then(Value::as_str) == Some("next");
        Ok(Self {
            results: results.collect::<Result<_, _>>()?,
            has_next: links.iter().flatten().any(is_next),
            total: fields.get("totalCount").and_then(|total| part(total)),
        })
    }
}

impl List {
    /// Takes in the next page, and says whether there was anything new on it: what moves down while pages are read may be on two.
    pub(super) fn grows_by(&mut self, page: Page) -> bool {
        self.pages += 1;
        self.total = page.total;
        let known = self.found.len();
        let results = page.results.into_iter();
        self.found
            .extend(results.map(|one| (one.processor.name.clone(), one)));
        self.found.len() > known
    }

    /// Nothing can be missing: it is one answer, and Atlas counts no more.
    pub(super) fn is_surely_whole(&self) -> bool {
        self.pages == 1 && !self.is_short()
    }

    /// Atlas counts more. That it counts as many proves nothing: it is an estimate.
    pub(super) fn is_short(&self) -> bool {
        self.counted()
            .is_some_and(|counted| counted > self.found.len())
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.found.keys()
    }

    pub(super) fn settled(self, holds_still: bool) -> Listing {
        Listing {
            counted: self.counted(),
            holds_still: holds_still || self.is_surely_whole(),
            found: self.found.into_values().collect(),
        }
    }

    fn counted(&self) -> Option<usize> {
        self.total
            .map(|total| usize::try_from(total).unwrap_or(usize::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn pipeline_and_stats_are_as_atlas_wrote_them() {
        let pipeline = r#"[{"$source":{"z":1.0,"a":10000000000000000000000.10}}, {"$emit": {}}]"#;
        let stats = r#"{"ok":1,"inputMessageCount":1e3,"b":{"y":-0,"x":null}}"#;
        let body = format!(
            r#"{{"stats":{stats},"_id":"66f0","name":"orders","state":"STARTED","tier":"SP10","pipeline":{pipeline},
                "options":{{"dlq":{{"coll":"bad","connectionName":"atlas","db":"d","links":[]}}}},
                "failoverEnabled":true,"eligibleForFailover":false,"new":[1]}}"#
        );
        let described = Description::read(&raw(&body), "asked", &[]).unwrap();
        assert_eq!(described.pipeline.as_deref(), Some(pipeline));
        assert_eq!(described.stats.as_deref(), Some(stats));
        assert_eq!(described.processor.name, "orders");
        assert_eq!(described.failover_enabled, Some(true));
        assert_eq!(described.eligible_for_failover, Some(false));
        let queue = DeadLetterQueue {
            connection_name: Some("atlas".to_owned()),
            db: Some("d".to_owned()),
            coll: Some("bad".to_owned()),
        };
        assert_eq!(described.dead_letter_queue, Some(queue));
    }

    #[test]
    fn what_is_missing_or_of_another_type_is_not_there() {
        for body in [
            r#"{"state":"CREATED"}"#,
            r#"{"state":"CREATED","pipeline":null,"stats":null,"options":null,"failoverEnabled":"yes"}"#,
            r#"{"state":"CREATED","options":{"dlq":[]},"eligibleForFailover":1}"#,
        ] {
            let described = Description::read(&raw(body), "asked", &[]).unwrap();
            assert_eq!(described.processor.name, "asked");
            assert_eq!(described.pipeline, None, "{body}");
            assert_eq!(described.stats, None, "{body}");
            assert_eq!(described.dead_letter_queue, None, "{body}");
            assert_eq!(described.failover_enabled, None, "{body}");
            assert_eq!(described.eligible_for_failover, None, "{body}");
        }
    }

    #[test]
    fn what_is_no_description_is_refused() {
        for body in ["[]", "{}", "7", r#"{"state":3}"#] {
            assert!(
                Description::read(&raw(body), "asked", &[]).is_err(),
                "{body}"
            );
        }
        for body in [
            "[]",
            "{}",
            r#"{"results":{}}"#,
            r#"{"results":[{"state":"STARTED"}]}"#,
            r#"{"results":[{"name":"a"}]}"#,
        ] {
            assert!(Page::read(&raw(body), &[]).is_err(), "{body}");
        }
    }

    #[test]
    fn a_page_says_whether_there_is_another() {
        let page = |links: &str| {
            let body =
                format!(r#"{{"results":[{{"name":"a","state":"STARTED"}}],"links":{links}}}"#);
            Page::read(&raw(&body), &[]).unwrap()
        };
        for (links, has_next) in [
            (r#"[{"rel":"self"},{"rel":"next","href":"x"}]"#, true),
            (r#"[{"rel":"previous"}]"#, false),
            ("[]", false),
            ("null", false),
            ("7", false),
        ] {
            let page = page(links);
            assert_eq!(page.has_next, has_next, "{links}");
            assert_eq!(page.results[0].processor.name, "a");
        }
    }
}
