//! Seeds for [`crate::import_id`]: ids as people type them, and as nobody should.

use super::{Seed, TERMINAL_ORDERS, joined, many};

pub fn all() -> Vec<Seed> {
    let id = |rest: &str| format!("0123456789abcdef01234567/{rest}").into_bytes();
    vec![
        ("nothing_at_all", vec![]),
        ("plain", id("workspace/orders")),
        ("every_unreserved_character", id("a.b-c_d~e/0")),
        ("a_slash_in_a_name", id("a%2Fb/c")),
        ("a_percent_in_a_name", id("ws/100%25")),
        ("a_percent_that_encodes_nothing", id("ws/100%")),
        ("a_percent_before_no_digits", id("ws/%zz%2")),
        ("twice_encoded", id("ws/%252F")),
        ("letters_beyond_ascii", id("käse/日本")),
        ("the_same_encoded", id("k%C3%A4se/%e6%97%a5")),
        ("no_utf8_once_decoded", id("ws/%FF%FE")),
        ("half_a_character_once_decoded", id("ws/%C3")),
        ("a_nul_once_decoded", id("ws/a%00b")),
        ("an_escape_once_decoded", id("ws/%1B%5B2J%1B%5D0;title%07")),
        ("c1_once_decoded", id("ws/%C2%9B31m%C2%85")),
        ("bidi_once_decoded", id("ws/a%E2%80%AEb%D8%9C")),
        ("a_line_break_once_decoded", id("ws/a%0D%0Ab")),
        ("blanks_around_names", id("%20ws%20/%09orders%0A")),
        ("two_dots", id("../orders")),
        ("one_dot", id("ws/.")),
        ("dots_encoded", id("%2e%2e/orders")),
        ("terminal_orders", id(&format!("ws/{TERMINAL_ORDERS}"))),
        ("terminal_orders_and_nothing_else", TERMINAL_ORDERS.into()),
        ("a_raw_nul", id("ws/a\0b")),
        ("invalid_utf8", joined(&[&id("ws/"), b"\xff\xfe"])),
        ("an_empty_workspace", id("/orders")),
        ("an_empty_processor", id("ws/")),
        ("only_slashes", many("/", 2)),
        ("a_thousand_slashes", many("/", 1000)),
        ("four_segments", id("ws/orders/more")),
        ("a_slash_at_the_end", id("ws/orders/")),
        (
            "a_group_in_capitals",
            b"0123456789ABCDEF01234567/ws/orders".to_vec(),
        ),
        (
            "a_group_encoded",
            b"%30123456789abcdef01234567/ws/orders".to_vec(),
        ),
        ("a_group_too_short", b"0123/ws/orders".to_vec()),
        (
            "a_name_as_long_as_a_page",
            id(&format!("ws/{}", "x".repeat(4000))),
        ),
        (
            "a_long_name_that_is_all_encoded",
            id(&format!("ws/{}", "%1B".repeat(1300))),
        ),
        ("a_query_and_a_fragment", id("ws/a?b#c")),
        ("what_looks_like_an_operation", id("ws/orders:start")),
    ]
}
