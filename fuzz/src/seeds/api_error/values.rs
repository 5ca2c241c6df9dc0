//! Every odd value in the place of every field, and the time of a `Retry-After` in all the ways in which it is written and miswritten:
//! what the libraries that read them tell apart, so that the fuzzer need not find it out letter by letter.

use super::super::super::api_error::{ENVELOPE, LOOK, OPTIONS};
use super::{JSON, Seed, answer};

/// What an answer has, and what of it is read.
const FIELDS: [&str; 16] = [
    "error",
    "errorCode",
    "detail",
    "reason",
    "parameters",
    "badRequestDetail",
    "fields",
    "field",
    "description",
    "content",
    "status",
    "_id",
    "name",
    "state",
    "tier",
    "error_description",
];

/// Numbers, words, texts and what is none of them.
const VALUES: [&str; 56] = [
    "0",
    "-0",
    "1e5",
    "1E+400",
    "-1.5e-7",
    "0.1e1",
    "1.0",
    "17",
    "-17",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "-9223372036854775809",
    "123456789012345678901234567890",
    "00",
    "1.",
    ".5",
    "-",
    "-a",
    "1e",
    "1e+",
    "1ea",
    "true",
    "false",
    "null",
    "tru",
    "nul",
    "fals",
    "\"\"",
    "\"17\"",
    "\"STARTED\"",
    "\"a",
    "\"\\",
    "\"\\b\\f\\n\\r\\t\\/\\\\\\\"\"",
    "\"\\x\"",
    "\"\\u00\"",
    "\"\\uD83D\\uDE00\"",
    "\"\\uD83D\"",
    "\"\\uD83Dx\"",
    "\"\\uD83D\\n\"",
    "\"\\uD83D\\u0041\"",
    "\"\\uDC00\"",
    "\"\u{e9}\u{20ac}\u{1f600}\"",
    "\"\u{1}\"",
    "[]",
    "[",
    "[1",
    "[1,",
    "[1 2]",
    "[,]",
    "{}",
    "{",
    "{\"a\"",
    "{\"a\":1",
    "{\"a\":1,}",
    "{1:2}",
];

/// As RFC 9110 has them, in its three forms.
const DATES: [&str; 3] = [
    "Sun, 06 Nov 2033 08:49:37 GMT",
    "Sunday, 06-Nov-33 08:49:37 GMT",
    "Sun Nov  6 08:49:37 2033",
];

const MONTHS: [&str; 13] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Now",
];

const DAYS: [&str; 8] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Son"];

pub(super) fn all() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for field in FIELDS {
        for value in VALUES {
            let object = format!("{{\"{field}\":{value},\"errorCode\":\"X\"}}");
            seeds.push((
                "an_odd_value_of_an_error",
                answer(OPTIONS, 400, JSON, &object),
            ));
            seeds.push((
                "an_odd_value_of_a_processor",
                answer(LOOK, 200, JSON, &object),
            ));
            let wrapped = format!("{{\"status\":400,\"content\":{object}}}");
            seeds.push((
                "an_odd_value_in_an_envelope",
                answer(ENVELOPE, 200, JSON, &wrapped),
            ));
        }
    }
    for date in dates() {
        let headers = format!("Retry-After: {date}\nDate: {date}\n");
        seeds.push(("a_time_to_come_back", answer(0, 429, &headers, "")));
    }
    seeds
}

/// In each form each name of a month and of a day, and a letter too few, or another, in each place.
fn dates() -> impl Iterator<Item = String> {
    DATES.iter().flat_map(|date| {
        let months = MONTHS.iter().map(|month| date.replace("Nov", month));
        let days = DAYS.iter().map(|day| date.replace("Sun", day));
        let shorter = (0..date.len()).map(|end| date[..end].to_owned());
        let others = (0..date.len()).flat_map(move |place| {
            let with = move |letter| format!("{}{letter}{}", &date[..place], &date[place + 1..]);
            ["9", "x"].map(with)
        });
        months.chain(days).chain(shorter).chain(others)
    })
}
