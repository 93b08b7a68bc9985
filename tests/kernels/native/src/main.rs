//! Runs `tests/kernels/kernels.js` in QuickJS compiled for this machine: what its speed in a component is
//! measured against.
//!
//! Reads lines of a kernel's name and how often to run it; writes for each the nanoseconds it took and what
//! the kernel returned.

use anyhow::{Context as _, Result, ensure};
use rquickjs_sys as sys;
use std::ffi::CString;
use std::io::{BufRead, Write};
use std::time::Instant;

const SOURCE: &str = include_str!("../../kernels.js");

fn main() -> Result<()> {
    let quickjs = QuickJs::new(SOURCE)?;
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (name, times) = line.split_once(' ').context("expected: NAME TIMES")?;
        let times: f64 = times.parse()?;
        let start = Instant::now();
        let result = quickjs.run(name, times)?;
        writeln!(out, "{} {result}", start.elapsed().as_nanos())?;
        out.flush()?;
    }
    Ok(())
}

struct QuickJs {
    context: *mut sys::JSContext,
    run: sys::JSValue,
}

impl QuickJs {
    /// Evaluates the module. What it holds lives as long as this program.
    fn new(source: &str) -> Result<Self> {
        let text = CString::new(source)?;
        // SAFETY: the source ends with a NUL; values are alive when they are used.
        unsafe {
            let context = sys::JS_NewContext(sys::JS_NewRuntime());
            ensure!(!context.is_null(), "not enough memory");
            let flags = sys::JS_EVAL_TYPE_MODULE | sys::JS_EVAL_FLAG_COMPILE_ONLY;
            let module = sys::JS_Eval(
                context,
                text.as_ptr(),
                source.len() as _,
                c"kernels.js".as_ptr(),
                flags as i32,
            );
            ensure!(!sys::JS_IsException(module), "kernels.js does not parse");
            let definition = sys::JS_VALUE_GET_PTR(module).cast();
            let evaluated = sys::JS_EvalFunction(context, module);
            let state = sys::JS_PromiseState(context, evaluated);
            ensure!(
                state == sys::JSPromiseStateEnum_JS_PROMISE_FULFILLED,
                "kernels.js throws"
            );
            let namespace = sys::JS_GetModuleNamespace(context, definition);
            let kernels = sys::JS_GetPropertyStr(context, namespace, c"kernels".as_ptr());
            let run = sys::JS_GetPropertyStr(context, kernels, c"run".as_ptr());
            ensure!(
                sys::JS_IsFunction(context, run),
                "kernels.js exports no `run`"
            );
            Ok(Self { context, run })
        }
    }

    fn run(&self, name: &str, times: f64) -> Result<f64> {
        // SAFETY: as above; the result is a number and owns nothing.
        unsafe {
            let name = sys::JS_NewStringLen(self.context, name.as_ptr().cast(), name.len() as _);
            let mut arguments = [name, sys::JS_NewNumber(self.context, times)];
            let result = sys::JS_Call(
                self.context,
                self.run,
                sys::JS_UNDEFINED,
                arguments.len() as i32,
                arguments.as_mut_ptr(),
            );
            sys::JS_FreeValue(self.context, name);
            let mut number = 0.0;
            let failed = sys::JS_ToFloat64(self.context, &mut number, result);
            ensure!(
                failed == 0 && !sys::JS_IsException(result),
                "the kernel throws"
            );
            Ok(number)
        }
    }
}
