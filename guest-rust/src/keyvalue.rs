//! Values kept between runs, in buckets: `outwit:keyvalue`.
//!
//! ```no_run
//! use outwit_guest::keyvalue::{Bucket, Error};
//!
//! async fn visits() -> Result<u64, Error> {
//!     let bucket = Bucket::named("visits").await?;
//!     loop {
//!         let before = bucket.get("count".to_string()).await?;
//!         let count = before.as_deref().and_then(|b| std::str::from_utf8(b).ok()?.parse().ok());
//!         let count = count.unwrap_or(0u64) + 1;
//!         // Another instance may have counted meanwhile: then this one tries again.
//!         let after = count.to_string();
//!         if bucket.compare_and_set("count", before.as_deref(), Some(after.as_bytes())).await? {
//!             return Ok(count);
//!         }
//!     }
//! }
//! ```

mod bindings {
    #![allow(missing_docs, clippy::all)]
    wit_bindgen::generate!({
        path: "wit/deps/outwit-keyvalue.wit",
        world: "outwit:keyvalue/imports@0.1.0",
        generate_all,
    });
}

pub use bindings::outwit::keyvalue::store::*;

impl Bucket {
    /// Opens a bucket, which is made if it is not there.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn named(name: &str) -> Result<Bucket, Error> {
        open(name.to_string()).await
    }

    /// Sets a key to a value, or removes it, if it has the value that is expected, or none. Says whether it did.
    ///
    /// # Errors
    /// See [`Error`]; nothing is changed then.
    pub async fn compare_and_set(
        &self,
        key: &str,
        expected: Option<&[u8]>,
        value: Option<&[u8]>,
    ) -> Result<bool, Error> {
        let expectation = Expectation {
            key: key.to_string(),
            value: expected.map(<[u8]>::to_vec),
        };
        let change = match value {
            Some(value) => Change::Set(Entry {
                key: key.to_string(),
                value: value.to_vec(),
            }),
            None => Change::Delete(key.to_string()),
        };
        self.commit(vec![expectation], vec![change]).await
    }

    /// All keys that begin with `prefix`, in the order of their bytes.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn all_keys(&self, prefix: &str) -> Result<Vec<String>, Error> {
        let mut all: Vec<String> = Vec::new();
        loop {
            let page = self
                .keys(Range {
                    prefix: prefix.to_string(),
                    after: all.last().cloned(),
                    limit: 1000,
                })
                .await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }
}
