//! Durations as Go writes them (`90s`, `1h30m`), which is what users of other providers have in their fingers.

use std::fmt;
use std::time::Duration;

use jiff::fmt::friendly::SpanParser;

/// The longest duration that Go can write: 2^63 - 1 nanoseconds, about 292 years.
const LONGEST: Duration = Duration::from_nanos(i64::MAX as u64);

/// The units of Go's `time.ParseDuration`; jiff knows many more ("days", "sec"), which are refused.
const UNITS: [&str; 8] = ["h", "m", "s", "ms", "us", "µs", "μs", "ns"];

/// Reads a duration greater than zero as Go's `time.ParseDuration` does: `90s`, `1h30m`, `1.5h`, `500ms`.
///
/// # Errors
/// A sentence that says what is wrong and shows a right one; it starts with the text itself, in quotes.
pub fn parse(text: &str) -> Result<Duration, String> {
    let negative = text.starts_with('-');
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let total = if unsigned == "0" {
        Some(Duration::ZERO)
    } else {
        sum_of_terms(unsigned)
    };
    match total {
        Some(total) if negative || total.is_zero() => {
            Err(format!("{text:?} is not greater than zero. {EXAMPLES}"))
        }
        Some(total) if total > LONGEST => Err(format!("{text:?} is too long a time. {EXAMPLES}")),
        Some(total) => Ok(total),
        None => Err(format!("{text:?} is not a duration. {EXAMPLES}")),
    }
}

const EXAMPLES: &str = "Write a number and a unit (h, m, s, ms, us or ns), or several of them, such as \"90s\", \"10m\" or \"1h30m\".";

/// jiff allows a fraction only in the last term and wants the units in order; Go minds neither, so that
/// each term is read by itself and their sum is the answer.
fn sum_of_terms(mut text: &str) -> Option<Duration> {
    if text.is_empty() {
        return None;
    }
    let mut total = Duration::ZERO;
    while !text.is_empty() {
        let number = text.len()
            - text
                .trim_start_matches(|c: char| c.is_ascii_digit() || c == '.')
                .len();
        let rest = &text[number..];
        let unit = rest
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(rest.len());
        total = total.checked_add(term(&text[..number], &rest[..unit])?)?;
        text = &rest[unit..];
    }
    Some(total)
}

/// One number with its unit.
fn term(number: &str, unit: &str) -> Option<Duration> {
    if !UNITS.contains(&unit) || !number.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    // Go reads ".5h" and "1.h"; jiff wants digits on both sides of the point.
    let number = match number.split_once('.') {
        Some((whole, "")) => whole.to_owned(),
        Some(("", fraction)) => format!("0.{fraction}"),
        _ => number.to_owned(),
    };
    // Go knows both the micro sign and the Greek letter; jiff only the first.
    let unit = if unit == "μs" { "us" } else { unit };
    SpanParser::new()
        .parse_unsigned_duration(format!("{number}{unit}"))
        .ok()
}

/// A duration for people: `10m`, `1m30s`, `1.5s`, `250ms`; what is too small to matter is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Display(
    /// What is to be shown.
    pub Duration,
);

impl fmt::Display for Display {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(duration) = self;
        if duration.is_zero() {
            return f.write_str("0s");
        }
        if *duration < Duration::from_millis(1) {
            return f.write_str("less than 1ms");
        }
        if *duration < Duration::from_secs(1) {
            return write!(f, "{}ms", duration.as_millis());
        }
        if *duration < Duration::from_secs(60) {
            let tenth = duration.subsec_millis() / 100;
            return if tenth == 0 {
                write!(f, "{}s", duration.as_secs())
            } else {
                write!(f, "{}.{tenth}s", duration.as_secs())
            };
        }
        let (hours, minutes, seconds) = (
            duration.as_secs() / 3600,
            duration.as_secs() / 60 % 60,
            duration.as_secs() % 60,
        );
        for (number, unit) in [(hours, "h"), (minutes, "m"), (seconds, "s")] {
            if number > 0 {
                write!(f, "{number}{unit}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_go_accepts_is_accepted() {
        for (text, millis) in [
            ("90s", 90_000.0),
            ("1h30m", 5_400_000.0),
            ("1.5h", 5_400_000.0),
            ("500ms", 500.0),
            ("+10m", 600_000.0),
            (".5s", 500.0),
            ("1.s", 1_000.0),
            ("1.5h30m", 7_200_000.0),
            ("30m1h", 5_400_000.0),
            ("1s1s", 2_000.0),
            ("1us", 0.001),
            ("1µs", 0.001),
            ("1μs", 0.001),
            ("1ns", 0.000_001),
            ("2562047h", 9_223_369_200_000.0),
        ] {
            let duration = parse(text).unwrap_or_else(|sentence| panic!("{sentence}"));
            assert_eq!(
                duration,
                Duration::from_nanos((millis * 1e6) as u64),
                "{text}"
            );
        }
    }

    #[test]
    fn everything_else_is_refused_with_a_sentence() {
        for (text, word) in [
            ("", "not a duration"),
            (" ", "not a duration"),
            ("-", "not a duration"),
            ("90", "not a duration"),
            ("s", "not a duration"),
            (".s", "not a duration"),
            ("1.2.3s", "not a duration"),
            ("1d", "not a duration"),
            ("1 h", "not a duration"),
            ("1h 30m", "not a duration"),
            ("1hour", "not a duration"),
            ("10min", "not a duration"),
            ("1H", "not a duration"),
            ("PT1H", "not a duration"),
            ("01:30:00", "not a duration"),
            ("1,5h", "not a duration"),
            ("1h ago", "not a duration"),
            ("--1h", "not a duration"),
            ("١s", "not a duration"),
            ("0", "not greater than zero"),
            ("0s", "not greater than zero"),
            ("-5m", "not greater than zero"),
            ("2562048h", "too long"),
        ] {
            let sentence = parse(text).expect_err(text);
            assert!(sentence.contains(word), "{text:?}: {sentence}");
            assert!(
                sentence.contains("\"1h30m\""),
                "shows a right one: {sentence}"
            );
        }
        parse("99999999999999999999h").expect_err("more than jiff can count");
    }

    #[test]
    fn people_read_short_ones() {
        for (duration, text) in [
            (Duration::ZERO, "0s"),
            (Duration::from_micros(20), "less than 1ms"),
            (Duration::from_millis(250), "250ms"),
            (Duration::from_millis(1_549), "1.5s"),
            (Duration::from_secs(10), "10s"),
            (Duration::from_secs(90), "1m30s"),
            (Duration::from_secs(600), "10m"),
            (Duration::from_millis(5_400_400), "1h30m"),
            (Duration::from_secs(3_601), "1h1s"),
        ] {
            assert_eq!(Display(duration).to_string(), text);
        }
    }
}
