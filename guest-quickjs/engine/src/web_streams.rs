//! What streams share with JavaScript's own: the prototype of asynchronous iterators, and
//! `ReadableStream` where a web API has defined it.

use outwit_quickjs_runtime::{Atom, Global, Js, Value, check, context, sys, take_exception};

/// The functions of [`READABLE`], if there is a `ReadableStream`.
struct Functions {
    wrap: Value,
    unwrap: Value,
}

static FUNCTIONS: Global<Option<Functions>> = Global::new(None);

const PROTOTYPE: &str = r"(() => {
  const { create, getPrototypeOf } = Object;
  return create(getPrototypeOf(getPrototypeOf(async function* () {}.prototype)));
})()";

const READABLE: &str = r"((ReadableStream) => {
  const { WeakMap, Function: { prototype: { bind, call } } } = globalThis;
  const uncurry = bind.bind(call);
  const get = uncurry(WeakMap.prototype.get);
  const set = uncurry(WeakMap.prototype.set);
  const streams = new WeakMap();
  return {
    wrap(stream) {
      const readable = new ReadableStream({
        async pull(controller) {
          const { value, done } = await stream.read();
          if (done) controller.close();
          else controller.enqueue(value);
        },
        cancel() {
          return stream.cancel();
        },
      }, { highWaterMark: 0 });
      set(streams, readable, stream);
      return readable;
    },
    unwrap: (value) => (value.locked === false ? get(streams, value) : undefined),
  };
})";

fn evaluate(source: &str) -> Js<Value> {
    let source = std::ffi::CString::new(source).unwrap_or_default();
    // SAFETY: the text has a NUL at its end, which does not count.
    check(unsafe {
        sys::JS_Eval(
            context(),
            source.as_ptr(),
            source.as_bytes().len() as _,
            c"outwit:engine".as_ptr(),
            sys::JS_EVAL_TYPE_GLOBAL as i32,
        )
    })
}

/// A new object that inherits from `%AsyncIteratorPrototype%`.
pub fn async_iterator_prototype() -> Js<Value> {
    evaluate(PROTOTYPE)
}

/// From now on streams that arrive are objects of the global `ReadableStream`, if there is one.
pub fn install() -> Js<()> {
    let name = Atom::new("ReadableStream")?;
    let Some(class) = Value::global().own_data(&name).filter(Value::is_function) else {
        return Ok(());
    };
    let functions = evaluate(READABLE)?.call(&Value::UNDEFINED, &[class])?;
    let functions = Functions {
        wrap: functions.get_named("wrap")?,
        unwrap: functions.get_named("unwrap")?,
    };
    // SAFETY: one thread; nothing else runs meanwhile.
    unsafe { *FUNCTIONS.get() = Some(functions) };
    Ok(())
}

fn functions() -> Option<&'static Functions> {
    // SAFETY: written once, while the plugin is built.
    unsafe { (*FUNCTIONS.get()).as_ref() }
}

/// The `ReadableStream` of a stream, or the stream itself.
pub fn wrap(stream: Value) -> Js<Value> {
    match functions() {
        Some(functions) => functions.wrap.call(&Value::UNDEFINED, &[stream]),
        None => Ok(stream),
    }
}

/// The stream of a `ReadableStream` that [`wrap`] made and that nobody has locked.
pub fn unwrap(value: sys::JSValue) -> Option<Value> {
    let functions = functions()?;
    if (value >> 32) as i32 != sys::JS_TAG_OBJECT {
        return None;
    }
    match functions
        .unwrap
        .call(&Value::UNDEFINED, &[Value::borrow(value)])
    {
        Ok(stream) => Some(stream).filter(|stream| stream.is_object()),
        Err(_) => {
            drop(take_exception());
            None
        }
    }
}
