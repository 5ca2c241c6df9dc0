//! One request, read once.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderMap, Method, Request};

use crate::route::Route;

/// A request with its path and query understood.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Whom the target names besides the path: so it comes by HTTP/2, or where the client believes this to be a proxy.
    pub(crate) authority: Option<String>,
    pub(crate) path: String,
    pub(crate) raw_query: Option<String>,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) route: Route,
}

impl Call {
    pub(crate) fn read(request: Request<Bytes>) -> Self {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path().to_owned();
        let raw_query = parts.uri.query().map(str::to_owned);
        let query = raw_query.as_deref().map(|query| {
            form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect()
        });
        Self {
            route: Route::of(&parts.method, &path),
            method: parts.method,
            authority: parts.uri.authority().map(ToString::to_string),
            path,
            raw_query,
            query: query.unwrap_or_default(),
            headers: parts.headers,
            body,
        }
    }

    /// The request target as it was sent: path and query.
    pub(crate) fn target(&self) -> String {
        match &self.raw_query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }

    /// Whether a query flag is `true`.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.query.get(name).is_some_and(|value| value == "true")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The path's names, empty where the path has none.
    pub(crate) fn group(&self) -> &str {
        self.route.group.as_deref().unwrap_or_default()
    }

    pub(crate) fn tenant(&self) -> &str {
        self.route.tenant.as_deref().unwrap_or_default()
    }

    pub(crate) fn processor(&self) -> &str {
        self.route.processor.as_deref().unwrap_or_default()
    }
}
