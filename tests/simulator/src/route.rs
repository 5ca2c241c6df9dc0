//! From a method and a path to an operation and the names in it.

use http::Method;
use percent_encoding::percent_decode_str;

use crate::Operation;

const STREAMS: [&str; 4] = ["api", "atlas", "v2", "groups"];

/// Where a request leads.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Route {
    pub(crate) operation: Operation,
    pub(crate) group: Option<String>,
    pub(crate) tenant: Option<String>,
    pub(crate) processor: Option<String>,
    pub(crate) dead_end: Option<DeadEnd>,
}

/// Why a request leads nowhere.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum DeadEnd {
    /// No such path.
    UnknownPath,
    /// The path exists, but not with this method; it takes these.
    Method(&'static str),
    /// A segment is not UTF-8 once decoded.
    Encoding,
}

impl Route {
    /// Reads a path. Segments are split before they are decoded, once; a verb is what follows the last literal colon.
    pub(crate) fn of(method: &Method, path: &str) -> Self {
        let segments: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
        match segments.as_slice() {
            ["api", "oauth", "token"] => Self::to(Operation::Token).only(method, &Method::POST),
            ["api", "oauth", "revoke"] => Self::to(Operation::Revoke).only(method, &Method::POST),
            ["api", "atlas", "v2", "rateLimits"] => {
                Self::to(Operation::RateLimits).only(method, &Method::GET)
            }
            [a, b, c, d, group, "streams", rest @ ..] if [*a, *b, *c, *d] == STREAMS => {
                Self::streams(method, group, rest)
            }
            _ => Self::lost(DeadEnd::UnknownPath),
        }
    }

    fn streams(method: &Method, group: &str, rest: &[&str]) -> Self {
        let (route, tenant, processor) = match rest {
            [] => (
                Self::to(Operation::Workspace).only(method, &Method::GET),
                None,
                None,
            ),
            [tenant] if !tenant.contains(':') => (
                Self::to(Operation::Workspace).only(method, &Method::GET),
                Some(*tenant),
                None,
            ),
            [tenant, "processors"] => (
                Self::to(Operation::List).only(method, &Method::GET),
                Some(*tenant),
                None,
            ),
            [tenant, "processor"] => (
                Self::to(Operation::Create).only(method, &Method::POST),
                Some(*tenant),
                None,
            ),
            [tenant, "processor", last] if !last.is_empty() => {
                let (route, name) = Self::of_processor(method, last);
                (route, Some(*tenant), Some(name))
            }
            _ => (Self::lost(DeadEnd::UnknownPath), None, None),
        };
        let decode = |text: &str| percent_decode_str(text).decode_utf8().map(String::from);
        match (
            decode(group),
            tenant.map(decode).transpose(),
            processor.map(decode).transpose(),
        ) {
            (Ok(group), Ok(tenant), Ok(processor)) => Self {
                group: Some(group),
                tenant,
                processor,
                ..route
            },
            _ => Self::lost(DeadEnd::Encoding),
        }
    }

    fn of_processor<'a>(method: &Method, last: &'a str) -> (Self, &'a str) {
        if let Some((name, verb)) = last.rsplit_once(':') {
            let operation = match verb {
                "start" => Some(Operation::Start),
                "startWith" => Some(Operation::StartWith),
                "stop" => Some(Operation::Stop),
                _ => None,
            };
            if let Some(operation) = operation.filter(|_| !name.is_empty()) {
                return (Self::to(operation).only(method, &Method::POST), name);
            }
        }
        let route = match *method {
            Method::GET => Self::to(Operation::Get),
            Method::PATCH => Self::to(Operation::Modify),
            Method::DELETE => Self::to(Operation::Delete),
            _ => Self::lost(DeadEnd::Method("DELETE, GET, PATCH")),
        };
        (route, last)
    }

    fn to(operation: Operation) -> Self {
        Self {
            operation,
            group: None,
            tenant: None,
            processor: None,
            dead_end: None,
        }
    }

    fn lost(dead_end: DeadEnd) -> Self {
        Self {
            dead_end: Some(dead_end),
            ..Self::to(Operation::Other)
        }
    }

    fn only(self, method: &Method, allowed: &Method) -> Self {
        if method == allowed {
            self
        } else {
            Self::lost(DeadEnd::Method(if allowed == Method::GET {
                "GET"
            } else {
                "POST"
            }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_operations() {
        for (method, path, operation, processor) in [
            (
                Method::POST,
                "processor/orders:start",
                Operation::Start,
                Some("orders"),
            ),
            (
                Method::POST,
                "processor/orders:startWith",
                Operation::StartWith,
                Some("orders"),
            ),
            (
                Method::POST,
                "processor/orders:stop",
                Operation::Stop,
                Some("orders"),
            ),
            (
                Method::POST,
                "processor/a:b:start",
                Operation::Start,
                Some("a:b"),
            ),
            (
                Method::POST,
                "processor/a%3Astart:start",
                Operation::Start,
                Some("a:start"),
            ),
            (
                Method::POST,
                "processor/a%252Fb%2Fc:stop",
                Operation::Stop,
                Some("a%2Fb/c"),
            ),
            (Method::GET, "processor/a:b", Operation::Get, Some("a:b")),
            (
                Method::GET,
                "processor/a%3Astart",
                Operation::Get,
                Some("a:start"),
            ),
            (
                Method::GET,
                "processor/orders:start",
                Operation::Other,
                Some("orders"),
            ),
            (
                Method::POST,
                "processor/orders:frobnicate",
                Operation::Other,
                Some("orders:frobnicate"),
            ),
            (Method::POST, "processor", Operation::Create, None),
            (Method::GET, "processors", Operation::List, None),
            (
                Method::PUT,
                "processor/orders",
                Operation::Other,
                Some("orders"),
            ),
            (Method::GET, "processor/%FF", Operation::Other, None),
            (Method::GET, "elsewhere", Operation::Other, None),
        ] {
            let route = Route::of(&method, &format!("/api/atlas/v2/groups/g/streams/t/{path}"));
            assert_eq!(
                (route.operation, route.processor.as_deref()),
                (operation, processor),
                "{method} {path}"
            );
        }
    }

    #[test]
    fn a_method_that_a_path_does_not_take_is_told_from_an_unknown_path() {
        let start = "/api/atlas/v2/groups/g/streams/t/processor/orders:start";
        assert_eq!(
            Route::of(&Method::GET, start).dead_end,
            Some(DeadEnd::Method("POST"))
        );
        assert_eq!(
            Route::of(&Method::GET, "/nowhere").dead_end,
            Some(DeadEnd::UnknownPath)
        );
    }
}
