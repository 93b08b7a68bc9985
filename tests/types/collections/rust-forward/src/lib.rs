//! Answers every function of `test:collections/forward` by calling its namesake in `echo`.
#![allow(missing_docs, reason = "a test plugin")]

wit_bindgen::generate!({ path: "../wit", world: "forwards" });

use exports::test::collections::forward::Guest;
use test::collections::echo::{self, Cell, Point};
use wit_bindgen::rt::Map;

struct Plugin;
export!(Plugin);

impl Guest for Plugin {
    fn echo_map(v: Map<String, u32>) -> Map<String, u32> {
        echo::echo_map(&v)
    }

    fn echo_map_u64(v: Map<u64, String>) -> Map<u64, String> {
        echo::echo_map_u64(&v)
    }

    fn echo_map_char(v: Map<char, bool>) -> Map<char, bool> {
        echo::echo_map_char(&v)
    }

    fn echo_map_bool(v: Map<bool, f64>) -> Map<bool, f64> {
        echo::echo_map_bool(&v)
    }

    fn echo_map_points(v: Map<i16, Point>) -> Map<i16, Point> {
        echo::echo_map_points(&v)
    }

    fn echo_map_maps(v: Map<String, Map<u8, Vec<String>>>) -> Map<String, Map<u8, Vec<String>>> {
        echo::echo_map_maps(&v)
    }

    fn echo_maps(v: Vec<Option<Map<u8, u8>>>) -> Vec<Option<Map<u8, u8>>> {
        echo::echo_maps(&v)
    }

    fn echo_bytes(v: [u8; 4]) -> [u8; 4] {
        echo::echo_bytes(v)
    }

    fn echo_one(v: [u32; 1]) -> [u32; 1] {
        echo::echo_one(v)
    }

    fn echo_shorts(v: [i16; 3]) -> [i16; 3] {
        echo::echo_shorts(v)
    }

    fn echo_floats(v: [f32; 2]) -> [f32; 2] {
        echo::echo_floats(v)
    }

    fn echo_longs(v: [u64; 2]) -> [u64; 2] {
        echo::echo_longs(v)
    }

    fn echo_points(v: [Point; 3]) -> [Point; 3] {
        echo::echo_points(v)
    }

    fn echo_sixteen(v: [u32; 16]) -> [u32; 16] {
        echo::echo_sixteen(v)
    }

    fn echo_seventeen(v: [u32; 17]) -> [u32; 17] {
        echo::echo_seventeen(v)
    }

    fn echo_many(v: [f64; 1000]) -> [f64; 1000] {
        echo::echo_many(v)
    }

    fn echo_nested(v: [[u8; 2]; 3]) -> [[u8; 2]; 3] {
        echo::echo_nested(v)
    }

    fn echo_list_of_fixed(v: Vec<[u16; 3]>) -> Vec<[u16; 3]> {
        echo::echo_list_of_fixed(&v)
    }

    fn echo_cells(v: Vec<Cell>) -> Vec<Cell> {
        echo::echo_cells(&v)
    }

    fn echo_cell(v: Cell) -> Cell {
        echo::echo_cell(&v)
    }

    fn echo_result(v: [Result<[i64; 2], [f32; 4]>; 2]) -> [Result<[i64; 2], [f32; 4]>; 2] {
        echo::echo_result(v)
    }

    fn echo_two(a: [i8; 2], b: Map<String, [bool; 2]>) -> ([i8; 2], Map<String, [bool; 2]>) {
        echo::echo_two(a, &b)
    }
}
