//! The one classification of failures: what does this answer mean for a start that must never be sent blindly twice?

use super::error::Kind;

/// What a failed call means for what is done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was processed (429, nothing sent): wait, then the request may go again.
    Wait {
        /// Whether a rate limit is the reason.
        rate_limited: bool,
    },
    /// It may or may not have been processed (500, 502, 503, a lost answer), or a known passing 400: look, then it may be repeated.
    Look,
    /// Atlas may still be at it (504, timed out): look for a while before it is repeated.
    LookLong,
    /// The processor is in another state than the request wants (409): look which.
    Conflict,
    /// A 400 that names no passing reason: fine if the processor turns out to be STARTED, else final.
    LookOnce,
    /// Repeating would not help.
    Final,
}

/// What the classification goes by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts<'a> {
    pub(super) kind: Kind,
    pub(super) status: Option<u16>,
    pub(super) error_code: Option<&'a str>,
    /// The first of the parameters: for a generic error the processor's name.
    pub(super) subject: Option<&'a str>,
    pub(super) message: Option<&'a str>,
    /// Whether the answer's body broke off, with the code and the message in it.
    pub(super) broken_off: bool,
    /// It was a look, which changes nothing and may be repeated.
    pub(super) reads: bool,
    /// Whether the failed request may have had its effect all the same.
    pub(super) may_have_been_processed: bool,
}

/// Reasons inside a `STREAM_PROCESSOR_GENERIC_ERROR` that pass by themselves; all parts of a line must occur. Seen in real answers.
const PASSING: &[&[&str]] = &[
    &["being provisioned"],
    &["error getting project", "[500/"],
    &["upstream connect error"],
    &["failed to acquire resources"],
    &["stream processor does not exist"],
];

pub(super) fn verdict(facts: &Facts<'_>) -> Verdict {
    match facts.kind {
        Kind::Api => api_verdict(facts),
        Kind::NotSent => Verdict::Wait {
            rate_limited: false,
        },
        Kind::TimedOut if facts.may_have_been_processed => Verdict::LookLong,
        Kind::Lost if facts.may_have_been_processed => Verdict::Look,
        // The connection was never made, or what was lost carried no credentials yet.
        Kind::TimedOut | Kind::Lost => Verdict::Wait {
            rate_limited: false,
        },
        Kind::BadAnswer => Verdict::Look,
        Kind::NoCaCertificates
        | Kind::ProxyUnauthorized
        | Kind::UntrustedCertificate
        | Kind::Cancelled
        | Kind::DeadlinePassed
        | Kind::RateLimited
        | Kind::NoCredentials
        | Kind::Token
        | Kind::BadRequest => Verdict::Final,
    }
}

fn api_verdict(facts: &Facts<'_>) -> Verdict {
    let code_got_lost = facts.broken_off && facts.error_code.is_none();
    match facts.status.unwrap_or_default() {
        // What it says may be read in full the next time.
        400 | 404 if code_got_lost && facts.reads => Verdict::Look,
        400 if facts.error_code == Some("STREAM_PROCESSOR_GENERIC_ERROR") => {
            if passes_by_itself(facts) {
                Verdict::Look
            } else {
                Verdict::LookOnce
            }
        }
        // Its code got lost, and may have been that.
        400 if code_got_lost => Verdict::LookOnce,
        408 | 425 => Verdict::Look,
        409 => Verdict::Conflict,
        429 => Verdict::Wait { rate_limited: true },
        // Not implemented, and HTTP versions: no other answer will come.
        501 | 505 => Verdict::Final,
        // 524 is a proxy's word for the same: the server was reached and did not answer in time.
        504 | 524 => Verdict::LookLong,
        500..=599 => Verdict::Look,
        _ => Verdict::Final,
    }
}

fn passes_by_itself(facts: &Facts<'_>) -> bool {
    let Some(message) = facts.message.map(str::to_lowercase) else {
        return false;
    };
    let processor_missing = facts
        .subject
        .is_some_and(|name| message.contains(&format!("does not exist: {}", name.to_lowercase())));
    processor_missing
        || PASSING
            .iter()
            .any(|parts| parts.iter().all(|part| message.contains(part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const API: Facts<'static> = Facts {
        kind: Kind::Api,
        status: None,
        error_code: None,
        subject: None,
        message: None,
        broken_off: false,
        reads: false,
        may_have_been_processed: false,
    };
    const GENERIC: Option<&str> = Some("STREAM_PROCESSOR_GENERIC_ERROR");

    #[test]
    fn every_status_has_its_verdict() {
        let cases = [
            (301, None, Verdict::Final),
            (307, None, Verdict::Final),
            (400, None, Verdict::Final),
            (400, Some("VALIDATION_ERROR"), Verdict::Final),
            (400, GENERIC, Verdict::LookOnce),
            (401, None, Verdict::Final),
            (401, Some("USER_UNAUTHORIZED"), Verdict::Final),
            (402, Some("NO_PAYMENT_INFORMATION_FOUND"), Verdict::Final),
            (403, Some("IP_ADDRESS_NOT_ON_ACCESS_LIST"), Verdict::Final),
            (
                404,
                Some("STREAM_TENANT_NOT_FOUND_FOR_NAME"),
                Verdict::Final,
            ),
            (404, None, Verdict::Final),
            (405, None, Verdict::Final),
            (406, Some("INVALID_VERSION_DATE"), Verdict::Final),
            (408, None, Verdict::Look),
            (409, None, Verdict::Conflict),
            (
                409,
                Some("STREAM_KAFKA_CONNECTION_IS_DEPLOYING"),
                Verdict::Conflict,
            ),
            (410, Some("VERSION_GONE"), Verdict::Final),
            (411, None, Verdict::Final),
            (425, None, Verdict::Look),
            (
                429,
                Some("RATE_LIMITED"),
                Verdict::Wait { rate_limited: true },
            ),
            (
                429,
                Some("RATE_LIMITED_TOKEN_BUCKET"),
                Verdict::Wait { rate_limited: true },
            ),
            (429, None, Verdict::Wait { rate_limited: true }),
            (500, Some("UNEXPECTED_ERROR"), Verdict::Look),
            (501, None, Verdict::Final),
            (502, None, Verdict::Look),
            (503, Some("SERVICE_UNAVAILABLE"), Verdict::Look),
            (503, None, Verdict::Look),
            (504, Some("STREAM_PROCESSOR_TIMEOUT"), Verdict::LookLong),
            (504, None, Verdict::LookLong),
            (505, None, Verdict::Final),
            (520, None, Verdict::Look),
            (524, None, Verdict::LookLong),
            (599, None, Verdict::Look),
        ];
        for (status, error_code, expected) in cases {
            assert_eq!(
                verdict(&Facts {
                    status: Some(status),
                    error_code,
                    ..API
                }),
                expected,
                "{status} {error_code:?}"
            );
        }
    }

    #[test]
    fn a_400_whose_code_got_lost_is_looked_at_once() {
        for (status, error_code, expected) in [
            (400, None, Verdict::LookOnce),
            (400, Some("VALIDATION_ERROR"), Verdict::Final),
            (403, None, Verdict::Final),
        ] {
            let facts = Facts {
                status: Some(status),
                error_code,
                broken_off: true,
                ..API
            };
            assert_eq!(verdict(&facts), expected, "{status} {error_code:?}");
        }
    }

    #[test]
    fn a_generic_error_is_judged_by_what_it_says() {
        let cases = [
            ("Stream processor does not exist: orders", Verdict::Look),
            ("it does not exist: orders", Verdict::Look),
            (
                "error getting project '0123' [500/UNEXPECTED_ERROR]: Unexpected error.",
                Verdict::Look,
            ),
            (
                "error getting project '0123' [404/GROUP_NOT_FOUND]: no",
                Verdict::LookOnce,
            ),
            ("The processor is Being Provisioned", Verdict::Look),
            (
                "upstream connect error or disconnect/reset before headers.",
                Verdict::Look,
            ),
            (
                "failed to acquire resources for stream processor validation: global resource manager returned no resources",
                Verdict::Look,
            ),
            (
                "connection named kafka does not exist. Check sp.listConnections()",
                Verdict::LookOnce,
            ),
            ("commandName does not exist in context", Verdict::LookOnce),
            (
                "Operator parallelism requested exceeds limit for this tier. (Requested: 4, Limit: 1).",
                Verdict::LookOnce,
            ),
            ("SASL authentication error", Verdict::LookOnce),
            (
                "stream processor has already been started",
                Verdict::LookOnce,
            ),
            ("RBAC: access denied", Verdict::LookOnce),
        ];
        for (message, expected) in cases {
            let facts = Facts {
                status: Some(400),
                error_code: GENERIC,
                subject: Some("orders"),
                message: Some(message),
                ..API
            };
            assert_eq!(verdict(&facts), expected, "{message}");
        }
    }

    #[test]
    fn a_failure_without_an_answer_is_judged_by_what_atlas_may_have_seen() {
        let cases = [
            (
                Kind::NotSent,
                false,
                Verdict::Wait {
                    rate_limited: false,
                },
            ),
            (Kind::NoCaCertificates, false, Verdict::Final),
            (Kind::ProxyUnauthorized, false, Verdict::Final),
            (Kind::UntrustedCertificate, false, Verdict::Final),
            (Kind::Lost, true, Verdict::Look),
            (
                Kind::Lost,
                false,
                Verdict::Wait {
                    rate_limited: false,
                },
            ),
            (Kind::TimedOut, true, Verdict::LookLong),
            (
                Kind::TimedOut,
                false,
                Verdict::Wait {
                    rate_limited: false,
                },
            ),
            (Kind::Cancelled, true, Verdict::Final),
            (Kind::Cancelled, false, Verdict::Final),
            (Kind::DeadlinePassed, false, Verdict::Final),
            (Kind::RateLimited, false, Verdict::Final),
            (Kind::NoCredentials, false, Verdict::Final),
            (Kind::Token, false, Verdict::Final),
            (Kind::BadAnswer, true, Verdict::Look),
            (Kind::BadRequest, false, Verdict::Final),
        ];
        for (kind, may_have_been_processed, expected) in cases {
            assert_eq!(
                verdict(&Facts {
                    kind,
                    may_have_been_processed,
                    ..API
                }),
                expected,
                "{kind:?} {may_have_been_processed}"
            );
        }
    }
}
