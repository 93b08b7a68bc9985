//! A function that is called many times.

use std::fmt;
use std::sync::Arc;

use super::unit::{TypedTarget, Unit};
use crate::error::Result;
use crate::instance::{Params, Results};

/// A function of a plugin of an app, with its Rust types. See [`App::function`](crate::App::function).
pub struct TypedFunction<P: Params, R: Results> {
    pub(super) name: Arc<str>,
    pub(super) unit: Arc<Unit>,
    pub(super) target: TypedTarget<P, R>,
}

impl<P: Params, R: Results> TypedFunction<P, R> {
    /// Calls the function.
    ///
    /// # Errors
    ///
    /// As [`App::call`](crate::App::call).
    pub async fn call(&self, params: P) -> Result<R> {
        self.unit.call_typed(&self.target, params).await
    }
}

impl<P: Params, R: Results> fmt::Debug for TypedFunction<P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedFunction")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
