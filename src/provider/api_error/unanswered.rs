//! Prose for failures without an answer of Atlas, or with one that cannot be understood.

use std::error::Error as _;
use std::time::Duration;

use url::Url;

use super::Subject;
use super::fill::quoted;
use crate::atlas::{Error, ExchangeError, HangingCaFiles, Kind, UnusableCaFile};
use crate::provider::config::duration;

/// What happened and what to do.
pub(super) fn prose(error: &Error, subject: &Subject) -> String {
    let (happened, advice) = match error.kind() {
        Kind::NotSent => not_sent(error),
        Kind::ProxyUnauthorized => proxy_unauthorized(error),
        Kind::UntrustedCertificate => untrusted(error),
        Kind::NoCaCertificates => no_ca_certificates(error),
        Kind::Lost => lost(error, subject),
        Kind::TimedOut => timed_out(error, subject),
        Kind::Cancelled => (
            format!("The run was interrupted.{}", in_doubt(error)),
            again(error, subject),
        ),
        Kind::DeadlinePassed => (
            format!("The time for this operation was over before the request could be sent.{}", because(error)),
            format!("Give it more time {}.", subject.more_time),
        ),
        Kind::RateLimited => (
            "Atlas limits the requests about this project, and asks to wait longer than there is time left for this operation. Nothing was sent.".to_owned(),
            format!(
                "Run the same again when that time is over. If it happens often, let fewer operations run at once (`-parallelism`), or give this one more time {}.",
                subject.more_time
            ),
        ),
        Kind::NoCredentials => no_credentials(subject),
        Kind::Token => token(error, subject),
        Kind::BadAnswer => bad_answer(error, subject),
        Kind::BadRequest => (
            format!("The request could not be built, and nothing was sent.{}", because(error)),
            format!(
                "Check `group_id` ({}), `tenant_name` ({}) and `processor_name` ({}), and `base_url` and the credentials in the provider block.",
                quoted(&subject.path.group_id),
                quoted(&subject.path.tenant_name),
                quoted(&subject.path.processor_name),
            ),
        ),
        // The kinds of the client may grow; its own words are better than none.
        _ => (error.to_string(), again(error, subject)),
    };
    format!("{happened}\n\n{advice}")
}

/// What to do when there is nothing to be changed.
fn again(error: &Error, subject: &Subject) -> String {
    if error.method() == "GET" || error.kind() == Kind::Token {
        "Run the same again.".to_owned()
    } else {
        format!(
            "Apply again: the provider looks at the processor first and {}.",
            subject.spares()
        )
    }
}

fn not_sent(error: &Error) -> (String, String) {
    if let Some(ExchangeError::NotSent { cause }) = exchange(error)
        && cause.is::<HangingCaFiles>()
    {
        return (
            format!(
                "It could not be found out in time whom to trust, and nothing was sent.{}",
                because(error)
            ),
            "Let `SSL_CERT_FILE` name a plain file of CA certificates in PEM that can be read at once, or unset it; and see whether the disk answers that it, or the system's certificates, are on.".to_owned(),
        );
    }
    (
        format!(
            "{} could not be reached, and nothing was sent.{}",
            host(error),
            because(error)
        ),
        format!("Check the network and the name's resolution, {CHECK_THE_WAY}"),
    )
}

/// The rest of an advice for a server that was not reached.
const CHECK_THE_WAY: &str = "`base_url` in the provider block, and the proxy (`HTTPS_PROXY`, `NO_PROXY`). If it passes by itself, raise `max_retries` in the provider block.";

fn proxy_unauthorized(error: &Error) -> (String, String) {
    (
        format!(
            "The proxy on the way to {} wants a user and a password, or does not accept those that it got. Nothing was sent.{}",
            host(error),
            because(error)
        ),
        "Put them into the proxy's URL in `HTTPS_PROXY`, such as http://user:password@proxy.example.com:3128, with percent-encoding for characters that mean something in a URL; or name the host of Atlas in `NO_PROXY` if it can be reached without the proxy.".to_owned(),
    )
}

fn no_ca_certificates(error: &Error) -> (String, String) {
    let advice = if ca_file_is_unusable(error) {
        "Let `SSL_CERT_FILE` name a file of CA certificates in PEM that the provider may read, or install your system's package of them (it is mostly called ca-certificates)."
    } else {
        "Install your system's package of CA certificates (it is mostly called ca-certificates), or name a file of them in PEM in the environment variable `SSL_CERT_FILE`."
    };
    (
        format!(
            "There are no CA certificates on this system, so that Atlas cannot be told from somebody else. Nothing was sent.{}",
            because(error)
        ),
        advice.to_owned(),
    )
}

fn untrusted(error: &Error) -> (String, String) {
    let advice = if ca_file_is_unusable(error) {
        "Let `SSL_CERT_FILE` name a file that the provider may read, and that holds the CA's certificate in PEM. If that does not help, check `base_url` in the provider block and the clock of this machine."
    } else {
        "If a proxy with a CA of its own stands between this machine and Atlas, name a file that holds that CA's certificate in PEM in the environment variable `SSL_CERT_FILE`. Otherwise check `base_url` in the provider block and the clock of this machine."
    };
    (
        format!(
            "The certificate of {} is not trusted, and nothing was sent.{}",
            host(error),
            because(error)
        ),
        advice.to_owned(),
    )
}

/// Whether `SSL_CERT_FILE` is set to what is no file of certificates; the cause names it then.
fn ca_file_is_unusable(error: &Error) -> bool {
    match exchange(error) {
        Some(
            ExchangeError::NoCaCertificates { cause }
            | ExchangeError::UntrustedCertificate { cause },
        ) => cause.is::<UnusableCaFile>(),
        _ => false,
    }
}

fn lost(error: &Error, subject: &Subject) -> (String, String) {
    (
        format!(
            "The connection to {} broke before its answer had arrived.{}{}",
            host(error),
            because(error),
            in_doubt(error),
        ),
        format!(
            "{} If it keeps breaking, look for a proxy or firewall that cuts connections after some seconds: Atlas may take 30 of them to answer.",
            again(error, subject)
        ),
    )
}

fn timed_out(error: &Error, subject: &Subject) -> (String, String) {
    let after = match exchange(error) {
        Some(ExchangeError::TimedOut { after, sent: false }) => {
            // What is less than usual was made less by one of these.
            let short = if *after < Duration::from_secs(10) {
                " A connection gets half of `request_timeout`, or of what is left of the operation's own timeout, and 10s at most."
            } else {
                ""
            };
            let after = duration::Display(*after);
            return (
                format!(
                    "No connection to {} could be made within {after}, and nothing was sent.",
                    host(error)
                ),
                format!(
                    "Something on the way may swallow what is sent. Check the network and its firewall, {CHECK_THE_WAY}{short}"
                ),
            );
        }
        // It had less than a request may take: so much was left of the operation's own time.
        Some(ExchangeError::TimedOut { after, .. }) if *after < subject.request_timeout => {
            return (
                format!(
                    "There was no answer of {} within {}, and then the time for this operation was over.{}",
                    host(error),
                    duration::Display(*after),
                    in_doubt(error)
                ),
                format!(
                    "{} If it happens again, give it more time {}; Atlas may take 30 seconds to answer one request.",
                    again(error, subject),
                    subject.more_time
                ),
            );
        }
        Some(ExchangeError::TimedOut { after, .. }) => {
            format!(" within {}", duration::Display(*after))
        }
        _ => String::new(),
    };
    (
        format!(
            "There was no answer of {}{after}.{}",
            host(error),
            in_doubt(error)
        ),
        format!(
            "{} If it happens again, raise `request_timeout` in the provider block; it should be well over the 30 seconds that Atlas may take to answer.",
            again(error, subject)
        ),
    )
}

fn no_credentials(subject: &Subject) -> (String, String) {
    let mut advice = "Set `client_id` and `client_secret` (a service account), `public_key` and `private_key` (an API key) or `access_token` in the provider block, or in the environment \
         `MONGODB_ATLAS_CLIENT_ID` and `MONGODB_ATLAS_CLIENT_SECRET`, `MONGODB_ATLAS_PUBLIC_API_KEY` and `MONGODB_ATLAS_PRIVATE_API_KEY`, or `MONGODB_ATLAS_ACCESS_TOKEN`."
        .to_owned();
    if subject.refreshing {
        advice.push_str(
            " To plan without them, and without a look at the processor, use `-refresh=false`.",
        );
    }
    let happened = "There are no Atlas credentials, neither in the provider block nor in the environment. Nothing was sent.";
    (happened.to_owned(), advice)
}

/// The token request got no answer; why, is in what the call failed of.
fn token(error: &Error, subject: &Subject) -> (String, String) {
    let (happened, advice) = match exchange(error) {
        Some(ExchangeError::NotSent { .. }) => not_sent(error),
        Some(ExchangeError::UntrustedCertificate { .. }) => untrusted(error),
        Some(ExchangeError::Lost { .. }) => lost(error, subject),
        Some(ExchangeError::TimedOut { .. }) => timed_out(error, subject),
        _ => bad_answer(error, subject),
    };
    let refresh = if subject.refreshing {
        ""
    } else {
        " about the processor"
    };
    let happened = format!(
        "There is no access token for the service account, so that nothing was sent{refresh}. {happened}"
    );
    (happened, advice)
}

fn bad_answer(error: &Error, subject: &Subject) -> (String, String) {
    let status = error
        .status()
        .map_or_else(String::new, |status| format!("HTTP {status}, "));
    let content_type = error.content_type().unwrap_or("no content type");
    let begins = error.excerpt().map_or_else(
        || match error.kind() {
            // It may hold a token after all, and so the client withholds it.
            Kind::Token => String::new(),
            _ => " It is empty.".to_owned(),
        },
        |excerpt| format!(" It begins: {excerpt}"),
    );
    (
        format!(
            "The answer cannot be understood ({status}{content_type}).{}{}{begins}",
            because(error),
            in_doubt(error),
        ),
        format!(
            "Check `base_url` in the provider block, and whether a proxy or a login page has answered in place of Atlas. {}",
            again(error, subject)
        ),
    )
}

/// What the request may have done all the same.
fn in_doubt(error: &Error) -> &'static str {
    if error.may_have_been_processed() {
        " Such a failure leaves open whether the request took effect."
    } else {
        ""
    }
}

/// The host that was asked.
fn host(error: &Error) -> String {
    let url = Url::parse(error.url()).ok();
    url.and_then(|url| Some(url.host_str()?.to_owned()))
        .unwrap_or_else(|| "Atlas".to_owned())
}

fn exchange(error: &Error) -> Option<&ExchangeError> {
    error.source()?.downcast_ref()
}

/// The causes below the failure, from the outermost in; one that only repeats another is left out.
pub(super) fn because(error: &Error) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut cause = match exchange(error) {
        // Its own words are in the prose already.
        Some(exchange) => exchange.source(),
        None => error.source(),
    };
    while let Some(this) = cause {
        let text = this.to_string();
        if !texts.iter().any(|known| known.contains(&text)) {
            texts.push(text);
        }
        cause = this.source();
    }
    if texts.is_empty() {
        String::new()
    } else {
        format!(" The cause: {}.", texts.join(": ").trim_end_matches('.'))
    }
}
