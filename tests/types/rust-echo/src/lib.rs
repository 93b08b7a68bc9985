//! Answers every function of `test:types/echo` with the value it was given.
#![allow(missing_docs, reason = "a test plugin")]

wit_bindgen::generate!({ path: "../wit", world: "echoes" });

use exports::test::types::echo::{Colour, EmptyIsh, Guest, Line, Many, Permissions, Point, Shape};

struct Plugin;
export!(Plugin);

macro_rules! echo {
    ($name:ident: $ty:ty) => {
        fn $name(v: $ty) -> $ty {
            v
        }
    };
}

impl Guest for Plugin {
    echo!(echo_bool: bool);
    echo!(echo_u8: u8);
    echo!(echo_s8: i8);
    echo!(echo_u16: u16);
    echo!(echo_s16: i16);
    echo!(echo_u32: u32);
    echo!(echo_s32: i32);
    echo!(echo_u64: u64);
    echo!(echo_s64: i64);
    echo!(echo_f32: f32);
    echo!(echo_f64: f64);
    echo!(echo_char: char);
    echo!(echo_string: String);
    echo!(echo_bools: Vec<bool>);
    echo!(echo_bytes: Vec<u8>);
    echo!(echo_s16s: Vec<i16>);
    echo!(echo_u32s: Vec<u32>);
    echo!(echo_u64s: Vec<u64>);
    echo!(echo_f32s: Vec<f32>);
    echo!(echo_f64s: Vec<f64>);
    echo!(echo_chars: Vec<char>);
    echo!(echo_strings: Vec<String>);
    echo!(echo_lists: Vec<Vec<u16>>);
    echo!(echo_point: Point);
    echo!(echo_empty_ish: EmptyIsh);
    echo!(echo_line: Line);
    echo!(echo_lines: Vec<Line>);
    echo!(echo_pair: (u8, String));
    echo!(echo_mixed: (u8, u64, f32, bool, char));
    echo!(echo_shape: Shape);
    echo!(echo_shapes: Vec<Shape>);
    echo!(echo_colour: Colour);
    echo!(echo_permissions: Permissions);
    echo!(echo_many: Many);
    echo!(echo_option: Option<u32>);
    echo!(echo_option_string: Option<String>);
    echo!(echo_nested_option: Option<Option<bool>>);
    echo!(echo_result: Result<u32, String>);
    echo!(echo_result_none: Result<(), ()>);
    echo!(echo_result_ok: Result<Point, ()>);
    echo!(echo_result_err: Result<(), Colour>);
    echo!(echo_results: Vec<Result<String, i64>>);

    fn echo_many_params(
        a: u8,
        b: String,
        c: f64,
        d: Point,
        e: Vec<u8>,
        f: Option<u64>,
        g: bool,
        h: char,
        i: i8,
        j: u16,
        k: String,
    ) -> (
        u8,
        String,
        f64,
        Point,
        Vec<u8>,
        Option<u64>,
        bool,
        char,
        i8,
        u16,
        String,
    ) {
        (a, b, c, d, e, f, g, h, i, j, k)
    }

    fn nothing() {}
}
