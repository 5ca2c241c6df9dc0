//! Which processor is meant, and the URLs of its operations.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::options::Flags;

/// The three names that lead to a stream processor, in the API's own words.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProcessorPath {
    /// The group: today's word is project.
    pub group_id: String,
    /// The tenant: a stream instance, today called workspace.
    pub tenant_name: String,
    /// The processor.
    pub processor_name: String,
}

/// The two names that lead to the stream processors of a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WorkspacePath {
    /// The group: today's word is project.
    pub group_id: String,
    /// The tenant: a stream instance, today called workspace.
    pub tenant_name: String,
}

/// Everything but the unreserved characters of RFC 3986 §2.3. The colon too: in a name it must not look like the verb of an operation.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What is done with a processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Get,
    List,
    Start,
    StartWith,
    Stop,
}

impl Operation {
    fn suffix(self) -> &'static str {
        match self {
            Self::Get | Self::List => "",
            Self::Start => ":start",
            Self::StartWith => ":startWith",
            Self::Stop => ":stop",
        }
    }
}

/// A URL that can't be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum UrlError {
    #[error("the {what} {name:?} can not be part of a URL")]
    Name { what: &'static str, name: String },
    #[error("the base URL can not be used")]
    Base,
}

impl ProcessorPath {
    /// The URL of an operation below the base URL; the flags are for the operations that have them.
    ///
    /// # Errors
    /// A name that is empty, `.` or `..` can't be sent: URL normalisation drops it, encoded or not, and another resource would be meant.
    pub(super) fn url(
        &self,
        base: &Url,
        operation: Operation,
        flags: Flags,
    ) -> Result<Url, UrlError> {
        let [group, tenant, processor] = [
            ("group_id", &self.group_id),
            ("tenant_name", &self.tenant_name),
            ("processor_name", &self.processor_name),
        ]
        .map(|(what, name)| segment(what, name));
        let mut url = endpoint(
            base,
            &format!(
                "/api/atlas/v2/groups/{}/streams/{}/processor/{}{}",
                group?,
                tenant?,
                processor?,
                operation.suffix()
            ),
        )?;
        for (name, flag) in [("envelope", flags.envelope), ("pretty", flags.pretty)] {
            if let Some(flag) = flag {
                url.query_pairs_mut()
                    .append_pair(name, if flag { "true" } else { "false" });
            }
        }
        Ok(url)
    }
}

impl WorkspacePath {
    /// The URL of a page of its processors, counted from 1, with so many of them.
    ///
    /// # Errors
    /// As with a processor's.
    pub(super) fn url(&self, base: &Url, page: usize, size: usize) -> Result<Url, UrlError> {
        let group = segment("group_id", &self.group_id)?;
        let tenant = segment("tenant_name", &self.tenant_name)?;
        let path = format!("/api/atlas/v2/groups/{group}/streams/{tenant}/processors");
        let mut url = endpoint(base, &path)?;
        url.query_pairs_mut()
            .append_pair("itemsPerPage", &size.to_string())
            .append_pair("pageNum", &page.to_string());
        Ok(url)
    }
}

/// A URL below the base URL, whose path is kept as a prefix; user, query and fragment of the base are not.
pub(super) fn endpoint(base: &Url, path: &str) -> Result<Url, UrlError> {
    let mut url = base.clone();
    let path = format!("{}{path}", base.path().trim_end_matches('/'));
    url.set_path(&path);
    url.set_query(None);
    url.set_fragment(None);
    // Credentials in the base URL would end up in messages, and would compete with the real ones.
    let clean = url.set_username("").is_ok() && url.set_password(None).is_ok();
    // Nothing may have been normalised away.
    if clean && url.path() == path {
        Ok(url)
    } else {
        Err(UrlError::Base)
    }
}

fn segment(what: &'static str, name: &str) -> Result<String, UrlError> {
    match name {
        "" | "." | ".." => Err(UrlError::Name {
            what,
            name: name.to_owned(),
        }),
        _ => Ok(utf8_percent_encode(name, SEGMENT).to_string()),
    }
}

/// A URL as it may be shown: without user, query and fragment.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // These fail only for URLs that can't have a user at all.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(processor: &str) -> ProcessorPath {
        ProcessorPath {
            group_id: "0123456789abcdef01234567".to_owned(),
            tenant_name: "workspace-1".to_owned(),
            processor_name: processor.to_owned(),
        }
    }

    #[test]
    fn every_operation_has_its_url() {
        let both = Flags {
            envelope: Some(true),
            pretty: Some(false),
        };
        let stem = "https://cloud.mongodb.com/api/atlas/v2/groups/0123456789abcdef01234567/streams/workspace-1/processor/";
        let cases = [
            (
                "https://cloud.mongodb.com",
                "orders",
                Operation::Get,
                Flags::default(),
                format!("{stem}orders"),
            ),
            (
                "https://cloud.mongodb.com/",
                "orders",
                Operation::Start,
                Flags::default(),
                format!("{stem}orders:start"),
            ),
            (
                "https://u:p@cloud.mongodb.com/?a=b#c",
                "orders",
                Operation::Start,
                both,
                format!("{stem}orders:start?envelope=true&pretty=false"),
            ),
            (
                "https://cloud.mongodb.com",
                "a.b-c_d~e",
                Operation::StartWith,
                Flags::default(),
                format!("{stem}a.b-c_d~e:startWith"),
            ),
            (
                "https://cloud.mongodb.com",
                "a:start",
                Operation::Stop,
                Flags::default(),
                format!("{stem}a%3Astart:stop"),
            ),
            (
                "https://cloud.mongodb.com",
                "ä /?#%@",
                Operation::Get,
                Flags::default(),
                format!("{stem}%C3%A4%20%2F%3F%23%25%40"),
            ),
            (
                "https://cloud.mongodb.com",
                "%2e%2e",
                Operation::Get,
                Flags::default(),
                format!("{stem}%252e%252e"),
            ),
            (
                "https://cloud.mongodb.com",
                "...",
                Operation::Get,
                Flags::default(),
                format!("{stem}..."),
            ),
        ];
        for (base, name, operation, flags, expected) in cases {
            assert_eq!(
                path(name)
                    .url(&Url::parse(base).unwrap(), operation, flags)
                    .unwrap()
                    .as_str(),
                expected
            );
        }
        let below = path("p")
            .url(
                &Url::parse("http://127.0.0.1:8080/proxy/").unwrap(),
                Operation::Get,
                Flags::default(),
            )
            .unwrap();
        assert!(
            below
                .as_str()
                .starts_with("http://127.0.0.1:8080/proxy/api/atlas/v2/groups/"),
            "{below}"
        );
    }

    #[test]
    fn names_that_urls_can_not_hold_are_refused() {
        let base = Url::parse("https://cloud.mongodb.com").unwrap();
        for name in ["", ".", ".."] {
            let error = path(name)
                .url(&base, Operation::Start, Flags::default())
                .unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("the processor_name {name:?} can not be part of a URL")
            );
        }
        assert_eq!(
            path("p").url(
                &Url::parse("data:text").unwrap(),
                Operation::Get,
                Flags::default()
            ),
            Err(UrlError::Base)
        );
    }

    #[test]
    fn what_is_shown_of_a_url_holds_no_secret() {
        assert_eq!(
            shown(&Url::parse("https://user:hidden@host/p?token=hidden#hidden").unwrap()),
            "https://host/p"
        );
    }
}
