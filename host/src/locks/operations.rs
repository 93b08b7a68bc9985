//! What policy and audit know of `outwit:locks`.

use crate::policy::operations_of;

operations_of! {
    Locks "outwit:locks/manager" {
        STOLEN = "[method]lock.stolen" => NotAsked("it is about a lock that the plugin was given"),
        REQUEST = "request" => Error("not-allowed"),
        QUERY = "query" => Error("not-allowed"),
    }
}
