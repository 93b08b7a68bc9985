//! One context, from the first call to the end of the instance.

use crate::modules;
use outwit_quickjs_runtime::{
    ErrorKind, Global, Js, PARSER_COST, Report, Thrown, Value, add_base64, check, context,
    drain_jobs, first_unhandled, forget_rejection, install_panic_hook, start, sys, take_exception,
    throw, throw_value, with_native_cost,
};
use std::ffi::CString;

/// What scripts are called in stack traces.
const SCRIPT_NAME: &std::ffi::CStr = c"script";

static IS_STARTED: Global<bool> = Global::new(false);

/// Runs a step, starting the engine before the first.
pub fn run<T>(step: impl FnOnce() -> Js<T>) -> Result<T, Report> {
    begin()?;
    let result = step();
    let result = result.and_then(|value| {
        drain_jobs();
        match first_unhandled() {
            Some(unhandled) => Err(throw_value(unhandled.reason)),
            None => Ok(value),
        }
    });
    result.map_err(|Thrown| {
        let report = Report::of(&take_exception());
        // what else went wrong on the way says less
        drop(first_unhandled());
        report
    })
}

fn begin() -> Result<(), Report> {
    // SAFETY: plain data, one thread.
    if unsafe { *IS_STARTED.get() } {
        return Ok(());
    }
    install_panic_hook();
    let failed = |message: &str| Report {
        message: message.to_owned(),
        ..Report::default()
    };
    start().and_then(|()| add_base64()).map_err(failed)?;
    modules::install().map_err(|Thrown| Report::of(&take_exception()))?;
    // SAFETY: as above.
    unsafe { *IS_STARTED.get() = true }
    Ok(())
}

/// Evaluates a script; its value as JSON.
pub fn evaluate(source: &str) -> Js<Option<String>> {
    let text = CString::new(source)
        .map_err(|_| throw(ErrorKind::Syntax, "the script has a NUL character"))?;
    let flags = sys::JS_EVAL_TYPE_GLOBAL | sys::JS_EVAL_FLAG_ASYNC;
    // SAFETY: the text has a NUL at its end, which does not count.
    let promise = check(with_native_cost(PARSER_COST, || unsafe {
        sys::JS_Eval(
            context(),
            text.as_ptr(),
            source.len() as _,
            SCRIPT_NAME.as_ptr(),
            flags as i32,
        )
    }))?;
    // an asynchronous script settles with `{ value }`
    to_json(&settled(promise)?.get_named("value")?)
}

/// Calls a function by its name; its result as JSON.
pub fn call(name: &str, arguments: &str) -> Js<Option<String>> {
    let arguments = parse_arguments(arguments)?;
    let (function, this) = find(name)?;
    if !function.is_function() {
        return Err(throw(
            ErrorKind::Type,
            &format!("there is no function `{name}`"),
        ));
    }
    to_json(&settled(function.call(&this, &arguments)?)?)
}

fn parse_arguments(json: &str) -> Js<Vec<Value>> {
    let text = CString::new(json)
        .map_err(|_| throw(ErrorKind::Syntax, "the arguments have a NUL character"))?;
    // SAFETY: the text has a NUL at its end, which does not count; an array has a length.
    unsafe {
        let name = c"arguments".as_ptr();
        let parsed = check(sys::JS_ParseJSON(
            context(),
            text.as_ptr(),
            json.len() as _,
            name,
        ))?;
        let mut len = 0;
        if !sys::JS_IsArray(parsed.raw())
            || sys::JS_GetLength(context(), parsed.raw(), &mut len) < 0
        {
            return Err(throw(ErrorKind::Type, "the arguments are not a JSON array"));
        }
        (0..len as u32)
            .map(|index| check(sys::JS_GetPropertyUint32(context(), parsed.raw(), index)))
            .collect()
    }
}

/// The value of a path, and the object it was found in.
fn find(path: &str) -> Js<(Value, Value)> {
    let first = path.split('.').next().unwrap_or(path);
    let mut found = match modules::find_export(first)? {
        Some(value) => value,
        None => global(first)?,
    };
    let mut this = Value::UNDEFINED;
    for name in path.split('.').skip(1) {
        if !found.is_object() {
            return Ok((Value::UNDEFINED, Value::UNDEFINED));
        }
        let inner = found.get_named(name)?;
        this = found;
        found = inner;
    }
    Ok((found, this))
}

/// The value of a global, also of those that `let`, `const` and `class` declare, which are no properties.
fn global(name: &str) -> Js<Value> {
    let found = Value::global().get_named(name)?;
    let is_identifier = name
        .chars()
        .all(|c| c.is_alphanumeric() || c == '_' || c == '$');
    if !found.is_undefined() || !is_identifier {
        return Ok(found);
    }
    let text = CString::new(format!(
        "typeof {name} === 'undefined' ? undefined : {name}"
    ));
    let text = text.unwrap_or_default();
    let flags = sys::JS_EVAL_TYPE_GLOBAL as i32;
    // SAFETY: the text has a NUL at its end, which does not count.
    check(unsafe {
        let len = text.as_bytes().len() as _;
        sys::JS_Eval(context(), text.as_ptr(), len, SCRIPT_NAME.as_ptr(), flags)
    })
}

/// What a promise settles with; any other value as it is.
pub fn settled(value: Value) -> Js<Value> {
    drain_jobs();
    if !value.is_promise() {
        return Ok(value);
    }
    forget_rejection(&value);
    // SAFETY: the promise is alive.
    unsafe {
        match sys::JS_PromiseState(context(), value.raw()) {
            sys::JSPromiseStateEnum_JS_PROMISE_FULFILLED => {
                Ok(Value::own(sys::JS_PromiseResult(context(), value.raw())))
            }
            sys::JSPromiseStateEnum_JS_PROMISE_REJECTED => Err(throw_value(Value::own(
                sys::JS_PromiseResult(context(), value.raw()),
            ))),
            _ => Err(throw(
                ErrorKind::Error,
                "the script waits for something that cannot happen: nothing outside of it can wake it",
            )),
        }
    }
}

fn to_json(value: &Value) -> Js<Option<String>> {
    // SAFETY: all values are alive.
    let json = check(with_native_cost(17, || unsafe {
        sys::JS_JSONStringify(context(), value.raw(), sys::JS_UNDEFINED, sys::JS_UNDEFINED)
    }))?;
    if json.is_undefined() {
        return Ok(None);
    }
    Ok(Some(json.text()?.as_str().to_owned()))
}
