//! The page by which the simulator is watched and switched by eye, and the one request with which it keeps up.

use std::time::{Duration, UNIX_EPOCH};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::{
    Fault, Operation, Recorded, Simulator, answer::raw, fault::Waiting, ready, world::World,
};

/// All of it is in this file: it needs no network, and nothing else is allowed to it.
const PAGE: &str = include_str!("by_eye.html");

/// No more exchanges than this are shown, and sent at once.
const MOST: usize = 500;

/// The page. Its own script and style are named by what they are, so that nothing else would run even if it got in.
pub(crate) fn page() -> Response<Bytes> {
    let policy = format!(
        "default-src 'none'; script-src {}; style-src {}; img-src data:; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
        source(between("<script>", "</script>")),
        source(between("<style>", "</style>")),
    );
    let headers = [
        ("content-security-policy", policy.as_str()),
        ("cache-control", "no-store"),
        ("referrer-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
    ];
    raw(
        StatusCode::OK,
        "text/html; charset=utf-8",
        Bytes::from_static(PAGE.as_bytes()),
        &headers.map(|(name, value)| (name.to_owned(), value.to_owned())),
    )
}

fn between(start: &str, end: &str) -> &'static str {
    let rest = PAGE.split_once(start).map_or("", |(_, rest)| rest);
    rest.split_once(end).map_or("", |(inside, _)| inside)
}

fn source(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

/// What there is now: the processors, the faults that wait, and what changed in the record after so many changes of it.
pub(crate) fn all(simulator: &Simulator, since: u64) -> Value {
    let mut world = simulator.world();
    let began = world.began.1.duration_since(UNIX_EPOCH).unwrap_or_default();
    let fresh = world.record.iter().filter(|entry| entry.changed > since);
    let record: Vec<Value> = fresh.rev().take(MOST).map(exchange).collect();
    json!({
        // Another simulator on the same port began at another time.
        "began_ms": millis(began),
        "changes": world.changes,
        // Older ones have been forgotten.
        "first": world.record.first().map_or(world.requests, |entry| entry.sequence),
        "most": MOST,
        "record": record,
        "faults": world.faults.waiting().iter().map(fault).collect::<Vec<_>>(),
        "processors": processors(&mut world),
    })
}

/// All processors, as the control API lists them.
pub(crate) fn processors(world: &mut World) -> Value {
    let (now, began) = (Instant::now(), world.began.0);
    let mut list = Vec::new();
    for (group, projects) in &mut world.groups {
        for (tenant, workspace) in &mut projects.workspaces {
            for (name, processor) in &mut workspace.processors {
                let since = processor.entered(now).duration_since(began);
                list.push(json!({
                    "group": group, "tenant": tenant, "name": name, "id": processor.id, "tier": processor.tier,
                    "state": processor.state(now), "starts": processor.starts, "since_ms": millis(since),
                    "ahead": processor.ahead().collect::<Vec<_>>(), "read_as": processor.stale(now),
                }));
            }
        }
    }
    Value::Array(list)
}

fn fault(Waiting { number, fault }: &Waiting) -> Value {
    json!({
        "number": number, "operation": fault.operation, "processor": fault.processor, "skip": fault.skip,
        "times": (fault.times != Fault::ALWAYS).then_some(fault.times), "on_challenge": fault.on_challenge,
        "effect": ready::fold(&fault.effect, fault.processor.as_deref()),
    })
}

/// An exchange without its headers, in which the credentials are; what is sent for a token is one too.
fn exchange(entry: &Recorded) -> Value {
    let is_secret = matches!(entry.operation, Operation::Token | Operation::Revoke);
    let body = String::from_utf8_lossy(if is_secret { b"" } else { &entry.body });
    let faults = entry.faults.iter();
    let faults = faults.map(|effect| ready::fold(effect, entry.processor.as_deref()));
    json!({
        "sequence": entry.sequence, "at_ms": millis(entry.at), "operation": entry.operation,
        "method": entry.method.as_str(), "path": entry.path, "query": entry.query, "body": body,
        "status": entry.status, "state_before": entry.state_before, "state_after": entry.state_after,
        "faults": faults.collect::<Vec<_>>(), "agent": entry.header("user-agent"), "credential": credential(entry),
    })
}

/// With what kind of credential it was asked. Nothing of the header itself: who forgets the scheme sends the secret first.
fn credential(entry: &Recorded) -> Option<&'static str> {
    let sent = entry.header("authorization")?;
    let scheme = sent.split(' ').next().unwrap_or_default();
    ["Bearer", "Digest", "Basic"]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(scheme))
        .or(Some("unknown scheme"))
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
