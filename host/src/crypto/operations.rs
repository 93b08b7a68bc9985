//! What policy and audit know of `outwit:crypto`.

use crate::policy::operations_of;

operations_of! {
    Crypto "outwit:crypto/entropy" {
        GET_RANDOM_BYTES = "get-random-bytes" => Error("not-allowed"),
    }
}
