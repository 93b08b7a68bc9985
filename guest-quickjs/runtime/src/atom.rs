use crate::{Js, Thrown, context, sys};

/// An interned property name, owned.
#[repr(transparent)]
pub struct Atom(sys::JSAtom);

impl Atom {
    /// Interns a name.
    ///
    /// # Errors
    /// Throws when memory runs out.
    pub fn new(name: &str) -> Js<Atom> {
        // SAFETY: the pointer and length are those of a string.
        let atom = unsafe { sys::JS_NewAtomLen(context(), name.as_ptr().cast(), name.len() as _) };
        if atom == sys::JS_ATOM_NULL {
            Err(Thrown)
        } else {
            Ok(Atom(atom))
        }
    }

    /// The name of a value used as a property key.
    ///
    /// # Errors
    /// Throws if the value has no string form.
    pub fn of(value: sys::JSValue) -> Js<Atom> {
        // SAFETY: the value is alive for the call.
        let atom = unsafe { sys::JS_ValueToAtom(context(), value) };
        if atom == sys::JS_ATOM_NULL {
            Err(Thrown)
        } else {
            Ok(Atom(atom))
        }
    }

    /// The number QuickJS knows it by.
    #[inline(always)]
    pub fn raw(&self) -> sys::JSAtom {
        self.0
    }
}

impl Drop for Atom {
    fn drop(&mut self) {
        // SAFETY: owned.
        unsafe { sys::JS_FreeAtom(context(), self.0) }
    }
}
