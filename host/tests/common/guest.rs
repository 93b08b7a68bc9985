//! Plugins in the text format that call one function of the host.

use super::ALLOCATOR;

/// Imports `interface` as `$host` and lowers `function` of it to the core function of that name;
/// `body` is the body of `run`, with a memory and an allocator.
pub struct Guest<'a> {
    pub interface: &'a str,
    pub types: &'a str,
    pub function: &'a str,
    pub ty: &'a str,
    pub core: &'a str,
    pub result: &'a str,
    pub body: &'a str,
}

impl Guest<'_> {
    pub fn wat(&self) -> String {
        let Guest {
            interface,
            types,
            function,
            ty,
            core,
            result,
            body,
        } = self;
        let (lifted, core_result) = match *result {
            "" => ("", ""),
            "f64" => ("(result f64)", "(result f64)"),
            other => (other, "(result i32)"),
        };
        format!(
            r#"(component
                (import "{interface}" (instance $host
                    {types}
                    (export "{function}" (func {ty}))))
                (core module $alloc {ALLOCATOR})
                (core instance $a (instantiate $alloc))
                (core func $f (canon lower (func $host "{function}")
                    (memory (core memory $a "memory")) (realloc (core func $a "realloc"))))
                (core module $m
                    (import "" "memory" (memory 1))
                    (import "" "f" (func $f {core}))
                    (data (i32.const 16) "hello from the guest")
                    (func (export "run") {core_result} {body}))
                (core instance $i (instantiate $m (with "" (instance
                    (export "f" (func $f)) (export "memory" (memory $a "memory"))))))
                (func (export "run") {lifted} (canon lift (core func $i "run")
                    (memory (core memory $a "memory")))))"#
        )
    }
}

pub const CONSOLE: Guest<'static> = Guest {
    interface: "outwit:console/log@0.1.0",
    types: r#"(type $l (enum "debug" "info" "warn" "error"))
        (export "level" (type $level (eq $l)))"#,
    function: "write",
    ty: r#"(param "level" $level) (param "message" string)"#,
    core: "(param i32 i32 i32)",
    result: "",
    body: "(call $f (i32.const 2) (i32.const 16) (i32.const 5))",
};

pub const CLOCK: Guest<'static> = Guest {
    interface: "outwit:performance/clock@0.1.0",
    types: r#"(type $f f64) (export "milliseconds" (type $t (eq $f)))"#,
    function: "now",
    ty: "(result $t)",
    core: "(result f64)",
    result: "f64",
    body: "(call $f)",
};

pub const ENTROPY: Guest<'static> = Guest {
    interface: "outwit:crypto/entropy@0.1.0",
    types: r#"(type $e (variant (case "quota-exceeded" u32) (case "not-allowed") (case "other" string)))
        (export "error" (type $error (eq $e)))"#,
    function: "get-random-bytes",
    ty: r#"(param "length" u32) (result (result (list u8) (error $error)))"#,
    core: "(param i32 i32)",
    result: "(result (result (list u8) (error u32)))",
    // The error is passed on as the number in `quota-exceeded`.
    body: r"(call $f (i32.const 40) (i32.const 64))
        (if (i32.load8_u (i32.const 64)) (then
            (i32.store (i32.const 68) (i32.load (i32.const 72)))))
        (i32.const 64)",
};

pub const STORAGE_TYPES: &str = r#"(type $e (variant (case "quota-exceeded" u64) (case "not-allowed") (case "other" string)))
    (export "error" (type $error (eq $e)))"#;

/// Sets `hello` to ` from` and gives the discriminants: 0, or 1 plus that of the error.
pub const SET_ITEM: Guest<'static> = Guest {
    interface: "outwit:storage/local-storage@0.1.0",
    types: STORAGE_TYPES,
    function: "set-item",
    ty: r#"(param "key" string) (param "value" string) (result (result (error $error)))"#,
    core: "(param i32 i32 i32 i32 i32)",
    result: "(result u32)",
    body: r"(call $f (i32.const 16) (i32.const 5) (i32.const 21) (i32.const 5) (i32.const 64))
        (if (result i32) (i32.load8_u (i32.const 64))
            (then (i32.add (i32.const 1) (i32.load8_u (i32.const 72))))
            (else (i32.const 0)))",
};

/// Gets `hello`.
pub const GET_ITEM: Guest<'static> = Guest {
    interface: "outwit:storage/local-storage@0.1.0",
    types: STORAGE_TYPES,
    function: "get-item",
    ty: r#"(param "key" string) (result (result (option string) (error $error)))"#,
    core: "(param i32 i32 i32)",
    result: "(result (option string))",
    // The result starts 8 bytes before its option.
    body: "(call $f (i32.const 16) (i32.const 5) (i32.const 64)) (i32.const 72)",
};
