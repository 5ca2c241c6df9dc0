//! Seeds for [`crate::msgpack`]: a notation of a type, and bytes that are no good value of it, or a rare one.

use super::super::types::typed;
use super::{Seed, TERMINAL_ORDERS, joined, many};

/// A dynamic value: the pair of its type, in JSON, and itself.
fn dynamic(notation: &str, value: &[u8]) -> Vec<u8> {
    joined(&[b"\x92", &text(notation), value])
}

/// A string of up to 64 KiB.
fn text(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).expect("a seed is short");
    joined(&[b"\xda", &length.to_be_bytes(), text.as_bytes()])
}

pub fn all() -> Vec<Seed> {
    let (list, map, tuple) = (
        r#"["list","string"]"#,
        r#"["map","string"]"#,
        r#"["tuple",["bool","number","string"]]"#,
    );
    let object =
        r#"["object",{"a":"string","b":["list",["object",{"c":"number","d":"dynamic"}]]}]"#;
    let seeds: Vec<(&'static str, &str, Vec<u8>)> = vec![
        ("nothing_at_all", r#""string""#, vec![]),
        ("null", r#""string""#, b"\xc0".to_vec()),
        ("a_true", r#""bool""#, b"\xc3".to_vec()),
        ("a_string", r#""string""#, b"\xa5hello".to_vec()),
        ("an_unknown", r#""string""#, b"\xd4\x00\x00".to_vec()),
        (
            "a_refined_unknown",
            r#""string""#,
            b"\xc7\x03\x0c\x81\x01\xc2".to_vec(),
        ),
        (
            "an_extension_of_four_billion",
            r#""string""#,
            b"\xc9\xff\xff\xff\xff\x00".to_vec(),
        ),
        ("a_byte_that_means_nothing", r#""string""#, b"\xc1".to_vec()),
        ("a_list", list, b"\x92\xa1a\xc0".to_vec()),
        (
            "a_list_of_four_billion",
            list,
            b"\xdd\xff\xff\xff\xff".to_vec(),
        ),
        ("a_list_of_64k", list, b"\xdc\xff\xff\xc0".to_vec()),
        (
            "a_map_of_four_billion",
            map,
            b"\xdf\xff\xff\xff\xff\xa1a\xa1b".to_vec(),
        ),
        (
            "a_string_of_four_billion",
            r#""string""#,
            b"\xdb\xff\xff\xff\xffa".to_vec(),
        ),
        (
            "bytes_of_four_billion",
            r#""string""#,
            b"\xc6\xff\xff\xff\xffa".to_vec(),
        ),
        (
            "invalid_utf8",
            r#""string""#,
            b"\xa4\xff\xfe\x80\xc0".to_vec(),
        ),
        ("an_overlong_nul", r#""string""#, b"\xa2\xc0\x80".to_vec()),
        (
            "a_surrogate_in_utf8",
            r#""string""#,
            b"\xa3\xed\xa0\x80".to_vec(),
        ),
        (
            "terminal_orders_in_a_string",
            r#""string""#,
            text(TERMINAL_ORDERS),
        ),
        (
            "terminal_orders_in_a_key",
            map,
            joined(&[b"\x81", &text(TERMINAL_ORDERS), b"\x01"]),
        ),
        (
            "terminal_orders_in_an_attribute",
            object,
            joined(&[b"\x81", &text(TERMINAL_ORDERS), b"\xc0"]),
        ),
        (
            "an_attribute_that_ends_a_message",
            r#"["object",{}]"#,
            b"\x82\xc4\x02\x02\"".to_vec(),
        ),
        (
            "a_long_attribute",
            object,
            joined(&[b"\x81\xda\x0f\xff", &many("x", 0xfff), b"\xc0"]),
        ),
        ("a_key_twice", map, b"\x82\xa1a\xa1b\xa1a\xa1c".to_vec()),
        (
            "an_attribute_twice",
            object,
            b"\x82\xa1a\xc0\xa1a\xc0".to_vec(),
        ),
        ("a_key_that_is_no_string", map, b"\x81\x01\xa1b".to_vec()),
        (
            "an_integer_of_64_bits",
            r#""number""#,
            b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(),
        ),
        (
            "the_least_integer",
            r#""number""#,
            b"\xd3\x80\x00\x00\x00\x00\x00\x00\x00".to_vec(),
        ),
        (
            "a_float",
            r#""number""#,
            b"\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a".to_vec(),
        ),
        (
            "the_greatest_float",
            r#""number""#,
            b"\xcb\x7f\xef\xff\xff\xff\xff\xff\xff".to_vec(),
        ),
        (
            "the_least_float",
            r#""number""#,
            b"\xcb\x00\x00\x00\x00\x00\x00\x00\x01".to_vec(),
        ),
        (
            "a_negative_zero",
            r#""number""#,
            b"\xcb\x80\x00\x00\x00\x00\x00\x00\x00".to_vec(),
        ),
        (
            "an_infinity",
            r#""number""#,
            b"\xcb\xff\xf0\x00\x00\x00\x00\x00\x00".to_vec(),
        ),
        (
            "not_a_number",
            r#""number""#,
            b"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00".to_vec(),
        ),
        (
            "a_power_beyond_all_memory",
            r#""number""#,
            text("1e999999999"),
        ),
        (
            "a_power_beyond_64_bits",
            r#""number""#,
            text("-1e-99999999999999999999"),
        ),
        ("the_greatest_power", r#""number""#, text("1e10000")),
        ("the_least_power", r#""number""#, text("1e-10000")),
        ("zero_to_a_great_power", r#""number""#, text("0e999999999")),
        (
            "four_thousand_digits",
            r#""number""#,
            text(&"9".repeat(4000)),
        ),
        (
            "four_thousand_places",
            r#""number""#,
            text(&format!("0.{}1", "0".repeat(4000))),
        ),
        (
            "a_fraction_with_the_most_digits",
            r#""number""#,
            text(
                "4.9406564584124654417656879286822137236505980261432476442558568250067550727020875186529983636163599237979656469544571773092665671035593979639877479601078187812630071319031140452784581716784898210368871863605699873072305000638740915356498438731247339727316961514003171538539807412623856559117102665855668676818703956031062493194527159149245532930545654440112748012970999954193198940908041656332452475714786901472678015935523861155013480352649347201937902681071074917033322268447533357208324319360923828934583680601060115061698097530783422773183292479049825247307763759272478746560847782037344696995336470179726777175851256605511991315048911014510378627381672509558373897335989936648099411642057026370902792427675445652290875386825064197182655334472656250e-324",
            ),
        ),
        (
            "numbers_that_grow",
            r#"["list","number"]"#,
            joined(&[b"\xdc\x00\x80", &b"\xa71e10000".repeat(128)]),
        ),
        (
            "a_set_with_equals",
            r#"["set","number"]"#,
            b"\x93\x01\x01\xa11".to_vec(),
        ),
        ("a_tuple", tuple, b"\x93\xc2\x07\xa1a".to_vec()),
        ("a_tuple_too_long", tuple, b"\x94\xc2\x07\xa1a\xc0".to_vec()),
        (
            "an_object",
            object,
            b"\x82\xa1a\xa1x\xa1b\x91\x82\xa1c\x01\xa1d\xc0".to_vec(),
        ),
        (
            "an_object_that_lacks_one",
            object,
            b"\x81\xa1a\xa1x".to_vec(),
        ),
        ("bytes_after_the_end", r#""bool""#, b"\xc3\xc3".to_vec()),
        (
            "a_dynamic_value",
            r#""dynamic""#,
            dynamic(r#"["map","string"]"#, b"\x81\xa1a\xa1b"),
        ),
        (
            "a_dynamic_unknown",
            r#""dynamic""#,
            dynamic(r#""number""#, b"\xd4\x00\x00"),
        ),
        (
            "a_dynamic_value_of_no_type",
            r#""dynamic""#,
            dynamic(r#"["list",7]"#, b"\xc0"),
        ),
        (
            "a_dynamic_type_with_terminal_orders",
            r#""dynamic""#,
            dynamic("[\"\u{7f}ap\",\"stri\u{9b}gn\u{202e}\"]", b"\xc0"),
        ),
        (
            "a_dynamic_type_with_names_that_turn",
            r#""dynamic""#,
            dynamic("[\"object\",{\"\u{202e}\u{9b}\":\"bool\"}]", b"\x01"),
        ),
        (
            "a_wrong_value_under_a_name_that_turns",
            r#""dynamic""#,
            dynamic(
                "[\"object\",{\"\u{202e}\u{9b}\":\"bool\"}]",
                &joined(&[b"\x81", &text("\u{202e}\u{9b}"), b"\x01"]),
            ),
        ),
        (
            "a_dynamic_type_that_is_deep",
            r#""dynamic""#,
            dynamic(
                &format!("{}\"bool\"{}", r#"["list","#.repeat(120), "]".repeat(120)),
                &[0x91; 120],
            ),
        ),
        (
            "a_dynamic_type_that_is_too_deep",
            r#""dynamic""#,
            dynamic(&r#"["list","#.repeat(2000), b"\xc0"),
        ),
        (
            "a_dynamic_type_that_is_long",
            r#""dynamic""#,
            dynamic(
                &format!("[\"tuple\",[{}7]]", "\"bool\",".repeat(500)),
                b"\xc0",
            ),
        ),
        (
            "dynamics_within_dynamics",
            r#""dynamic""#,
            joined(&[&b"\x92\xa9\"dynamic\"".repeat(300), b"\xc0"]),
        ),
        (
            "dynamics_at_the_last_depth",
            r#""dynamic""#,
            joined(&[&b"\x92\xa9\"dynamic\"".repeat(128), b"\xc0"]),
        ),
        (
            "a_deep_type_at_a_great_depth",
            r#""dynamic""#,
            joined(&[
                &b"\x92\xa9\"dynamic\"".repeat(120),
                &dynamic(
                    &format!("{}\"bool\"{}", r#"["list","#.repeat(126), "]".repeat(126)),
                    &[0x91; 6],
                ),
            ]),
        ),
        (
            "two_dynamics_in_a_map",
            r#"["map","dynamic"]"#,
            joined(&[
                b"\x82\xa1a",
                &dynamic(r#""bool""#, b"\xc2"),
                b"\xa1b",
                &dynamic(r#"["tuple",null]"#, b"\x90"),
            ]),
        ),
    ];
    seeds
        .into_iter()
        .map(|(name, notation, bytes)| (name, typed(notation, &bytes)))
        .collect()
}
