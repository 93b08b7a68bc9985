//! Values at the edges of each type, in WAVE.

/// A function of `test:types/echo` or `echo-async`, and values to send through it.
pub struct Case {
    pub function: &'static str,
    /// The arguments of one call each, as they stand between the parentheses.
    pub values: &'static [&'static str],
}

const fn case(function: &'static str, values: &'static [&'static str]) -> Case {
    Case { function, values }
}

pub const SYNC: &[Case] = &[
    case("echo-bool", &["true", "false"]),
    case("echo-u8", &["0", "1", "255"]),
    case("echo-s8", &["0", "-128", "127"]),
    case("echo-u16", &["0", "65535"]),
    case("echo-s16", &["0", "-32768", "32767"]),
    case("echo-u32", &["0", "2147483647", "2147483648", "4294967295"]),
    case("echo-s32", &["0", "-2147483648", "2147483647"]),
    case(
        "echo-u64",
        &[
            "0",
            "9007199254740993",
            "9223372036854775808",
            "18446744073709551615",
        ],
    ),
    case(
        "echo-s64",
        &["0", "-1", "-9223372036854775808", "9223372036854775807"],
    ),
    case(
        "echo-f32",
        &[
            "0",
            "-0",
            "1.5",
            "-3.4028235e38",
            "1e-45",
            "inf",
            "-inf",
            "nan",
        ],
    ),
    case(
        "echo-f64",
        &[
            "0",
            "-0",
            "0.1",
            "1.7976931348623157e308",
            "5e-324",
            "inf",
            "-inf",
            "nan",
        ],
    ),
    case(
        "echo-char",
        &[
            "'a'",
            "'\\u{0}'",
            "'é'",
            "'☃'",
            "'\\u{d7ff}'",
            "'\\u{e000}'",
            "'\\u{10ffff}'",
        ],
    ),
    case(
        "echo-string",
        &[
            "\"\"",
            "\"plain\"",
            "\"é ☃ 🦀 \\u{0} \\u{10ffff}\"",
            "\"line\\nbreak \\\"quoted\\\"\"",
        ],
    ),
    case("echo-bools", &["[]", "[true, false, true]"]),
    case("echo-bytes", &["[]", "[0, 128, 255]"]),
    case("echo-s16s", &["[]", "[-32768, 0, 32767]"]),
    case("echo-u32s", &["[]", "[0, 2147483648, 4294967295]"]),
    case("echo-u64s", &["[]", "[0, 18446744073709551615]"]),
    case("echo-f32s", &["[]", "[0, -0, 1.5, inf, nan]"]),
    case("echo-f64s", &["[]", "[0, -0, 0.1, -inf, nan]"]),
    case("echo-chars", &["[]", "['a', '☃', '\\u{10ffff}']"]),
    case("echo-strings", &["[]", "[\"\"]", "[\"a\", \"\", \"🦀\"]"]),
    case("echo-lists", &["[]", "[[]]", "[[1, 2], [], [65535]]"]),
    case("echo-point", &["{x: -2147483648, y-coordinate: -0.5}"]),
    case("echo-empty-ish", &["{only: true}", "{only: false}"]),
    case(
        "echo-line",
        &[
            "{start: {x: 0, y-coordinate: 0}, end: {x: 2147483647, y-coordinate: inf}, tags: []}",
            "{start: {x: 1, y-coordinate: 2}, end: {x: 3, y-coordinate: 4}, label: some(\"\"), tags: [\"a\", \"☃\"]}",
        ],
    ),
    case(
        "echo-lines",
        &[
            "[]",
            "[{start: {x: 1, y-coordinate: 2}, end: {x: 3, y-coordinate: 4}, label: some(\"l\"), tags: []}, \
          {start: {x: 5, y-coordinate: 6}, end: {x: 7, y-coordinate: 8}, tags: [\"t\"]}]",
        ],
    ),
    case("echo-pair", &["(0, \"\")", "(255, \"pair\")"]),
    case(
        "echo-mixed",
        &["(255, 18446744073709551615, -0.5, true, '🦀')"],
    ),
    case(
        "echo-shape",
        &[
            "dot",
            "circle(-0)",
            "polygon([])",
            "polygon([{x: 1, y-coordinate: 2}, {x: 3, y-coordinate: 4}])",
            "labelled((\"\", 18446744073709551615))",
            "nested(none)",
            "nested(some(-128))",
        ],
    ),
    case(
        "echo-shapes",
        &[
            "[]",
            "[dot, circle(1.5), labelled((\"x\", 1)), nested(some(0)), dot]",
        ],
    ),
    case("echo-colour", &["red", "dark-green", "blue"]),
    case(
        "echo-permissions",
        &[
            "{}",
            "{read}",
            "{write-all, execute}",
            "{read, write-all, execute}",
        ],
    ),
    case("echo-many", &["{}", "{a0, a7, a8, a15, a16}"]),
    case("echo-option", &["none", "some(0)", "some(4294967295)"]),
    case(
        "echo-option-string",
        &["none", "some(\"\")", "some(\"none\")"],
    ),
    case(
        "echo-nested-option",
        &[
            "none",
            "some(none)",
            "some(some(false))",
            "some(some(true))",
        ],
    ),
    case(
        "echo-result",
        &["ok(0)", "ok(4294967295)", "err(\"\")", "err(\"failed\")"],
    ),
    case("echo-result-none", &["ok", "err"]),
    case("echo-result-ok", &["ok({x: 1, y-coordinate: 2})", "err"]),
    case("echo-result-err", &["ok", "err(dark-green)"]),
    case(
        "echo-results",
        &["[]", "[ok(\"a\"), err(-9223372036854775808), ok(\"\")]"],
    ),
    case(
        "echo-many-params",
        &[
            "1, \"two\", 3.5, {x: 4, y-coordinate: 5}, [6, 7], some(18446744073709551615), true, '🦀', -9, 10, \"\"",
            "0, \"\", nan, {x: 0, y-coordinate: -0}, [], none, false, 'a', 0, 0, \"end\"",
        ],
    ),
    case("nothing", &[""]),
];

pub const ASYNC: &[Case] = &[
    case("later-u64", &["0", "18446744073709551615"]),
    case("later-string", &["\"\"", "\"é ☃ 🦀\""]),
    case("later-bytes", &["[]", "[0, 255]"]),
    case(
        "later-line",
        &[
            "{start: {x: 1, y-coordinate: 2}, end: {x: 3, y-coordinate: 4}, label: some(\"l\"), tags: [\"a\", \"b\"]}",
        ],
    ),
    case(
        "later-shape",
        &[
            "dot",
            "circle(0.5)",
            "labelled((\"x\", 18446744073709551615))",
            "nested(none)",
        ],
    ),
    case("later-result", &["ok(\"fine\")", "err(4294967295)"]),
    case(
        "later-many",
        &["255, \"two\", -0, some(\"four\")", "0, \"\", nan, none"],
    ),
    case("later-nothing", &[""]),
];
