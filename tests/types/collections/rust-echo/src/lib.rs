//! Answers every function of `test:collections/echo` with the value it was given.
#![allow(missing_docs, reason = "a test plugin")]

wit_bindgen::generate!({ path: "../wit", world: "echoes" });

use exports::test::collections::echo::{Cell, Guest, Point};
use exports::test::collections::owned;
use wit_bindgen::rt::Map;

struct Plugin;
export!(Plugin);

impl Guest for Plugin {
    fn echo_map(v: Map<String, u32>) -> Map<String, u32> {
        v
    }

    fn echo_map_u64(v: Map<u64, String>) -> Map<u64, String> {
        v
    }

    fn echo_map_char(v: Map<char, bool>) -> Map<char, bool> {
        v
    }

    fn echo_map_bool(v: Map<bool, f64>) -> Map<bool, f64> {
        v
    }

    fn echo_map_points(v: Map<i16, Point>) -> Map<i16, Point> {
        v
    }

    fn echo_map_maps(v: Map<String, Map<u8, Vec<String>>>) -> Map<String, Map<u8, Vec<String>>> {
        v
    }

    fn echo_maps(v: Vec<Option<Map<u8, u8>>>) -> Vec<Option<Map<u8, u8>>> {
        v
    }

    fn echo_bytes(v: [u8; 4]) -> [u8; 4] {
        v
    }

    fn echo_one(v: [u32; 1]) -> [u32; 1] {
        v
    }

    fn echo_shorts(v: [i16; 3]) -> [i16; 3] {
        v
    }

    fn echo_floats(v: [f32; 2]) -> [f32; 2] {
        v
    }

    fn echo_longs(v: [u64; 2]) -> [u64; 2] {
        v
    }

    fn echo_points(v: [Point; 3]) -> [Point; 3] {
        v
    }

    fn echo_sixteen(v: [u32; 16]) -> [u32; 16] {
        v
    }

    fn echo_seventeen(v: [u32; 17]) -> [u32; 17] {
        v
    }

    fn echo_many(v: [f64; 1000]) -> [f64; 1000] {
        v
    }

    fn echo_nested(v: [[u8; 2]; 3]) -> [[u8; 2]; 3] {
        v
    }

    fn echo_list_of_fixed(v: Vec<[u16; 3]>) -> Vec<[u16; 3]> {
        v
    }

    fn echo_cells(v: Vec<Cell>) -> Vec<Cell> {
        v
    }

    fn echo_cell(v: Cell) -> Cell {
        v
    }

    fn echo_result(v: [Result<[i64; 2], [f32; 4]>; 2]) -> [Result<[i64; 2], [f32; 4]>; 2] {
        v
    }

    fn echo_two(a: [i8; 2], b: Map<String, [bool; 2]>) -> ([i8; 2], Map<String, [bool; 2]>) {
        (a, b)
    }
}

impl owned::Guest for Plugin {
    fn echo_strings(v: [String; 2]) -> [String; 2] {
        v
    }

    fn echo_fixed_of_lists(v: [Vec<u16>; 2]) -> [Vec<u16>; 2] {
        v
    }
}
