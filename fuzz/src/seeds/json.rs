//! Seeds for [`crate::json`]: a notation of a type, and JSON that is no good value of it, or a rare one.

use super::super::types::typed;
use super::{Seed, TERMINAL_ORDERS, joined, many};

pub fn all() -> Vec<Seed> {
    let (string, number, dynamic) = (r#""string""#, r#""number""#, r#""dynamic""#);
    let (list, map) = (r#"["list","string"]"#, r#"["map","string"]"#);
    let object =
        r#"["object",{"a":"string","b":["list",["object",{"c":"number","d":"dynamic"}]]}]"#;
    let orders = serde_json::to_string(TERMINAL_ORDERS).expect("a text is JSON");
    let seeds: Vec<(&'static str, &str, Vec<u8>)> = vec![
        ("nothing_at_all", string, vec![]),
        ("null", string, b"null".to_vec()),
        ("a_string", string, br#""hello""#.to_vec()),
        ("a_string_without_an_end", string, br#""hello"#.to_vec()),
        (
            "every_escape",
            string,
            br#""\"\\\/\b\f\n\r\t\u0000\u001b\u009b\u202e\ud83e\udd80""#.to_vec(),
        ),
        ("half_a_surrogate", string, br#""\ud800""#.to_vec()),
        ("invalid_utf8", string, b"\"\xff\xfe\"".to_vec()),
        ("a_raw_control_character", string, b"\"\x1b[2J\"".to_vec()),
        ("raw_c1_and_bidi", string, "\"\u{9b}31m\u{202e}\"".into()),
        ("a_byte_order_mark", string, "\u{feff}\"a\"".into()),
        ("a_million_brackets", list, many("[", 4000)),
        (
            "deep_but_closed",
            dynamic,
            format!(
                r#"{{"type":"string","value":{}{}}}"#,
                "[".repeat(120),
                "]".repeat(120)
            )
            .into(),
        ),
        ("deep_objects", object, many(r#"{"a":"#, 700)),
        ("a_list", list, br#"["a",null,"b"]"#.to_vec()),
        ("a_list_for_a_string", string, br#"["a"]"#.to_vec()),
        ("a_map", map, br#"{"a":"b","c":null}"#.to_vec()),
        ("a_key_twice", map, br#"{"a":"b","a":"c"}"#.to_vec()),
        (
            "an_attribute_twice",
            object,
            br#"{"a":"x","a":7,"b":null}"#.to_vec(),
        ),
        (
            "terminal_orders_in_a_key",
            map,
            format!("{{{orders}:7}}").into(),
        ),
        (
            "terminal_orders_in_an_attribute",
            object,
            format!("{{{orders}:7}}").into(),
        ),
        (
            "an_attribute_with_a_raw_delete",
            object,
            b"{\"\x7f\xc2\x9b\":7}".to_vec(),
        ),
        (
            "a_long_attribute",
            object,
            joined(&[b"{\"", &many("x", 4000), b"\":7}"]),
        ),
        (
            "the_library_s_own_name_for_a_number",
            map,
            br#"{"$serde_json::private::Number":"1"}"#.to_vec(),
        ),
        (
            "the_library_s_own_name_for_raw_text",
            map,
            br#"{"$serde_json::private::RawValue":"1"}"#.to_vec(),
        ),
        ("an_integer", number, b"-12".to_vec()),
        ("a_number_in_a_string", number, br#""12.50""#.to_vec()),
        ("a_number_with_every_part", number, b"-1.5e+3".to_vec()),
        ("a_power_beyond_all_memory", number, b"1e999999999".to_vec()),
        (
            "a_power_beyond_64_bits",
            number,
            b"1e-99999999999999999999".to_vec(),
        ),
        ("the_greatest_power", number, b"1e10000".to_vec()),
        ("the_least_power", number, b"1e-10000".to_vec()),
        ("zero_to_a_great_power", number, b"0e999999999".to_vec()),
        ("four_thousand_digits", number, many("9", 4000)),
        ("an_infinity_in_a_string", number, br#""inf""#.to_vec()),
        ("not_a_number", number, b"NaN".to_vec()),
        (
            "numbers_that_grow",
            r#"["list","number"]"#,
            joined(&[b"[", &many("1e10000,", 128), b"0]"]),
        ),
        (
            "a_set_with_equals",
            r#"["set","number"]"#,
            b"[1,1.0,\"1\"]".to_vec(),
        ),
        (
            "sets_in_a_set",
            r#"["set",["set","string"]]"#,
            br#"[["a","b"],["b","a"]]"#.to_vec(),
        ),
        (
            "a_tuple",
            r#"["tuple",["bool","number","string"]]"#,
            br#"[true,1,"a"]"#.to_vec(),
        ),
        (
            "an_object",
            object,
            br#"{"a":"x","b":[{"c":1,"d":{"type":"bool","value":true}}]}"#.to_vec(),
        ),
        (
            "an_object_of_another_version",
            object,
            br#"{"b":[{"old":1}],"older":[1]}"#.to_vec(),
        ),
        (
            "a_dynamic_value",
            dynamic,
            br#"{"type":["map","string"],"value":{"a":"b"}}"#.to_vec(),
        ),
        (
            "a_dynamic_value_of_no_type",
            dynamic,
            br#"{"type":["list",7],"value":null}"#.to_vec(),
        ),
        (
            "a_dynamic_type_with_terminal_orders",
            dynamic,
            "{\"type\":[\"\u{7f}ap\",\"strign\u{9b}\u{202e}\"],\"value\":{\"a\":\"b\"}}".into(),
        ),
        (
            "a_dynamic_type_with_names_that_turn",
            dynamic,
            "{\"type\":[\"object\",{\"\u{202e}\u{9b}\":\"bool\"}],\"value\":7}".into(),
        ),
        (
            "a_wrong_value_under_a_name_that_turns",
            dynamic,
            "{\"type\":[\"object\",{\"\u{202e}\u{9b}\":\"bool\"}],\"value\":{\"\u{202e}\u{9b}\":7}}".into(),
        ),
        (
            "a_dynamic_value_with_a_third_part",
            dynamic,
            br#"{"type":"bool","value":true,"more":1}"#.to_vec(),
        ),
        (
            "dynamics_within_dynamics",
            dynamic,
            format!(
                "{}null{}",
                r#"{"type":"dynamic","value":"#.repeat(126),
                "}".repeat(126)
            )
            .into(),
        ),
        ("bytes_after_the_end", string, br#""a" "b""#.to_vec()),
    ];
    seeds
        .into_iter()
        .map(|(name, notation, bytes)| (name, typed(notation, &bytes)))
        .collect()
}
