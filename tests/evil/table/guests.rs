//! Attackers in the text format.

/// A component with `attack` of this body and `count`, a memory, and these other items in its module.
fn with_memory(memory: &str, items: &str, attack: &str) -> String {
    format!(
        r#"(component
            (core module $m
                {memory}
                {items}
                (global $calls (mut i32) (i32.const 0))
                (func (export "attack") {attack})
                (func (export "count") (result i32)
                    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                    (global.get $calls)))
            (core instance $i (instantiate $m))
            (func (export "attack") (canon lift (core func $i "attack")))
            (func (export "count") (result u32) (canon lift (core func $i "count"))))"#
    )
}

fn with(items: &str, attack: &str) -> String {
    with_memory("(memory 1)", items, attack)
}

pub fn start_loop() -> String {
    with("(func $spin (loop (br 0))) (start $spin)", "")
}

pub fn call_ref_loop() -> String {
    with(
        "(type $f (func)) (func $g (type $f)) (elem declare func $g)",
        "(loop (call_ref $f (ref.func $g)) (br 0))",
    )
}

pub fn catch_loop() -> String {
    with(
        "(tag $t)",
        "(loop $again (block $caught (try_table (catch $t $caught) (throw $t))) (br $again))",
    )
}

pub fn tail_calls() -> String {
    with("(func $f (return_call $f))", "(call $f)")
}

pub fn fill() -> String {
    with_memory(
        "(memory 900)",
        "",
        "(loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 58982400)) (br 0))",
    )
}

pub fn copy() -> String {
    with_memory(
        "(memory 900)",
        "",
        "(loop (memory.copy (i32.const 1) (i32.const 0) (i32.const 58982399)) (br 0))",
    )
}

pub fn grow() -> String {
    with("", "(loop (drop (memory.grow (i32.const 1))) (br 0))")
}

pub fn grow_at_once() -> String {
    with("", "(drop (memory.grow (i32.const 65535)))")
}

pub fn large_from_the_start() -> String {
    with_memory("(memory 1100)", "", "")
}

pub fn wide_memory() -> String {
    with_memory(
        "(memory i64 1)",
        "",
        "(drop (memory.grow (i64.const 0x100000)))",
    )
}

pub fn many_memories() -> String {
    with_memory(&"(memory 1)".repeat(5), "", "")
}

pub fn table() -> String {
    with(
        "(table $t 1 funcref)",
        "(loop (drop (table.grow $t (ref.null func) (i32.const 1000))) (br 0))",
    )
}

pub fn many_tables() -> String {
    with(&"(table 1 funcref)".repeat(9), "")
}

pub fn many_instances() -> String {
    let instances: String = (0..17)
        .map(|i| format!("(core instance $i{i} (instantiate $m))"))
        .collect();
    format!(
        r#"(component
            (core module $m (func (export "attack")) (func (export "count") (result i32) (i32.const 1)))
            {instances}
            (func (export "attack") (canon lift (core func $i0 "attack")))
            (func (export "count") (result u32) (canon lift (core func $i0 "count"))))"#
    )
}

pub fn garbage() -> String {
    with(
        "(type $s (array (mut i8)))",
        "(local (ref null $s))
         (loop (local.set 0 (array.new_default $s (i32.const 1000000))) (br 0))",
    )
}

pub fn kept_garbage() -> String {
    with(
        "(type $s (struct (field (ref null $s)) (field i64)))",
        "(local (ref null $s))
         (loop (local.set 0 (struct.new $s (local.get 0) (i64.const 1))) (br 0))",
    )
}

pub fn recursion() -> String {
    with(
        "(func $f (param i64) (result i64)
            (i64.add (call $f (i64.add (local.get 0) (i64.const 1))) (i64.const 1)))",
        "(drop (call $f (i64.const 0)))",
    )
}

pub fn unreachable() -> String {
    with("", "unreachable")
}

pub fn division() -> String {
    with("", "(drop (i32.div_s (i32.const 1) (i32.const 0)))")
}

pub fn out_of_bounds() -> String {
    with("", "(i32.store (i32.const 65536) (i32.const 1))")
}

pub fn wrong_type() -> String {
    with(
        "(type $f (func (result i64))) (func $g) (table funcref (elem $g))",
        "(drop (call_indirect (type $f) (i32.const 0)))",
    )
}

/// A component with a resource of its own, the body of its destructor, and of `attack`.
fn with_resource(destructor: &str, attack: &str) -> String {
    format!(
        r#"(component
            (core module $d (func $drop (export "drop") (param i32) {destructor}))
            (core instance $d (instantiate $d))
            (type $r (resource (rep i32) (dtor (core func $d "drop"))))
            (type $s (resource (rep i32)))
            (core func $new (canon resource.new $r))
            (core func $drop (canon resource.drop $r))
            (core func $rep (canon resource.rep $r))
            (core func $new-other (canon resource.new $s))
            (core module $m
                (import "r" "new" (func $new (param i32) (result i32)))
                (import "r" "drop" (func $drop (param i32)))
                (import "r" "rep" (func $rep (param i32) (result i32)))
                (import "r" "new-other" (func $new-other (param i32) (result i32)))
                (global $calls (mut i32) (i32.const 0))
                (func (export "attack") (local i32) {attack})
                (func (export "count") (result i32)
                    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                    (global.get $calls)))
            (core instance $r
                (export "new" (func $new))
                (export "drop" (func $drop))
                (export "rep" (func $rep))
                (export "new-other" (func $new-other)))
            (core instance $i (instantiate $m (with "r" (instance $r))))
            (func (export "attack") (canon lift (core func $i "attack")))
            (func (export "count") (result u32) (canon lift (core func $i "count"))))"#
    )
}

const DROP_ONE: &str = "(call $drop (call $new (i32.const 1)))";

pub fn destructor_loop() -> String {
    with_resource("(loop (br 0))", DROP_ONE)
}

pub fn destructor_trap() -> String {
    with_resource("unreachable", DROP_ONE)
}

pub fn destructor_recursion() -> String {
    with_resource("(call $drop (local.get 0))", DROP_ONE)
}

pub fn many_handles() -> String {
    with_resource("", "(loop (drop (call $new (i32.const 1))) (br 0))")
}

pub fn forged_handle() -> String {
    with_resource("", "(drop (call $rep (i32.const 7)))")
}

pub fn forged_drop() -> String {
    with_resource("", "(call $drop (i32.const -1))")
}

pub fn use_after_drop() -> String {
    with_resource(
        "",
        "(local.set 0 (call $new (i32.const 1))) (call $drop (local.get 0))
         (drop (call $rep (local.get 0)))",
    )
}

pub fn double_drop() -> String {
    with_resource(
        "",
        "(local.set 0 (call $new (i32.const 1))) (call $drop (local.get 0)) (call $drop (local.get 0))",
    )
}

pub fn handle_of_another_type() -> String {
    with_resource("", "(drop (call $rep (call $new-other (i32.const 1))))")
}

/// A component that makes things of the canonical ABI, one after the other.
fn making(types: &str, built_in: &str, result: &str) -> String {
    format!(
        r#"(component
            {types}
            (core func $new (canon {built_in}))
            (core module $m
                (import "" "new" (func $new (result {result})))
                (global $calls (mut i32) (i32.const 0))
                (func (export "attack") (loop (drop (call $new)) (br 0)))
                (func (export "count") (result i32)
                    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                    (global.get $calls)))
            (core instance $i (instantiate $m
                (with "" (instance (export "new" (func $new))))))
            (func (export "attack") (canon lift (core func $i "attack")))
            (func (export "count") (result u32) (canon lift (core func $i "count"))))"#
    )
}

pub fn many_streams() -> String {
    making("(type $s (stream u8))", "stream.new $s", "i64")
}

pub fn many_waitable_sets() -> String {
    making("", "waitable-set.new", "i32")
}
