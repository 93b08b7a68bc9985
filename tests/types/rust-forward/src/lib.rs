//! Answers every function of `test:types/forward` by calling its namesake in `echo`.
#![allow(missing_docs, reason = "a test plugin")]

wit_bindgen::generate!({ path: "../wit", world: "forwards" });

use exports::test::types::forward::Guest;
use test::types::echo::{self, Colour, EmptyIsh, Line, Many, Permissions, Point, Shape};

struct Plugin;
export!(Plugin);

impl Guest for Plugin {
    fn echo_bool(v: bool) -> bool {
        echo::echo_bool(v)
    }

    fn echo_u8(v: u8) -> u8 {
        echo::echo_u8(v)
    }

    fn echo_s8(v: i8) -> i8 {
        echo::echo_s8(v)
    }

    fn echo_u16(v: u16) -> u16 {
        echo::echo_u16(v)
    }

    fn echo_s16(v: i16) -> i16 {
        echo::echo_s16(v)
    }

    fn echo_u32(v: u32) -> u32 {
        echo::echo_u32(v)
    }

    fn echo_s32(v: i32) -> i32 {
        echo::echo_s32(v)
    }

    fn echo_u64(v: u64) -> u64 {
        echo::echo_u64(v)
    }

    fn echo_s64(v: i64) -> i64 {
        echo::echo_s64(v)
    }

    fn echo_f32(v: f32) -> f32 {
        echo::echo_f32(v)
    }

    fn echo_f64(v: f64) -> f64 {
        echo::echo_f64(v)
    }

    fn echo_char(v: char) -> char {
        echo::echo_char(v)
    }

    fn echo_string(v: String) -> String {
        echo::echo_string(&v)
    }

    fn echo_bools(v: Vec<bool>) -> Vec<bool> {
        echo::echo_bools(&v)
    }

    fn echo_bytes(v: Vec<u8>) -> Vec<u8> {
        echo::echo_bytes(&v)
    }

    fn echo_s16s(v: Vec<i16>) -> Vec<i16> {
        echo::echo_s16s(&v)
    }

    fn echo_u32s(v: Vec<u32>) -> Vec<u32> {
        echo::echo_u32s(&v)
    }

    fn echo_u64s(v: Vec<u64>) -> Vec<u64> {
        echo::echo_u64s(&v)
    }

    fn echo_f32s(v: Vec<f32>) -> Vec<f32> {
        echo::echo_f32s(&v)
    }

    fn echo_f64s(v: Vec<f64>) -> Vec<f64> {
        echo::echo_f64s(&v)
    }

    fn echo_chars(v: Vec<char>) -> Vec<char> {
        echo::echo_chars(&v)
    }

    fn echo_strings(v: Vec<String>) -> Vec<String> {
        echo::echo_strings(&v)
    }

    fn echo_lists(v: Vec<Vec<u16>>) -> Vec<Vec<u16>> {
        echo::echo_lists(&v)
    }

    fn echo_point(v: Point) -> Point {
        echo::echo_point(v)
    }

    fn echo_empty_ish(v: EmptyIsh) -> EmptyIsh {
        echo::echo_empty_ish(v)
    }

    fn echo_line(v: Line) -> Line {
        echo::echo_line(&v)
    }

    fn echo_lines(v: Vec<Line>) -> Vec<Line> {
        echo::echo_lines(&v)
    }

    fn echo_pair(v: (u8, String)) -> (u8, String) {
        echo::echo_pair((v.0, &v.1))
    }

    fn echo_mixed(v: (u8, u64, f32, bool, char)) -> (u8, u64, f32, bool, char) {
        echo::echo_mixed(v)
    }

    fn echo_shape(v: Shape) -> Shape {
        echo::echo_shape(&v)
    }

    fn echo_shapes(v: Vec<Shape>) -> Vec<Shape> {
        echo::echo_shapes(&v)
    }

    fn echo_colour(v: Colour) -> Colour {
        echo::echo_colour(v)
    }

    fn echo_permissions(v: Permissions) -> Permissions {
        echo::echo_permissions(v)
    }

    fn echo_many(v: Many) -> Many {
        echo::echo_many(v)
    }

    fn echo_option(v: Option<u32>) -> Option<u32> {
        echo::echo_option(v)
    }

    fn echo_option_string(v: Option<String>) -> Option<String> {
        echo::echo_option_string(v.as_deref())
    }

    fn echo_nested_option(v: Option<Option<bool>>) -> Option<Option<bool>> {
        echo::echo_nested_option(v)
    }

    fn echo_result(v: Result<u32, String>) -> Result<u32, String> {
        echo::echo_result(v.as_ref().map(|v| *v).map_err(String::as_str))
    }

    fn echo_result_none(v: Result<(), ()>) -> Result<(), ()> {
        echo::echo_result_none(v)
    }

    fn echo_result_ok(v: Result<Point, ()>) -> Result<Point, ()> {
        echo::echo_result_ok(v)
    }

    fn echo_result_err(v: Result<(), Colour>) -> Result<(), Colour> {
        echo::echo_result_err(v)
    }

    fn echo_results(v: Vec<Result<String, i64>>) -> Vec<Result<String, i64>> {
        echo::echo_results(&v)
    }

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
        echo::echo_many_params(a, &b, c, d, &e, f, g, h, i, j, &k)
    }

    fn nothing() {
        echo::nothing();
    }
}
