//! Log lines on standard error, as JSON that hosts sort into their own log.
//!
//! A host reads standard error line by line. It takes level, time and fields from a line that is the JSON of HashiCorp's
//! hclog; everything else it shows as it is.

use super::env::Environment;
use serde_json::{Map, Value, json};
use std::fmt::{self, Write as _};
use std::io::Write as _;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};

/// A host reads lines of up to 64 KiB; longer ones it tears apart.
const LONGEST_LINE: usize = 64 * 1024 - 1;

/// Characters of a message that are kept when its line is too long; escaped, each may take six bytes.
const LONGEST_MESSAGE: usize = 8 * 1024;

/// The crate's name, with which the targets of our own events begin.
const OURS: &str = "terraform_provider_atlas";

/// Sends the log to standard error from here on, unless no log is asked for.
pub(crate) fn start(environment: &Environment) {
    let level = level_of(environment);
    if level != LevelFilter::OFF {
        let subscriber = tracing_subscriber::registry().with(HclogLayer {
            level,
            write: to_stderr,
        });
        // Only a second call in one process can fail, and then there is a log already.
        let _ = tracing::subscriber::set_global_default(subscriber);
    }
}

/// The level that the environment asks for.
pub(crate) fn level_of(environment: &Environment) -> LevelFilter {
    level(environment.log_level().as_deref())
}

/// The level that a variable names. As in hosts, `JSON` means everything, and so does a word that is no level.
fn level(name: Option<&str>) -> LevelFilter {
    match name.map(str::to_ascii_uppercase).as_deref() {
        None | Some("OFF" | "NONE") => LevelFilter::OFF,
        Some("ERROR") => LevelFilter::ERROR,
        Some("WARN") => LevelFilter::WARN,
        Some("INFO") => LevelFilter::INFO,
        Some("DEBUG") => LevelFilter::DEBUG,
        Some(_) => LevelFilter::TRACE,
    }
}

fn to_stderr(line: &[u8]) {
    // With standard error closed there is nobody left to tell.
    let _ = std::io::stderr().lock().write_all(line);
}

struct HclogLayer<W> {
    level: LevelFilter,
    write: W,
}

impl<S: Subscriber, W: Fn(&[u8]) + 'static> Layer<S> for HclogLayer<W> {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        // Libraries see requests with their secrets. From them only what went wrong is of interest.
        let level = if is_ours(metadata.target()) {
            self.level
        } else {
            self.level.min(LevelFilter::WARN)
        };
        *metadata.level() <= level
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        (self.write)(&line(event));
    }
}

fn is_ours(target: &str) -> bool {
    target
        .strip_prefix(OURS)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// One event as one line.
fn line(event: &Event<'_>) -> Vec<u8> {
    let mut fields = Fields::default();
    event.record(&mut fields);
    let Fields {
        message,
        mut others,
    } = fields;
    let metadata = event.metadata();
    let target = metadata.target();
    let module = target
        .strip_prefix(OURS)
        .and_then(|rest| rest.strip_prefix("::"))
        .unwrap_or(target);
    others.insert("@level".to_owned(), level_name(*metadata.level()).into());
    others.insert("@module".to_owned(), module.replace("::", ".").into());
    // Exactly six digits: with any other number a host does not recognise the line.
    others.insert(
        "@timestamp".to_owned(),
        format!("{:.6}", jiff::Timestamp::now()).into(),
    );
    others.insert("@message".to_owned(), message.into());
    let line = to_line(&others);
    if line.len() <= LONGEST_LINE {
        line
    } else {
        to_line(&shortened(others))
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

fn to_line(fields: &Map<String, Value>) -> Vec<u8> {
    let mut line = json!(fields).to_string().into_bytes();
    line.push(b'\n');
    line
}

/// What is kept of an event that does not fit into a line: the beginning of its message, and that it was longer.
fn shortened(mut fields: Map<String, Value>) -> Map<String, Value> {
    fields.retain(|name, _| name.starts_with('@'));
    if let Some(Value::String(message)) = fields.get_mut("@message") {
        *message = message.chars().take(LONGEST_MESSAGE).collect();
    }
    fields.insert("truncated".to_owned(), true.into());
    fields
}

/// A text as it may be shown: a host unpacks the JSON and prints what is in it, line breaks and orders to the terminal included.
fn tame(text: &str) -> String {
    let tame = |c| match c {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
        // The direction of writing is no business of a log.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            char::REPLACEMENT_CHARACTER
        }
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(tame).collect()
}

/// The fields of an event; its message is one of them.
#[derive(Default)]
struct Fields {
    message: String,
    others: Map<String, Value>,
}

impl Fields {
    fn insert(&mut self, field: &Field, value: Value) {
        // The names with @ are the host's, which trusts their types.
        let name = field.name().trim_start_matches('@');
        self.others.insert(name.to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            // Writing to a string does not fail; a value's own Debug might, and then has said all it can.
            let _ = write!(self.message, "{value:?}");
            self.message = tame(&self.message);
        } else {
            let mut text = String::new();
            let _ = write!(text, "{value:?}");
            self.insert(field, tame(&text).into());
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.message = tame(value);
        } else {
            self.insert(field, tame(value).into());
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value.into());
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    /// The lines that `events` logs at `level`.
    pub(in super::super) fn lines(level: LevelFilter, events: impl FnOnce()) -> Vec<Value> {
        let written = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&written);
        let write = move |line: &[u8]| sink.lock().unwrap().extend_from_slice(line);
        let subscriber = tracing_subscriber::registry().with(HclogLayer { level, write });
        tracing::subscriber::with_default(subscriber, events);
        let text = String::from_utf8(written.lock().unwrap().clone()).unwrap();
        text.lines()
            .inspect(|line| assert!(line.len() <= LONGEST_LINE))
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn a_line_is_what_hosts_parse() {
        let lines = lines(LevelFilter::INFO, || {
            tracing::warn!(target: "terraform_provider_atlas::atlas::client", attempt = 2, name = "orders", "again");
        });
        let line = &lines[0];
        assert_eq!(line["@level"], "warn");
        assert_eq!(line["@message"], "again");
        assert_eq!(line["@module"], "atlas.client");
        assert_eq!(
            (&line["attempt"], &line["name"]),
            (&json!(2), &json!("orders"))
        );
        let time = line["@timestamp"].as_str().unwrap();
        assert_eq!(
            (time.len(), time.rfind('.'), time.ends_with('Z')),
            (27, Some(19), true),
            "{time}"
        );
    }

    #[test]
    fn fields_cannot_pose_as_the_hosts_own() {
        let lines = lines(
            LevelFilter::INFO,
            || tracing::info!({ "@level" = 7, message = 5 }),
        );
        assert_eq!(
            (&lines[0]["@level"], &lines[0]["level"]),
            (&json!("info"), &json!(7))
        );
        assert!(lines[0]["@message"].is_string());
    }

    #[test]
    fn libraries_are_heard_only_when_something_is_wrong() {
        let lines = lines(LevelFilter::TRACE, || {
            tracing::trace!(target: "h2::codec", "authorization: Bearer x");
            tracing::info!(target: "terraform_provider_atlas_else", "no");
            tracing::warn!(target: "h2::codec", "odd");
            tracing::trace!(target: "terraform_provider_atlas::plugin", "fine");
        });
        let messages: Vec<_> = lines
            .iter()
            .map(|line| line["@message"].as_str().unwrap())
            .collect();
        assert_eq!(messages, ["odd", "fine"]);
    }

    #[test]
    fn a_line_too_long_is_shortened() {
        let lines = lines(LevelFilter::INFO, || {
            tracing::info!("{}", "\u{1}".repeat(100_000));
            tracing::info!(body = "x".repeat(70_000), "an answer");
        });
        assert_eq!(
            lines[0]["@message"].as_str().unwrap().chars().count(),
            LONGEST_MESSAGE
        );
        assert_eq!(
            (&lines[1]["@message"], &lines[1]["truncated"]),
            (&json!("an answer"), &json!(true))
        );
        assert_eq!(lines[1].get("body"), None);
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_in_what_the_host_unpacks() {
        let orders = "a\u{1b}[2J\u{9b}31m\r\n\u{7f}\u{61c}\u{202e}\u{2028}b";
        let shown = "a\u{fffd}[2J\u{fffd}31m  \u{fffd}\u{fffd}\u{fffd} b";
        let lines = lines(LevelFilter::INFO, || {
            tracing::info!(text = orders, shown = %orders, "{orders}");
        });
        for field in ["@message", "text", "shown"] {
            assert_eq!(lines[0][field], shown, "{field}");
        }
    }

    #[test]
    fn levels_are_named_as_terraform_names_them() {
        for (name, expected) in [
            (None, LevelFilter::OFF),
            (Some("off"), LevelFilter::OFF),
            (Some("info"), LevelFilter::INFO),
            (Some("JSON"), LevelFilter::TRACE),
            (Some("everything"), LevelFilter::TRACE),
        ] {
            assert_eq!(level(name), expected, "{name:?}");
        }
    }
}
