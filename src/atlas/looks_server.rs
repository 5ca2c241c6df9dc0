//! A server in memory, for the tests of looks that share, whose states tell when they were asked for.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use tokio::{task::JoinSet, time::Instant};

use super::{
    Client, HttpRequest,
    path::ProcessorPath,
    testing::{Script, Step, answer, client as client_of, context, path, settings},
};

const MINUTE: Duration = Duration::from_secs(60);

/// A client that asks it.
pub(super) fn client(script: &Arc<Script>) -> Arc<Client> {
    Arc::new(client_of(settings(), script))
}

/// An Atlas that answers after a while, and where everything is in a state that tells when it was asked.
pub(super) struct Atlas {
    began: Instant,
    processors: usize,
    takes: Duration,
}

impl Atlas {
    pub(super) fn with(processors: usize) -> Self {
        Self {
            began: Instant::now(),
            processors,
            takes: Duration::from_millis(100),
        }
    }

    /// A state's name is the moment at which it was.
    fn now(&self) -> String {
        self.began.elapsed().as_millis().to_string()
    }

    pub(super) fn one(&self, name: &str) -> Step {
        self.late(answer(200, &[], json!({"name": name, "state": self.now()})))
    }

    pub(super) fn page(&self, request: &HttpRequest) -> Step {
        let asked = |name: &str| {
            let mut pairs = request.url.query_pairs();
            let value = pairs.find(|(key, _)| key == name).unwrap().1;
            value.parse::<usize>().unwrap()
        };
        let (number, size) = (asked("pageNum"), asked("itemsPerPage"));
        let names = (0..self.processors).map(name);
        let results: Vec<_> = names
            .skip((number - 1) * size)
            .take(size)
            .map(|name| json!({"name": name, "state": self.now(), "pipeline": [{}]}))
            .collect();
        let body = json!({"results": results, "totalCount": self.processors});
        self.late(answer(200, &[], body))
    }

    fn late(&self, mut step: Step) -> Step {
        step.takes = self.takes;
        step
    }
}

pub(super) fn name(number: usize) -> String {
    format!("p{number}")
}

pub(super) fn path_of(name: &str) -> ProcessorPath {
    ProcessorPath {
        processor_name: name.to_owned(),
        ..path()
    }
}

pub(super) fn is_list(request: &HttpRequest) -> bool {
    request.url.path().ends_with("/processors")
}

pub(super) fn name_in(request: &HttpRequest) -> String {
    let mut segments = request.url.path_segments().unwrap();
    segments.next_back().unwrap().to_owned()
}

/// An Atlas whose lists are as `list` says, and in which every GET finds what it asks for.
pub(super) fn script(
    atlas: Atlas,
    list: impl Fn(&Atlas, &HttpRequest) -> Step + Send + Sync + 'static,
) -> Arc<Script> {
    Script::by(move |request| match is_list(request) {
        true => list(&atlas, request),
        false => atlas.one(&name_in(request)),
    })
}

/// Looks at all of them at once, and tells their states.
pub(super) async fn look_at_all(
    client: &Arc<Client>,
    names: impl IntoIterator<Item = String>,
) -> Vec<String> {
    let mut looks = JoinSet::new();
    for name in names {
        let client = client.clone();
        looks.spawn(async move {
            let found = client.processor(&path_of(&name), &context(MINUTE)).await;
            found.unwrap().state
        });
    }
    looks.join_all().await
}

pub(super) fn requests(script: &Script) -> (usize, usize) {
    let asked = script.asked();
    let lists = asked.iter().filter(|request| is_list(request)).count();
    (asked.len() - lists, lists)
}
