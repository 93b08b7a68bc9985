//! `Math.random`, seeded anew in each instance.
//!
//! The seed comes from outwit:crypto/entropy if the world imports it, at the first use after the plugin
//! was built; else from the clock, if there is one. A world with neither gives the same numbers in
//! every instance, as it must: it has nothing that differs.

use crate::dispatch::dispatch;
use crate::is_built;
use crate::world::World;
use outwit_quickjs_runtime::{Atom, Global, Js, Value, free_lifted, sys};

/// xorshift128+, as V8 and SpiderMonkey have it.
static STATE: Global<[u64; 2]> = Global::new([0x9e37_79b9_7f4a_7c15, 0xbf58_476d_1ce4_e5b9]);
static IS_SEEDED: Global<bool> = Global::new(false);

/// Puts it in place of QuickJS's own.
pub fn install() -> Js<()> {
    let math = Value::global().get_named("Math")?;
    let flags = sys::JS_PROP_WRITABLE | sys::JS_PROP_CONFIGURABLE;
    math.define_with(
        &Atom::new("random")?,
        Value::function(c"random", 0, random)?,
        flags,
    )
}

unsafe extern "C" fn random(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    _: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: plain data, one thread.
    let bits = unsafe {
        if is_built() && !*IS_SEEDED.get() {
            *IS_SEEDED.get() = true;
            seed();
        }
        let state = &mut *STATE.get();
        let [mut s1, s0] = *state;
        s1 ^= s1 << 23;
        s1 = s1 ^ s0 ^ (s1 >> 18) ^ (s0 >> 5);
        *state = [s0, s1];
        s0.wrapping_add(s1)
    };
    Value::number((bits >> 11) as f64 / (1u64 << 53) as f64).into_raw()
}

fn seed() {
    let Some(world) = World::get() else { return };
    // SAFETY: plain data, one thread.
    let state = unsafe { &mut *STATE.get() };
    if let Some(fresh) = entropy(world) {
        *state = fresh;
    } else if let Some(clock) = world.find_import("outwit:performance/clock", "time-origin") {
        let (mut arguments, mut origin) = (0, 0);
        // SAFETY: the function takes nothing and returns an `f64`.
        if unsafe { dispatch(clock.dispatch, &mut arguments, &mut origin) } {
            state[0] ^= origin;
        }
    }
    if *state == [0, 0] {
        state[0] = 1;
    }
}

/// Sixteen bytes nobody can predict.
fn entropy(world: &World) -> Option<[u64; 2]> {
    let function = world.find_import("outwit:crypto/entropy", "get-random-bytes")?;
    // `result<list<u8>, error>`: the discriminant, then where the bytes are
    let mut result = [0u32; 5];
    let mut arguments = [16, result.as_mut_ptr() as u64];
    let mut unused = 0;
    // SAFETY: the function takes a length and writes its result to the place given, in 20 bytes.
    unsafe {
        if !dispatch(function.dispatch, arguments.as_mut_ptr(), &mut unused) {
            return None;
        }
        let [is_err, pointer, len, ..] = result;
        if is_err as u8 != 0 || len != 16 {
            return None;
        }
        let bytes = pointer as *mut u8;
        let seed = bytes.cast::<[u64; 2]>().read_unaligned();
        free_lifted(bytes);
        Some(seed)
    }
}
