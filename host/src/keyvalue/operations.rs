//! What policy and audit know of `outwit:keyvalue`.

use crate::policy::operations_of;

operations_of! {
    Keyvalue "outwit:keyvalue/store" {
        GET = "[method]bucket.get" => Error("not-allowed"),
        SET = "[method]bucket.set" => Error("not-allowed"),
        DELETE = "[method]bucket.delete" => Error("not-allowed"),
        KEYS = "[method]bucket.keys" => Error("not-allowed"),
        ENTRIES = "[method]bucket.entries" => Error("not-allowed"),
        COMMIT = "[method]bucket.commit" => Error("not-allowed"),
        OPEN = "open" => Error("not-allowed"),
        BUCKETS = "buckets" => Error("not-allowed"),
        REMOVE = "remove" => Error("not-allowed"),
    }
}
