//! Values of a megabyte and more.

use outwit::Val;

/// Each with the function of `test:types/echo` that takes it.
pub fn values() -> Vec<(&'static str, Val)> {
    const MIB: u32 = 1 << 20;
    // The low byte of a product, so that neighbours differ.
    let byte = |i: u32| (i.wrapping_mul(0x9e37_79b1) >> 24) as u8;
    let ascii: String = (0..MIB).map(|i| char::from(b' ' + byte(i) % 95)).collect();
    let mixed: String = (0..MIB / 4)
        .map(|i| ['a', 'é', '☃', '🦀'][usize::from(byte(i) % 4)])
        .collect();
    vec![
        ("echo-string", Val::String(ascii)),
        ("echo-string", Val::String(mixed)),
        (
            "echo-bytes",
            Val::List((0..MIB).map(|i| Val::U8(byte(i))).collect()),
        ),
        (
            "echo-f64s",
            Val::List(
                (0..MIB / 8)
                    .map(|i| Val::Float64(f64::from(i) * 0.5))
                    .collect(),
            ),
        ),
        (
            "echo-u64s",
            Val::List((0..MIB / 8).map(|i| Val::U64(u64::from(i) << 32)).collect()),
        ),
        (
            "echo-strings",
            Val::List(
                (0..10_000)
                    .map(|i| Val::String(format!("item {i}")))
                    .collect(),
            ),
        ),
    ]
}
