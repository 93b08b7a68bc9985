use crate::{Atom, Js, Thrown, context, sys};
use core::ffi::c_char;

/// A JavaScript value, owned.
#[repr(transparent)]
pub struct Value(sys::JSValue);

/// Makes an owned value of what QuickJS returned.
#[inline(always)]
pub fn check(raw: sys::JSValue) -> Js<Value> {
    if raw >> 32 == sys::JS_TAG_EXCEPTION as u64 {
        Err(Thrown)
    } else {
        Ok(Value(raw))
    }
}

/// Makes a result of what QuickJS returned as an `int`.
#[inline(always)]
fn check_status(status: i32) -> Js<bool> {
    if status < 0 {
        Err(Thrown)
    } else {
        Ok(status > 0)
    }
}

impl Value {
    /// `undefined`
    pub const UNDEFINED: Value = Value(sys::JS_UNDEFINED);
    /// `null`
    pub const NULL: Value = Value(sys::JS_NULL);

    /// Takes over a value that the caller owns.
    #[inline(always)]
    pub fn own(raw: sys::JSValue) -> Value {
        Value(raw)
    }

    /// A further owner of a value that somebody else owns.
    #[inline]
    pub fn borrow(raw: sys::JSValue) -> Value {
        // SAFETY: the value is alive.
        Value(unsafe { sys::JS_DupValue(context(), raw) })
    }

    /// Gives the value away.
    #[inline(always)]
    pub fn into_raw(self) -> sys::JSValue {
        let raw = self.0;
        core::mem::forget(self);
        raw
    }

    /// The value, still owned by this.
    #[inline(always)]
    pub fn raw(&self) -> sys::JSValue {
        self.0
    }

    /// A number.
    #[inline]
    pub fn number(number: f64) -> Value {
        Value(sys::JS_NewFloat64(number))
    }

    /// A 32-bit integer.
    #[inline(always)]
    pub fn int(number: i32) -> Value {
        Value(sys::JS_MKVAL(sys::JS_TAG_INT, number))
    }

    /// A boolean.
    #[inline(always)]
    pub fn bool(value: bool) -> Value {
        Value(sys::JS_MKVAL(sys::JS_TAG_BOOL, i32::from(value)))
    }

    /// A string.
    ///
    /// # Errors
    /// Throws when memory runs out.
    pub fn string(text: &str) -> Js<Value> {
        Self::string_from(text.as_bytes())
    }

    /// A string of UTF-8; what is not UTF-8 becomes U+FFFD.
    ///
    /// # Errors
    /// Throws when memory runs out.
    #[inline]
    pub fn string_from(bytes: &[u8]) -> Js<Value> {
        // SAFETY: pointer and length are those of a slice.
        check(unsafe { sys::JS_NewStringLen(context(), bytes.as_ptr().cast(), bytes.len() as _) })
    }

    /// A new empty object.
    ///
    /// # Errors
    /// Throws when memory runs out.
    #[inline]
    pub fn object() -> Js<Value> {
        // SAFETY: plain C call.
        check(unsafe { sys::JS_NewObject(context()) })
    }

    /// The global object.
    pub fn global() -> Value {
        // SAFETY: plain C call.
        Value(unsafe { sys::JS_GetGlobalObject(context()) })
    }

    /// The tag, as QuickJS numbers them; every float has its own.
    #[inline(always)]
    pub fn tag(&self) -> i32 {
        (self.0 >> 32) as i32
    }

    /// Whether it is `undefined`.
    #[inline(always)]
    pub fn is_undefined(&self) -> bool {
        self.tag() == sys::JS_TAG_UNDEFINED
    }

    /// Whether it is an object, functions included.
    #[inline(always)]
    pub fn is_object(&self) -> bool {
        self.tag() == sys::JS_TAG_OBJECT
    }

    /// Whether it is a string.
    #[inline(always)]
    pub fn is_string(&self) -> bool {
        matches!(self.tag(), sys::JS_TAG_STRING | sys::JS_TAG_STRING_ROPE)
    }

    /// Whether it can be called.
    pub fn is_function(&self) -> bool {
        // SAFETY: the value is alive.
        unsafe { sys::JS_IsFunction(context(), self.0) }
    }

    /// Whether it is a promise.
    #[inline]
    pub fn is_promise(&self) -> bool {
        // SAFETY: the value is alive.
        self.is_object() && unsafe { sys::JS_IsPromise(self.0) }
    }

    /// Whether it is an `Error` or of a class that extends it.
    pub fn is_error(&self) -> bool {
        // SAFETY: the value is alive.
        unsafe { sys::JS_IsError(self.0) }
    }

    /// How many owners an object has, this one included. QuickJS tells nobody, but it counts right in
    /// front of the object; nothing if the count is not where it should be.
    pub fn owners(&self) -> Option<i32> {
        if !self.is_object() {
            return None;
        }
        // SAFETY: every object has a header of 8 bytes, of which the count is the last 4.
        unsafe {
            let count = sys::JS_VALUE_GET_PTR(self.0).cast::<i32>().wrapping_sub(1);
            let before = core::ptr::read_volatile(count);
            let second = self.clone();
            let with_second = core::ptr::read_volatile(count);
            drop(second);
            (with_second == before.wrapping_add(1)).then_some(before)
        }
    }

    /// The property of this name.
    ///
    /// # Errors
    /// Throws what a getter or a proxy throws.
    #[inline]
    pub fn get(&self, name: &Atom) -> Js<Value> {
        // SAFETY: both are alive.
        check(unsafe { sys::JS_GetProperty(context(), self.0, name.raw()) })
    }

    /// The property of this name.
    ///
    /// # Errors
    /// Throws what a getter or a proxy throws.
    pub fn get_named(&self, name: &str) -> Js<Value> {
        self.get(&Atom::new(name)?)
    }

    /// The names of its own properties, but for symbols.
    ///
    /// # Errors
    /// Throws what a proxy throws, and when memory runs out.
    pub fn own_names(&self) -> Js<Vec<Text>> {
        let (mut table, mut len) = (core::ptr::null_mut(), 0);
        let flags = sys::JS_GPN_STRING_MASK as core::ffi::c_int;
        // SAFETY: the value is alive. The table has that length, an empty one may have no memory, and it is freed once.
        unsafe {
            let status =
                sys::JS_GetOwnPropertyNames(context(), &mut table, &mut len, self.raw(), flags);
            if status < 0 {
                return Err(Thrown);
            }
            let name = |index| {
                let atom = (*table.add(index)).atom;
                check(sys::JS_AtomToString(context(), atom)).and_then(|name| name.text())
            };
            let names = (0..len as usize).map(name).collect();
            sys::JS_FreePropertyEnum(context(), table, len);
            names
        }
    }

    /// The property of this name if the object itself has it as data.
    pub fn own_data(&self, name: &Atom) -> Option<Value> {
        if !self.is_object() {
            return None;
        }
        let mut descriptor = sys::JSPropertyDescriptor {
            flags: 0,
            value: sys::JS_UNDEFINED,
            getter: sys::JS_UNDEFINED,
            setter: sys::JS_UNDEFINED,
        };
        // SAFETY: the descriptor is written on 1 and its three values are then owned.
        let found =
            unsafe { sys::JS_GetOwnProperty(context(), &mut descriptor, self.0, name.raw()) };
        if found < 0 {
            drop(crate::take_exception());
        }
        if found <= 0 {
            return None;
        }
        let _accessors = (Value(descriptor.getter), Value(descriptor.setter));
        Some(Value(descriptor.value))
    }

    /// Defines a data property: writable, enumerable, configurable.
    ///
    /// # Errors
    /// Throws when memory runs out.
    #[inline]
    pub fn define(&self, name: &Atom, value: Value) -> Js<()> {
        self.define_with(name, value, sys::JS_PROP_C_W_E)
    }

    /// Defines a data property with `JS_PROP_` flags.
    ///
    /// # Errors
    /// Throws when memory runs out.
    #[inline]
    pub fn define_with(&self, name: &Atom, value: Value, flags: u32) -> Js<()> {
        // SAFETY: the property takes over the value.
        let status = unsafe {
            sys::JS_DefinePropertyValue(
                context(),
                self.0,
                name.raw(),
                value.into_raw(),
                flags as i32,
            )
        };
        check_status(status).map(drop)
    }

    /// Defines a global the way built-in ones are: not enumerable.
    ///
    /// # Errors
    /// Throws when memory runs out.
    pub fn define_hidden(&self, name: &str, value: Value) -> Js<()> {
        self.define_with(
            &Atom::new(name)?,
            value,
            sys::JS_PROP_CONFIGURABLE | sys::JS_PROP_WRITABLE,
        )
    }

    /// Assigns to a property; gives `undefined`, as a setter does.
    ///
    /// # Errors
    /// Throws what a setter or a proxy throws.
    pub fn set_named(&self, name: &str, value: Value) -> Js<Value> {
        let name = Atom::new(name)?;
        // SAFETY: both are alive; the property takes over the value.
        let status =
            unsafe { sys::JS_SetProperty(context(), self.0, name.raw(), value.into_raw()) };
        check_status(status).map(|_| Value::UNDEFINED)
    }

    /// Calls it as a function.
    ///
    /// # Errors
    /// Throws what the function throws.
    #[inline]
    pub fn call(&self, this: &Value, arguments: &[Value]) -> Js<Value> {
        let arguments_pointer = arguments.as_ptr().cast_mut().cast();
        // SAFETY: `Value` is transparent, and the call only reads the arguments.
        check(unsafe {
            sys::JS_Call(
                context(),
                self.0,
                this.0,
                arguments.len() as i32,
                arguments_pointer,
            )
        })
    }

    /// Calls it as a constructor.
    ///
    /// # Errors
    /// Throws what the constructor throws.
    pub fn construct(&self, arguments: &[Value]) -> Js<Value> {
        let arguments_pointer = arguments.as_ptr().cast_mut().cast();
        // SAFETY: as above.
        check(unsafe {
            sys::JS_CallConstructor(context(), self.0, arguments.len() as i32, arguments_pointer)
        })
    }

    /// Its string form, as UTF-8.
    ///
    /// # Errors
    /// Throws if it has none.
    pub fn text(&self) -> Js<Text> {
        Text::of(self.0)
    }

    /// A function of native code.
    ///
    /// # Errors
    /// Throws when memory runs out.
    pub fn function(
        name: &core::ffi::CStr,
        length: i32,
        function: unsafe extern "C" fn(
            *mut sys::JSContext,
            sys::JSValue,
            i32,
            *mut sys::JSValue,
        ) -> sys::JSValue,
    ) -> Js<Value> {
        // SAFETY: the function has the type that `generic` wants.
        check(unsafe {
            sys::JS_NewCFunction2(
                context(),
                Some(function),
                name.as_ptr(),
                length,
                sys::JSCFunctionEnum_JS_CFUNC_generic,
                0,
            )
        })
    }
}

impl Clone for Value {
    #[inline]
    fn clone(&self) -> Self {
        Value::borrow(self.0)
    }
}

impl Drop for Value {
    #[inline(always)]
    fn drop(&mut self) {
        // All tags with a reference count are negative and not below the first; floats are above.
        if (self.0 >> 32) as u32 >= sys::JS_TAG_FIRST as u32 {
            // SAFETY: owned.
            unsafe { sys::JS_FreeValue(context(), self.0) }
        }
    }
}

/// The UTF-8 of a string, alive as long as this is.
///
/// Points into the string itself where that is ASCII. A surrogate without its other half is U+FFFD.
pub struct Text {
    pointer: *const c_char,
    len: usize,
}

impl Text {
    /// The string form of a value.
    ///
    /// # Errors
    /// Throws if it has none.
    #[inline]
    pub fn of(value: sys::JSValue) -> Js<Text> {
        let mut len: sys::size_t = 0;
        // SAFETY: the value is alive.
        let pointer = unsafe { sys::JS_ToCStringLen2(context(), &mut len, value, false) };
        if pointer.is_null() {
            return Err(Thrown);
        }
        let text = Text {
            pointer,
            len: len as usize,
        };
        if core::str::from_utf8(text.bytes()).is_err() {
            text.replace_surrogates();
        }
        Ok(text)
    }

    /// The bytes.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: QuickJS gave this length.
        unsafe { core::slice::from_raw_parts(self.pointer.cast(), self.len) }
    }

    /// The text.
    #[inline]
    pub fn as_str(&self) -> &str {
        // SAFETY: checked, and mended, in `of`.
        unsafe { core::str::from_utf8_unchecked(self.bytes()) }
    }

    /// Gives away the pointer and the length; see [`Text::from_parts`].
    #[inline]
    pub fn into_parts(self) -> (*const u8, usize) {
        let parts = (self.pointer.cast(), self.len);
        core::mem::forget(self);
        parts
    }

    /// What [`Text::into_parts`] gave; only the pointer counts.
    ///
    /// # Safety
    /// The pointer came from there, once.
    #[inline]
    pub unsafe fn from_parts(pointer: *const u8) -> Text {
        Text {
            pointer: pointer.cast(),
            len: 0,
        }
    }

    /// QuickJS writes a lone surrogate as three bytes that are not UTF-8, and so are the three bytes
    /// of U+FFFD.
    #[cold]
    fn replace_surrogates(&self) {
        // SAFETY: a string with surrogates is never 8-bit, so these bytes are a fresh copy of it that
        // only this `Text` knows.
        let bytes = unsafe {
            core::slice::from_raw_parts_mut(self.pointer.cast_mut().cast::<u8>(), self.len)
        };
        let mut at = 0;
        while at + 2 < bytes.len() {
            if bytes[at] == 0xed && bytes[at + 1] >= 0xa0 {
                bytes[at..at + 3].copy_from_slice(&[0xef, 0xbf, 0xbd]);
            }
            at += match bytes[at] {
                0..0xc0 => 1,
                0xc0..0xe0 => 2,
                0xe0..0xf0 => 3,
                _ => 4,
            };
        }
    }
}

impl Drop for Text {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: QuickJS gave this pointer.
        unsafe { sys::JS_FreeCString(context(), self.pointer) }
    }
}
